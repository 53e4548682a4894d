//! Secrets: stored, used, and masked wherever they would be shown.

use serde_json::json;

use crate::servers::http::Server;
use crate::support::{Home, until};

const SECRET: &str = "hunter2-hunter2";

/// All output of the client about the jobs of a home, and the system log.
fn all_shown(home: &Home, jobs: &[&str]) -> String {
    let mut shown = String::new();
    let mut look = |args: &[&str]| {
        let done = home.jobs(args);
        shown.push_str(&done.stdout);
        shown.push_str(&done.stderr);
    };
    look(&["list"]);
    look(&["list", "--json"]);
    look(&["history", "-n", "500"]);
    look(&["history", "--json", "-n", "500"]);
    for job in jobs {
        look(&["show", job]);
        look(&["show", job, "--json"]);
        look(&["logs", job]);
        look(&["logs", job, "--json"]);
        look(&["env", job]);
        look(&["run", job, "--wait"]);
        look(&["run", job, "--wait", "--json"]);
    }
    shown.push_str(&home.system_log());
    shown
}

#[test]
fn secrets_are_masked_in_all_output() {
    let server = Server::http();
    let home = Home::started();
    let with_login = server
        .url("/echo")
        .replace("http://", &format!("http://me:{SECRET}@"));
    let with_token = format!("{}?token={SECRET}&a=1", server.url("/status/500"));
    home.add(&[
        "cmd",
        "--every",
        "1h",
        "--env",
        &format!("API_TOKEN={SECRET}"),
        "--timeout",
        "5",
        "--",
        "echo it is $API_TOKEN; exit 1",
    ]);
    home.add(&[
        "line",
        "--every",
        "1h",
        "--timeout",
        "5",
        "--",
        &format!("true --password={SECRET}"),
    ]);
    home.add(&[
        "http",
        "--every",
        "1h",
        "--url",
        &with_login,
        "--header",
        &format!("X-Secret:{SECRET}"),
        "--cookies",
        &format!("sid={SECRET}"),
        "--data",
        &format!("{{\"password\":\"{SECRET}\"}}"),
        "--method",
        "POST",
    ]);
    home.add(&["query", "--every", "1h", "--url", &with_token]);
    home.add(&[
        "proxy",
        "--every",
        "1h",
        "--url",
        "http://127.0.0.1:9/",
        "--proxy",
        &format!("http://me:{SECRET}@127.0.0.1:9"),
    ]);
    home.add(&[
        "hook",
        "--every",
        "1h",
        "--timeout",
        "5",
        "--func",
        "Webhook",
        "--arg",
        &with_token,
        "--arg",
        "x",
    ]);
    let jobs = ["cmd", "line", "http", "query", "proxy", "hook"];
    for job in jobs {
        home.ended(home.run(job));
    }
    let shown = all_shown(&home, &jobs);
    let at = shown.find(SECRET).map(|at| {
        let from = shown.floor_char_boundary(at.saturating_sub(300));
        shown[from..shown.ceil_char_boundary((at + 100).min(shown.len()))].to_string()
    });
    assert_eq!(at, None);
    // The requests have the real secrets.
    let sent = server.requests();
    assert!(
        sent.iter()
            .any(|request| request.header("x-secret") == Some(SECRET))
    );
    assert!(sent.iter().any(|request| request.target.contains(SECRET)));
    // The command had the real secret: the mask is as long as it.
    home.jobs(&["logs", "cmd", "-n", "1"])
        .ok()
        .shows(&[&format!("it is {}", "*".repeat(SECRET.len()))]);
}

#[test]
fn secret_printed_in_parts_is_masked_for_followers() {
    let home = Home::started();
    let go = home.path("go");
    // The command prints the secret in two halves, and the test reads between them.
    let command = format!(
        "printf 'a %.7s' $TOKEN; while [ ! -e {} ]; do sleep 0.02; done; printf '%s b\\n' ${{TOKEN#???????}}",
        go.display()
    );
    home.add(&[
        "halves",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--env",
        &format!("TOKEN={SECRET}"),
        "--",
        &command,
    ]);
    let exec = home.run("halves");
    until("the first half is there", || {
        let answer = home.call("logs", json!({"exec_id": exec}));
        (answer["result"]["stdout"] == "a ").then_some(())
    });
    home.write("go", "");
    home.ended(exec);
    home.jobs(&["logs", "--exec", &exec.to_string()])
        .ok()
        .shows(&[&format!("a {} b", "*".repeat(SECRET.len()))]);
    // Text that only looks like the beginning of a secret is shown at the end.
    home.add(&[
        "begins",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--env",
        &format!("TOKEN={SECRET}"),
        "--",
        "printf 'x hunter'",
    ]);
    home.jobs(&["run", "begins", "--wait"])
        .ok()
        .shows(&["x hunter"]);
}

