//! The header `Host` and targets in absolute form.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn request_for_another_host_is_refused() {
    let served = Served::with(settings());
    for (request, status) in [
        ("GET /small HTTP/1.1\r\nHost: x\r\n", 200),
        ("GET /small HTTP/1.1\r\nHost: X:80\r\n", 200),
        ("GET /small HTTP/1.1\r\nHost: 10.0.0.7:36363\r\n", 200),
        ("GET /small HTTP/1.1\r\nHost: [::1]\r\n", 200),
        ("GET http://x/small HTTP/1.1\r\nHost: x\r\n", 200),
        ("GET /small HTTP/1.0\r\n", 200),
        ("GET /small HTTP/1.0\r\nHost: evil.example\r\n", 421),
        ("GET /small HTTP/1.1\r\nHost: evil.example\r\n", 421),
        ("GET /small HTTP/1.1\r\nHost: localhost.evil.com\r\n", 421),
        ("GET /small HTTP/1.1\r\nHost: 127.0.0.1:99@evil\r\n", 421),
        ("GET /small HTTP/1.1\r\nHost: \r\n", 421),
        ("GET http://evil.example/small HTTP/1.1\r\nHost: x\r\n", 421),
        (
            "GET http://x@evil.example/small HTTP/1.1\r\nHost: x\r\n",
            421,
        ),
        ("GET http://evil@x/small HTTP/1.1\r\nHost: x\r\n", 421),
        ("GET http://x/small HTTP/1.1\r\nHost: evil.example\r\n", 421),
        (
            "OPTIONS /small HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\n",
            421,
        ),
        ("GET /small HTTP/1.1\r\n", 400),
        (
            "GET /small HTTP/1.1\r\nHost: x\r\nHost: evil.example\r\n",
            400,
        ),
        ("GET /small HTTP/1.1\r\nHost: x\r\nHost: x\r\n", 400),
    ] {
        let answer = served
            .sends(&format!("{request}Connection: close\r\n\r\n"))
            .await;
        assert_eq!(answer.status(), status, "{request}");
        if status == 421 {
            answer.is_refusal(421, "`server.names`");
        }
    }
    // The body of such a request is not waited for.
    let text = "POST /length HTTP/1.1\r\nHost: evil\r\nContent-Length: 9999\r\n\r\nabc";
    served.sends(text).await.is_refusal(421, "`evil`");
}
