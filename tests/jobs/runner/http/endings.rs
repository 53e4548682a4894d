//! Requests that fail or time out: the status and the message of each.

use std::time::{Duration, Instant};

use super::raw::Raw;
use super::{add, ends, error, fails, run, succeeds, text};
use crate::servers::http::Server;
use crate::servers::{black_hole, closed_port};
use crate::support::{Home, until};

#[test]
fn timeout_names_the_server_and_the_step() {
    let (home, server, hole) = (Home::started(), Server::http(), black_hole());
    let here = format!("`127.0.0.1:{}`", server.port());
    for (url, place) in [
        (
            format!("http://{}/", hole.address()),
            format!("while it connected to `{}`", hole.address()),
        ),
        (
            server.url("/hang"),
            format!("while it waited for the answer of {here}"),
        ),
        (
            server.url("/hang-body"),
            format!("while it read the body from {here}: 0 bytes had come"),
        ),
        (
            server.url("/drip/50"),
            format!("while it read the body from {here}: "),
        ),
        (
            server.url("/endless"),
            format!("while it read the body from {here}: "),
        ),
    ] {
        let began = Instant::now();
        let row = ends(
            &home,
            &["--url", &url, "--timeout", "1"],
            "timeout",
            &["timed out after 1 s ", &place],
        );
        assert!(began.elapsed() < Duration::from_secs(10), "{url}");
        assert!(row["duration_ms"].as_i64() >= Some(1_000), "{row:#}");
        assert!(row["duration_ms"].as_i64() < Some(4_000), "{row:#}");
    }
    // The part of the body that arrived is shown.
    let row = run(&home, &["--url", &server.url("/drip/50"), "--timeout", "1"]);
    assert!(text(&row, "stdout").starts_with(".."), "{row:#}");
}

