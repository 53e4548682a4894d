//! Functions: their configuration, how they end, and what they must not reach.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::servers::http::Server;
use crate::servers::smtp::{Mode, Smtp, Tls};
use crate::support::{Home, SOON, is_alive, until};

/// Adds a job that calls a function.
pub fn add(home: &Home, job: &str, function: &str, args: &[&str]) {
    let mut all = vec![job, "--every", "1h", "--timeout", "20", "--func", function];
    for arg in args {
        all.extend(["--arg", *arg]);
    }
    home.add(&all);
}

#[test]
fn mail_function_uses_the_configured_server() {
    let mode = Mode::default()
        .tls(Tls::Starttls)
        .login("me", "hunter2hunter2", "PLAIN");
    let server = Smtp::start(mode);
    let mut home = Home::new();
    home.write("ca.pem", server.certificate());
    home.write(
        "config.yaml",
        &format!(
            "jobs: {{http_ca_file: {}}}\nsmtp: {{host: localhost, port: {}, username: me, password: hunter2hunter2, from: 备份 <jobs@example.com>}}\n",
            home.path("ca.pem").display(),
            server.port()
        ),
    );
    home.start();
    add(
        &home,
        "mail",
        "Email",
        &["ops@example.com", "备份完成", "Hello, world"],
    );
    home.jobs(&["run", "mail", "--wait"]).ok();
    let mails = server.received();
    assert_eq!(mails.len(), 1);
    assert!(
        mails[0].body().contains("Hello, world"),
        "{}",
        mails[0].body()
    );
    // The password is shown nowhere.
    let shown = [
        home.jobs(&["history", "mail", "--json"]).ok().stdout,
        home.jobs(&["logs", "mail"]).ok().stdout,
        home.jobs(&["config", "show"]).ok().stdout,
        home.system_log(),
    ];
    assert!(
        shown.iter().all(|text| !text.contains("hunter2")),
        "{shown:?}"
    );
}

