//! Limits of requests and connections per client, and many idle connections.

use std::num::NonZeroU32;

use super::super::Rate;
use super::*;
use jobs_model::Network;

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
async fn client_over_its_connection_limit_is_refused_while_all_are_answered() {
    let mut few = settings();
    few.max_connections_per_client = 2;
    let served = Served::with(few.clone());
    let mut taken = [served.connect().await, served.connect().await];
    for stream in &mut taken {
        let request = b"GET /never HTTP/1.1\r\nHost: x\r\n\r\n";
        stream.write_all(request).await.unwrap();
    }
    // After this time the handlers have the requests.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let answer = served.gets("/small", "").await;
    answer.is_refusal(503, "too many connections");
    // The limit does not count a trusted proxy as one client.
    few.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    served.settings.send_replace(Arc::new(few));
    assert_eq!(served.gets("/small", "").await.status(), 200);
    drop(taken);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_wait_for_their_client_give_way() {
    for per_client in [true, false] {
        let mut few = settings();
        match per_client {
            true => few.max_connections_per_client = 8,
            false => few.max_connections = 8,
        }
        let served = Served::with(few);
        // Silent, with half a head, with half a body, and after an answer.
        for start in [
            "",
            "GET /small HTTP/1.1\r\nX: ",
            "POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc",
            "POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\nabc",
            "GET /small HTTP/1.1\r\nHost: x\r\n\r\n",
        ] {
            let mut held = Vec::new();
            for _ in 0..30 {
                let mut stream = served.connect().await;
                stream.write_all(start.as_bytes()).await.unwrap();
                held.push(stream);
            }
            for _ in 0..20 {
                let answer = served.gets("/small", "").await;
                assert_eq!(answer.status(), 200, "{start:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn address_on_no_list_is_turned_away_without_a_place() {
    let mut few = settings();
    few.max_connections = 2;
    let served = Served::with(few.clone());
    let from = async |address: IpAddr| {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(address, 0)).unwrap();
        socket.connect(served.address).await.unwrap()
    };
    let mut taken = [served.connect().await, served.connect().await];
    for stream in &mut taken {
        let request = b"GET /never HTTP/1.1\r\nHost: x\r\n\r\n";
        stream.write_all(request).await.unwrap();
    }
    // No place is free, and the answer is still that the address is not allowed.
    let mut strangers = Vec::new();
    for _ in 0..3 {
        let mut stranger = from(NOT_ALLOWED).await;
        let request = b"GET /small HTTP/1.1\r\nHost: x\r\n\r\n";
        stranger.write_all(request).await.unwrap();
        read(&mut stranger).await.is_refusal(403, "127.0.0.9");
        strangers.push(from(NOT_ALLOWED).await);
    }
    drop(taken);
    let free = async {
        while served.gets("/small", "").await.status() != 200 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(SOON, free).await.unwrap();
    // A trusted proxy may connect, and its clients are checked one by one.
    few.trusted_proxies = vec![Network::from(NOT_ALLOWED)];
    served.settings.send_replace(Arc::new(few));
    let forwarded = |client: &str| {
        format!(
            "GET /small HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-For: {client}\r\n\r\n"
        )
    };
    for (client, status) in [("127.0.0.1", 200), ("127.0.0.9", 403)] {
        let mut proxy = from(NOT_ALLOWED).await;
        let request = forwarded(client);
        proxy.write_all(request.as_bytes()).await.unwrap();
        assert_eq!(read(&mut proxy).await.status(), status, "{client}");
    }
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
