//! Jobs of mode `http`: the real binary and a real daemon against real servers on loopback.

mod answers;
mod endings;
mod load;
mod output;
mod proxies;
mod raw;
mod redirects;
mod sent;
mod tls;

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use crate::servers::http::Server;
use crate::servers::tls::Ca;
use crate::support::Home;

/// Adds a job with these flags and returns its name.
#[track_caller]
fn add(home: &Home, args: &[&str]) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!("job{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let mut all = vec![name.as_str(), "--every", "1h"];
    all.extend(args);
    home.add(&all);
    name
}

/// Runs a job with these flags and returns its execution.
#[track_caller]
fn run(home: &Home, args: &[&str]) -> Value {
    let name = add(home, args);
    home.ended(home.run(&name))
}

/// Runs a job that succeeds.
#[track_caller]
fn succeeds(home: &Home, args: &[&str]) -> Value {
    let row = run(home, args);
    assert_eq!(row["status"], "success", "{args:?}\n{row:#}");
    assert_eq!(row["error"], Value::Null, "{args:?}");
    row
}

/// Runs a job that fails with a message that has these parts.
#[track_caller]
fn fails(home: &Home, args: &[&str], parts: &[&str]) -> Value {
    ends(home, args, "failed", parts)
}

/// Runs a job that ends with this status and a message that has these parts.
#[track_caller]
fn ends(home: &Home, args: &[&str], status: &str, parts: &[&str]) -> Value {
    let row = run(home, args);
    assert_eq!(row["status"], status, "{args:?}\n{row:#}");
    let error = error(&row);
    for part in parts {
        assert!(error.contains(part), "{args:?}: no {part:?} in {error:?}");
    }
    row
}

/// The error message of an execution; asserts that it is one line without names of types or libraries.
#[track_caller]
fn error(row: &Value) -> String {
    let error = row["error"].as_str().unwrap_or_default();
    let is_plain = !error.is_empty() && !error.contains('\n');
    // Words that a user must not see.
    let jargon = ["(os error", "Error {", "Error(", "ureq", "rustls", "Io("];
    assert!(
        is_plain && !jargon.iter().any(|word| error.contains(word)),
        "{row:#}"
    );
    error.to_string()
}

#[track_caller]
fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().unwrap_or_else(|| panic!("{row:#}"))
}

/// A home whose daemon trusts only this authority, not those of the machine.
fn trusting(ca: &Ca, config: &str) -> Home {
    let mut home = only_trusting_another(&format!("jobs:\n  http_ca_file: ca.pem\n{config}"));
    ca.write(home.path("ca.pem"));
    let file = home.path("ca.pem").display().to_string();
    let yaml = home.read("config.yaml");
    home.write("config.yaml", &yaml.replace("ca.pem", &file));
    home.start();
    home
}

/// A home without a daemon, where the only authority of the system has signed no certificate.
fn only_trusting_another(yaml: &str) -> Home {
    let mut home = Home::new();
    home.write("system.pem", &another_authority());
    let system = home.path("system.pem").display().to_string();
    home.set_env("SSL_CERT_FILE", &system);
    home.write("config.yaml", yaml);
    home
}

fn another_authority() -> String {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::default();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "another authority");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.self_signed(&key).unwrap().pem()
}

/// The output and the error of an execution, without its command.
fn all_output(row: &Value) -> String {
    ["stdout", "stderr", "error"]
        .iter()
        .filter_map(|key| row[key].as_str())
        .collect()
}

/// The last request that a server received.
#[track_caller]
fn last(server: &Server) -> crate::servers::http::Received {
    server.requests().pop().expect("a request came")
}
