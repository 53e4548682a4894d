//! The files for Prometheus and Grafana: valid, and about metrics that a daemon really has.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::servers::http::Server;
use crate::support::{Home, leave_out, until};

fn packaging(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("packaging")
        .join(name)
}

#[test]
fn rules_of_prometheus_are_valid_and_fire() {
    for (verb, file) in [("check", "rules.yaml"), ("test", "rules_test.yaml")] {
        let file = packaging("prometheus").join(file);
        let run = Command::new("promtool")
            .args([verb, "rules"])
            .arg(file)
            .output();
        let Ok(output) = run else {
            return leave_out("promtool (package `prometheus`)");
        };
        assert!(
            output.status.success(),
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// All values of `expr` in a document.
fn expressions(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                match value {
                    Value::String(text) if key == "expr" => found.push(text.clone()),
                    other => expressions(other, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| expressions(value, found)),
        _ => {}
    }
}

#[test]
fn dashboard_and_rules_name_metrics_that_the_daemon_has() {
    let server = Server::http();
    let home = Home::with_config("alerts:\n  group: 0\n");
    let url = format!("url={}", server.url("/ok"));
    home.jobs(&[
        "channel", "add", "ops", "--preset", "webhook", "--set", &url,
    ])
    .ok();
    home.jobs(&["rule", "add", "all", "--to", "ops"]).ok();
    home.add(&["well", "--every", "9h", "--", "true"]);
    home.add(&["bad", "--every", "9h", "--", "exit 3"]);
    for name in ["well", "bad"] {
        home.ended(home.run(name));
    }
    let text = until("the message was sent", || {
        let answer = home.call("metrics", json!({}));
        let text = answer["result"]["text"].as_str().unwrap().to_string();
        text.contains(r#"jobs_notices{channel="ops",state="sent"} 1"#)
            .then_some(text)
    });
    for line in [
        r#"jobs_alerts_open{condition="failed"} 1"#,
        r#"jobs_last_status{job_id="1",job_name="well"} 1"#,
        r#"jobs_last_status{job_id="2",job_name="bad"} 0"#,
    ] {
        assert!(text.lines().any(|it| it == line), "{line}: {text}");
    }
    let successes: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("jobs_last_success_timestamp_seconds{"))
        .collect();
    assert_eq!(successes.len(), 1, "{successes:?}");

    let dashboard = std::fs::read_to_string(packaging("grafana/dashboard.json")).unwrap();
    let rules = std::fs::read_to_string(packaging("prometheus/rules.yaml")).unwrap();
    let mut found = Vec::new();
    expressions(&serde_json::from_str(&dashboard).unwrap(), &mut found);
    assert!(found.len() > 10, "{found:?}");
    found.extend(
        rules
            .lines()
            .filter_map(|line| line.trim().strip_prefix("expr: "))
            .map(str::to_string),
    );
    let mut names = BTreeSet::new();
    for expression in &found {
        // The values of labels are no metrics.
        for part in expression.split('"').step_by(2) {
            let words = part.split(|c: char| !c.is_ascii_lowercase() && c != '_');
            names.extend(
                words.filter(|word| word.starts_with("jobs_") || word.starts_with("process_")),
            );
        }
    }
    for name in names {
        let is_there = text.lines().any(|line| {
            line.starts_with(&format!("{name} ")) || line.starts_with(&format!("{name}{{"))
        });
        assert!(is_there, "the daemon has no metric `{name}`");
    }
}
