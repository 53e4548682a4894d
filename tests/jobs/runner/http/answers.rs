//! Answers: which of them succeed, and how their bodies are decoded.

use std::io::Write;

use super::raw::Raw;
use super::{error, fails, last, run, succeeds, text};
use crate::servers::http::Server;
use crate::servers::http::charsets::CHARSETS;
use crate::servers::http::pages::{GZIP_TEXT, big_body};
use crate::support::Home;

#[test]
fn status_outside_2xx_fails() {
    let (home, server) = (Home::started(), Server::http());
    for status in ["200", "201", "202", "204", "206", "299"] {
        succeeds(&home, &["--url", &server.url(&format!("/status/{status}"))]);
    }
    let who = format!("`127.0.0.1:{}`", server.port());
    for (status, words) in [
        ("300", "300 Multiple Choices"),
        ("304", "304 Not Modified"),
        ("302", "302 Found"),
        ("400", "400 Bad Request"),
        ("404", "404 Not Found"),
        ("418", "418 I'm a teapot"),
        ("429", "429 Too Many Requests"),
        ("500", "500 Internal Server Error"),
        ("503", "503 Service Unavailable"),
        ("599", "599"),
        ("999", "999"),
    ] {
        let row = run(&home, &["--url", &server.url(&format!("/status/{status}"))]);
        assert_eq!(row["status"], "failed", "{status}");
        assert_eq!(error(&row), format!("{who} answers {words}"));
        assert_eq!(row["exit_code"], serde_json::Value::Null);
        let body = if status == "304" {
            String::new()
        } else {
            format!("status {status}\n")
        };
        assert_eq!(text(&row, "stdout"), body, "the body is shown all the same");
    }
    succeeds(&home, &["--url", &server.url("/204"), "--method", "HEAD"]);
    let row = succeeds(&home, &["--url", &server.url("/204")]);
    assert_eq!(text(&row, "stdout"), "");
}

#[test]
fn result_text_decides_instead_of_the_status() {
    let home = Home::with_config("jobs:\n  http_response_max_bytes: 100\n");
    let server = Server::http();
    for (page, wanted) in [
        ("/status/500", "status 500"),
        ("/status/404", "404"),
        ("/ok", "ok"),
        ("/gzip", "wie schön"),
        ("/charset/gbk", "世界"),
        ("/charset/shift_jis", "にちは世"),
        ("/charset/none-but-meta", "你好"),
        ("/charset/bom-utf-16", "wörld"),
        // After the 100 bytes that are stored, and across two pieces.
        ("/big/1000", "xyzabcdefghijklmnopqrstuvwxyzabcd"),
    ] {
        succeeds(&home, &["--url", &server.url(page), "--result", wanted]);
    }
    let row = fails(
        &home,
        &["--url", &server.url("/ok"), "--result", "nope"],
        &["127.0.0.1", "(200 OK, 3 bytes) does not contain `nope`"],
    );
    assert_eq!(text(&row, "stdout"), "ok\n");
    // The body has these bytes, but in another charset.
    fails(
        &home,
        &["--url", &server.url("/charset/gbk"), "--result", "ÄãºÃ"],
        &["does not contain"],
    );
    fails(
        &home,
        &["--url", &server.url("/big/1000"), "--result", "zb"],
        &["1000 bytes) does not"],
    );
    // A long text is shortened in the message, and a secret masked.
    let long = format!("token=hunter2 {}", "n".repeat(500));
    let row = fails(
        &home,
        &["--url", &server.url("/ok"), "--result", &long],
        &["token=***", "..."],
    );
    assert!(error(&row).len() < 250 && !error(&row).contains("hunter2"));
}

#[test]
fn result_text_across_pieces_is_found() {
    let home = Home::with_config("jobs:\n  http_response_max_bytes: 64KiB\n");
    let server = Server::http();
    let whole = String::from_utf8(big_body(300_000)).unwrap();
    // A text that is longer than a piece.
    let long = &whole[70_001..130_000];
    succeeds(
        &home,
        &["--url", &server.url("/big/300000"), "--result", long],
    );
    let never = format!("{long}!");
    fails(
        &home,
        &["--url", &server.url("/big/300000"), "--result", &never],
        &["does not contain"],
    );
}

#[test]
fn body_is_decoded_by_its_charset() {
    let (home, server) = (Home::started(), Server::http());
    for page in CHARSETS {
        let url = server.url(&format!("/charset/{}", page.name));
        let row = succeeds(&home, &["--url", &url]);
        assert_eq!(text(&row, "stdout"), page.text, "{}", page.name);
    }
    let row = succeeds(&home, &["--url", &server.url("/gzip")]);
    assert_eq!(text(&row, "stdout"), GZIP_TEXT);
    let row = succeeds(&home, &["--url", &server.url("/gzip"), "--method", "HEAD"]);
    assert_eq!(text(&row, "stdout"), "");
}

#[test]
fn answer_without_body_ends_at_once() {
    let home = Home::started();
    for bytes in [
        b"HTTP/1.1 204 No Content\r\n\r\n".as_slice(),
        b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\nContent-Encoding: gzip\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
    ] {
        let server = Raw::answering(bytes);
        let row = succeeds(&home, &["--url", &server.url("/"), "--timeout", "20"]);
        assert_eq!(
            text(&row, "stdout"),
            "",
            "{:?}",
            String::from_utf8_lossy(bytes)
        );
    }
}

