//! The operations of the service, called over the socket.

mod access;
mod bulk;
mod channels;
mod check;
mod diagnose;
#[cfg(feature = "http")]
mod dry_run;
mod entries;
#[cfg(feature = "http")]
mod explain;
mod health;
mod history;
mod import;
mod jobs;
#[cfg(feature = "http")]
mod lists;
mod metrics;
mod pause;
#[cfg(feature = "http")]
mod put_back;
mod response_cache;
mod summary;
mod system_log;
mod upcoming;
mod work_values;

use std::process::Command;

use serde_json::Value;

use crate::support::Home;

/// Calls a method that succeeds, and returns the result.
#[track_caller]
fn result_of(home: &Home, method: &str, params: Value) -> Value {
    let answer = home.call(method, params);
    assert!(answer["error"].is_null(), "{method}: {answer}");
    answer["result"].clone()
}

/// Calls a method that is refused, and returns the code and the field.
#[track_caller]
fn refused(home: &Home, method: &str, params: Value) -> (i64, String) {
    let answer = home.call(method, params);
    let error = &answer["error"];
    assert!(error.is_object(), "{method} was not refused: {answer}");
    let field = error["data"]["field"].as_str().unwrap_or_default();
    (error["code"].as_i64().unwrap(), field.to_string())
}

/// Runs SQL on the database from another process.
#[track_caller]
fn sql(home: &Home, text: &str) {
    let python = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], timeout=20); c.executescript(sys.argv[2]); c.commit()";
    let done = Command::new("python3")
        .args(["-c", python])
        .arg(home.path("data/jobs.db"))
        .arg(text)
        .status()
        .unwrap();
    assert!(done.success());
}
