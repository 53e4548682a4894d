//! JSON-RPC 2.0 over the socket, with raw bytes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::Home;

/// Sends bytes and reads one line.
#[track_caller]
fn ask(stream: &mut UnixStream, bytes: &[u8]) -> Value {
    stream.write_all(bytes).unwrap();
    answer(stream)
}

#[track_caller]
fn answer(stream: &mut UnixStream) -> Value {
    let mut line = String::new();
    BufReader::with_capacity(1, stream)
        .read_line(&mut line)
        .unwrap();
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
}

fn status(id: Value) -> Vec<u8> {
    format!(
        "{}\n",
        json!({"jsonrpc": "2.0", "method": "status", "id": id})
    )
    .into_bytes()
}

#[test]
fn errors_have_their_codes_and_keep_the_connection() {
    let home = Home::started();
    let mut stream = home.socket();
    for (line, code, id) in [
        ("{", -32700, Value::Null),
        ("\u{1}", -32700, Value::Null),
        ("[1,", -32700, Value::Null),
        ("1", -32600, Value::Null),
        ("{}", -32600, Value::Null),
        ("[]", -32600, Value::Null),
        (r#"{"method":"status","id":1}"#, -32600, json!(1)),
        (
            r#"{"jsonrpc":"1.0","method":"status","id":"a"}"#,
            -32600,
            json!("a"),
        ),
        (r#"{"jsonrpc":"2.0","method":7,"id":1}"#, -32600, json!(1)),
        (
            r#"{"jsonrpc":"2.0","method":"status","id":[1]}"#,
            -32600,
            Value::Null,
        ),
        (
            r#"{"jsonrpc":"2.0","method":"status","params":3,"id":1}"#,
            -32600,
            json!(1),
        ),
        (
            r#"{"jsonrpc":"2.0","method":"frobnicate","id":1}"#,
            -32601,
            json!(1),
        ),
        (
            r#"{"jsonrpc":"2.0","method":"show","params":{"jop":"x"},"id":1}"#,
            -32602,
            json!(1),
        ),
        (
            r#"{"jsonrpc":"2.0","method":"show","params":{"job":{}},"id":1}"#,
            -32602,
            json!(1),
        ),
        (
            r#"{"jsonrpc":"2.0","method":"show","params":["x",2],"id":1}"#,
            -32602,
            json!(1),
        ),
        (
            r#"{"jsonrpc":"2.0","method":"show","params":{},"id":1}"#,
            -32602,
            json!(1),
        ),
        (
            r#"{"jsonrpc":"2.0","method":"show","params":{"job":"nope"},"id":null}"#,
            4,
            Value::Null,
        ),
        (
            r#"{"jsonrpc":"2.0","method":"cancel","params":[4711],"id":1.5}"#,
            5,
            json!(1.5),
        ),
    ] {
        let answer = ask(&mut stream, format!("{line}\n").as_bytes());
        assert_eq!(answer["error"]["code"], code, "{line}: {answer}");
        assert_eq!(
            (&answer["id"], answer["jsonrpc"].as_str()),
            (&id, Some("2.0")),
            "{line}: {answer}"
        );
        assert!(answer.get("result").is_none() && answer["error"]["message"].is_string());
    }
    let bad = ask(&mut stream, b"{\"jsonrpc\":\"2.0\",\"method\":\"add\",\"params\":{\"name\":\"x\",\"timeout\":\"soon\"},\"id\":1}\n");
    assert_eq!(bad["error"]["data"]["field"], "timeout", "{bad}");
    assert!(
        bad["error"]["message"].as_str().unwrap().contains("soon"),
        "{bad}"
    );
    let bad = ask(&mut stream, b"{\"jsonrpc\":\"2.0\",\"method\":\"add\",\"params\":{\"name\":\"x\",\"cron_expr\":\"0 25 * * *\",\"command\":\"a\"},\"id\":1}\n");
    assert_eq!(bad["error"]["data"]["field"], "cron_expr", "{bad}");
    assert!(ask(&mut stream, &status(json!(1)))["result"]["pid"].is_u64());
}

#[test]
fn parameters_are_accepted_by_name_and_by_position() {
    let home = Home::started();
    home.add(&["one", "--every", "1h", "--", "true"]);
    for params in [
        json!({"job": "one"}),
        json!(["one"]),
        json!({"job": 1}),
        json!([1]),
    ] {
        assert_eq!(
            home.call("show", params.clone())["result"]["name"],
            "one",
            "{params}"
        );
    }
    let added = home.call(
        "add",
        json!({"name": "two", "cron_expr": "@daily", "command": "true", "allow_mode": 2}),
    );
    assert_eq!(added["result"]["job"]["allow_mode"], 2, "{added}");
    let bad = home.call(
        "add",
        json!({"name": "three", "cron_expr": "@daily", "command": "true", "allow_mode": 4}),
    );
    assert_eq!(
        (
            bad["error"]["code"].as_i64(),
            bad["error"]["data"]["field"].as_str()
        ),
        (Some(-32602), Some("allow_mode"))
    );
}

#[test]
fn batch_with_notifications_answers_only_requests() {
    let home = Home::started();
    let mut stream = home.socket();
    let batch = json!([
        {"jsonrpc": "2.0", "method": "status", "id": 1},
        {"jsonrpc": "2.0", "method": "add", "params": {"name": "quiet", "cron_expr": "@daily", "command": "true"}},
        1,
        {"jsonrpc": "2.0", "method": "show", "params": ["quiet"], "id": "b"},
    ]);
    let answers = ask(&mut stream, format!("{batch}\n").as_bytes());
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), 3, "a notification is done, but not answered");
    let by_id = |id: Value| answers.iter().find(|answer| answer["id"] == id).unwrap();
    assert!(by_id(json!(1))["result"]["pid"].is_u64());
    assert_eq!(by_id(json!("b"))["result"]["name"], "quiet");
    assert_eq!(by_id(Value::Null)["error"]["code"], -32600);
    // Notifications get no answer, alone or in a batch, also when they fail.
    stream.write_all(b"{\"jsonrpc\":\"2.0\",\"method\":\"nope\"}\n[{\"jsonrpc\":\"2.0\",\"method\":\"status\"}]\n\n").unwrap();
    assert_eq!(ask(&mut stream, &status(json!("next")))["id"], "next");
}