#[test]
fn timeout_holds_for_an_answer_that_trickles() {
    let home = Home::started();
    for line in [
        b"HTTP/1.1 200 OK\r\n".as_slice(),
        b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n",
    ] {
        let server = Raw::start(move |mut stream| {
            use std::io::Write;
            super::raw::read_head(&mut stream);
            let endless = std::iter::repeat(b"X-A: b\r\n".iter()).flatten();
            for byte in line.iter().chain(endless) {
                if stream.write_all(&[*byte]).is_err() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        let row = ends(
            &home,
            &["--url", &server.url("/"), "--timeout", "1"],
            "timeout",
            &["timed out after 1 s while it "],
        );
        assert!(row["duration_ms"].as_i64() < Some(4_000), "{row:#}");
    }
}

#[test]
fn failed_request_names_cause_and_address() {
    let (home, server) = (Home::started(), Server::http());
    let here = format!("`127.0.0.1:{}`", server.port());
    for (url, sentence) in [
        (
            format!("http://127.0.0.1:{}/", closed_port()),
            format!(
                "cannot connect to `127.0.0.1:{}`: connection refused",
                closed_port()
            ),
        ),
        (
            server.url("/close"),
            format!("{here} closed the connection before it had answered"),
        ),
        (
            server.url("/truncated"),
            format!(
                "the answer of {here} breaks off after 10 of 100 bytes of its body: the connection was closed"
            ),
        ),
        (
            server.url("/garbage"),
            format!("{here} sends an answer that is not HTTP: "),
        ),
        (
            server.url("/huge-header"),
            format!("the head of the answer of {here} is larger than 65536 bytes"),
        ),
    ] {
        let row = run(&home, &["--url", &url]);
        assert_eq!(row["status"], "failed", "{row:#}");
        assert!(
            error(&row).starts_with(&sentence),
            "{}\n{sentence}",
            error(&row)
        );
    }
    let row = run(&home, &["--url", &server.url("/truncated")]);
    assert_eq!(
        text(&row, "stdout"),
        "ten bytes\n",
        "what had come is there"
    );
    // The text is in the first part, but the answer is incomplete.
    fails(
        &home,
        &["--url", &server.url("/truncated"), "--result", "ten"],
        &["breaks off"],
    );
    succeeds(&home, &["--url", &server.url("/headers")]);
    for (host, shown) in [
        ("nohost.invalid", "nohost.invalid"),
        ("bücher.invalid", "xn--bcher-kva.invalid"),
    ] {
        let row = fails(
            &home,
            &["--url", &format!("http://{host}/")],
            &[&format!("`{shown}`")],
        );
        let error = error(&row);
        assert!(
            error.starts_with("no such host: ") || error.starts_with("cannot look up "),
            "{error}"
        );
    }
    // For a host with several addresses the message names the one that was tried.
    let url = format!("http://localhost:{}/", closed_port());
    fails(
        &home,
        &["--url", &url],
        &[
            &format!("cannot connect to `localhost:{}` (", closed_port()),
            "): connection refused",
        ],
    );
}

#[test]
fn broken_answer_fails_with_its_cause() {
    let home = Home::started();
    let many = ["HTTP/1.1 200 OK\r\n", &"X-A: b\r\n".repeat(2_500), "\r\n"].concat();
    let many: &'static str = Box::leak(many.into_boxed_str());
    for (bytes, part) in [
        (
            b"".as_slice(),
            "closed the connection before it had answered",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Le",
            "closed the connection before it had answered",
        ),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "sends an answer that is not HTTP"),
        (b"HTTP/9.9 200 OK\r\n\r\n", "sends an answer that is not HTTP"),
        (b"HTTP/1.1 2x0 OK\r\n\r\n", "sends an answer that is not HTTP"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            "sends an answer that is not HTTP",
        ),
        (
            b"HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
            "sends an answer that is not HTTP",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "breaks off after 0 bytes of its body: chunk",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            "breaks off after 2 bytes of its body: the connection was closed",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\nab",
            "breaks off",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 16\r\n\r\nnope, nope, nope",
            "its gzip is broken",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "not HTTP",
        ),
        (many.as_bytes(), "sends an answer that is not HTTP"),
        (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
            "answers 101 Switching Protocols",
        ),
    ] {
        let server = Raw::answering(bytes);
        let row = fails(
            &home,
            &["--url", &server.url("/"), "--timeout", "20"],
            &[&server.address(), part],
        );
        assert!(!error(&row).contains("panick"), "{row:#}");
    }
}

#[test]
fn client_that_waits_exits_with_the_outcome() {
    let (home, server) = (Home::started(), Server::http());
    let wait = |args: &[&str], code: i32| {
        let name = add(&home, args);
        home.jobs(&["run", &name, "--wait"]).fails(code)
    };
    assert_eq!(wait(&["--url", &server.url("/ok")], 0).stdout, "ok\n");
    wait(&["--url", &server.url("/status/500")], 1).says(&["answers 500 Internal Server Error"]);
    wait(&["--url", &server.url("/hang"), "--timeout", "1"], 124).says(&["timed out after 1 s"]);
}

#[test]
fn attempts_are_shown_and_end_with_the_first_success() {
    let (home, server) = (Home::started(), Server::http());
    let row = succeeds(&home, &["--url", &server.url("/flaky/a/2"), "--times", "5"]);
    assert_eq!(row["attempts"], 3);
    assert_eq!(server.requests().len(), 3);
    assert_eq!(text(&row, "stdout"), "failure 1 of 2\nfailure 2 of 2\nok\n");
    assert_eq!(
        text(&row, "stderr").matches("\n< 500 Internal").count(),
        2,
        "{row:#}"
    );
    let began = Instant::now();
    let row = fails(
        &home,
        &[
            "--url",
            &server.url("/flaky/b/9"),
            "--times",
            "3",
            "--interval",
            "1",
        ],
        &["answers 500"],
    );
    assert_eq!(row["attempts"], 3);
    assert!(
        began.elapsed() >= Duration::from_secs(2),
        "the interval lies between attempts"
    );
    let row = ends(
        &home,
        &[
            "--url",
            &server.url("/hang"),
            "--times",
            "2",
            "--timeout",
            "1",
        ],
        "timeout",
        &["timed out after 1 s"],
    );
    assert_eq!(row["attempts"], 2, "each has the time for itself");
}

#[test]
fn request_without_timeout_ignores_the_default_of_commands() {
    // This default is for commands only.
    let home = Home::with_config("jobs:\n  default_timeout_seconds: 1\n");
    let server = Server::http();
    for args in [vec![], vec!["--timeout", "0"]] {
        let url = server.url("/drip/20");
        let name = add(&home, &[&["--url", &url], args.as_slice()].concat());
        let exec_id = home.run(&name);
        until("it goes on", || {
            let row = home.execution(exec_id)?;
            assert_eq!(row["status"], "running", "{row:#}");
            let dots = home.jobs(&["logs", "--exec", &exec_id.to_string()]).ok();
            dots.stdout.contains(&".".repeat(100)).then_some(())
        });
        home.jobs(&["cancel", &exec_id.to_string()]).ok();
        assert_eq!(home.ended(exec_id)["status"], "cancelled");
    }
}
