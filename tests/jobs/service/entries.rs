//! The execution log: pages, filters, and clearing it.

use std::process::Command;

use serde_json::{Value, json};

use super::{refused, result_of, sql};
use crate::support::Home;

/// Two jobs: `a` with 7 successful executions of today, then `b` with 3 failed ones of other days.
#[track_caller]
fn with_history() -> Home {
    let home = Home::started();
    home.add(&["a", "--every", "9h", "--", "echo out; echo err >&2"]);
    home.add(&["b", "--every", "9h", "--", "echo PASSWORD=hunter22; exit 3"]);
    for _ in 0..7 {
        home.ended(home.run("a"));
    }
    for _ in 0..3 {
        home.ended(home.run("b"));
    }
    sql(
        &home,
        "update executions set scheduled_at = 1007164799999 where exec_id = 8;
         update executions set scheduled_at = 1007164800000 where exec_id = 9;
         update executions set scheduled_at = 1007251199999 where exec_id = 10;",
    );
    home
}

#[track_caller]
fn ids(page: &Value) -> Vec<i64> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|entry| entry["exec_id"].as_i64().unwrap())
        .collect()
}

#[test]
fn entries_with_filters_are_paged() {
    let home = with_history();
    for (params, expected, total, pages) in [
        (json!({}), vec![10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 10, 1),
        (json!({"job": "a", "size": 3}), vec![7, 6, 5], 7, 3),
        (json!({"job": 1, "size": 3, "page": 3}), vec![1], 7, 3),
        (json!({"job": "a", "size": 3, "page": 4}), vec![], 7, 3),
        (
            json!({"job": "a", "page": 4294967295u32, "size": 500}),
            vec![],
            7,
            1,
        ),
        (
            json!({"job": "a", "order": "asc", "size": 2, "page": 2}),
            vec![3, 4],
            7,
            4,
        ),
        (
            json!({"job": "a", "limit": 5, "size": 3, "page": 2}),
            vec![4, 3],
            5,
            2,
        ),
        (
            json!({"job": "a", "limit": 5, "size": 3, "page": 3}),
            vec![],
            5,
            2,
        ),
        (
            json!({"job": "a", "limit": 0, "page": 0, "size": 0}),
            vec![7, 6, 5, 4, 3, 2, 1],
            7,
            1,
        ),
        (json!({"status": "failed"}), vec![10, 9, 8], 3, 1),
        (json!({"job": "a", "status": "failed"}), vec![], 0, 0),
        (json!({"status": "success", "size": 1}), vec![7], 7, 7),
        (json!({"date": "2001-12-01"}), vec![10, 9], 2, 1),
        (
            json!({"date": "2001-12-01", "order": "asc"}),
            vec![9, 10],
            2,
            1,
        ),
        (
            json!({"date": "2001-12-01", "job": "b", "status": "failed", "size": 1}),
            vec![10],
            2,
            2,
        ),
        (json!({"date": "2001-12-01", "job": "a"}), vec![], 0, 0),
        (json!({"date": "2001-11-30"}), vec![8], 1, 1),
        (
            json!({"date": ""}),
            vec![10, 9, 8, 7, 6, 5, 4, 3, 2, 1],
            10,
            1,
        ),
    ] {
        let page = result_of(&home, "entries", params.clone());
        assert_eq!(ids(&page), expected, "{params}");
        assert_eq!(
            (page["total"].as_u64(), page["pages_total"].as_u64()),
            (Some(total), Some(pages)),
            "{params}"
        );
    }
    let entry = result_of(&home, "entry", json!({"exec_id": 10, "job": "b"}));
    assert_eq!(entry["stdout"], "PASSWORD=********\n", "{entry}");
    for (key, value) in [
        ("job_name", json!("b")),
        ("status", json!("failed")),
        ("exit_code", json!(3)),
        ("source", json!("manual")),
        ("mode", json!("command")),
        ("error_msg", json!("exit status 3")),
    ] {
        assert_eq!(entry[key], value, "{key}: {entry}");
    }
    assert!(
        entry["time"].is_string() && entry["end_time"].is_string() && entry["duration_ms"].is_u64()
    );
    let listed = result_of(&home, "entries", json!({"job": "b", "size": 1}));
    assert_eq!(listed["items"][0], entry);
}

#[test]
fn entries_with_bad_filter_names_the_field() {
    let home = with_history();
    for (method, params, code, field) in [
        ("entries", json!({"date": "2026-13-01"}), -32602, "date"),
        (
            "entries",
            json!({"date": "../../../etc/passwd"}),
            -32602,
            "date",
        ),
        (
            "entries",
            json!({"date": "2026-12-01'; drop table jobs; --"}),
            -32602,
            "date",
        ),
        ("entries", json!({"size": 501}), -32602, "size"),
        ("entries", json!({"size": -1}), -32602, "size"),
        ("entries", json!({"order": "up"}), -32602, "order"),
        ("entries", json!({"status": "lost"}), -32602, "status"),
        ("entries", json!({"job": "nobody"}), 4, ""),
        ("entries", json!({"job": ""}), -32602, "job"),
        ("entries", json!({"what": 1}), -32602, "what"),
        ("entry", json!({"exec_id": 10, "job": "a"}), 5, ""),
        ("entry", json!({"exec_id": 11}), 5, ""),
        ("entry", json!({"exec_id": -1}), 5, ""),
        ("entry", json!({"exec_id": "x"}), -32602, "exec_id"),
        ("entry", json!({"exec_id": 1, "job": "nobody"}), 4, ""),
        ("clear_logs", json!({}), -32602, "type"),
        ("clear_logs", json!({"job": "a"}), -32602, "type"),
        ("clear_logs", json!({"type": "job"}), -32602, "job"),
        ("clear_logs", json!({"type": "job", "job": "nobody"}), 4, ""),
        (
            "clear_logs",
            json!({"type": "all", "job": "a"}),
            -32602,
            "type",
        ),
        (
            "clear_logs",
            json!({"type": "job", "job": "a", "date": "today"}),
            -32602,
            "date",
        ),
        (
            "clear_logs",
            json!({"type": "zap", "job": "a"}),
            -32602,
            "job",
        ),
        (
            "clear_logs",
            json!({"type": "zap", "date": "../jobs"}),
            -32602,
            "date",
        ),
        (
            "system_log",
            json!({"date": "../2026-12-01"}),
            -32602,
            "date",
        ),
        (
            "system_log",
            json!({"date": "2026-12-01/../x"}),
            -32602,
            "date",
        ),
        ("system_log", json!({"level": "loud"}), -32602, "level"),
        ("system_log", json!({"size": 1000}), -32602, "size"),
        (
            "system_log_file",
            json!({"date": "2026-12-01\u{0}"}),
            -32602,
            "date",
        ),
        ("system_log_file", json!({"offset": -1}), -32602, "offset"),
    ] {
        let seen = refused(&home, method, params.clone());
        assert_eq!(seen, (code, field.to_string()), "{method} {params}");
    }
    assert_eq!(
        result_of(&home, "entries", json!({}))["total"],
        10,
        "nothing is gone"
    );
}

#[test]
fn clear_logs_by_job_and_day_deletes_executions() {
    let home = with_history();
    home.add(&["big", "--every", "9h", "--", "head -c 100000 /dev/zero"]);
    let big = home.ended(home.run("big"))["exec_id"].as_i64().unwrap();
    home.add(&["slow", "--every", "9h", "--timeout", "0", "--", "sleep 600"]);
    let slow = home.run("slow");
    let file = home.path(&format!("data/output/{big}.out"));
    assert!(file.exists(), "{}", file.display());
    let cleared = result_of(
        &home,
        "clear_logs",
        json!({"type": "job", "job": "b", "date": "2001-12-01"}),
    );
    assert_eq!(cleared, json!({"cleared": true, "count": 2}));
    assert_eq!(ids(&result_of(&home, "entries", json!({"job": "b"}))), [8]);
    for (job, count) in [("b", 1), ("b", 0), ("big", 1), ("slow", 0)] {
        let cleared = result_of(&home, "clear_logs", json!({"type": "job", "job": job}));
        assert_eq!(
            cleared,
            json!({"cleared": count > 0, "count": count}),
            "{job}"
        );
    }
    assert!(!file.exists(), "its output goes with it");
    // A running execution stays.
    assert_eq!(
        ids(&result_of(&home, "entries", json!({"job": "slow"}))),
        [slow]
    );
    home.jobs(&["cancel", &slow.to_string()]).ok();
    let audit = result_of(&home, "audit", json!({"operation": "clear_logs"}));
    assert_eq!(audit["total"], 5, "{audit}");
    assert_eq!(audit["items"][0]["target"], "slow, all days");
}

#[test]
fn clear_logs_of_1500_executions_is_audited_once() {
    let home = Home::with_config("job_log_keep_count: 0\n");
    home.add(&["a", "--every", "9h", "--", "printf 12345"]);
    let first = home.ended(home.run("a"));
    let day = first["scheduled_at"].as_str().unwrap()[..10].to_string();
    sql(
        &home,
        "with recursive n(i) as (select 2 union all select i + 1 from n where i < 1500)
         insert into executions (exec_id, job_id, job_name, mode, source, status, exit_code, scheduled_at, started_at,
           ended_at, duration_ms, command, stdout, stderr, stdout_bytes, stderr_bytes, kept_bytes, in_file, error, attempts,
           cpu_ms, max_rss_bytes, count, jitter_ms, retry_of, retry_number, retries_left, waits_until)
           select i, job_id, job_name, mode, source, status, exit_code, scheduled_at + (i % 7), started_at,
           ended_at, duration_ms, command, stdout, stderr, stdout_bytes, stderr_bytes, kept_bytes, in_file, error, attempts,
           cpu_ms, max_rss_bytes, count, jitter_ms, retry_of, retry_number, retries_left, waits_until
           from executions, n where exec_id = 1;
         update facts set value = (select sum(kept_bytes) from executions) where key = 'kept_bytes';",
    );
    home.add(&["b", "--every", "9h", "--", "printf 12345"]);
    home.ended(home.run("b"));
    let cleared = result_of(
        &home,
        "clear_logs",
        json!({"type": "job", "job": "a", "date": day}),
    );
    assert_eq!(cleared, json!({"cleared": true, "count": 1500}));
    assert_eq!(home.history("b").len(), 1);
    let audit = result_of(&home, "audit", json!({"operation": "clear_logs"}));
    assert_eq!(audit["total"], 1, "{audit}");
    let python = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); \
                  print(c.execute(\"select value = (select sum(kept_bytes) from executions) from facts where key = 'kept_bytes'\").fetchone()[0])";
    let is_right = Command::new("python3")
        .args(["-c", python])
        .arg(home.path("data/jobs.db"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&is_right.stdout).trim(), "1");
}
