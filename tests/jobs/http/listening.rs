//! Starting the HTTP server: `start --http` and `server.enabled`.

use std::io::Write;
use std::net::TcpListener;
use std::process::Stdio;

use super::{address, answers, connect, get};
use crate::support::{Home, until};

/// The message of a `start` that fails.
#[track_caller]
fn refused(home: &Home, args: &[&str]) -> String {
    let done = home.jobs(args);
    assert_eq!(done.code, 1, "{}", done.stderr);
    assert_eq!(home.jobs(&["status"]).code, 3, "no daemon is left");
    done.stderr
}

#[test]
fn server_is_closed_by_default() {
    let home = Home::started();
    let status = home.jobs(&["status", "--json"]).ok().json();
    assert_eq!(status["http"], serde_json::Value::Null);
    home.jobs(&["status"]).ok().shows(&["http  closed"]);
}

#[test]
fn server_with_http_option_listens_despite_the_config() {
    let mut home = Home::new();
    let program = env!("CARGO_BIN_EXE_jobs");
    let script = format!("exec {program} start --http 127.0.0.1:0");
    home.launched_by(&["sh", "-c", &script]);
    home.start();
    let address = address(&home);
    answers(&address);
    assert!(home.system_log().contains("the HTTP server is open"));
    home.jobs(&["status"])
        .ok()
        .shows(&[&format!("http  http://{address}")]);
    // The option of the command line beats a configuration that is read again.
    home.write("config.yaml", "server: {enabled: false}\n");
    home.jobs(&["reload"]).ok();
    answers(&address);
}

#[test]
fn server_of_guarded_daemon_listens() {
    let home = Home::new();
    home.jobs(&["start", "-d", "-f", "--http", "127.0.0.1:0"])
        .ok();
    answers(&address(&home));
    home.jobs(&["shutdown"]).ok();
}

#[test]
fn server_with_ipv6_address_listens() {
    let home = Home::with_config("server: {enabled: true, port: 0, address: '::1'}\n");
    let address = address(&home);
    assert!(address.starts_with("[::1]:"), "{address}");
    answers(&address);
}

#[test]
fn start_with_taken_port_is_refused() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap().to_string();
    let said = refused(&Home::new(), &["start", "--http", &at]);
    assert!(
        said.contains(&format!("cannot listen on `{at}`"))
            && said.contains("something else listens there"),
        "{said}"
    );
    let said = refused(&Home::new(), &["start", "-d", "--http", &at]);
    assert!(said.contains("something else listens there"), "{said}");
}

#[test]
fn start_on_public_address_without_admin_is_refused() {
    for words in [
        ["start", "--http", "0.0.0.0:0"],
        ["start", "--http", "[::]:0"],
    ] {
        let said = refused(&Home::new(), &words);
        assert!(said.contains("there is no admin"), "{said}");
        assert!(said.contains("jobs admin add NAME --role admin"), "{said}");
    }
}

#[test]
fn start_with_bad_address_is_refused() {
    for word in ["localhost", "70000", "1.2.3.4:x"] {
        let done = Home::new().jobs(&["start", "--http", word]);
        assert_eq!(done.code, 2, "{}", done.stderr);
        assert!(done.stderr.contains(word), "{}", done.stderr);
    }
}

#[test]
fn request_with_logged_method_writes_a_log_line() {
    let home =
        Home::with_config("server: {enabled: true, port: 0}\nlogs: {gin_log_methods: [GET]}\n");
    let address = address(&home);
    get(&address, "/nowhere?token=hidden").unwrap();
    let line = until("the request is logged", || {
        let log = home.system_log();
        let line = log.lines().find(|line| line.contains("/nowhere"))?;
        Some(line.to_string())
    });
    for part in [
        "\"method\":\"GET\"",
        "\"path\":\"/nowhere\"",
        "\"status\":404",
        "\"client\":\"127.0.0.1\"",
    ] {
        assert!(line.contains(part), "{line}");
    }
    let mut other = connect(&address).unwrap();
    write!(other, "POST /other HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    get(&address, "/last").unwrap();
    until("the last request is logged", || {
        home.system_log().contains("/last").then_some(())
    });
    let log = home.system_log();
    assert!(!log.contains("hidden") && !log.contains("/other"), "{log}");
}

#[test]
fn shutdown_with_open_connections_ends_soon() {
    let mut home = Home::with_config("server: {enabled: true, port: 0}\n");
    let address = address(&home);
    let _silent = connect(&address).unwrap();
    let mut half = connect(&address).unwrap();
    half.write_all(b"GET /jobs/health HTT").unwrap();
    answers(&address);
    let began = std::time::Instant::now();
    assert_eq!(home.terminate(), Some(0));
    assert!(began.elapsed() < std::time::Duration::from_secs(8));
    assert!(connect(&address).is_err());
}

#[test]
fn server_with_1000_idle_connections_answers() {
    let home = Home::with_config("server: {enabled: true, port: 0}\n");
    let address = address(&home);
    let idle: Vec<_> = (0..1000).map(|_| connect(&address)).collect();
    assert!(idle.iter().all(Result::is_ok));
    let began = std::time::Instant::now();
    answers(&address);
    assert!(began.elapsed() < std::time::Duration::from_secs(2));
    home.jobs(&["status"]).ok();
}

#[test]
fn status_at_first_answer_has_the_http_address() {
    let home = Home::new();
    let mut child = home
        .command()
        .args(["start", "--http", ":0"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("it answers", || {
        let status = home.jobs(&["status", "--json"]);
        let is_up = status.code == 0;
        is_up.then(|| status.json()["http"].as_str().map(str::to_string))
    })
    .expect("the HTTP server is open as soon as the daemon answers");
    home.jobs(&["shutdown"]).ok();
    child.wait().unwrap();
}
