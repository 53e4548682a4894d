//! Refuses clients whose address is not allowed, whatever they ask for. Connections from such addresses are turned away when
//! they are accepted; this check is for clients behind trusted proxies, and for connections that are older than a change.

use axum::extract::Request;
use axum::response::Response;

use super::{Context, Middleware, Next};
use crate::IsAllowed;
use crate::auth::not_allowed;
use crate::response;

/// Asks this function once per request. What goes on longer than a request, a stream, asks again for itself.
pub(super) struct AddressCheck(pub IsAllowed);

impl Middleware for AddressCheck {
    async fn handle(&self, context: &Context, request: Request, next: &impl Next) -> Response {
        let address = context.client.address;
        if (self.0)(address) {
            return next.answer(context, request).await;
        }
        response::error(&not_allowed(address))
    }
}
