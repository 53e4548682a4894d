//! Changes of the clock: libfaketime sets the clock that the real daemon sees.

use serde_json::Value;

use crate::set_clock::SetClock;
use crate::support::{Home, until};

impl SetClock {
    fn add(&self, name: &str, expr: &str) {
        self.home.add(&[
            name,
            "--cron",
            expr,
            "--tz",
            "America/New_York",
            "--timeout",
            "0",
            "--",
            "true",
        ]);
    }

    /// The executions of a job, the oldest first: status and scheduled time in UTC.
    fn rows(&self, job: &str) -> Vec<(String, String)> {
        let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_string();
        let mut rows: Vec<(String, String)> = self
            .home
            .history(job)
            .iter()
            .map(|row| {
                (
                    text(row, "status"),
                    text(row, "scheduled_at")[11..16].to_string(),
                )
            })
            .collect();
        rows.reverse();
        rows
    }

    fn row(status: &str, clock: &str) -> (String, String) {
        (status.to_string(), clock.to_string())
    }

    fn next(&self, job: &str) -> String {
        let next = self.home.show(job)["next_run"].clone();
        next.as_str().unwrap_or_default().to_string()
    }

    /// Waits until the daemon has read the clock again: until the job `heart` has run twice more.
    fn wait_for_clock_read(&self) {
        let beats = || self.home.show("heart")["run_count"].as_i64().unwrap();
        let before = beats();
        until("the daemon looks at the clock", || {
            (beats() >= before + 2).then_some(())
        });
    }
}

#[test]
fn clock_change_of_summer_time_runs_fixed_jobs_once() {
    // New York goes from 01:59:59 EST to 03:00:00 EDT at 07:00:00 UTC.
    let Some(clock) = SetClock::started("2026-03-08T06:59:55Z") else {
        return;
    };
    clock.add("heart", "* * * * * *");
    clock.add("fixed", "30 2 * * *");
    clock.add("interval", "*/10 2 * * *");
    let fixed = until("the skipped job runs", || clock.home.history("fixed").pop());
    assert_eq!(fixed["scheduled_at"], "2026-03-08T07:00:00+00:00");
    clock.wait_for_clock_read();
    assert!(clock.home.history("interval").is_empty());
    assert_eq!(clock.home.history("fixed").len(), 1);
    // And in autumn, when 01:30 comes twice: 05:30 and 06:30 UTC.
    clock.set("2026-11-01T05:29:57Z");
    clock.add("fixed 1:30", "30 1 * * *");
    clock.add("interval 1:30", "30 * * * *");
    until("both run", || {
        let both = ["fixed 1:30", "interval 1:30"].map(|job| clock.home.history(job).len());
        (both == [1, 1]).then_some(())
    });
    clock.set("2026-11-01T06:29:57Z");
    until("the interval job runs again", || {
        (clock.rows("interval 1:30").len() == 2).then_some(())
    });
    clock.wait_for_clock_read();
    assert_eq!(
        clock.rows("fixed 1:30"),
        [SetClock::row("success", "05:30")]
    );
}

