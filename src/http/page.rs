//! The web page: the files of the room `page`, at `/` and below `/page/HASH/`. They hold no data, so no login is needed to load them.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use jobs_page::File;

use super::settings::HttpSettings;
use super::{Server, compatible, compressed, not_found};

/// The policy of the page: everything comes from this server, no inline script or style, no script from a text.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// On each file: the policy, and no other site may open the page beside itself or load its files.
const HEADERS: [(HeaderName, &str); 3] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// For the page itself: browsers ask each time whether it is still the same.
const ASK_AGAIN: &str = "no-cache";

/// For a file below the hash: its address changes when a file changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// `GET /`: the page for browsers. Other clients get the answer for clients of the original system.
pub(super) async fn root(State(server): State<Arc<Server>>, request: Request) -> Response {
    let is_older_client = is_compatible(&request) && !wants_html(request.headers());
    let mut response = match has_page(request.extensions()) && !is_older_client {
        true => send(&server, request.headers(), server.page.index(), ASK_AGAIN),
        false => compatible::root(request).await,
    };
    let by_accept = HeaderValue::from_static("accept");
    response.headers_mut().append(header::VARY, by_accept);
    response
}

/// `GET /page/HASH/...`: a file of the page.
pub(super) async fn file(
    State(server): State<Arc<Server>>,
    Path((hash, name)): Path<(String, String)>,
    request: Request,
) -> Response {
    let found = match has_page(request.extensions()) {
        true => server.page.get(&hash, &name),
        false => None,
    };
    let Some(file) = found else {
        return not_found(request).await;
    };
    send(&server, request.headers(), file, FOR_EVER)
}

/// Whether the configuration has the page.
pub(super) fn has_page(extensions: &Extensions) -> bool {
    let settings = extensions.get::<Arc<HttpSettings>>();
    settings.is_some_and(|settings| settings.has_page)
}

fn is_compatible(request: &Request) -> bool {
    super::calls::is_compatible(request.extensions())
}

/// Whether the client names HTML among what it accepts, as all browsers do for a page.
fn wants_html(headers: &HeaderMap) -> bool {
    let mut accepted = headers.get_all(header::ACCEPT).iter();
    accepted.any(|value| {
        let value = value.to_str().unwrap_or_default();
        let mut types = value
            .split(',')
            .map(|kind| kind.split(';').next().unwrap_or_default().trim());
        types.any(|kind| kind.eq_ignore_ascii_case("text/html"))
    })
}

/// A file, or 304 when the client has it.
fn send(server: &Server, headers: &HeaderMap, file: File, caching: &'static str) -> Response {
    let is_fixed = server.page.are_fixed();
    let tag = format!(
        "\"{}{}\"",
        server.page.hash(),
        if compressed::takes_gzip(headers) {
            "-gzip"
        } else {
            ""
        }
    );
    let mut response = if is_fixed && has_tag(headers, &tag) {
        let mut unchanged = Response::default();
        *unchanged.status_mut() = StatusCode::NOT_MODIFIED;
        let by_encoding = HeaderValue::from_static("accept-encoding");
        unchanged.headers_mut().insert(header::VARY, by_encoding);
        unchanged
    } else if is_fixed {
        let name = format!("page/{}", file.name);
        let kind = file.media_type();
        compressed::compressed(headers, &name, file.bytes, kind)
    } else {
        let kind = file.media_type();
        compressed::plain(file.bytes, kind)
    };
    let answered = response.headers_mut();
    for (name, value) in HEADERS {
        answered.insert(name, HeaderValue::from_static(value));
    }
    let caching = if is_fixed { caching } else { "no-store" };
    answered.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if is_fixed && let Ok(tag) = HeaderValue::from_str(&tag) {
        answered.insert(header::ETAG, tag);
    }
    response
}

/// Whether `If-None-Match` has the tag. A proxy may have made it a weak one.
fn has_tag(headers: &HeaderMap, tag: &str) -> bool {
    let mut given = headers.get_all(header::IF_NONE_MATCH).iter();
    given.any(|value| {
        let value = value.to_str().unwrap_or_default();
        let mut tags = value
            .split(',')
            .map(|one| one.trim().trim_start_matches("W/"));
        tags.any(|one| one == tag || one == "*")
    })
}
