//! What those see who look on: logs a page at a time, health, the scheduler; and what holds for all jobs: pause, check.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::disk::SmallDisk;
use crate::support::{Home, leave_out, until};

/// Calls a method that answers.
#[track_caller]
fn asked(home: &Home, method: &str, params: Value) -> Value {
    let answer = home.call(method, params);
    assert!(answer["error"].is_null(), "{method}: {answer}");
    answer["result"].clone()
}

/// Calls a method that is refused: the code and the field.
#[track_caller]
fn refused(home: &Home, method: &str, params: Value) -> (i64, String) {
    let answer = home.call(method, params);
    let error = &answer["error"];
    assert!(error.is_object(), "{method} was not refused: {answer}");
    let field = error["data"]["field"].as_str().unwrap_or_default();
    (error["code"].as_i64().unwrap(), field.to_string())
}

/// Does something to the database behind the daemon's back.
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

/// A job with executions, in their order: 7 that ended well, of today, and 3 that did not, of another day.
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
fn entries_come_in_pages() {
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
        let page = asked(&home, "entries", params.clone());
        assert_eq!(ids(&page), expected, "{params}");
        assert_eq!(
            (page["total"].as_u64(), page["pages_total"].as_u64()),
            (Some(total), Some(pages)),
            "{params}"
        );
    }
    let entry = asked(&home, "entry", json!({"exec_id": 10, "job": "b"}));
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
    let listed = asked(&home, "entries", json!({"job": "b", "size": 1}));
    assert_eq!(listed["items"][0], entry);
}

#[test]
fn what_is_wrong_with_an_ask_for_entries_is_told() {
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
        asked(&home, "entries", json!({}))["total"],
        10,
        "nothing is gone"
    );
}

#[test]
fn executions_are_cleared_by_job_and_day() {
    let home = with_history();
    home.add(&["big", "--every", "9h", "--", "head -c 100000 /dev/zero"]);
    let big = home.ended(home.run("big"))["exec_id"].as_i64().unwrap();
    home.add(&["slow", "--every", "9h", "--timeout", "0", "--", "sleep 600"]);
    let slow = home.run("slow");
    let file = home.path(&format!("data/output/{big}.out"));
    assert!(file.exists(), "{}", file.display());
    let cleared = asked(
        &home,
        "clear_logs",
        json!({"type": "job", "job": "b", "date": "2001-12-01"}),
    );
    assert_eq!(cleared, json!({"cleared": true, "count": 2}));
    assert_eq!(ids(&asked(&home, "entries", json!({"job": "b"}))), [8]);
    for (job, count) in [("b", 1), ("b", 0), ("big", 1), ("slow", 0)] {
        let cleared = asked(&home, "clear_logs", json!({"type": "job", "job": job}));
        assert_eq!(
            cleared,
            json!({"cleared": count > 0, "count": count}),
            "{job}"
        );
    }
    assert!(!file.exists(), "its output goes with it");
    // What runs stays.
    assert_eq!(
        ids(&asked(&home, "entries", json!({"job": "slow"}))),
        [slow]
    );
    home.jobs(&["cancel", &slow.to_string()]).ok();
    let audit = asked(&home, "audit", json!({"operation": "clear_logs"}));
    assert_eq!(audit["total"], 5, "{audit}");
    assert_eq!(audit["items"][0]["target"], "slow, all days");
}

