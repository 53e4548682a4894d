//! The middleware around routes of the tests, over real sockets.

mod bodies;
mod browsers;
mod clients;
mod encrypted;
mod ends;
mod hosts;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::client::Client;
use super::{HttpListener, HttpSettings, IsAllowed, MetricsAccess, connections, middleware};

/// Upper bound on the time that anything in these tests takes.
const SOON: Duration = Duration::from_secs(20);

/// An address of this machine that is on no list.
const NOT_ALLOWED: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 9));

fn settings() -> HttpSettings {
    HttpSettings {
        tls: None,
        names: vec!["x".into()],
        is_compatible: true,
        has_page: true,
        cors_origins: Vec::new(),
        trusted_proxies: Vec::new(),
        rate: None,
        max_body: 64 * 1024,
        max_connections: 4096,
        max_connections_per_client: 2000,
        header_timeout: SOON,
        request_timeout: SOON,
        idle_timeout: SOON,
        metrics: MetricsAccess::Token,
        logged_methods: Vec::new(),
    }
}

struct Served {
    address: SocketAddr,
    settings: watch::Sender<Arc<HttpSettings>>,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

impl Served {
    fn with(settings: HttpSettings) -> Served {
        let (listener, _released) = HttpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.address();
        let (settings, current) = watch::channel(Arc::new(settings));
        let stop = CancellationToken::new();
        let is_allowed: IsAllowed = Arc::new(|address| address != NOT_ALLOWED);
        let stack = middleware::stack(routes(), is_allowed.clone());
        let serving = tokio::spawn(connections::serve(
            listener,
            stack,
            is_allowed,
            current,
            stop.clone(),
        ));
        Served {
            address,
            settings,
            stop,
            serving,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends a text on a connection of its own, and reads until the connection is closed.
    async fn sends(&self, text: &str) -> Answer {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.unwrap();
        read(&mut stream).await
    }

    async fn gets(&self, path: &str, headers: &str) -> Answer {
        self.sends(&format!(
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n"
        ))
        .await
    }
}

struct Answer {
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn status(&self) -> u16 {
        let word = self.head.split(' ').nth(1).unwrap_or_default();
        word.parse().unwrap_or_default()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Asserts that the answer is an error in the envelope whose message contains `part`.
    #[track_caller]
    fn is_refusal(&self, code: u16, part: &str) {
        assert_eq!(self.status(), code, "{}\n{:?}", self.head, self.body);
        assert_eq!(self.header("content-type"), Some("application/json"));
        let json: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(json["code"], code);
        assert_eq!(json["data"], serde_json::Value::Null);
        assert!(json["msg"].as_str().unwrap().contains(part), "{json}");
    }
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Answer {
    let mut bytes = Vec::new();
    tokio::time::timeout(SOON, stream.read_to_end(&mut bytes))
        .await
        .expect("the connection is closed")
        .unwrap();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.map_or(bytes.len(), |end| end + 4);
    let body = bytes.split_off(end);
    Answer {
        head: String::from_utf8(bytes).unwrap(),
        body,
    }
}

/// Reads until `part` has come.
async fn read_until(stream: &mut (impl AsyncRead + Unpin), part: &str) -> String {
    let mut text = String::new();
    let reading = async {
        let mut buffer = [0; 4096];
        while !text.contains(part) {
            let size = stream.read(&mut buffer).await.unwrap();
            assert_ne!(size, 0, "closed after {text:?}");
            text.push_str(&String::from_utf8_lossy(&buffer[..size]));
        }
    };
    tokio::time::timeout(SOON, reading)
        .await
        .expect("it comes soon");
    text
}

fn routes() -> Router {
    Router::new()
        .route("/small", get(async || "little"))
        .route("/big", get(async || "much ".repeat(2000)))
        .route(
            "/stream",
            get(async || {
                let kind = [("content-type", "text/event-stream")];
                (kind, "data: much\n\n".repeat(1000))
            }),
        )
        .route(
            "/dressed",
            get(async || {
                let headers = [
                    ("content-security-policy", "default-src 'self'"),
                    ("cache-control", "max-age=60"),
                ];
                (headers, "a page")
            }),
        )
        .route(
            "/me",
            get(async |axum::Extension(client): axum::Extension<Client>| {
                client.address.to_string()
            }),
        )
        .route("/length", post(async |body: Bytes| body.len().to_string()))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .route(
            "/refused",
            post(async || StatusCode::UNAUTHORIZED.into_response()),
        )
        .route("/panic", get(broken))
        .route(
            "/later",
            get(async || {
                tokio::time::sleep(Duration::from_millis(500)).await;
                "at last"
            }),
        )
        .route(
            "/never",
            get(async || {
                std::future::pending::<()>().await;
            }),
        )
        .route("/endless", get(async || Body::new(Endless)))
}

async fn broken() {
    panic!("the secret reason");
}

/// A body without an end.
struct Endless;

impl axum::body::HttpBody for Endless {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, Self::Error>>> {
        let piece = hyper::body::Frame::data(Bytes::from_static(&[b'x'; 16 * 1024]));
        std::task::Poll::Ready(Some(Ok(piece)))
    }
}
