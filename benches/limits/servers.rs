//! The socket and the HTTP server, each against the simplest server that answers.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
#[cfg(feature = "http")]
use std::process::Command;
use std::time::Instant;

use super::Plan;
use super::home::{Home, medians, percentiles};
use super::prompt::fill;
use super::table::{Goal, Table};

const SHOW: &str = r#"{"jsonrpc":"2.0","method":"show","params":{"job":"j50"},"id":1}"#;

pub fn measure(plan: &Plan, table: &mut Table) {
    let mut home = Home::new("");
    home.start();
    fill(&mut home, 1_000, 1_000);
    let socket = home.path("jobs.sock");
    let calls = if plan.is_quick { 2_000 } else { 20_000 };
    let answer = call(&mut connect(&socket), SHOW);
    let bare = echo(&answer);
    let (limit, ours) = medians(3, || {
        (round_trips(&bare, calls), round_trips(&socket, calls))
    });
    table.ratio(
        "`show` over one connection, to a bare echo",
        "/s",
        limit,
        ours,
        Goal::AtLeast(0.25),
    );
    let (p50, p99) = crowd(&socket, 64, calls / 64);
    table.ratio(
        "64 clients at once: p99 to the median",
        "ms",
        p50,
        p99,
        Goal::AtMost(5.0),
    );
    http(plan, &mut home, table);
    home.stop();
}

fn connect(socket: &Path) -> BufReader<UnixStream> {
    BufReader::new(UnixStream::connect(socket).expect("it answers"))
}

fn call(stream: &mut BufReader<UnixStream>, line: &str) -> String {
    // In one write, as each client does: a line in two writes wakes its reader twice.
    let line = format!("{line}\n");
    stream
        .get_mut()
        .write_all(line.as_bytes())
        .expect("it is sent");
    let mut answer = String::new();
    stream.read_line(&mut answer).expect("an answer");
    answer
}

fn round_trips(socket: &Path, calls: usize) -> f64 {
    let mut stream = connect(socket);
    let began = Instant::now();
    for _ in 0..calls {
        assert!(!call(&mut stream, SHOW).is_empty());
    }
    calls as f64 / began.elapsed().as_secs_f64()
}

/// A server in a thread that answers each line with the same text.
fn echo(answer: &str) -> std::path::PathBuf {
    let folder = tempfile::tempdir().expect("a folder").keep();
    let path = folder.join("echo.sock");
    let listener = UnixListener::bind(&path).expect("a socket");
    let answer = answer.to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.expect("a client"));
            let mut line = String::new();
            while stream.read_line(&mut line).is_ok_and(|length| length > 0) {
                line.clear();
                if stream.get_mut().write_all(answer.as_bytes()).is_err() {
                    break;
                }
            }
        }
    });
    path
}

/// The median and the p99 of the response times for many clients at once, in milliseconds.
fn crowd(socket: &Path, clients: usize, calls: usize) -> (f64, f64) {
    let threads: Vec<_> = (0..clients)
        .map(|_| {
            let socket = socket.to_path_buf();
            std::thread::spawn(move || {
                let mut stream = connect(&socket);
                (0..calls)
                    .map(|_| {
                        let began = Instant::now();
                        call(&mut stream, SHOW);
                        began.elapsed().as_secs_f64() * 1e3
                    })
                    .collect::<Vec<f64>>()
            })
        })
        .collect();
    let mut times: Vec<f64> = threads
        .into_iter()
        .flat_map(|thread| thread.join().expect("it has measured"))
        .collect();
    percentiles(&mut times)
}

#[cfg(feature = "http")]
fn http(plan: &Plan, home: &mut Home, table: &mut Table) {
    const WHAT: &str = "`GET /jobs/list?size=10`, to a route that returns a constant";
    if Command::new("wrk").arg("-v").output().is_err() {
        return table.left_out(WHAT, "`apt-get install wrk`");
    }
    home.stop();
    let config = std::fs::read_to_string(home.path("config.yaml")).expect("it is there");
    std::fs::write(
        home.path("config.yaml"),
        format!("{config}server:\n  enabled: true\n  port: 0\n  rate_limit: 0\n"),
    )
    .expect("a configuration");
    home.start();
    let status: serde_json::Value =
        serde_json::from_str(&home.jobs(&["status", "--json"])).expect("JSON");
    let token = home.jobs(&["token", "add", "bench", "--role", "viewer"]);
    let url = format!(
        "{}/jobs/list?size=10",
        status["http"].as_str().expect("a URL")
    );
    let header = format!("Authorization: Bearer {}", token.trim());
    let body = Command::new("curl")
        .args(["-s", "-H", &header, &url])
        .output()
        .expect("curl")
        .stdout;
    let seconds = if plan.is_quick { 2 } else { 5 };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .expect("an address");
    let constant = format!(
        "http://{}/jobs/list",
        listener.local_addr().expect("an address")
    );
    let body = String::from_utf8_lossy(&body).into_owned();
    let app = axum::Router::new().route(
        "/jobs/list",
        axum::routing::get(move || {
            let body = body.clone();
            async move { body }
        }),
    );
    runtime.spawn(async move { axum::serve(listener, app).await });
    let (limit, ours) = medians(3, || {
        (
            requests(&constant, &header, seconds),
            requests(&url, &header, seconds),
        )
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    table.ratio(WHAT, "/s", limit, ours, Goal::AtLeast(0.5));
}

#[cfg(not(feature = "http"))]
fn http(_: &Plan, _: &mut Home, table: &mut Table) {
    table.left_out("`GET /jobs/list`", "built without the HTTP server");
}

/// Requests per second, measured with `wrk` over 16 open connections.
#[cfg(feature = "http")]
fn requests(url: &str, header: &str, seconds: u64) -> f64 {
    let output = Command::new("wrk")
        .args(["-t1", "-c16", &format!("-d{seconds}s"), "-H", header, url])
        .output()
        .expect("wrk");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(!text.contains("Non-2xx"), "{text}");
    text.lines()
        .find_map(|line| line.trim().strip_prefix("Requests/sec:"))
        .and_then(|figure| figure.trim().parse().ok())
        .unwrap_or_else(|| panic!("{text}"))
}
