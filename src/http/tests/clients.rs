//! Limits of requests and connections per client, and many idle connections.

use std::num::NonZeroU32;

use super::super::Rate;
use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn client_over_the_rate_limit_is_told_to_wait() {
    let mut slow = settings();
    slow.rate = Some(Rate {
        per_second: NonZeroU32::new(1).unwrap(),
        burst: NonZeroU32::new(3).unwrap(),
    });
    let served = Served::with(slow.clone());
    for _ in 0..3 {
        assert_eq!(served.gets("/small", "").await.status(), 200);
    }
    // A header that names another client changes nothing.
    let forwarded = "X-Forwarded-For: 9.9.9.9\r\n";
    let answer = served.gets("/small", forwarded).await;
    answer.is_refusal(429, "too many requests: 1 in a second are allowed");
    assert_eq!(answer.header("retry-after"), Some("1"));

    // Behind a trusted proxy each client has a limit of its own.
    slow.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    served.settings.send_replace(Arc::new(slow));
    for (address, known) in [
        ("9.9.9.9", "9.9.9.9"),
        ("1.1.1.1, 8.8.8.8", "8.8.8.8"),
        ("::ffff:7.7.7.7", "7.7.7.7"),
    ] {
        let forwarded = format!("X-Forwarded-For: {address}\r\n");
        for _ in 0..3 {
            assert_eq!(served.gets("/me", &forwarded).await.text(), known);
        }
        assert_eq!(served.gets("/me", &forwarded).await.status(), 429);
    }
    // Without a limit there is none.
    served.settings.send_replace(Arc::new(settings()));
    for _ in 0..20 {
        assert_eq!(served.gets("/small", "").await.status(), 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn thousand_idle_connections_do_not_delay_others() {
    let served = Served::with(settings());
    let mut idle = Vec::new();
    for number in 0..1000 {
        let mut stream = served.connect().await;
        if number % 2 == 0 {
            stream.write_all(b"GET /small HTTP/1.1\r\n").await.unwrap();
        }
        idle.push(stream);
    }
    let began = std::time::Instant::now();
    assert_eq!(served.gets("/small", "").await.text(), "little");
    assert!(began.elapsed() < Duration::from_secs(1));
    // The idle connections are still open.
    let last = idle.last_mut().unwrap();
    let request = b"GET /me HTTP/1.1\r\nHost: x\r\n\r\n";
    last.write_all(request).await.unwrap();
    read_until(last, "127.0.0.1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn client_over_its_connection_limit_is_refused() {
    let mut few = settings();
    few.max_connections_per_client = 2;
    let served = Served::with(few.clone());
    let taken = [served.connect().await, served.connect().await];
    let answer = served.gets("/small", "").await;
    answer.is_refusal(503, "too many connections");
    // The limit does not count a trusted proxy as one client.
    few.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    served.settings.send_replace(Arc::new(few));
    assert_eq!(served.gets("/small", "").await.status(), 200);
    drop(taken);
}

#[tokio::test(flavor = "multi_thread")]
async fn bind_of_an_unusable_address_says_why() {
    let served = Served::with(settings());
    let error = HttpListener::bind(served.address).unwrap_err().to_string();
    assert!(error.contains("something else listens there"), "{error}");
    let foreign = "192.0.2.1:8080".parse().unwrap();
    let error = HttpListener::bind(foreign).unwrap_err().to_string();
    assert!(error.contains("an address of this machine"), "{error}");
}
