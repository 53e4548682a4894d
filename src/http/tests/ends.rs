//! The stop of the server: running requests and idle connections.

use std::time::Instant;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn stop_ends_requests_and_closes_idle_connections_at_once() {
    let served = Served::with(settings());
    let mut fresh = served.connect().await;
    let mut kept = served.connect().await;
    let request = b"GET /small HTTP/1.1\r\nHost: x\r\n\r\n";
    kept.write_all(request).await.unwrap();
    read_until(&mut kept, "little").await;
    let mut under_way = served.connect().await;
    let request = b"GET /later HTTP/1.1\r\nHost: x\r\n\r\n";
    under_way.write_all(request).await.unwrap();
    // After this time the handler has the request.
    tokio::time::sleep(Duration::from_millis(100)).await;

    let began = Instant::now();
    served.stop.cancel();
    assert_eq!(read(&mut fresh).await.head, "");
    assert_eq!(read(&mut kept).await.head, "");
    assert!(began.elapsed() < Duration::from_millis(350));
    let answer = read(&mut under_way).await;
    assert_eq!((answer.status(), answer.text()), (200, "at last"));
    served.serving.await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(2));
    assert!(TcpStream::connect(served.address).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn request_that_does_not_end_is_cut_off() {
    let served = Served::with(settings());
    let mut never = served.connect().await;
    let request = b"GET /never HTTP/1.1\r\nHost: x\r\n\r\n";
    never.write_all(request).await.unwrap();
    let mut head = served.connect().await;
    head.write_all(b"GET /").await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let began = Instant::now();
    served.stop.cancel();
    served.serving.await.unwrap();
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(2900), "{took:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
}
