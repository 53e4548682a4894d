//!
//! Tests of `port`, `http` and the deadline.
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::super::super::testing::{TestCall, fails, prints};
use super::{printed_and_failed, run};

#[test]
fn port_open_succeeds() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap().to_string();
    for args in [
        &["port", &at][..],
        &["port", &at, "5000"],
        &["port", &at, "5000ms"],
    ] {
        let printed = prints(run, args);
        let start = format!("port: `{at}` is open, connected in ");
        assert!(printed.starts_with(&start), "{printed}");
    }
    let port = at.rsplit(':').next().unwrap();
    let printed = prints(run, &[&format!("port localhost:{port}")]);
    let start = format!("port: `localhost:{port}` (127.0.0.1) is open");
    assert!(printed.starts_with(&start), "{printed}");
}

#[test]
fn port_open_on_ipv6_succeeds() {
    // Some systems have no IPv6.
    let Ok(listener) = TcpListener::bind("[::1]:0") else {
        return;
    };
    let at = listener.local_addr().unwrap().to_string();
    let printed = prints(run, &["port", &at]);
    assert!(
        printed.starts_with(&format!("port: `{at}` is open")),
        "{printed}"
    );
}

#[test]
fn port_closed_fails() {
    let at = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let (printed, why) = printed_and_failed(&["port", &at]);
    assert!(
        printed.starts_with("port: no connection after "),
        "{printed}"
    );
    let start = format!("port: `{at}` can't be reached: Connection refused");
    assert!(why.starts_with(&start), "{why}");
}

#[test]
fn port_of_unknown_name_fails() {
    let why = fails(run, &["port", "no-such-host.invalid:80"]);
    assert!(why.contains("`no-such-host.invalid`"), "{why}");
}

/// A listener with a full queue, which accepts no more connections.
#[cfg(target_os = "linux")]
fn full_listener() -> (TcpListener, Vec<TcpStream>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(100)) {
        waiting.push(stream);
    }
    (listener, waiting, address.to_string())
}

#[test]
#[cfg(target_os = "linux")]
fn check_ends_before_timeout_of_call() {
    let (_listener, _waiting, at) = full_listener();
    let call = TestCall {
        timeout: Some(Duration::from_secs(2)),
        ..TestCall::default()
    };
    for args in [["port", &at], ["cert", &at]] {
        let start = Instant::now();
        let (_, ended) = call.call(run, &args);
        let why = ended.unwrap_err().0;
        assert!(start.elapsed() < Duration::from_secs(2), "{args:?}");
        let end = format!("`{at}` did not answer within 1800 ms");
        assert!(why.ends_with(&end), "{why}");
    }
}

/// A server that answers `requests` requests with one page, each after a pause.
fn web(status: &'static str, pause: Duration, requests: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().take(requests) {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            thread::sleep(pause);
            let answer =
                format!("HTTP/1.1 {status}\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n");
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}/health")
}

#[test]
fn http_page_succeeds() {
    let url = web("200 OK", Duration::ZERO, 4);
    for args in [
        &["http", &url][..],
        &["http", &url, "200"],
        &["http", &url, "200", "5000"],
    ] {
        let printed = prints(run, args);
        assert!(printed.contains("http: 200 after "), "{printed}");
    }
    let why = fails(run, &[&format!("http {url}"), "204"]);
    assert_eq!(why, "http: the status is 200, not 204");
}

#[test]
fn http_error_page_fails() {
    let url = web("503 Service Unavailable", Duration::ZERO, 2);
    let (printed, why) = printed_and_failed(&["http", &url]);
    assert!(printed.contains("http: 503 after "), "{printed}");
    assert_eq!(why, "http: the status is 503");
    let printed = prints(run, &["http", &url, "503"]);
    assert!(printed.contains("http: 503 after "), "{printed}");
}

#[test]
fn http_slow_page_fails() {
    let url = web("200 OK", Duration::from_millis(100), 2);
    let (printed, why) = printed_and_failed(&["http", &url, "50ms"]);
    assert!(printed.contains("http: 200 after "), "{printed}");
    assert!(why.starts_with("http: the answer took "), "{why}");
    assert!(why.ends_with(" ms, the limit is 50 ms"), "{why}");

    let call = TestCall {
        timeout: Some(Duration::from_millis(50)),
        ..TestCall::default()
    };
    let (printed, ended) = call.call(run, &["http", &url]);
    assert!(printed.contains("http: no answer after "), "{printed}");
    assert!(ended.unwrap_err().0.starts_with("http: "));
}

#[test]
fn http_without_server_fails() {
    let (printed, why) = printed_and_failed(&["http", "http://127.0.0.1:1/"]);
    assert!(printed.contains("http: no answer after "), "{printed}");
    assert!(why.starts_with("http: "), "{why}");
}
