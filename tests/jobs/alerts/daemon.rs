//! Conditions of the daemon itself, and of jobs that flap.

use super::World;
use crate::servers::http::Server;
use crate::support::{Home, until};

/// The conditions of the messages so far that are about the daemon, each with its event.
fn of_daemon(world: &World) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_string();
    let messages = world.messages();
    let about = messages.iter().filter(|it| it["job"] == "");
    about
        .map(|it| (text(&it["condition"]), text(&it["event"])))
        .collect()
}

fn pair(condition: &str, event: &str) -> (String, String) {
    (condition.into(), event.into())
}

#[test]
fn end_of_the_daemon_that_nobody_asked_for_is_told_once() {
    let mut world = World::new();
    assert_eq!(world.home.terminate(), Some(0));
    world.home.start();
    world.home.kill();
    world.home.start();
    until("the crash is told", || {
        (of_daemon(&world) == [pair("crashed", "opened")]).then_some(())
    });
    assert_eq!(world.home.terminate(), Some(0));
    world.home.start();
    // The alert is over, so nothing is open and nothing more is told.
    assert!(world.open().is_empty());
    assert_eq!(of_daemon(&world).len(), 1);
    let message = &world.messages()[0];
    let title = message["title"].as_str().unwrap();
    assert!(title.contains("the daemon had ended by itself"), "{title}");
    assert!(
        message["text"]
            .as_str()
            .unwrap()
            .contains("last sign of life")
    );
}

#[test]
fn configuration_that_is_refused_is_told_until_a_good_one_is_read() {
    let world = World::new();
    let good = world.home.read("config.yaml");
    let reload = || {
        crate::support::signal(world.home.pid(), "HUP");
    };
    world
        .home
        .write("config.yaml", "jobs:\n  kill_grace: often\n");
    reload();
    until("it is told", || {
        (of_daemon(&world) == [pair("reload-refused", "opened")]).then_some(())
    });
    let open = world.open();
    assert_eq!(open[0]["condition"], "reload-refused");
    assert!(
        open[0]["reason"].as_str().unwrap().contains("kill_grace"),
        "{open:?}"
    );
    world.home.write("config.yaml", &good);
    reload();
    until("its end is told", || {
        (of_daemon(&world).last() == Some(&pair("reload-refused", "recovered"))).then_some(())
    });
    assert!(world.open().is_empty());
}

#[test]
fn job_that_changes_again_and_again_is_told_as_flapping_until_it_is_calm() {
    let world = World::new();
    world.add(
        "a",
        &["--notify", "ops"],
        "test -e $JOBS_HOME/fixed || { echo no route >&2; exit 3; }",
    );
    let run = |is_well: bool| {
        match is_well {
            true => world.fix(),
            false => drop(std::fs::remove_file(world.home.path("fixed"))),
        }
        world.run("a");
    };
    for is_well in [false, true, false, true, false, true] {
        run(is_well);
    }
    until("it is told as flapping", || {
        let messages = world.messages();
        messages
            .iter()
            .any(|it| it["condition"] == "flapping" && it["event"] == "opened")
            .then_some(())
    });
    let told = world
        .log()
        .iter()
        .filter(|row| row["state"] != "untold")
        .count();
    // Single failures and recoveries are not told any more.
    for is_well in [false, true, false] {
        run(is_well);
    }
    assert_eq!(
        world
            .log()
            .iter()
            .filter(|row| row["state"] != "untold")
            .count(),
        told
    );
    let why: Vec<String> = world
        .log()
        .iter()
        .filter(|row| row["state"] == "untold")
        .map(|row| row["reason"].as_str().unwrap().to_string())
        .collect();
    assert!(
        !why.is_empty() && why.iter().all(|why| why.contains("again and again")),
        "{why:?}"
    );
    // Ten executions with fewer than three changes are calm.
    for _ in 0..8 {
        run(true);
    }
    until("it is calm", || {
        let messages = world.messages();
        messages
            .iter()
            .any(|it| it["condition"] == "flapping" && it["event"] == "recovered")
            .then_some(())
    });
    until("nothing is open", || world.open().is_empty().then_some(()));
}

#[test]
fn heartbeat_is_sent_at_once_and_a_failure_is_logged_without_its_url() {
    let server = Server::http();
    let config = |page: &str| {
        let url = server.url(page);
        format!("alerts:\n  heartbeat: {url}?key=hunter2\n")
    };
    let home = Home::with_config(&config("/ok"));
    let seen = |page: &str| {
        let requests = server.requests();
        let of_page = requests
            .iter()
            .filter(|request| request.target.starts_with(page));
        of_page.count()
    };
    until("the first one has come", || {
        (seen("/ok") == 1).then_some(())
    });
    home.write("config.yaml", &config("/status/500"));
    home.jobs(&["reload"]).ok();
    until("the other address is asked", || {
        (seen("/status/500") == 1).then_some(())
    });
    until("the failure is in the log", || {
        home.system_log()
            .contains("the heartbeat fails")
            .then_some(())
    });
    let shown = home.jobs(&["config", "show"]).ok().stdout;
    for text in [home.system_log(), shown] {
        assert!(!text.contains("hunter2"), "{text}");
    }
    home.write("config.yaml", "alerts:\n  heartbeat: ''\n");
    home.jobs(&["reload"]).ok();
    assert_eq!((seen("/ok"), seen("/status/500")), (1, 1));
}
