//! Requests that are too large or too slow.

use std::time::Instant;

use super::*;

fn post(path: &str, headers: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n{body}")
}

fn sized(path: &str, size: usize) -> String {
    post(
        path,
        &format!("Content-Length: {size}\r\n"),
        &"x".repeat(size),
    )
}

fn chunked(path: &str, size: usize) -> String {
    let body = format!("{size:x}\r\n{}\r\n0\r\n\r\n", "x".repeat(size));
    post(path, "Transfer-Encoding: chunked\r\n", &body)
}

#[tokio::test(flavor = "multi_thread")]
async fn body_over_the_limit_is_refused() {
    let served = Served::with(settings());
    let most = 64 * 1024;
    for text in [sized("/length", most), chunked("/length", most)] {
        let answer = served.sends(&text).await;
        assert_eq!((answer.status(), answer.text()), (200, "65536"));
    }
    // With either way to give the length, and although the client sends all of it before it reads.
    for size in [most + 1, 5_000_000] {
        for text in [sized("/length", size), chunked("/length", size)] {
            served
                .sends(&text)
                .await
                .is_refusal(413, "more than 65536 bytes");
        }
    }
    // A client that asks first is refused before it sends.
    let asking = post(
        "/length",
        "Content-Length: 99999999\r\nExpect: 100-continue\r\n",
        "",
    );
    served.sends(&asking).await.is_refusal(413, "65536");
}

#[tokio::test(flavor = "multi_thread")]
async fn answer_to_an_unread_body_arrives() {
    let mut larger = settings();
    larger.max_body = 8 * 1024 * 1024;
    let served = Served::with(larger);
    for text in [sized("/refused", 5_000_000), chunked("/refused", 5_000_000)] {
        assert_eq!(served.sends(&text).await.status(), 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_client_is_cut_off() {
    let mut short = settings();
    short.header_timeout = Duration::from_secs(1);
    short.request_timeout = Duration::from_secs(1);
    short.idle_timeout = Duration::from_secs(3);
    let served = Served::with(short);
    let began = Instant::now();

    // A byte now and then does not help.
    let dripping = async |start: String| {
        let mut stream = served.connect().await;
        stream.write_all(start.as_bytes()).await.unwrap();
        let (mut reader, mut writer) = stream.into_split();
        let drip = tokio::spawn(async move {
            while writer.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        });
        let answer = read(&mut reader).await;
        drip.abort();
        answer
    };
    let (head, body) = tokio::join!(
        dripping("GET /small HTTP/1.1\r\nX: ".into()),
        dripping(post("/length", "Content-Length: 1000\r\n", "x")),
    );
    head.is_refusal(408, "the head of the request did not come within 1 s");
    body.is_refusal(408, "the body of the request did not come within 1 s");
    assert!(began.elapsed() < Duration::from_millis(2900));

    // A silent client is idle, for which the timeout is longer; at its end nothing is answered.
    let began = Instant::now();
    let mut silent = served.connect().await;
    let mut kept = served.connect().await;
    let request = b"GET /small HTTP/1.1\r\nHost: x\r\n\r\n";
    kept.write_all(request).await.unwrap();
    read_until(&mut kept, "little").await;
    assert_eq!(read(&mut silent).await.head, "");
    assert_eq!(read(&mut kept).await.head, "");
    assert!(began.elapsed() >= Duration::from_millis(2900));
}

#[tokio::test(flavor = "multi_thread")]
async fn unread_answer_is_cut_off() {
    let mut short = settings();
    short.request_timeout = Duration::from_secs(1);
    short.max_connections = 1;
    let served = Served::with(short);
    let mut deaf = served.connect().await;
    let request = b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n";
    deaf.write_all(request).await.unwrap();
    read_until(&mut deaf, "200 OK").await;
    served
        .gets("/small", "")
        .await
        .is_refusal(503, "too many connections");
    let free = async {
        while served.gets("/small", "").await.status() != 200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(SOON, free).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn long_answer_that_is_read_is_not_cut_off() {
    let mut short = settings();
    short.request_timeout = Duration::from_secs(1);
    short.idle_timeout = Duration::from_secs(1);
    let served = Served::with(short);
    let mut reader = served.connect().await;
    let request = b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n";
    reader.write_all(request).await.unwrap();
    let until = Instant::now() + Duration::from_millis(2500);
    let mut buffer = [0; 64 * 1024];
    while Instant::now() < until {
        assert_ne!(reader.read(&mut buffer).await.unwrap(), 0);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn late_answer_is_given_up() {
    let mut short = settings();
    short.request_timeout = Duration::from_secs(1);
    let served = Served::with(short);
    let answer = served.gets("/never", "").await;
    answer.is_refusal(503, "did not come in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn head_over_the_limit_is_refused() {
    let served = Served::with(settings());
    let long = format!("X-Long: {}\r\n", "x".repeat(48 * 1024));
    assert_eq!(served.gets("/small", &long).await.status(), 200);
    let longer = format!("X-Long: {}\r\n", "x".repeat(80 * 1024));
    assert_eq!(served.gets("/small", &longer).await.status(), 431);
    let many = "X: y\r\n".repeat(200);
    assert_eq!(served.gets("/small", &many).await.status(), 431);
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_and_bodies_of_all_connections_hold_a_bounded_memory() {
    let mut large = settings();
    large.max_body = 32 * 1024 * 1024;
    let served = Served::with(large);
    // Half of the heads: 400 of 60 KiB are over the limit, so the last of them are refused.
    let head = format!("GET /small HTTP/1.1\r\nX: {}", "x".repeat(60 * 1024));
    let mut held = Vec::new();
    for _ in 0..400 {
        let mut stream = served.connect().await;
        // A connection that was closed takes nothing.
        let _ = stream.write_all(head.as_bytes()).await;
        held.push(stream);
    }
    let mut last = held.pop().unwrap();
    let answer = tokio::time::timeout(SOON, read(&mut last)).await.unwrap();
    answer.is_refusal(503, "the heads of half-read requests hold too much memory");
    assert_eq!(
        served.gets("/small", "").await.status(),
        200,
        "a usual head"
    );
    drop(held);
    let long = format!("X-Long: {}\r\n", "x".repeat(48 * 1024));
    let free = async {
        while served.gets("/small", &long).await.status() != 200 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(SOON, free).await.unwrap();

    // Two bodies of 30 MiB lack their last byte, and a third is too much.
    let size = 30 * 1024 * 1024;
    let text = post(
        "/length",
        &format!("Content-Length: {size}\r\n"),
        &"x".repeat(size - 1),
    );
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = served.connect().await;
        stream.write_all(text.as_bytes()).await.unwrap();
        held.push(stream);
    }
    let answer = served.sends(&sized("/length", 8 * 1024 * 1024)).await;
    answer.is_refusal(503, "the bodies of other requests hold too much memory");
    assert_eq!(answer.header("retry-after"), Some("1"));
    let answer = served.sends(&sized("/length", 10_000)).await;
    assert_eq!(answer.status(), 200, "a small body");
    held[0].write_all(b"x").await.unwrap();
    assert_eq!(read(&mut held[0]).await.text(), size.to_string());
    let free = async {
        while served.sends(&sized("/length", size)).await.status() != 200 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(SOON, free).await.unwrap();
}
