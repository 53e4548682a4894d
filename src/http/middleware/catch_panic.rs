//! Answers 500 when a handler panics. The system log has the reason, the client has not.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;

use super::{Context, Middleware, Next, refusal};

pub(super) struct CatchPanic;

impl Middleware for CatchPanic {
    async fn handle(&self, context: &Context, request: Request, next: &impl Next) -> Response {
        let mut answering = pin!(next.answer(context, request));
        let answered = std::future::poll_fn(|task| {
            // The future is dropped after a panic, and never polled again.
            match catch_unwind(AssertUnwindSafe(|| answering.as_mut().poll(task))) {
                Ok(poll) => poll.map(Ok),
                Err(panic) => Poll::Ready(Err(panic)),
            }
        });
        answered
            .await
            .unwrap_or_else(|panic| broken(panic.as_ref()))
    }
}

fn broken(panic: &(dyn Any + Send)) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a message");
    tracing::error!("the handler of a request panicked: {message}");
    refusal(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal error; the system log tells more",
    )
}
