//! `jobs pause` and `jobs resume`.

use std::time::Duration;

use serde_json::{Value, json};

use super::{result_of, sql};
use crate::support::{Home, until};

#[test]
fn pause_survives_a_restart_and_loses_nothing() {
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
    // A manual run works during a pause, but its retry waits.
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
        result_of(&home, "job_status", json!({})),
        json!({"running": false, "task_count": 4})
    );
    assert_eq!(
        result_of(&home, "job_state", json!({})),
        json!({"num": 4, "state": false})
    );
    assert_eq!(
        home.jobs(&["health", "--json"]).ok().json()["scheduler"]["lag_ms"],
        0
    );
    let checked = home.jobs(&["check", "--json"]).ok().json();
    assert_eq!(
        checked,
        json!({"jobs": 4, "mended": [], "broken": [], "warnings": []}),
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
        // The history has each second from the first to the last once.
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
    let audit = result_of(&home, "audit", json!({"operation": "resume"}));
    assert_eq!(
        (audit["total"].as_u64(), &audit["items"][0]["outcome"]),
        (Some(1), &json!("done"))
    );
}

#[test]
fn pause_during_boot_runs_reboot_jobs_afterwards() {
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

/// The CPU time of a process, in hundredths of a second.
fn cpu_ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[test]
fn pause_without_missed_runs_changes_nothing() {
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
    // Both are manual runs.
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
fn pause_and_resume_end_the_wait_of_a_digest() {
    let home = Home::started();
    for (command, is_paused) in [("pause", true), ("resume", false)] {
        let present = result_of(&home, "digest", json!({"wait": 0}));
        assert_eq!(present["paused"], !is_paused);
        let digest = std::thread::scope(|scope| {
            let request = json!({"after": present["position"], "wait": 30});
            let waiting = scope.spawn(|| {
                let begun = std::time::Instant::now();
                (result_of(&home, "digest", request), begun.elapsed())
            });
            home.jobs(&[command]).ok();
            waiting.join().unwrap()
        });
        assert_eq!(digest.0["paused"], is_paused, "{digest:?}");
        assert_eq!(digest.0["jobs_changed"], false);
        assert!(digest.1 < Duration::from_secs(20), "{digest:?}");
        // A second one changes nothing, so nobody is told.
        home.jobs(&[command]).ok();
        let present = digest.0["position"].clone();
        let events = result_of(&home, "new_events", json!({"after": present, "wait": 0}));
        assert_eq!(events["events"], json!([]));
    }
}
