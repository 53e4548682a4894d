//! Requests that are cancelled, and a daemon that stops during a request.

use std::time::{Duration, Instant};

use super::raw::Raw;
use super::{add, error, succeeds};
use crate::servers::black_hole;
use crate::servers::http::Server;
use crate::support::{Home, until};

/// How many sockets a daemon has. Those to its clients are left out: they come and go by themselves.
fn sockets(home: &Home) -> usize {
    let folder = format!("/proc/{}", home.pid());
    let local = std::fs::read_to_string(format!("{folder}/net/unix")).unwrap();
    let is_local = |inode: &str| {
        let mut lines = local.lines();
        lines.any(|line| line.split_whitespace().nth(6) == Some(inode))
    };
    let entries = std::fs::read_dir(format!("{folder}/fd")).unwrap().flatten();
    let sockets = entries.filter(|entry| {
        let link = std::fs::read_link(entry.path()).unwrap_or_default();
        let link = link.to_string_lossy();
        let inode = link.strip_prefix("socket:[");
        inode.is_some_and(|inode| !is_local(inode.trim_end_matches(']')))
    });
    sockets.count()
}

#[test]
fn cancel_ends_a_request_at_once_and_frees_sockets_and_threads() {
    let (home, server, hole, silent) =
        (Home::started(), Server::http(), black_hole(), Raw::silent());
    succeeds(&home, &["--url", &server.url("/ok")]);
    let before = sockets(&home);
    let (hole, silent) = (hole.address(), silent.address());
    let ok = server.url("/ok");
    for args in [
        vec!["--url", &server.url("/hang")],
        vec!["--url", &server.url("/hang-body")],
        vec!["--url", &server.url("/drip/20")],
        vec!["--url", &server.url("/endless")],
        vec!["--url", &format!("http://{hole}/")],
        vec!["--url", &format!("https://{hole}/")],
        vec!["--url", &format!("https://{silent}/")],
        vec!["--url", &ok, "--proxy", &format!("http://{hole}")],
        vec!["--url", &ok, "--proxy", &format!("socks5://{hole}")],
        vec!["--url", &ok, "--proxy", &format!("http://{silent}")],
        vec!["--url", &ok, "--proxy", &format!("https://{silent}")],
        vec!["--url", &ok, "--proxy", &format!("socks5://{silent}")],
        vec![
            "--url",
            &ok.replace("http:", "https:"),
            "--proxy",
            &format!("http://{silent}"),
        ],
    ] {
        for timeout in ["0", "60"] {
            let name = add(
                &home,
                &[args.as_slice(), &["--timeout", timeout, "--times", "3"]].concat(),
            );
            let exec_id = home.run(&name);
            until("it waits for the network", || {
                (sockets(&home) > before).then_some(())
            });
            let began = Instant::now();
            let row = home
                .jobs(&["cancel", &exec_id.to_string(), "--json"])
                .ok()
                .json();
            let row = if row["status"] == "running" {
                home.ended(exec_id)
            } else {
                row
            };
            assert_eq!(row["status"], "cancelled", "{row:#}");
            assert!(began.elapsed() < Duration::from_secs(5), "{args:?}");
            assert_eq!(row["attempts"], 1, "{row:#}");
            until("nothing is left", || {
                (sockets(&home) == before).then_some(())
            });
        }
    }
}

#[test]
fn cancel_of_a_queued_request_works() {
    let home = Home::with_config("jobs:\n  http_max_concurrent: 1\n");
    let server = Server::http();
    let first = home.run(&add(
        &home,
        &["--url", &server.url("/hang"), "--timeout", "0"],
    ));
    until("the first is under way", || {
        (server.requests().len() == 1).then_some(())
    });
    let second = home.run(&add(
        &home,
        &["--url", &server.url("/ok"), "--timeout", "1"],
    ));
    home.jobs(&["cancel", &second.to_string()]).ok();
    let row = home.ended(second);
    assert_eq!(
        (
            row["status"].as_str(),
            row["error"]
                .as_str()
                .map(|error| error.starts_with("cancelled"))
        ),
        (Some("cancelled"), Some(true))
    );
    // The timeout begins when the request leaves the queue.
    let third = home.run(&add(
        &home,
        &["--url", &server.url("/ok"), "--timeout", "1"],
    ));
    home.jobs(&["cancel", &first.to_string()]).ok();
    assert_eq!(home.ended(third)["status"], "success");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn shutdown_does_not_wait_for_requests() {
    let mut home = Home::with_config("daemon:\n  stop_grace: 1\n");
    let (server, hole) = (Server::http(), black_hole());
    let before = sockets(&home);
    for url in [
        server.url("/hang"),
        server.url("/endless"),
        format!("http://{}/", hole.address()),
    ] {
        home.run(&add(&home, &["--url", &url, "--timeout", "0"]));
    }
    until("they are under way", || {
        (server.requests().len() == 2 && sockets(&home) == before + 3).then_some(())
    });
    let began = Instant::now();
    assert_eq!(home.terminate(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(15));
}
