//! `history` with filters: time, statuses, cause, duration, and without output.

use serde_json::{Value, json};

use super::{refused, result_of};
use crate::support::Home;

fn numbers(answer: &Value) -> Vec<i64> {
    let rows = answer.as_array().unwrap();
    rows.iter()
        .map(|row| row["exec_id"].as_i64().unwrap())
        .collect()
}

#[test]
fn history_with_filters_finds_these_executions_only() {
    let home = Home::started();
    home.add(&["good", "--cron", "@yearly", "echo", "printed"]);
    home.add(&["bad", "--cron", "@yearly", "sh -c 'exit 3'"]);
    home.add(&["slow", "--cron", "@yearly", "--timeout", "1", "sleep 60"]);
    let mut all: Vec<i64> = Vec::new();
    for job in ["good", "bad", "slow", "good"] {
        let exec_id = home.run(job);
        home.ended(exec_id);
        all.push(exec_id);
    }
    let [good, bad, slow, again] = all[..] else {
        panic!("four executions")
    };
    let found = |params: Value| numbers(&result_of(&home, "history", params));
    for (params, expected) in [
        (json!({}), vec![again, slow, bad, good]),
        (json!({"statuses": ["failed", "timeout"]}), vec![slow, bad]),
        (
            json!({"statuses": ["success", "failed"], "limit": 2}),
            vec![again, bad],
        ),
        (json!({"status": "timeout"}), vec![slow]),
        (json!({"since": "1h ago"}), vec![again, slow, bad, good]),
        (json!({"since": "1h ago", "limit": 2}), vec![again, slow]),
        (json!({"since": "1h ago", "before": slow}), vec![bad, good]),
        (
            json!({"since": "1h ago", "statuses": ["failed", "timeout"]}),
            vec![slow, bad],
        ),
        (
            json!({"since": "1h ago", "statuses": ["failed", "timeout"], "before": slow}),
            vec![bad],
        ),
        (
            json!({"since": "1h ago", "statuses": ["success", "timeout"]}),
            vec![again, slow, good],
        ),
        (json!({"since": "1h ago", "job": "good"}), vec![again, good]),
        (json!({"since": "1h ago", "after": bad}), vec![again, slow]),
        (json!({"until": "1h ago"}), vec![]),
        (json!({"since": "in 1h"}), vec![]),
        (
            json!({"source": "manual", "after": good, "before": again}),
            vec![slow, bad],
        ),
        (json!({"source": "cron"}), vec![]),
        (json!({"longer_than": 60}), vec![]),
        (
            json!({"longer_than": "0s", "statuses": ["timeout"]}),
            vec![slow],
        ),
    ] {
        assert_eq!(found(params.clone()), expected, "{params}");
    }
    let shown = result_of(&home, "history", json!({"exec_id": good}));
    assert_eq!(shown[0]["stdout"], "printed\n");
    for params in [
        json!({"job": "good", "output": false}),
        json!({"since": "1h ago", "job": "good", "output": false}),
    ] {
        let bare = result_of(&home, "history", params);
        assert_eq!(numbers(&bare), [again, good]);
        assert_eq!(bare[1]["stdout"], "");
        assert_eq!(bare[1]["stdout_bytes"], 8);
    }
    let listed = home
        .jobs(&[
            "history",
            "--status",
            "failed,timeout",
            "--since",
            "1h ago",
            "--json",
        ])
        .ok()
        .json();
    assert_eq!(numbers(&listed), [slow, bad]);
}

#[test]
fn history_with_a_bad_filter_names_the_field() {
    let home = Home::started();
    for (params, field) in [
        (json!({"since": "six"}), "since"),
        (json!({"until": "later"}), "until"),
        (json!({"since": "1h ago", "until": "2h ago"}), "until"),
        (json!({"longer_than": "long"}), "longer_than"),
        (json!({"statuses": ["broken"]}), "statuses"),
    ] {
        let (_, named) = refused(&home, "history", params.clone());
        assert_eq!(named, field, "{params}");
    }
}

#[test]
fn failures_say_why_with_and_without_output() {
    let home = Home::started();
    let rows = [
        (
            "stderr",
            "echo one; echo 'no route to db' >&2; echo >&2; exit 3",
            Some("no route to db"),
        ),
        ("stdout", "echo 'only here'; exit 1", Some("only here")),
        ("silent", "exit 1", None),
        ("well", "echo fine >&2", None),
        // The error says more than the last line.
        ("absent", "echo x; /nonexistent/program", None),
        (
            "secret",
            "echo 'login failed: password=hunter2' >&2; exit 1",
            Some("login failed: password=*******"),
        ),
        ("control", "printf 'a\\033[31mb\\n' >&2; exit 1", Some("ab")),
    ];
    for (name, command, why) in rows {
        home.add(&[name, "--every", "24h", "--", command]);
        home.ended(home.run(name));
        for output in [true, false] {
            let found = result_of(&home, "history", json!({"job": name, "output": output}));
            assert_eq!(found[0]["why"].as_str(), why, "{name} {output}");
        }
        let listed = result_of(&home, "list", json!({"name": name, "page": 1, "size": 10}));
        assert_eq!(listed["items"][0]["last"]["why"].as_str(), why, "{name}");
        let shown = result_of(&home, "show", json!({"job": name}));
        assert_eq!(shown["last"]["why"].as_str(), why, "{name}");
    }
    let summary = result_of(&home, "summary", json!({"since": "1h ago"}));
    let failing = summary["failing"].as_array().unwrap();
    let of = |name: &str| failing.iter().find(|job| job["job_name"] == name).unwrap();
    assert_eq!(of("stderr")["why"], "no route to db");
    assert!(of("silent")["why"].is_null());
}
