//! Authentication: the caller of a request, by its bearer token or its session, and whether its address is allowed.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode, header};

use super::Server;
use super::client::Client;
use super::response::HttpError;
use super::{origin, session};
use jobs_api::Caller;

/// The answer to a client whose address is not allowed.
pub(super) fn not_allowed(address: IpAddr) -> HttpError {
    HttpError::new(
        StatusCode::FORBIDDEN,
        format!(
            "the address `{address}` is not allowed\nhint: `jobs ip` shows and changes the lists"
        ),
    )
}

impl Server {
    /// The caller who sends these headers from that address. A request without a token and without a session is anonymous. The
    /// middleware has checked the address.
    ///
    /// # Errors
    ///
    /// When the token or the session is void, the header is not one token, or a page of another origin uses the session.
    pub(super) fn caller(&self, headers: &HeaderMap, client: Client) -> Result<Caller, HttpError> {
        let of = |error| HttpError::of(error, str::to_string);
        let address = client.address;
        if let Some(token) = bearer_token(headers)? {
            return self.handler().authenticate(token, address).map_err(of);
        }
        let Some(presented) = session::presented(headers, client) else {
            return Ok(Caller::nobody(address));
        };
        origin::check_origin(headers, client)?;
        let mut found = Ok(Caller::nobody(address));
        for secret in presented.secrets {
            let handler = self.handler();
            found = handler.authenticate_session(secret, presented.key, address);
            if found.is_ok() {
                break;
            }
        }
        found.map_err(of)
    }
}

/// A check for streams and downloads, which outlive the checks of their request: whether the caller who sent these headers
/// from that address still has access. It blocks.
pub(super) fn still_has_access(
    server: &Arc<Server>,
    headers: HeaderMap,
    client: Client,
) -> impl Fn() -> bool + Send + Sync + 'static {
    let server = server.clone();
    move || {
        let has_role = |caller: Caller| caller.role.is_some();
        server.handler().is_allowed(client.address)
            && server.caller(&headers, client).is_ok_and(has_role)
    }
}

/// The token of a request, if it has one.
fn bearer_token(headers: &HeaderMap) -> Result<Option<&str>, HttpError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return match headers.contains_key(header::AUTHORIZATION) {
            true => Err(unauthorized("there is more than one")),
            false => Ok(None),
        };
    };
    let token = value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .filter(|token| !token.is_empty());
    match token {
        Some(token) => Ok(Some(token)),
        None => Err(unauthorized("it is not `Bearer TOKEN`")),
    }
}

fn unauthorized(why: &str) -> HttpError {
    HttpError::new(StatusCode::UNAUTHORIZED, format!("authorization: {why}"))
}