#[test]
fn notify_functions_reach_gateway_and_webhook() {
    let server = Server::http();
    let home = Home::with_config(&format!(
        "sms: {{url: '{}', headers: 'X-Key:hunter2hunter2', body: 'to={{phone}}&text={{text}}', success: 'to=%2B49151'}}\nwebhook: {{secret: s3cr3t-of-hooks}}\n",
        server.url("/echo")
    ));
    add(&home, "sms", "SMS", &["+49151", "Hallo & tschüß, du"]);
    home.jobs(&["run", "sms", "--wait"]).ok();
    let sent = server.requests().pop().unwrap();
    assert_eq!(
        sent.text(),
        "to=%2B49151&text=Hallo+%26+tsch%C3%BC%C3%9F%2C+du".replace(
            '+',
            if sent.text().contains("%20") {
                "%20"
            } else {
                "+"
            }
        )
    );
    assert_eq!(sent.header("x-key"), Some("hunter2hunter2"));
    add(
        &home,
        "hook",
        "Webhook",
        &[&server.url("/echo"), r#"{"data":"value"}"#],
    );
    home.jobs(&["run", "hook", "--wait"]).ok();
    let sent = server.requests().pop().unwrap();
    assert_eq!(sent.text(), r#"{"data":"value"}"#);
    assert_eq!(sent.header("content-type"), Some("application/json"));
    // The signature is the HMAC-SHA256 of the body: openssl dgst -sha256 -hmac s3cr3t-of-hooks
    let signature = sent.header("x-hub-signature-256").unwrap();
    assert!(
        signature.starts_with("sha256=") && signature.len() == 71,
        "{signature}"
    );
    let log = home.system_log();
    let shown = home.jobs(&["history", "--json", "-n", "50"]).ok().stdout;
    for secret in ["hunter2", "s3cr3t"] {
        assert!(!log.contains(secret) && !shown.contains(secret));
    }
}

#[test]
fn timeout_and_cancel_end_a_waiting_function() {
    let server = Server::http();
    let home = Home::started();
    let url = server.url("/hang");
    home.add(&[
        "slow",
        "--every",
        "1h",
        "--timeout",
        "1",
        "--func",
        "Webhook",
        "--arg",
        &url,
        "--arg",
        "x",
    ]);
    let began = Instant::now();
    home.jobs(&["run", "slow", "--wait"]).fails(124);
    assert!(began.elapsed() < Duration::from_secs(10));
    home.add(&[
        "never",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--func",
        "Webhook",
        "--arg",
        &url,
        "--arg",
        "x",
    ]);
    let exec = home.run("never");
    until("the server is asked", || {
        (server.requests().len() >= 2).then_some(())
    });
    let pid = process_of(&home, exec);
    home.jobs(&["cancel", &exec.to_string()])
        .ok()
        .shows(&["cancelled"]);
    until("its process is gone", || (!is_alive(&pid)).then_some(()));
}

/// The pid of the process of an execution, found by its environment.
fn process_of(home: &Home, exec: i64) -> String {
    let (socket, id) = (
        format!("JOBS_SOCKET={}", home.path("jobs.sock").display()),
        format!("JOBS_EXEC_ID={exec}"),
    );
    until("its process is there", || {
        std::fs::read_dir("/proc").unwrap().find_map(|entry| {
            let entry = entry.ok()?;
            let environ = std::fs::read(entry.path().join("environ")).ok()?;
            let pairs: Vec<&[u8]> = environ.split(|byte| *byte == 0).collect();
            let is_it = pairs.contains(&socket.as_bytes()) && pairs.contains(&id.as_bytes());
            is_it.then(|| entry.file_name().to_string_lossy().into_owned())
        })
    })
}

#[test]
fn function_that_crashes_or_loses_its_daemon_is_ended() {
    let server = Server::http();
    let mut home = Home::started();
    let url = server.url("/hang");
    home.add(&[
        "f",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--func",
        "Webhook",
        "--arg",
        &url,
        "--arg",
        "x",
    ]);
    let exec = home.run("f");
    let pid = process_of(&home, exec);
    crate::support::signal(pid.parse().unwrap(), "KILL");
    let ended = home.ended(exec);
    assert_eq!(ended["status"], "failed");
    assert!(
        ended["error"].as_str().unwrap().contains("SIGKILL"),
        "{ended}"
    );
    // The process list does not show the arguments.
    let exec = home.run("f");
    let pid = process_of(&home, exec);
    let seen = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap();
    assert!(!String::from_utf8_lossy(&seen).contains("hang"));
    home.kill();
    home.start();
    assert_eq!(home.ended(exec)["status"], "interrupted");
    until("its process is gone", || (!is_alive(&pid)).then_some(()));
}

#[test]
fn database_functions_query_and_change() {
    let mut home = Home::new();
    let shop = home.path("shop.db");
    let connection = rusqlite::Connection::open(&shop).unwrap();
    connection
        .execute_batch("CREATE TABLE users (name TEXT, age INTEGER); INSERT INTO users VALUES ('张三', 30), ('x', NULL);")
        .unwrap();
    home.write(
        "config.yaml",
        &format!("databases: {{shop: {}}}\n", shop.display()),
    );
    home.start();
    add(
        &home,
        "ask",
        "Database",
        &["query", "SELECT name, age FROM users ORDER BY name", "shop"],
    );
    home.jobs(&["run", "ask", "--wait"])
        .ok()
        .shows(&["张三", "NULL", "2 rows"]);
    add(
        &home,
        "change",
        "Database",
        &["execute", "UPDATE users SET age = 31", "shop"],
    );
    home.jobs(&["run", "change", "--wait"]).ok().shows(&["2"]);
    add(
        &home,
        "trick",
        "Database",
        &["query", "UPDATE users SET age = 99 RETURNING age", "shop"],
    );
    home.jobs(&["run", "trick", "--wait"]).fails(1);
    let age: i64 = connection
        .query_row("SELECT max(age) FROM users", [], |row| row.get(0))
        .unwrap();
    assert_eq!(age, 31);
    add(&home, "own", "Database", &["execute", "DELETE FROM jobs"]);
    home.jobs(&["run", "own", "--wait"]).fails(1);
    // Secrets in the database of the daemon are masked too.
    home.add(&[
        "s",
        "--every",
        "1h",
        "--env",
        "TOKEN=hunter2 and more",
        "--",
        "true",
    ]);
    add(
        &home,
        "look",
        "Database",
        &["query", "SELECT command FROM jobs"],
    );
    let done = home.jobs(&["run", "look", "--wait"]).ok();
    assert!(
        !done.stdout.contains("hunter2") && !done.stdout.contains("and more"),
        "{}",
        done.stdout
    );
}

#[test]
fn report_function_sums_up_executions() {
    let home = Home::started();
    home.add(&["good", "--every", "1h", "--", "true"]);
    home.add(&["bad", "--every", "1h", "--", "exit 7"]);
    for job in ["good", "bad", "good"] {
        home.ended(home.run(job));
    }
    add(&home, "report", "Report", &["daily"]);
    home.jobs(&["run", "report", "--wait"])
        .ok()
        .shows(&["good", "bad", "66."]);
    add(&home, "json", "Report", &["job", "bad", "json"]);
    let done = home.jobs(&["run", "json", "--wait"]).ok();
    let report: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert!(report.to_string().contains("\"bad\""), "{report}");
    add(&home, "html", "Report", &["weekly", "html"]);
    home.jobs(&["run", "html", "--wait"])
        .ok()
        .shows(&["<html", "</html>"]);
    add(&home, "none", "Report", &["job", "nobody"]);
    home.jobs(&["run", "none", "--wait"])
        .fails(1)
        .says(&["nobody"]);
}

#[test]
fn functions_run_at_once_leave_no_processes() {
    let home = Home::started();
    add(&home, "many", "Echo", &["x"]);
    let began = Instant::now();
    for _ in 0..100 {
        home.call("run", json!({"job": "many"}));
    }
    until("all are over", || {
        let executions = home.history("many");
        let successes = executions
            .iter()
            .filter(|execution| execution["status"] == "success");
        (successes.count() == 100).then_some(())
    });
    assert!(began.elapsed() < SOON);
    // The daemon has waited for each process: there are no zombies.
    let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", home.pid()))
        .unwrap_or_default();
    assert_eq!(children.trim(), "");
}

#[test]
fn function_has_the_scheduled_time_of_its_job() {
    let home = Home::started();
    add(&home, "there", "Time", &["-07:00"]);
    home.jobs(&["run", "there", "--wait"])
        .ok()
        .shows(&["+00:00"]);
    // Also for executions that were queued.
    home.jobs(&["edit", "there", "--tz", "Asia/Tokyo", "--overlap", "queue"])
        .ok();
    for _ in 0..3 {
        home.run("there");
    }
    until("all are over", || {
        let executions = home.history("there");
        let shown: Vec<&str> = executions
            .iter()
            .filter(|execution| execution["status"] == "success")
            .map(|execution| execution["stdout"].as_str().unwrap().trim())
            .collect();
        (shown.len() == 4).then(|| assert_eq!(shown[..3], ["+09:00"; 3]))
    });
}
