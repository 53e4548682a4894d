//! The frame of the door: what holds for every request, whichever route it takes.

use std::convert::Infallible;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::{Router, http};
use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, Method, StatusCode};
use serde_json::json;
use tokio::sync::watch;
use tower::ServiceExt;
use tower::layer::Layer;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::cors::CorsLayer;

use super::client::{self, Client, Peer};
use super::limits::{self, Rates};
use super::tls::Tls;
use crate::api::Who;
use crate::model::Network;

/// What is smaller than so many bytes is not compressed: it fits into one packet as it is.
const COMPRESSED_FROM: u64 = 1024;

/// How long browsers may remember what [`cors`] has allowed.
const REMEMBERED: Duration = Duration::from_secs(600);

/// The settings of the door that can change while it is open.
#[derive(Clone, Debug)]
pub struct Frame {
    /// What encrypts connections; none does when absent.
    pub tls: Option<Arc<Tls>>,
    /// Origins whose pages may use the door, as browsers send them.
    pub cors_origins: Vec<String>,
    /// Networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// How many requests a client may send; all when absent.
    pub rate: Option<Rate>,
    /// The largest body of a request, in bytes.
    pub max_body: u64,
    /// How many connections there may be.
    pub max_connections: usize,
    /// How many of them one client may have.
    pub max_connections_per_client: usize,
    /// How long the head of a request may take.
    pub header_timeout: Duration,
    /// How long the body of a request may take, and then the answer until it begins.
    pub request_timeout: Duration,
    /// How long a connection is kept for its next request.
    pub idle_timeout: Duration,
    /// Who may read the metrics.
    pub metrics: MetricsFor,
    /// The methods whose requests leave a line in the system log.
    pub logged_methods: Vec<String>,
}

/// How many requests a client may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// In a second, in the long run.
    pub per_second: NonZeroU32,
    /// At once.
    pub burst: NonZeroU32,
}

/// Who may read the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricsFor {
    /// Whoever has a token.
    Token,
    /// Everyone who may come in.
    Everyone,
    /// Nobody.
    Nobody,
}

/// Puts the frame around the routes. Each request finds its [`Client`] and the `Arc<Frame>` that holds among its extensions.
pub(super) fn around(router: Router, settings: watch::Receiver<Arc<Frame>>) -> Router {
    let door = Arc::new(Door {
        settings,
        rates: Rates::new(),
    });
    // The last one is the outermost. As a fallback the routes are one service: what they add to an answer (`Allow`) they
    // add inside of the frame.
    Router::new().fallback_service(router).layer((
        from_fn_with_state(door, attended),
        CatchPanicLayer::custom(broken),
    ))
}

/// What the frame keeps for all requests.
struct Door {
    settings: watch::Receiver<Arc<Frame>>,
    rates: Rates,
}

/// Stands among the extensions of an answer that is sent as it is: packing it anew each time would cost more than it saves.
#[derive(Clone, Copy, Debug)]
pub(super) struct AsItIs;

/// Which answers are smaller when they are packed, by enough to be worth it.
#[derive(Clone, Copy, Debug)]
struct WorthPacking;

impl Predicate for WorthPacking {
    fn should_compress<B>(&self, response: &http::Response<B>) -> bool
    where
        B: axum::body::HttpBody,
    {
        response.extensions().get::<AsItIs>().is_none()
            && SizeAbove::new(COMPRESSED_FROM).should_compress(response)
            && NotForContentType::SSE.should_compress(response)
            && NotForContentType::IMAGES.should_compress(response)
    }
}

