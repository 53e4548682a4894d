//! Refuses clients whose address is not allowed, whatever they ask for.

use std::net::IpAddr;

use axum::extract::Request;
use axum::response::Response;

use super::{Context, Middleware, Next};
use crate::auth::not_allowed;
use crate::response;

/// Asks this function once per request. What goes on longer than a request, a stream, asks again for itself.
pub(super) struct AddressCheck<F>(pub F);

impl<F> Middleware for AddressCheck<F>
where
    F: Fn(IpAddr) -> bool + Send + Sync + 'static,
{
    async fn handle(&self, context: &Context, request: Request, next: &impl Next) -> Response {
        let address = context.client.address;
        if (self.0)(address) {
            return next.answer(context, request).await;
        }
        response::error(&not_allowed(address))
    }
}