#[test]
fn clock_set_while_running_is_noticed() {
    let Some(clock) = SetClock::started("2026-06-10T12:10:00Z") else {
        return;
    };
    clock.add("heart", "* * * * * *");
    // In New York it is 08:10.
    clock.add("at 8:30", "30 8 * * *");
    clock.add("hourly", "0 * * * *");
    clock.add("at 13:00", "0 13 * * *");
    clock.wait_for_clock_read();
    // Forward by two hours: the skipped fixed job runs once, the hourly job follows elapsed time.
    clock.set("2026-06-10T14:10:00Z");
    until("the skipped job runs", || {
        (clock.rows("at 8:30") == [SetClock::row("success", "12:30")]).then_some(())
    });
    clock.wait_for_clock_read();
    let passed = &clock.home.history("hourly")[0];
    assert_eq!(
        (passed["status"].as_str(), passed["count"].as_i64()),
        (Some("missed"), Some(2)),
        "{passed}"
    );
    assert!(
        clock
            .home
            .system_log()
            .contains("the clock was set forward")
    );
    let alerts = clock.home.jobs(&["alerts", "--all", "--json"]).ok().json();
    let alert = &alerts[0];
    assert_eq!(alert["condition"], "clock", "{alerts}");
    assert!(
        alert["closed_at"].is_string(),
        "it is over at once: {alert}"
    );
    // Backward by two hours: the fixed job is not repeated, the hourly job is.
    clock.set("2026-06-10T12:29:58Z");
    clock.wait_for_clock_read();
    until("the daemon has seen it", || {
        clock
            .home
            .system_log()
            .contains("the clock was set back")
            .then_some(())
    });
    until("half past has come again", || {
        let now = clock.home.history("heart")[0]["scheduled_at"]
            .as_str()
            .unwrap()
            .to_string();
        (*"2026-06-10T12:30:01" < *now).then_some(())
    });
    assert_eq!(clock.rows("at 8:30"), [SetClock::row("success", "12:30")]);
    assert_eq!(
        clock.home.show("hourly")["next_run"],
        "2026-06-10T13:00:00+00:00"
    );
    // Forward by five hours: the clock counts as new. Missed runs are recorded, not caught up.
    clock.set("2026-06-10T17:30:00Z");
    until("the missed job is told", || {
        (clock.rows("at 13:00") == [SetClock::row("missed", "17:00")]).then_some(())
    });
    let missed = &clock.home.history("hourly")[0];
    assert_eq!(
        (missed["status"].as_str(), missed["count"].as_i64()),
        (Some("missed"), Some(5))
    );
    assert_eq!(
        clock.home.show("hourly")["next_run"],
        "2026-06-10T18:00:00+00:00"
    );
    // The job of each second still runs.
    clock.wait_for_clock_read();
}

#[test]
fn clock_set_back_while_stopped_is_noticed() {
    let Some(mut clock) = SetClock::started("2026-06-10T12:00:00Z") else {
        return;
    };
    clock.add("heart", "* * * * * *");
    clock.add("minutely", "*/2 * * * *");
    clock.add("at 8:00:05", "5 0 8 * * *");
    clock
        .home
        .add(&["every", "--every", "90s", "--timeout", "0", "--", "true"]);
    until("the fixed job has run", || {
        (clock.rows("at 8:00:05").len() == 1).then_some(())
    });
    assert_eq!(clock.home.terminate(), Some(0));
    clock.set("2026-06-10T11:30:00Z");
    clock.home.start();
    clock.wait_for_clock_read();
    assert_eq!(clock.next("minutely"), "2026-06-10T11:32:00+00:00");
    assert!(
        clock.next("every").starts_with("2026-06-10T11:3"),
        "{}",
        clock.next("every")
    );
    assert_eq!(
        clock.next("at 8:00:05"),
        "2026-06-11T12:00:05+00:00",
        "it has run today"
    );
    // A change of the job does not make it run again.
    clock
        .home
        .jobs(&["edit", "at 8:00:05", "--name", "renamed"])
        .ok();
    assert_eq!(clock.next("renamed"), "2026-06-11T12:00:05+00:00");
    // A year backward: the clock counts as new.
    assert_eq!(clock.home.terminate(), Some(0));
    clock.set("2025-06-10T11:30:00Z");
    clock.home.start();
    clock.wait_for_clock_read();
    assert_eq!(clock.next("renamed"), "2025-06-10T12:00:05+00:00");
    assert!(
        clock.next("every").starts_with("2025-06-10T11:3"),
        "{}",
        clock.next("every")
    );
}