/// An answer without data, in the envelope of all answers.
pub(super) fn said(status: StatusCode, message: &str) -> Response {
    let mut response = Response::new(Body::from(envelope(status, message)));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// The text of an answer without data.
pub(super) fn envelope(status: StatusCode, message: &str) -> String {
    json!({"code": status.as_u16(), "msg": message, "data": null}).to_string()
}

/// The outermost: finds out who comes, sees the answer off, and notes it down.
async fn attended(State(door): State<Arc<Door>>, mut request: Request, next: Next) -> Response {
    let frame = door.settings.borrow().clone();
    let Some(peer) = request.extensions().get::<Peer>().copied() else {
        return said(
            StatusCode::INTERNAL_SERVER_ERROR,
            "a connection without an address",
        );
    };
    let client = client::client(peer, request.headers(), &frame.trusted_proxies);
    let noted = frame
        .logged_methods
        .iter()
        .any(|logged| logged == request.method().as_str())
        .then(|| {
            let path = request.uri().path().to_string();
            (request.method().clone(), path, Instant::now())
        });
    request.extensions_mut().insert(client);
    request.extensions_mut().insert(frame.clone());
    let mut response = cors(&door, &frame, request, next).await;
    if let Some((method, path, began)) = noted {
        tracing::info!(
            %method,
            path,
            status = response.status().as_u16(),
            ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            client = %client.address,
            who = response.extensions().get::<Who>().map(tracing::field::display),
            "request"
        );
    }
    secure(response.headers_mut(), client.is_tls);
    response
}

/// What browsers are told not to do with our answers, where a handler has not told them something else.
fn secure(headers: &mut HeaderMap, is_tls: bool) {
    const ALL: [(HeaderName, &str); 5] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    const TLS_ONLY: (HeaderName, &str) = (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    headers.reserve(ALL.len() + 2);
    for (name, value) in ALL.into_iter().chain(is_tls.then_some(TLS_ONLY)) {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
}

/// Answers the pages of the origins that are allowed, as they need it; others as if CORS had never been invented.
async fn cors(door: &Arc<Door>, frame: &Arc<Frame>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).filter(|origin| {
        let mut origins = frame.cors_origins.iter();
        origins.any(|known| *known == **origin)
    });
    let Some(origin) = origin else {
        let mut response = packed(door, frame, request, next).await;
        if !frame.cors_origins.is_empty() {
            vary(&mut response, "origin");
        }
        return response;
    };
    let allowing = CorsLayer::new()
        .allow_origin(origin.clone())
        .allow_methods([Method::GET, Method::POST, Method::OPTIONS])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("last-event-id"),
        ])
        .vary([])
        .expose_headers([header::RETRY_AFTER, header::CONTENT_DISPOSITION])
        .max_age(REMEMBERED);
    let inside = tower::service_fn(move |request| {
        let (door, frame, next) = (door.clone(), frame.clone(), next.clone());
        async move { Ok::<_, Infallible>(packed(&door, &frame, request, next).await) }
    });
    match allowing.layer(inside).oneshot(request).await {
        Ok(mut response) => {
            vary(&mut response, "origin");
            response
        }
        Err(never) => match never {},
    }
}

/// Packs the answer for a client that can unpack it.
async fn packed(door: &Arc<Door>, frame: &Arc<Frame>, request: Request, next: Next) -> Response {
    if !request.headers().contains_key(header::ACCEPT_ENCODING) {
        let mut response = limited(door, frame, request, next).await;
        let headers = response.headers();
        let is_as_it_is = headers.contains_key(header::CONTENT_ENCODING)
            || headers.contains_key(header::CONTENT_RANGE);
        // As the layer says of what it would pack for others.
        if !is_as_it_is && WorthPacking.should_compress(&response) {
            vary(&mut response, "accept-encoding");
        }
        return response;
    }
    let packing = CompressionLayer::new()
        .quality(CompressionLevel::Precise(4))
        .compress_when(WorthPacking);
    let inside = tower::service_fn(move |request| {
        let (door, frame, next) = (door.clone(), frame.clone(), next.clone());
        async move { Ok::<_, Infallible>(limited(&door, &frame, request, next).await) }
    });
    match packing.layer(inside).oneshot(request).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

/// Turns a client away that sends too many requests, and holds a request to its size and its time.
async fn limited(door: &Door, frame: &Frame, request: Request, next: Next) -> Response {
    match limits::too_often(&door.rates, frame, &request) {
        Some(refusal) => refusal,
        None => limits::within(frame, request, next).await,
    }
}

/// What stands between here and a browser must not give the answer for one client to another that differs in that header.
fn vary(response: &mut Response, by: &'static str) {
    let by = HeaderValue::from_static(by);
    response.headers_mut().append(header::VARY, by);
}

/// A handler panicked: the operator is told, the client only that it happened.
#[expect(clippy::needless_pass_by_value, reason = "tower-http gives it away")]
fn broken(panic: Box<dyn std::any::Any + Send>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a message");
    tracing::error!("the answer to a request broke: {message}");
    said(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal error; the system log tells more",
    )
}

/// What a handler can find out of the frame.
pub(super) fn client_of(request: &Request) -> Option<Client> {
    request.extensions().get::<Client>().copied()
}
