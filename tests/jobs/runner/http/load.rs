//! Load: large answers, and many requests at once.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::raw::Raw;
use super::{add, ends, succeeds, text};
use crate::servers::http::Server;
use crate::support::{Home, is_over, until};

/// The peak memory of a daemon, in KiB.
fn peak(home: &Home) -> i64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", home.pid())).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Runs a job that succeeds within a long timeout.
#[track_caller]
fn succeeds_in_the_end(home: &Home, args: &[&str]) -> Value {
    let name = add(home, &[args, &["--timeout", "300"]].concat());
    home.jobs(&["run", &name, "--wait"]).ok();
    home.history(&name).remove(0)
}

/// Upper bound on the growth of memory, in KiB: much less than the bodies.
const BOUND: i64 = 48 * 1024;

#[test]
fn large_body_takes_bounded_memory() {
    for limit in ["64KiB", "0"] {
        let home = Home::with_config(&format!("jobs:\n  http_response_max_bytes: {limit}\n"));
        let server = Server::http();
        succeeds(
            &home,
            &["--url", &server.url("/big/100000"), "--result", "xyz"],
        );
        let before = peak(&home);
        let bytes = 200_000_000;
        let url = server.url(&format!("/big/{bytes}"));
        let row = succeeds_in_the_end(&home, &["--url", &url, "--result", "xyzabc"]);
        assert!(text(&row, "stderr").contains(&format!("{bytes} bytes of body")));
        ends(
            &home,
            &["--url", &server.url("/endless"), "--timeout", "2"],
            "timeout",
            &["while it read the body"],
        );
        let grown = peak(&home) - before;
        assert!(grown < BOUND, "{limit}: {grown} KiB more");
    }
}

#[test]
fn compressed_body_takes_bounded_memory() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..200 {
        packer.write_all(&vec![b'0'; 1_000_000]).unwrap();
    }
    let packed = packer.finish().unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        packed.len()
    );
    let bytes: &'static [u8] = Box::leak([head.as_bytes(), &packed].concat().into_boxed_slice());
    let home = Home::started();
    let server = Raw::answering(bytes);
    let before = peak(&home);
    let row = succeeds_in_the_end(&home, &["--url", &server.url("/")]);
    assert!(
        text(&row, "stderr").contains("200000000 bytes of body"),
        "{row:#}"
    );
    assert!(peak(&home) - before < BOUND);
}

#[test]
fn requests_at_once_stay_below_http_max_concurrent() {
    let home = Home::with_config(
        "jobs:\n  http_max_concurrent: 8\n  max_concurrent: 300\n  max_concurrent_per_job: 300\n",
    );
    let goes_on = Arc::new(AtomicBool::new(false));
    let server = Raw::start({
        let goes_on = Arc::clone(&goes_on);
        move |mut stream| {
            super::raw::read_head(&mut stream);
            while !goes_on.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(5));
            }
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n");
        }
    });
    let name = add(&home, &["--url", &server.url("/"), "--timeout", "300"]);
    for _ in 0..200 {
        let answer = home.call("run", json!({"job": name}));
        assert!(answer["result"]["exec_id"].is_i64(), "{answer}");
    }
    until("all run, and some are under way", || {
        let rows = home.history(&name);
        let all_run = rows.len() == 200 && rows.iter().all(|row| row["status"] == "running");
        (all_run && server.most.load(Ordering::SeqCst) >= 8).then_some(())
    });
    // Checked before the answers: afterwards the server may count a connection a moment longer than the daemon.
    assert_eq!(server.most.load(Ordering::SeqCst), 8);
    goes_on.store(true, Ordering::SeqCst);
    let rows = until("all end", || {
        Some(home.history(&name)).filter(|rows| rows.len() == 200 && rows.iter().all(is_over))
    });
    assert!(rows.iter().all(|row| row["status"] == "success"));
}
