//! Tests against servers on loopback that send given bytes.

use std::net::{Ipv4Addr, TcpListener};
use std::thread::{self, JoinHandle};

use super::*;

/// A server that sends one of the texts per connection and closes it. Its thread returns the requests.
fn server(answers: Vec<String>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let requests = thread::spawn(move || {
        let answer = |answer: String| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = vec![0; 4096];
            let length = stream.read(&mut request).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            request.truncate(length);
            String::from_utf8_lossy(&request).into_owned()
        };
        answers.into_iter().map(answer).collect()
    });
    (host, requests)
}

/// Sends a request with a time limit of some seconds. Returns the answer or the problem, and the log.
fn sent(request: HttpRequest, kept_max: u64) -> (Result<HttpAnswer, Problem>, String) {
    let request = HttpRequest {
        timeout: Some(Duration::from_secs(5)),
        ..request
    };
    let settings = HttpSettings {
        body_max_bytes: kept_max,
        ..HttpSettings::default()
    };
    let mut log = Vec::new();
    let answer = fetch(&request, &settings, &mut log);
    (answer, String::from_utf8(log).unwrap())
}

fn get(url: &str) -> HttpRequest {
    HttpRequest {
        url: url.to_string(),
        ..HttpRequest::default()
    }
}

#[test]
fn long_body_is_cut_and_counted() {
    let answer = "HTTP/1.1 200 OK\r\nSet-Cookie: sid=secret\r\n\r\n0123456789".to_string();
    let (host, _server) = server(vec![answer]);
    let (answer, log) = sent(get(&format!("http://me:secret@{host}/x?token=secret")), 4);
    let answer = answer.unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, "0123"));
    assert_eq!((answer.body_bytes, answer.is_cut), (10, true));
    for line in [
        "> GET http://",
        "< 200 OK\n",
        " 10 bytes of body\n",
        "* 4 bytes of the body are shown",
    ] {
        assert!(log.contains(line), "{log}");
    }
    assert!(!log.contains("secret"), "{log}");
}

#[test]
fn redirect_of_get_is_followed_and_one_that_loses_data_is_not() {
    let redirect = "HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n".to_string();
    let done = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_string();
    let (host, requests) = server(vec![redirect.clone(), done]);
    let (answer, _) = sent(get(&format!("http://{host}/first")), 0);
    assert_eq!(answer.unwrap().body, "ok");
    assert!(requests.join().unwrap()[1].starts_with("GET /next HTTP/1.1\r\n"));
    let (host, requests) = server(vec![redirect]);
    let post = HttpRequest {
        method: "POST".to_string(),
        body: Some("data".to_string()),
        keeps_body: true,
        ..get(&format!("http://{host}/"))
    };
    let problem = sent(post, 0).0.unwrap_err();
    assert!(matches!(problem, Problem::Redirect(_)), "{problem}");
    assert!(requests.join().unwrap()[0].starts_with("POST / HTTP/1.1\r\n"));
}

#[test]
fn broken_answer_names_the_problem() {
    let large = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(HEAD_MAX));
    for (answer, expected) in [
        ("", "closed the connection before it had answered"),
        (
            "220 mail.example ESMTP\r\n\r\n",
            "sends an answer that is not HTTP: ",
        ),
        (&large, "is larger than 65536 bytes"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
            "breaks off after 3 of 9 bytes of its body: the connection was closed",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "breaks off after 0 bytes of its body: chunked encoding is not valid",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n\r\nnope, nope",
            "bytes of its body: its gzip is broken: ",
        ),
    ] {
        let (host, _server) = server(vec![answer.to_string()]);
        let problem = sent(get(&format!("http://{host}/")), 0).0.unwrap_err();
        let shown = problem.to_string();
        assert!(shown.contains(expected), "{shown}");
        assert!(shown.contains(&host) && !problem.is_timeout(), "{shown}");
    }
}

#[test]
fn request_without_connection_names_the_problem() {
    let problem = |url: &str| sent(get(url), 0).0.unwrap_err();
    assert!(matches!(
        problem("http://127.0.0.1:1/"),
        Problem::Connect { .. }
    ));
    let unknown = problem("http://no-such-host.invalid/");
    assert!(matches!(unknown, Problem::Resolve { .. }), "{unknown}");
    let (host, _server) = server(vec!["HTTP/1.1 400 Bad Request\r\n\r\n".to_string()]);
    let no_tls = problem(&format!("https://{host}/"));
    assert!(
        no_tls.to_string().contains("it does not speak TLS"),
        "{no_tls}"
    );
}

#[test]
fn silent_server_is_a_timeout() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let host = listener.local_addr().unwrap();
    let request = HttpRequest {
        timeout: Some(Duration::from_millis(200)),
        ..get(&format!("http://{host}/"))
    };
    let problem = fetch(&request, &HttpSettings::default(), &mut Vec::new()).unwrap_err();
    assert!(problem.is_timeout());
    assert_eq!(
        problem.to_string(),
        format!("timed out after 0.200 s before `{host}` had answered")
    );
}

#[test]
fn http_proxy_gets_the_whole_url() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_string();
    let (host, requests) = server(vec![answer]);
    let request = HttpRequest {
        proxy: Some(format!("http://{host}")),
        ..get("http://no-such-host.invalid/x")
    };
    let (answer, log) = sent(request, 0);
    assert_eq!(answer.unwrap().body, "ok");
    assert!(log.contains("* through the proxy "), "{log}");
    let requests = requests.join().unwrap();
    assert!(requests[0].starts_with("GET http://no-such-host.invalid/x HTTP/1.1\r\n"));
}
