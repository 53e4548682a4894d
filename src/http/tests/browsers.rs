//! Headers for browsers, CORS and compression.

use super::*;

const SECURE: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    (
        "content-security-policy",
        "default-src 'none'; frame-ancestors 'none'",
    ),
    ("cache-control", "no-store"),
];

#[tokio::test(flavor = "multi_thread")]
async fn answer_has_security_headers() {
    let served = Served::with(settings());
    for (path, status) in [("/small", 200), ("/nowhere", 404), ("/panic", 500)] {
        let answer = served.gets(path, "").await;
        assert_eq!(answer.status(), status, "{path}");
        for (name, value) in SECURE {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        assert_eq!(answer.header("strict-transport-security"), None);
    }
    // A header that the handler has set is kept.
    let answer = served.gets("/dressed", "").await;
    let policy = answer.header("content-security-policy");
    assert_eq!(policy, Some("default-src 'self'"));
    assert_eq!(answer.header("cache-control"), Some("max-age=60"));
    assert_eq!(answer.header("x-frame-options"), Some("DENY"));
}

#[tokio::test(flavor = "multi_thread")]
async fn panic_of_a_handler_is_not_shown_to_the_client() {
    let served = Served::with(settings());
    let answer = served.gets("/panic", "").await;
    answer.is_refusal(500, "internal error");
    assert!(!answer.text().contains("secret"));
    assert_eq!(served.gets("/small", "").await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn cors_allows_only_configured_origins() {
    let served = Served::with(settings());
    let asks = async |origin: &str| {
        served
            .sends(&format!(
                "OPTIONS /small HTTP/1.1\r\nHost: x\r\nConnection: close\r\nOrigin: {origin}\r\n\
                 Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization\r\n\r\n"
            ))
            .await
    };
    let answer = asks("https://a.test").await;
    assert_eq!(answer.status(), 405);
    assert!(!answer.head.contains("access-control"), "{}", answer.head);

    // The setting changes while the server is open.
    let mut open = settings();
    open.cors_origins = vec!["https://a.test".into()];
    served.settings.send_replace(Arc::new(open));
    let answer = asks("https://a.test").await;
    assert_eq!(answer.status(), 200);
    for (name, value) in [
        ("access-control-allow-origin", "https://a.test"),
        ("access-control-allow-methods", "GET,POST,OPTIONS"),
        (
            "access-control-allow-headers",
            "authorization,content-type,last-event-id",
        ),
    ] {
        assert_eq!(answer.header(name), Some(value));
    }
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    for stranger in [
        "https://b.test",
        "https://a.test:8443",
        "http://a.test",
        "null",
    ] {
        let answer = asks(stranger).await;
        assert!(!answer.head.contains("access-control"), "{}", answer.head);
    }
    let answer = served.gets("/small", "Origin: https://a.test\r\n").await;
    let allowed = answer.header("access-control-allow-origin");
    assert_eq!((answer.text(), allowed), ("little", Some("https://a.test")));
}

#[tokio::test(flavor = "multi_thread")]
async fn large_answer_is_compressed() {
    let served = Served::with(settings());
    let asks = async |path: &str, coding: &str| {
        served
            .gets(path, &format!("Accept-Encoding: {coding}\r\n"))
            .await
    };
    for coding in ["gzip", "br", "zstd"] {
        let answer = asks("/big", coding).await;
        assert_eq!(answer.header("content-encoding"), Some(coding));
        assert!(answer.body.len() < 1000, "{coding}: {}", answer.body.len());
    }
    for (path, coding) in [
        ("/big", "identity"),
        ("/small", "gzip"),
        ("/stream", "gzip, br, zstd"),
    ] {
        let answer = asks(path, coding).await;
        assert_eq!(answer.header("content-encoding"), None, "{path}");
    }
    assert_eq!(asks("/big", "").await.text().len(), 10_000);
}
