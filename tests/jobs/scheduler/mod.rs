//! The scheduler: claims, clocks, schedules, limits, overlap, retries, retention.

mod claims;
mod clock;
mod limits;
mod overlap;
mod reboot;
mod retention;
mod retries;
mod schedules;

use serde_json::Value;

use crate::support::Home;

/// Calls an operation and returns its result.
#[track_caller]
fn result_of(home: &Home, method: &str, params: Value) -> Value {
    let answer = home.call(method, params);
    assert!(answer.get("error").is_none(), "{answer}");
    answer["result"].clone()
}