#[test]
fn answer_with_unusual_framing_is_read() {
    let home = Home::started();
    for bytes in [
        // Informational answers are skipped.
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n".as_slice(),
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n",
        // The body ends with the connection.
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok\n",
        b"HTTP/1.0 200 OK\r\n\r\nok\n",
        // Chunks with extensions and trailers.
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n1\r\n\n\r\n0\r\nX-Trailer: 1\r\n\r\n",
        // Bytes after the body are ignored.
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\nHTTP/1.1 500 Oh\r\n\r\n",
    ] {
        let server = Raw::answering(bytes);
        let row = succeeds(&home, &["--url", &server.url("/"), "--timeout", "20"]);
        assert_eq!(text(&row, "stdout"), "ok\n", "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn answer_before_the_body_is_sent_is_read() {
    let home = Home::started();
    let server = Raw::answering(b"HTTP/1.1 413 Payload Too Large\r\nContent-Length: 8\r\nConnection: close\r\n\r\ntoo big\n");
    let data = "d".repeat(900_000);
    let params = serde_json::json!({"name": "large", "every": "1h", "mode": "http",
        "url": server.url("/"), "method": "POST", "data": data, "timeout": 20});
    let added = home.call("add", params);
    assert!(added["result"]["job"]["id"].is_i64(), "{added}");
    let row = home.ended(home.run("large"));
    assert_eq!(
        error(&row),
        format!("`{}` answers 413 Payload Too Large", server.address())
    );
}

#[test]
fn body_with_expect_continue_waits_for_the_server() {
    let (home, server) = (Home::started(), Server::http());
    let expect = [
        "--header",
        "Expect: 100-continue",
        "--data",
        "body",
        "--method",
        "POST",
    ];
    let url = server.url("/echo");
    let row = succeeds(&home, &[&["--url", &url], expect.as_slice()].concat());
    assert!(text(&row, "stdout").ends_with("\n\nbody"), "{row:#}");
    assert!(last(&server).is_whole);
    // A server that never answers `100 Continue` gets the body after a while.
    let silent = Raw::start(|mut stream| {
        use std::io::{Read, Write};
        super::raw::read_head(&mut stream);
        let mut body = [0; 4];
        if stream.read_exact(&mut body).is_ok() {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
            let _ = stream.write_all(&body);
        }
    });
    let url = silent.url("/");
    let row = succeeds(
        &home,
        &[&["--url", &url, "--timeout", "20"], expect.as_slice()].concat(),
    );
    assert_eq!(text(&row, "stdout"), "body");
    // A server that refuses does not get the body.
    let refusing = Raw::answering(b"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
    let url = refusing.url("/");
    fails(
        &home,
        &[&["--url", &url, "--timeout", "20"], expect.as_slice()].concat(),
        &["answers 417 Expectation Failed"],
    );
}

#[test]
fn answer_head_over_64_kib_is_refused() {
    let home = Home::started();
    for (size, is_read) in [(20_000, true), (60_000, true), (70_000, false)] {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-Long: {}\r\n\r\nok\n",
            "l".repeat(size)
        );
        let server = Raw::answering(head.leak().as_bytes());
        let url = server.url("/");
        if is_read {
            let row = succeeds(&home, &["--url", &url]);
            assert_eq!(text(&row, "stdout"), "ok\n");
        } else {
            fails(&home, &["--url", &url], &["is larger than 65536 bytes"]);
        }
    }
}

#[test]
fn server_that_speaks_first_answers_with_what_is_not_http() {
    let home = Home::started();
    let server = Raw::start(|mut stream| {
        use std::io::Write;
        let _ = stream.write_all(b"220 mail.test ESMTP\r\n");
        super::raw::read_head(&mut stream);
    });
    fails(
        &home,
        &["--url", &server.url("/"), "--timeout", "20"],
        &[&server.address(), "sends an answer that is not HTTP"],
    );
}

#[test]
fn answers_of_old_servers_are_read() {
    let home = Home::started();
    let packed = {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(b"unpacked\n").unwrap();
        packer.finish().unwrap()
    };
    let x_gzip = [
        b"HTTP/1.0 200 OK\r\nContent-Encoding: X-Gzip\r\n\r\n".as_slice(),
        &packed,
    ];
    let many: String = (0..1_500)
        .map(|number| format!("X-{number}: y\r\n"))
        .collect();
    let many = format!("HTTP/1.1 200 OK\r\n{many}Content-Length: 5\r\n\r\nmany\n");
    for (answer, body) in [
        (x_gzip.concat(), "unpacked\n"),
        (
            b"HTTP/1.1 200 OK\r\nX-Long: one\r\n two\r\n\tthree\r\nContent-Length: 5\r\n\r\nfold\n"
                .to_vec(),
            "fold\n",
        ),
        (
            b"HTTP/1.1 200 OK\r\nServer : old\r\nContent-Length  : 6\r\n\r\nblank\n".to_vec(),
            "blank\n",
        ),
        (many.into_bytes(), "many\n"),
        (b"HTTP/1.0 200\r\n\r\nno words\n".to_vec(), "no words\n"),
        (
            b"HTTP/1.1 200 OK\nContent-Length: 3\n\nlf\n".to_vec(),
            "lf\n",
        ),
    ] {
        let server = Raw::answering(Vec::leak(answer));
        let row = succeeds(&home, &["--url", &server.url("/")]);
        assert_eq!(text(&row, "stdout"), body, "{row:#}");
    }
}
