//! Accounts, logins, tokens and networks, and the audit of them, over the local socket.

mod accounts;
mod logins;
mod networks;
mod tokens;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Done, Home};

const PASSWORD: &str = "correct horse 电池";

const OTHER: &str = "battery staple";

/// Adds an account.
#[track_caller]
fn add(home: &Home, name: &str, more: &[&str]) -> Done {
    let mut args = vec!["admin", "add", name, "--password-stdin", "--json"];
    args.extend(more);
    home.jobs_reading(&args, &format!("{PASSWORD}\n"))
}

fn login(home: &Home, name: &str, password: &str) -> Value {
    home.call("login", json!({"username": name, "password": password}))
}

/// The code and the message of a refused call.
#[track_caller]
fn refused(answer: &Value) -> (i64, String) {
    let error = &answer["error"];
    (
        error["code"].as_i64().unwrap_or_else(|| panic!("{answer}")),
        error["message"].as_str().unwrap().to_string(),
    )
}

#[track_caller]
fn audit(home: &Home, filters: &[&str]) -> Vec<Value> {
    let mut args = vec!["audit", "--json", "-n", "500"];
    args.extend(filters);
    home.jobs(&args).ok().json().as_array().unwrap().clone()
}

/// The values before and after the newest change by this operation.
#[track_caller]
fn change(home: &Home, operation: &str) -> (Value, Value) {
    let row = audit(home, &["--operation", operation])[0].clone();
    (row["before"].clone(), row["after"].clone())
}

fn mode(file: &Path) -> u32 {
    std::fs::metadata(file).unwrap().permissions().mode() & 0o777
}

/// Collects every byte that the daemon has written below its home.
fn all_bytes(folder: &Path, found: &mut Vec<u8>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let kind = std::fs::symlink_metadata(&path).unwrap().file_type();
        if kind.is_dir() {
            all_bytes(&path, found);
        } else if kind.is_file() {
            found.extend(std::fs::read(&path).unwrap());
        }
    }
}
