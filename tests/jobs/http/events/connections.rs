//! Connections of event streams: restarts, permissions, limits, idling.

use std::time::Duration;

use super::{Client, home_with_http, request};
use crate::support::until;

#[test]
fn stream_after_daemon_restart_begins_with_reset() {
    let (mut home, token) = home_with_http("");
    let client = Client::listen(&home, &token, "", None);
    home.add(&["a", "--every", "9h", "--", "true"]);
    let id = client.until("job added a").remove(0).id;
    assert_eq!(home.terminate(), Some(0));
    // The clients receive the end of the stream.
    assert_eq!(client.next().unwrap().words(), "bye the HTTP server closes");
    assert!(client.next().is_none());
    home.start();
    for id in [id.as_str(), "rubbish"] {
        let again = Client::listen(&home, &token, "", Some(id));
        assert_eq!(again.next().unwrap().name, "reset");
        home.jobs(&["edit", "a", "--desc", id]).ok();
        assert_eq!(again.next().unwrap().words(), "job changed a");
    }
}

#[test]
fn stream_without_permission_is_refused() {
    let (home, token) = home_with_http("");
    assert_eq!(request(&home, "nonsense", "", None).0, 401);
    assert_eq!(request(&home, &token, "?job=nobody", None).0, 404);
    assert_eq!(request(&home, &token, "?exec_id=12", None).0, 404);
    assert_eq!(request(&home, &token, "?outputs=true", None).0, 400);
    let client = Client::listen(&home, &token, "", None);
    home.jobs(&["token", "rm", "look"]).ok();
    assert_eq!(request(&home, &token, "", Some(&client.first)).0, 401);
}

#[test]
fn stream_of_gone_client_frees_its_place() {
    let (home, token) = home_with_http("daemon:\n  stop_grace: 0\n");
    home.add(&["a", "--every", "9h", "--", "sleep 60"]);
    home.run("a");
    // More streams than may be open at once.
    for _ in 0..300 {
        drop(request(&home, &token, "?output=true", None));
    }
    until("there is room again", || {
        (request(&home, &token, "", None).0 == 200).then_some(())
    });
}

#[test]
fn daemon_with_http_and_no_work_sleeps() {
    let (home, _) = home_with_http("");
    home.add(&["a", "--every", "9h", "--", "true"]);
    home.ended(home.run("a"));
    let switches = || -> u64 {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", home.pid())).unwrap();
        let of = |text: String| -> u64 {
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
            line.unwrap().trim().parse().unwrap()
        };
        let status = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("status"));
        tasks
            .filter_map(|task| status(task.unwrap()).ok())
            .map(of)
            .sum()
    };
    until("nothing is left to be done", || {
        let before = switches();
        std::thread::sleep(Duration::from_secs(3));
        (switches() <= before + 2).then_some(())
    });
}