#[test]
fn many_executions_are_cleared_in_steps_and_audited_once() {
    let home = Home::with_config("job_log_keep_count: 0\n");
    home.add(&["a", "--every", "9h", "--", "printf 12345"]);
    let first = home.ended(home.run("a"));
    let day = first["scheduled_at"].as_str().unwrap()[..10].to_string();
    sql(
        &home,
        "with recursive n(i) as (select 2 union all select i + 1 from n where i < 1500)
         insert into executions select i, job_id, job_name, mode, source, status, exit_code, scheduled_at + (i % 7), started_at,
           ended_at, duration_ms, command, stdout, stderr, stdout_bytes, stderr_bytes, kept_bytes, in_file, error, attempts,
           cpu_ms, max_rss_bytes, count, jitter_ms, retry_of, retry_number, retries_left, waits_until
           from executions, n where exec_id = 1;
         update facts set value = (select sum(kept_bytes) from executions) where key = 'kept_bytes';",
    );
    home.add(&["b", "--every", "9h", "--", "printf 12345"]);
    home.ended(home.run("b"));
    let cleared = asked(
        &home,
        "clear_logs",
        json!({"type": "job", "job": "a", "date": day}),
    );
    assert_eq!(cleared, json!({"cleared": true, "count": 1500}));
    assert_eq!(home.history("b").len(), 1);
    let audit = asked(&home, "audit", json!({"operation": "clear_logs"}));
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

#[test]
fn the_system_log_is_read_and_emptied() {
    let home = Home::started();
    let folder = home.path("runtime/logs");
    let day = folder.join("jobs.2020-01-02.log");
    let mut text = String::new();
    for number in 0..1_205 {
        let level = if number % 5 == 0 { "WARN" } else { "INFO" };
        text.push_str(&format!(
            "{{\"timestamp\":\"2020-01-02T00:00:00Z\",\"level\":\"{level}\",\"message\":\"line {number}\",\"target\":\"jobs::here\",\"job\":\"j\"}}\n"
        ));
    }
    text.push_str("this is no JSON, but has a password=hunter22\n");
    std::fs::write(&day, &text).unwrap();
    let page = asked(
        &home,
        "system_log",
        json!({"date": "2020-01-02", "size": 2}),
    );
    assert_eq!(
        (page["total"].as_u64(), page["pages_total"].as_u64()),
        (Some(1_206), Some(603))
    );
    assert_eq!(
        page["items"],
        json!([
            {"level": "", "time": "", "caller": "", "msg": "this is no JSON, but has a password=***"},
            {"level": "INFO", "time": "2020-01-02T00:00:00Z", "caller": "jobs::here", "msg": "line 1204", "job": "j"},
        ])
    );
    let page = asked(
        &home,
        "system_log",
        json!({"date": "2020-01-02", "size": 100, "page": 3, "level": "warn"}),
    );
    assert_eq!(
        (
            page["total"].as_u64(),
            page["items"].as_array().map(Vec::len)
        ),
        (Some(241), Some(41))
    );
    assert_eq!(page["items"][40]["msg"], "line 0");
    let missing = asked(&home, "system_log", json!({"date": "2020-01-03"}));
    assert_eq!(
        (missing["total"].as_u64(), missing["items"].clone()),
        (Some(0), json!([]))
    );
    let today = asked(&home, "system_log", json!({}));
    assert!(today["total"].as_u64() > Some(0), "{today}");
    let part = asked(&home, "system_log_file", json!({"date": "2020-01-02"}));
    assert_eq!(part["done"], true, "{}", part["next"]);
    assert_eq!(part["next"].as_u64(), Some(text.len() as u64));
    assert_eq!(part["text"], text.replace("hunter22", "********"));
    let nothing = json!({"text": "", "next": 0, "done": true});
    assert_eq!(
        asked(&home, "system_log_file", json!({"date": "2020-01-03"})),
        nothing
    );

    std::fs::write(folder.join("jobs.2020-01-04.log"), "one\n").unwrap();
    std::fs::write(folder.join("other.log"), "kept\n").unwrap();
    std::fs::write(folder.join("jobs.config.log"), "kept\n").unwrap();
    let cleared = asked(
        &home,
        "clear_logs",
        json!({"type": "zap", "date": "2020-01-02"}),
    );
    assert_eq!(cleared, json!({"cleared": true, "count": 1_206}));
    assert_eq!(std::fs::read_to_string(&day).unwrap(), "");
    let again = asked(
        &home,
        "clear_logs",
        json!({"type": "zap", "date": "2020-01-02"}),
    );
    assert_eq!(again, json!({"cleared": false, "count": 0}));
    let all = asked(&home, "clear_logs", json!({"type": "zap"}));
    assert!(all["count"].as_u64() > Some(1), "{all}");
    for name in ["other.log", "jobs.config.log"] {
        assert_eq!(
            std::fs::read_to_string(folder.join(name)).unwrap(),
            "kept\n"
        );
    }
    // The log goes on at its beginning.
    home.jobs(&["reload"]).ok();
    home.jobs(&["pause"]).ok();
    let lines = until("the log goes on", || {
        let page = asked(&home, "system_log", json!({"level": "WARN"}));
        (page["total"].as_u64() > Some(0)).then_some(page)
    });
    assert!(
        lines["items"][0]["msg"]
            .as_str()
            .unwrap()
            .contains("paused"),
        "{lines}"
    );
    assert!(!home.system_log().contains('\0'));
}

#[test]
fn a_healthy_daemon_says_what_it_uses() {
    let home = Home::started();
    let report = home.jobs(&["health", "--json"]).ok().json();
    assert_eq!(
        (&report["healthy"], &report["problems"]),
        (&json!(true), &json!([]))
    );
    for path in [
        "/memory/rss",
        "/memory/virtual",
        "/threads",
        "/timestamp",
        "/database/size_bytes",
    ] {
        assert!(
            report.pointer(path).unwrap().as_u64() > Some(0),
            "{path}: {report}"
        );
    }
    assert!(
        report["database"]["latency_ms"].as_f64() > Some(0.0),
        "{report}"
    );
    assert_eq!(report["database"]["ok"], true);
    assert_eq!(
        report["scheduler"],
        json!({"running": true, "paused": false, "lag_ms": 0, "trouble": null})
    );
    assert_eq!(report["server_port"], Value::Null);
    home.jobs(&["health"])
        .ok()
        .shows(&["healthy  yes", "memory", "a write takes"]);
    home.jobs(&["pause"]).ok();
    home.jobs(&["health"]).ok().shows(&["paused"]);
}

#[test]
fn a_full_disk_is_told_although_nothing_is_due() {
    let mut home = Home::new();
    let Some(_disk) = SmallDisk::mount(&home, 2) else {
        leave_out("a file system can't be mounted here");
        return;
    };
    home.start();
    home.jobs(&["health"]).ok();
    let filler = home.path("data/filler");
    let filled = Command::new("sh")
        .args(["-c", "cat /dev/zero > \"$0\" 2>/dev/null"])
        .arg(&filler)
        .status()
        .unwrap();
    assert!(!filled.success(), "the disk is full");
    let report = until("it is told", || {
        let done = home.jobs(&["health", "--json"]);
        (done.code == 1).then(|| done.json())
    });
    assert_eq!(report["database"]["ok"], false, "{report}");
    assert!(
        report["database"]["error"]
            .as_str()
            .unwrap()
            .contains("full"),
        "{report}"
    );
    assert!(
        report["problems"][0].as_str().unwrap().contains("full"),
        "{report}"
    );
    home.jobs(&["health"])
        .fails(1)
        .says(&["full"])
        .shows(&["healthy  no", "can't be written"]);
    std::fs::remove_file(&filler).unwrap();
    until("it is well again", || {
        (home.jobs(&["health"]).code == 0).then_some(())
    });
}

#[test]
fn a_database_that_does_not_answer_is_told_in_time() {
    let home = Home::started();
    let python = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); \
                  c.execute('begin exclusive'); print('locked', flush=True); sys.stdin.read()";
    let mut holder = Command::new("python3")
        .args(["-c", python])
        .arg(home.path("data/jobs.db"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut said = std::io::BufReader::new(holder.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut said, &mut line).unwrap();
    let begin = std::time::Instant::now();
    let report = home.jobs(&["health", "--json"]).fails(1).json();
    assert!(
        begin.elapsed() < Duration::from_secs(15),
        "{:?}",
        begin.elapsed()
    );
    assert_eq!(
        (&report["healthy"], &report["database"]["ok"]),
        (&json!(false), &json!(false))
    );
    assert!(
        report["problems"][0].as_str().unwrap().contains("database"),
        "{report}"
    );
    drop(holder.stdin.take());
    holder.wait().unwrap();
    until("it is well again", || {
        (home.jobs(&["health", "--json"]).code == 0).then_some(())
    });
}

#[test]
fn a_pause_outlives_the_daemon_and_loses_nothing() {
    let mut home = Home::started();
    let ticks = |home: &Home, name: &str| home.read(name).lines().count();
    for (name, catch_up) in [("skip", "skip"), ("once", "once")] {
        home.add(&[
            name,
            "--cron",
            "* * * * * *",
            "--catch-up",
            catch_up,
            "--",
            &format!("echo $JOBS_SCHEDULED_AT >> {name}"),
        ]);
    }
    home.add(&["hand", "--every", "9h", "--", "echo ran"]);
    home.add(&[
        "failing",
        "--every",
        "9h",
        "--retries",
        "1",
        "--retry-delay",
        "1",
        "--",
        "echo x >> tries; exit 1",
    ]);
    until("both tick", || {
        (ticks(&home, "skip") > 0 && ticks(&home, "once") > 0).then_some(())
    });
    let state = home.jobs(&["pause", "--json"]).ok().json();
    assert_eq!(state, json!({"scheduler_running": false}));
    home.jobs(&["pause"]).ok();
    let is_idle = |home: &Home| {
        let status = home.jobs(&["status", "--json"]).ok().json();
        (status["running"] == 0).then_some(status)
    };
    let status = until("what ran has ended", || is_idle(&home));
    assert_eq!(
        (
            &status["paused"],
            &status["scheduler_running"],
            &status["next_run"]
        ),
        (&json!(true), &json!(true), &Value::Null)
    );
    home.jobs(&["status"])
        .ok()
        .shows(&["paused", "jobs resume"]);
    let before = (ticks(&home, "skip"), ticks(&home, "once"));
    // By hand it runs all the same, but its retry waits.
    assert_eq!(home.ended(home.run("hand"))["status"], "success");
    home.ended(home.run("failing"));
    let cpu = cpu_ticks(home.pid());
    std::thread::sleep(Duration::from_millis(1_500));
    assert!(cpu_ticks(home.pid()) - cpu < 50, "it does not spin");
    assert_eq!(home.terminate(), Some(0));
    home.start();
    std::thread::sleep(Duration::from_millis(1_500));
    assert_eq!(
        (ticks(&home, "skip"), ticks(&home, "once")),
        before,
        "nothing ran"
    );
    assert_eq!(home.read("tries"), "x\n");
    assert_eq!(
        asked(&home, "job_status", json!({})),
        json!({"running": false, "task_count": 4})
    );
    assert_eq!(
        asked(&home, "job_state", json!({})),
        json!({"num": 4, "state": false})
    );
    assert_eq!(
        home.jobs(&["health", "--json"]).ok().json()["scheduler"]["lag_ms"],
        0
    );
    let checked = home.jobs(&["check", "--json"]).ok().json();
    assert_eq!(
        checked,
        json!({"jobs": 4, "mended": [], "broken": []}),
        "that it is paused is no fault"
    );

    let state = home.jobs(&["resume", "--json"]).ok().json();
    assert_eq!(state, json!({"scheduler_running": true}));
    until("both tick again", || {
        (ticks(&home, "skip") > before.0 + 1 && ticks(&home, "once") > before.1 + 2).then_some(())
    });
    until("the retry comes", || {
        (home.read("tries") == "x\nx\n").then_some(())
    });
    home.jobs(&["stop", "skip", "once"]).ok();
    for (job, made_up) in [("skip", 0), ("once", 1)] {
        let history = home.history(job);
        let of = |wanted: &dyn Fn(&Value) -> bool| -> Vec<&Value> {
            history.iter().filter(|row| wanted(row)).collect()
        };
        let missed = of(&|row| row["status"] == "missed");
        assert_eq!(missed.len(), 1, "{job}: {missed:?}");
        assert!(
            missed[0]["error"].as_str().unwrap().contains("paused"),
            "{missed:?}"
        );
        assert!(missed[0]["count"].as_i64() >= Some(2), "{missed:?}");
        assert_eq!(
            of(&|row| row["source"] == "catchup").len(),
            made_up,
            "{job}"
        );
        // Each second from the first to the last is in the history, once.
        let count: i64 = history
            .iter()
            .map(|row| row["count"].as_i64().unwrap())
            .sum();
        let second = |row: &Value| -> i64 {
            let at = row["scheduled_at"].as_str().unwrap();
            let part = |range: std::ops::Range<usize>| at[range].parse::<i64>().unwrap();
            part(11..13) * 3_600 + part(14..16) * 60 + part(17..19)
        };
        let (first, last) = (second(&history[history.len() - 1]), second(&history[0]));
        assert_eq!(
            count,
            (last - first).rem_euclid(86_400) + 1,
            "{job}: {history:#?}"
        );
    }
    let audit = asked(&home, "audit", json!({"operation": "resume"}));
    assert_eq!(
        (audit["total"].as_u64(), &audit["items"][0]["outcome"]),
        (Some(1), &json!("done"))
    );
}

#[test]
fn a_boot_in_a_pause_is_made_up_when_it_ends() {
    let mut home = Home::started();
    home.add(&["boot", "--cron", "@reboot", "--", "true"]);
    home.jobs(&["pause"]).ok();
    assert_eq!(home.terminate(), Some(0));
    sql(
        &home,
        "update facts set value = 'another' where key = 'boot_id'",
    );
    home.start();
    let warned = || home.system_log().matches("the scheduler is paused").count() == 2;
    until("it is told at the start", || warned().then_some(()));
    assert!(home.history("boot").is_empty());
    home.jobs(&["resume"]).ok();
    let ran = until("it runs", || home.history("boot").first().cloned());
    assert_eq!(ran["source"], "reboot", "{ran}");
}

/// The processor time of a process, in hundredths of a second.
fn cpu_ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[test]
fn a_pause_is_harmless_when_nothing_is_missed() {
    let home = Home::started();
    assert_eq!(
        home.jobs(&["resume", "--json"]).ok().json(),
        json!({"scheduler_running": true})
    );
    home.add(&[
        "queued",
        "--every",
        "9h",
        "--overlap",
        "queue",
        "--timeout",
        "0",
        "--",
        "while ! test -e go; do sleep 0.02; done",
    ]);
    let first = home.run("queued");
    let second = home.run("queued");
    home.jobs(&["pause"]).ok();
    home.write("go", "");
    // Both were asked for by hand.
    for exec_id in [first, second] {
        assert_eq!(home.ended(exec_id)["status"], "success");
    }
    home.jobs(&["resume"]).ok();
    home.add(&["tick", "--cron", "* * * * * *", "--", "true"]);
    until("it ticks", || home.history("tick").first().cloned());
    assert!(
        home.history("tick")
            .iter()
            .all(|row| row["status"] != "missed")
    );
}

#[test]
fn the_scheduler_shows_its_jobs() {
    let home = Home::started();
    home.add(&["later", "--every", "9h", "--", "true"]);
    home.add(&["sooner", "--every", "1h", "--", "true"]);
    home.add(&["boot", "--cron", "@reboot", "--", "true"]);
    home.add(&["stopped", "--every", "1h", "--stopped", "--", "true"]);
    home.add(&["resting", "--every", "1h", "--", "true"]);
    home.jobs(&["stop", "resting", "--until", "in 5h"]).ok();
    let ran = home.ended(home.run("later"));
    let view = asked(&home, "scheduler", json!({}));
    let names: Vec<&str> = view["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| task["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["sooner", "later", "boot"], "{view}");
    assert_eq!(
        (&view["total_tasks"], &view["scheduler_running"]),
        (&json!(3), &json!(true))
    );
    assert_eq!(view["tasks"][1]["prev_run"], ran["scheduled_at"]);
    assert_eq!(view["tasks"][0]["prev_run"], Value::Null);
    assert!(view["tasks"][0]["next_run"].is_string());
    assert_eq!(
        asked(&home, "job_state", json!({})),
        json!({"num": 3, "state": true})
    );
    assert_eq!(
        asked(&home, "job_status", json!({})),
        json!({"running": true, "task_count": 3})
    );
}

#[test]
fn a_check_mends_what_is_wrong_and_tells_what_is_broken() {
    let home = Home::started();
    for name in [
        "good", "gone", "wrong", "past", "stopped", "expr", "zone", "user", "bracket", "func",
    ] {
        home.add(&[
            name,
            "--cron",
            "0 0 3 * * *",
            "--catch-up",
            "skip",
            "--",
            "true",
        ]);
    }
    home.jobs(&["stop", "stopped"]).ok();
    let next = home.show("good")["next_run"].clone();
    sql(
        &home,
        "update jobs set next_at = null, scheduled_at = null where name = 'gone';
         update jobs set next_at = 4102444800123, scheduled_at = 4102444800123 where name = 'wrong';
         update jobs set next_at = 1000, scheduled_at = 1000 where name = 'past';
         update jobs set next_at = 4102444800000 where name = 'stopped';
         update jobs set cron_expr = 'whenever' where name = 'expr';
         update jobs set timezone = 'Mars/Base' where name = 'zone';
         update jobs set command = '【command】true\n【user】no-such-account' where name = 'user';
         update jobs set command = '【nonsense】1' where name = 'bracket';
         update jobs set mode = 'func', command = '【name】Nothing' where name = 'func';",
    );
    let done = home.jobs(&["check", "--json"]).fails(1);
    let checked = done.json();
    assert_eq!(checked["jobs"], 10);
    assert_eq!(
        checked["mended"],
        json!(["gone", "wrong", "past", "stopped"])
    );
    let broken: Vec<(&str, &str)> = checked["broken"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| {
            (
                job["job"].as_str().unwrap(),
                job["problem"].as_str().unwrap(),
            )
        })
        .collect();
    for (seen, (job, part)) in broken.iter().zip([
        ("expr", "whenever"),
        ("zone", "Mars/Base"),
        ("user", "no-such-account"),
        ("bracket", "nonsense"),
        ("func", "Nothing"),
    ]) {
        assert!(seen.0 == job && seen.1.contains(part), "{seen:?}");
    }
    assert_eq!(broken.len(), 5, "{broken:?}");
    for name in ["good", "gone", "wrong", "past"] {
        assert_eq!(home.show(name)["next_run"], next, "{name}");
    }
    assert_eq!(home.show("stopped")["next_run"], Value::Null);
    let again = home.jobs(&["check", "--json"]).fails(1).json();
    assert_eq!(again["mended"], json!([]), "{again}");
    let audit = asked(&home, "audit", json!({"operation": "check"}));
    assert_eq!(audit["total"], 2, "one row each: {audit}");
    home.jobs(&["check"])
        .fails(1)
        .shows(&["10 jobs checked, 0 mended, 5 broken"]);
}

#[test]
fn a_job_that_was_overlooked_is_claimed() {
    let home = Home::started();
    home.add(&["daily", "--cron", "0 0 3 * * *", "--", "true"]);
    // Two days ago, at three o'clock: the loop sleeps until tomorrow.
    sql(
        &home,
        "update jobs set next_at = next_at - 172800000, scheduled_at = scheduled_at - 172800000;",
    );
    let report = home.jobs(&["health", "--json"]).fails(1).json();
    assert!(
        report["scheduler"]["lag_ms"].as_u64() > Some(60_000),
        "{report}"
    );
    assert!(
        report["problems"][0].as_str().unwrap().contains("late"),
        "{report}"
    );
    let checked = home.jobs(&["check", "--json"]).ok().json();
    assert_eq!(checked["mended"], json!(["daily"]));
    let missed = until("it is claimed", || home.history("daily").first().cloned());
    assert_eq!(missed["status"], "missed", "{missed}");
    home.jobs(&["health"]).ok();
}

#[test]
fn a_state_is_taken_as_the_original_system_says_it() {
    let home = Home::started();
    let add = |name: &str, more: Value| {
        let mut params = json!({"name": name, "cron_expr": "@daily", "command": "true"});
        for (key, value) in more.as_object().unwrap() {
            params[key] = value.clone();
        }
        params
    };
    for (name, more, state) in [
        ("waiting", json!({"state": 0}), 0),
        ("running", json!({"state": 1}), 0),
        ("stopped", json!({"state": 2}), 2),
        ("both", json!({"state": 2, "stopped": true}), 2),
    ] {
        let added = asked(&home, "add", add(name, more));
        assert_eq!(added["job"]["state"], state, "{name}");
        assert_eq!(added["job"]["next_run"].is_null(), state == 2, "{name}");
    }
    for (more, field) in [
        (json!({"state": 3}), "state"),
        (json!({"state": 256}), "state"),
        (json!({"state": "2"}), "state"),
        (json!({"state": 0, "stopped": true}), "state"),
        (json!({"state": 2, "now": true}), "now"),
    ] {
        let seen = refused(&home, "add", add("bad", more.clone()));
        assert_eq!(seen, (-32602, field.to_string()), "{more}");
    }
    for (job, state, after) in [
        ("waiting", 2, 2),
        ("waiting", 2, 2),
        ("waiting", 1, 0),
        ("waiting", 0, 0),
        ("stopped", 0, 0),
    ] {
        let edited = asked(&home, "edit", json!({"job": job, "state": state}));
        assert_eq!(edited["job"]["state"], after, "{job} {state}");
        assert_eq!(
            edited["job"]["next_run"].is_null(),
            after == 2,
            "{job} {state}"
        );
    }
    assert_eq!(
        refused(&home, "edit", json!({"job": "waiting", "state": 9})),
        (-32602, "state".to_string())
    );
    // Its count is kept, so it can't go on when it has had its runs.
    asked(
        &home,
        "edit",
        json!({"job": "both", "max_run_count": 1, "state": 0}),
    );
    home.ended(home.run("both"));
    assert_eq!(home.show("both")["state"], 2);
    assert_eq!(
        refused(&home, "edit", json!({"job": "both", "state": 0})).0,
        6
    );
    let edited = asked(
        &home,
        "edit",
        json!({"job": "both", "max_run_count": 2, "state": 0}),
    );
    assert_eq!(
        (&edited["job"]["state"], &edited["job"]["run_count"]),
        (&json!(0), &json!(1))
    );
    // A job that is written back as it was read stays as it is.
    home.jobs(&["stop", "waiting", "--until", "in 5h"]).ok();
    let edited = asked(
        &home,
        "edit",
        json!({"job": "waiting", "state": 2, "desc": "d"}),
    );
    assert!(edited["job"]["stopped_until"].is_string(), "{edited}");
    let edited = asked(&home, "edit", json!({"job": "waiting", "state": 0}));
    assert_eq!(
        (&edited["job"]["state"], &edited["job"]["stopped_until"]),
        (&json!(0), &Value::Null)
    );
    // A retry that waits goes with a stop.
    home.add(&[
        "failing",
        "--every",
        "9h",
        "--retries",
        "3",
        "--retry-delay",
        "900",
        "--",
        "false",
    ]);
    home.ended(home.run("failing"));
    until("a retry waits", || {
        (home.show("failing")["queued"] == 1).then_some(())
    });
    asked(&home, "edit", json!({"job": "failing", "state": 2}));
    assert_eq!(home.show("failing")["queued"], 0);
}