#[test]
fn lines_in_pieces_are_answered() {
    let home = Home::started();
    let mut stream = home.socket();
    for byte in status(json!("slow")) {
        stream.write_all(&[byte]).unwrap();
    }
    assert_eq!(answer(&mut stream)["id"], "slow");
    // Two requests in one write.
    let two = [status(json!(1)), status(json!(2))].concat();
    assert_eq!(ask(&mut stream, &two)["id"], 1);
    assert_eq!(answer(&mut stream)["id"], 2);
    // A last request without a line break.
    let mut line = status(json!("last"));
    line.pop();
    stream.write_all(&line).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(answer(&mut stream)["id"], "last");
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}

#[test]
fn line_over_1_mib_is_refused() {
    const LIMIT: usize = 1024 * 1024;
    let home = Home::started();
    let mut stream = home.socket();
    let head = r#"{"jsonrpc":"2.0","method":"status","id":1,"x":""#;
    let fitting = format!("{head}{}\"}}\n", "x".repeat(LIMIT - head.len() - 2));
    assert_eq!(fitting.len(), LIMIT + 1);
    assert!(ask(&mut stream, fitting.as_bytes())["result"].is_object());
    let over = format!("{head}{}\"}}\n", "x".repeat(LIMIT - head.len() - 1));
    let refused = ask(&mut stream, over.as_bytes());
    assert_eq!(
        (refused["error"]["code"].as_i64(), &refused["id"]),
        (Some(-32600), &json!(1))
    );
    // Of a line the daemon holds at most 32 MiB, and half as much again while the buffer grows.
    for _ in 0..128 {
        stream.write_all(&vec![b'y'; LIMIT]).unwrap();
    }
    assert_eq!(ask(&mut stream, b"\n")["error"]["code"], -32600);
    assert!(ask(&mut stream, &status(json!(1)))["result"].is_object());
    let rss = std::fs::read_to_string(format!("/proc/{}/status", home.pid())).unwrap();
    let peak: u64 = rss
        .lines()
        .find_map(|line| {
            line.strip_prefix("VmHWM:")?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .unwrap();
    assert!(peak < 90_000, "{peak} kB");
    let deep = format!("{}\n", "[".repeat(100_000));
    assert_eq!(ask(&mut stream, deep.as_bytes())["error"]["code"], -32700);
}

#[test]
fn import_up_to_32_mib_is_one_request() {
    const LIMIT: usize = 32 * 1024 * 1024;
    let home = Home::started();
    let crontab = |length: usize| {
        let call = |text: &str| {
            let params = json!({ "text": text, "origin": "/a", "dry_run": true });
            json!({ "jsonrpc": "2.0", "method": "import", "params": params, "id": 1 }).to_string()
        };
        let comment = "#".repeat(length - call("").len());
        call(&comment) + "\n"
    };
    let mut stream = home.socket();
    // A client that stops in the middle delays no other.
    let mut slow = home.socket();
    slow.write_all(&crontab(LIMIT).as_bytes()[..LIMIT / 8])
        .unwrap();
    let taken = ask(&mut stream, crontab(LIMIT).as_bytes());
    assert_eq!(taken["result"]["lines"], json!([]));
    // The half line is not JSON when it ends in time, else it has been refused.
    let code = ask(&mut slow, b"\n")["error"]["code"].clone();
    assert!(code == -32700 || code == -32600, "{code}");
    let refused = ask(&mut stream, crontab(LIMIT + 1).as_bytes());
    assert_eq!(refused["error"]["code"], -32600);
    let batch = format!("[{}]\n", crontab(LIMIT / 2).trim());
    assert_eq!(ask(&mut stream, batch.as_bytes())["error"]["code"], -32600);
    assert!(ask(&mut stream, &status(json!(2)))["result"].is_object());
}

#[test]
fn silent_and_slow_clients_do_not_delay_others() {
    let home = Home::started();
    home.add(&[
        "big",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--",
        "head -c 100000 /dev/zero | tr '\\0' x",
    ]);
    home.ended(home.run("big"));
    let mut idle: Vec<UnixStream> = (0..200).map(|_| home.socket()).collect();
    // Clients that never read, and clients that wait for output of a job that does not run.
    let mut deaf: Vec<UnixStream> = (0..8).map(|_| home.socket()).collect();
    for stream in &mut deaf {
        stream.set_nonblocking(true).unwrap();
        let request =
            b"{\"jsonrpc\":\"2.0\",\"method\":\"logs\",\"params\":{\"exec_id\":1},\"id\":1}\n";
        for _ in 0..500 {
            if stream.write(request).is_err() {
                break;
            }
        }
    }
    let mut waiting: Vec<UnixStream> = (0..60).map(|_| home.socket()).collect();
    for stream in &mut waiting {
        stream.write_all(b"{\"jsonrpc\":\"2.0\",\"method\":\"logs\",\"params\":{\"job\":\"big\",\"after\":1,\"wait\":30},\"id\":1}\n").unwrap();
    }
    let began = Instant::now();
    for number in 0..20 {
        assert_eq!(
            ask(&mut home.socket(), &status(json!(number)))["id"],
            number
        );
    }
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(ask(&mut idle[199], &status(json!("idle")))["id"], "idle");
    // The waiting clients get their output.
    home.run("big");
    for stream in &mut waiting {
        assert_eq!(answer(stream)["result"]["execution"]["job_name"], "big");
    }
}

#[test]
fn id_is_returned_unchanged() {
    let home = Home::started();
    let mut stream = home.socket();
    for id in [
        "1e2",
        "123456789012345678901234567890",
        "-0.50",
        "\"caf\\u00e9\"",
        "\"\"",
        "null",
    ] {
        writeln!(stream, r#"{{"jsonrpc":"2.0","method":"nope","id":{id}}}"#).unwrap();
        let mut line = String::new();
        BufReader::with_capacity(1, &stream)
            .read_line(&mut line)
            .unwrap();
        assert!(line.ends_with(&format!("\"id\":{id}}}\n")), "{line}");
    }
}

#[test]
fn keys_that_stand_twice_and_bytes_that_are_not_utf8_are_refused() {
    let home = Home::started();
    let mut stream = home.socket();
    for (line, part) in [
        (
            br#"{"jsonrpc":"2.0","method":"add","params":{"name":"a","command":"true","command":"false","every":"1d"},"id":1}"#
                .as_slice(),
            "the key `command` stands twice",
        ),
        (
            br#"{"jsonrpc":"2.0","method":"status","id":1,"method":"shutdown"}"#.as_slice(),
            "the key `method` stands twice",
        ),
        (
            b"{\"jsonrpc\":\"2.0\",\"method\":\"add\",\"params\":{\"name\":\"a\",\"command\":\"caf\xe9\",\"every\":\"1d\"},\"id\":1}".as_slice(),
            "unicode",
        ),
    ] {
        let answer = ask(&mut stream, &[line, b"\n"].concat());
        let message = answer["error"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(part), "{answer}");
    }
    assert_eq!(ask(&mut stream, &status(json!(1)))["result"]["jobs"], 0);
}