#[test]
fn edit_with_masked_secret_keeps_the_secret() {
    let home = Home::started();
    let text = format!("【command】echo $TOKEN\n【env】TOKEN={SECRET}|||A=1\n【timeout】5");
    home.add(&["back", "--every", "1h", "--", &text]);
    let shown = home.show("back")["command"].as_str().unwrap().to_string();
    assert!(shown.contains("TOKEN=***"));
    // A client with a form sends the whole masked job back, with one change.
    let edited = shown.replace("A=1", "A=2");
    let answer = home.call(
        "edit",
        json!({"job": "back", "command": edited, "desc": "new"}),
    );
    assert!(answer["error"].is_null(), "{answer}");
    let exec = home.ended(home.run("back"));
    assert_eq!(exec["stdout"], format!("{}\n", "*".repeat(SECRET.len())));
    assert!(
        home.show("back")["command"]
            .as_str()
            .unwrap()
            .contains("A=2")
    );
    // A mask is refused where there was no secret before.
    home.jobs(&["edit", "back", "--env", "OTHER_TOKEN=***"])
        .fails(2)
        .says(&["env", "`OTHER_TOKEN`", "stands for a secret"]);
    home.jobs(&[
        "add",
        "new",
        "--every",
        "1h",
        "--env",
        "PASSWORD=***",
        "--",
        "true",
    ])
    .fails(2)
    .says(&["env", "`PASSWORD`"]);
}

/// The part that `logs` shows of the stdout of an execution from an offset on.
fn from_offset(home: &Home, exec_id: i64, offset: usize) -> String {
    let answer = home.call("logs", json!({"exec_id": exec_id, "stdout_offset": offset}));
    answer["result"]["stdout"].as_str().unwrap().to_string()
}

#[test]
fn secrets_are_masked_from_every_offset() {
    let home = Home::started();
    let line = "echo \"it is $TOKEN ok\"; printf 'PASSWORD=%s\\n' Zq1$((1+1))Zq; printf 'pg://u:Zq%sZq@h/\\n' 3";
    let env = format!("TOKEN={SECRET}");
    home.add(&[
        "short",
        "--every",
        "1h",
        "--timeout",
        "5",
        "--env",
        &env,
        "--",
        line,
    ]);
    let long = format!("{line}; seq 20000; {line}");
    home.add(&[
        "long",
        "--every",
        "1h",
        "--timeout",
        "20",
        "--env",
        &env,
        "--",
        &long,
    ]);
    for job in ["short", "long"] {
        let exec_id = home.run(job);
        let ended = home.ended(exec_id);
        let total = usize::try_from(ended["stdout_bytes"].as_i64().unwrap()).unwrap();
        for offset in (0..total.min(90)).chain(total.saturating_sub(90)..total) {
            let shown = from_offset(&home, exec_id, offset);
            assert_eq!(shown.len(), total - offset, "{job} {offset}");
            let begin = &shown[..shown.len().min(100)];
            assert!(
                !shown.contains("Zq") && !shown.contains("unter2"),
                "{job} {offset}: {begin}"
            );
        }
        // The command of the row holds the text too; its output must not.
        let row = home.history(job).remove(0);
        let shown = row["stdout"].as_str().unwrap();
        assert!(!shown.contains("Zq"), "{shown}");
    }
}

#[test]
fn messages_about_secrets_are_shown_whole() {
    let home = Home::started();
    let message = "secrets.txt: Permission denied";
    home.add(&[
        "denied",
        "--every",
        "1h",
        "--timeout",
        "5",
        "--",
        &format!("echo {message} >&2; exit 1"),
    ]);
    home.ended(home.run("denied"));
    home.jobs(&["logs", "denied"]).ok().shows(&[message]);
}
