//! Many connections to the socket, and half lines, of one client: others are answered all the same.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Home, leave_out, until};

/// The most connections that the daemon has open.
const CONNECTIONS: usize = 1_024;

/// Sends a call of `status` and reads the answer.
fn status(stream: &mut UnixStream) -> Option<Value> {
    let call = json!({"jsonrpc": "2.0", "method": "status", "id": 1});
    stream.write_all(format!("{call}\n").as_bytes()).ok()?;
    let mut line = String::new();
    BufReader::with_capacity(1, stream)
        .read_line(&mut line)
        .ok()?;
    serde_json::from_str(&line).ok()
}

/// Whether this process, and a daemon that it starts, may open so many files.
fn may_open(files: usize) -> bool {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok())
        .is_some_and(|most| most >= files)
}

#[test]
fn idle_connections_over_the_limit_give_way_to_new_ones() {
    if !may_open(3_000) {
        leave_out("this process may not open enough files");
        return;
    }
    let home = Home::started();
    let mut first = home.socket();
    let mut idle: Vec<UnixStream> = (0..2 * CONNECTIONS).map(|_| home.socket()).collect();
    let began = Instant::now();
    for _ in 0..5 {
        home.jobs(&["status"]).ok();
    }
    assert!(began.elapsed() < Duration::from_secs(20));
    // The connection that was idle the longest was closed, with a word; the latest is open.
    let answer = status(&mut first);
    let is_told = answer.is_none_or(|answer| answer["error"]["message"].is_string());
    assert!(is_told);
    let latest = idle.last_mut().unwrap();
    assert!(status(latest).unwrap()["result"]["pid"].is_u64());
    let open = |home: &Home| {
        let pid = home.jobs(&["status", "--json"]).ok().json()["pid"].clone();
        let files = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
        files.count()
    };
    until("the daemon closes what gave way", || {
        (open(&home) < CONNECTIONS + 100).then_some(())
    });
}

#[test]
fn half_lines_of_many_connections_share_a_bounded_memory() {
    const HALF: usize = 700_000;
    if !may_open(1_000) {
        leave_out("this process may not open enough files");
        return;
    }
    let home = Home::started();
    let pid = home.jobs(&["status", "--json"]).ok().json()["pid"].clone();
    let text = vec![b'y'; HALF];
    let mut halves: Vec<(UnixStream, usize)> = (0..250).map(|_| (home.socket(), 0)).collect();
    for (stream, _) in &halves {
        stream.set_nonblocking(true).unwrap();
    }
    let deadline = Instant::now() + Duration::from_secs(4);
    while Instant::now() < deadline {
        for (stream, sent) in &mut halves {
            if let Ok(written) = stream.write(&text[*sent..]) {
                *sent += written;
            }
        }
    }
    // An honest client is answered, with a long line too.
    let lines = format!("#{}\n0 0 1 1 * true\n", "q".repeat(1_500_000));
    let file = home.write("crontab", &lines);
    home.jobs(&["import", "crontab", file.to_str().unwrap(), "--dry-run"])
        .ok();
    home.jobs(&["status"]).ok();
    let memory = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let peak: u64 = memory
        .lines()
        .find_map(|line| {
            let kilobytes = line.strip_prefix("VmHWM:")?;
            kilobytes.trim().trim_end_matches(" kB").parse().ok()
        })
        .unwrap();
    // 175 MB of half lines were offered.
    assert!(peak < 150_000, "{peak} kB");
}

#[test]
fn long_lines_that_stop_in_the_middle_delay_no_import() {
    let home = Home::started();
    let mut half = b"{\"jsonrpc\":\"2.0\",\"method\":\"import\",\"params\":{\"text\":\"".to_vec();
    half.resize(1_200_000, b'y');
    let stopped: Vec<UnixStream> = (0..3)
        .map(|_| {
            let mut stream = home.socket();
            stream.write_all(&half).unwrap();
            stream
        })
        .collect();
    let lines = format!("#{}\n0 0 1 1 * true\n", "q".repeat(1_500_000));
    let file = home.write("crontab", &lines);
    let began = Instant::now();
    home.jobs(&["import", "crontab", file.to_str().unwrap()])
        .ok();
    assert!(
        began.elapsed() < Duration::from_secs(9),
        "{:?}",
        began.elapsed()
    );
    drop(stopped);
}
