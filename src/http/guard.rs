//! Who comes in: from which address, and with which token.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;

use super::Door;
use super::answer::{self, Answer, Fault};
use super::work::address;
use crate::api::Caller;

/// Lets nobody in whose address may not come in, whatever they ask for.
pub(super) async fn gate(State(door): State<Arc<Door>>, request: Request, next: Next) -> Answer {
    match address(request.extensions()).and_then(|address| door.lets_in(address)) {
        Ok(()) => next.run(request).await,
        Err(fault) => answer::fault(&fault),
    }
}

impl Door {
    fn lets_in(&self, address: IpAddr) -> Result<(), Fault> {
        if self.calls.lets_in(address) {
            return Ok(());
        }
        Err(Fault::new(
            StatusCode::FORBIDDEN,
            format!("`{address}` may not come in\nhint: `jobs ip` shows and changes the lists"),
        ))
    }

    /// Who it is that sends these headers from that address.
    ///
    /// # Errors
    ///
    /// The fault to answer with: the address may not come in, or the token is void. Without a token it is nobody, who may do
    /// what anyone may.
    pub(super) fn caller(&self, headers: &HeaderMap, address: IpAddr) -> Result<Caller, Fault> {
        self.lets_in(address)?;
        let Some(token) = bearer(headers)? else {
            return Ok(Caller::nobody(address));
        };
        self.calls
            .bearer(token, address)
            .map_err(|error| Fault::of(error, str::to_string))
    }
}

/// What says, as often as it is asked, whether who sent these headers from that address may still come in.
pub(super) fn welcome(
    door: &Arc<Door>,
    headers: HeaderMap,
    address: IpAddr,
) -> impl Fn() -> bool + Send + Sync + 'static {
    let door = door.clone();
    move || {
        let caller = door.caller(&headers, address);
        caller.is_ok_and(|caller| caller.role.is_some())
    }
}

/// The token of a request, if it has one.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Fault> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (given.next(), given.next()) else {
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

fn unauthorized(why: &str) -> Fault {
    Fault::new(StatusCode::UNAUTHORIZED, format!("authorization: {why}"))
}