/// The occurrences of a job that are in the history, in seconds since 1970. A range counts each of its seconds.
fn occurrences(home: &Home, job: &str) -> Vec<i64> {
    let mut seconds = Vec::new();
    for row in home.history(job) {
        let due: jiff::Timestamp = row["scheduled_at"].as_str().unwrap().parse().unwrap();
        let count = row["count"].as_i64().unwrap();
        seconds.extend((0..count).map(|after| due.as_second() + after));
    }
    seconds.sort_unstable();
    seconds
}

#[test]
fn changes_after_a_small_step_back_repeat_no_instant() {
    const BEGIN: &str = "2026-03-10T12:00:05Z";
    let Some(clock) = SetClock::started(BEGIN) else {
        return;
    };
    let home = &clock.home;
    let names = ["unchanged", "edited", "stopped", "for-a-time", "moved"];
    for name in names {
        clock.add(name, "* * * * * *");
    }
    home.write("crontab", "* * * * * * true imported\n");
    home.jobs(&["import", "crontab", home.path("crontab").to_str().unwrap()])
        .ok();
    let imported = home.jobs(&["list", "--json"]).ok().json();
    let imported = imported
        .as_array()
        .unwrap()
        .iter()
        .map(|job| job["name"].as_str().unwrap())
        .find(|name| !names.contains(name))
        .unwrap()
        .to_string();
    let all: Vec<&str> = names.into_iter().chain([imported.as_str()]).collect();
    until("all have run for some seconds", || {
        all.iter()
            .all(|job| occurrences(home, job).len() >= 6)
            .then_some(())
    });
    let last: Vec<i64> = all
        .iter()
        .map(|job| *occurrences(home, job).last().unwrap())
        .collect();

    clock.set(BEGIN);
    home.jobs(&["edit", "edited", "--cron", "*/1 * * * * *"])
        .ok();
    home.jobs(&["edit", "moved", "--tz", "Asia/Tokyo", "--jitter", "0"])
        .ok();
    home.jobs(&["stop", "stopped"]).ok();
    home.jobs(&["restart", "stopped"]).ok();
    home.jobs(&["stop", "for-a-time", "--until", "in 1h"]).ok();
    home.jobs(&["restart", "for-a-time"]).ok();
    home.write("crontab", "*/1 * * * * * true imported\n");
    home.jobs(&["import", "crontab", home.path("crontab").to_str().unwrap()])
        .ok();
    for (job, last) in all.iter().zip(&last) {
        until(
            "the clock has shown the time again, and the job runs",
            || (occurrences(home, job).last()? >= &(last + 2)).then_some(()),
        );
        let seconds = occurrences(home, job);
        let mut distinct = seconds.clone();
        distinct.dedup();
        assert_eq!(seconds, distinct, "{job} ran twice for an instant");
    }
}

#[test]
fn clock_set_right_after_decades_delays_nothing() {
    let Some(clock) = SetClock::started("1970-01-05T00:00:02Z") else {
        return;
    };
    let home = &clock.home;
    let lines: String = (0..300)
        .map(|n| format!("{}-59/5 * * * * true {n}\n", n % 5))
        .collect();
    home.write("crontab", &lines);
    home.jobs(&["import", "crontab", home.path("crontab").to_str().unwrap()])
        .ok();
    clock.add("heart", "* * * * * *");
    clock.wait_for_clock_read();
    clock.set("2026-11-30T00:00:02Z");
    clock.wait_for_clock_read();
    let missed = until("all missed occurrences are counted", || {
        let rows = home
            .jobs(&["history", "--status", "missed", "-n", "400", "--json"])
            .ok()
            .json();
        let rows = rows.as_array().unwrap().clone();
        (rows.len() >= 300).then_some(rows)
    });
    let counted = missed.iter().filter(|row| row["job_name"] != "heart");
    for row in counted {
        // 57 years of an occurrence in each five minutes.
        let count = row["count"].as_i64().unwrap();
        assert!((5_980_000..5_990_000).contains(&count), "{row}");
    }
}
