//! Tables: one line per row at every width, and what they say.

use std::process::Command;

use crate::support::{Home, leave_out, until};

/// Runs a command with `COLUMNS` and returns what it prints into a pipe.
fn with_columns(home: &Home, columns: &str, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_jobs"))
        .args(args)
        .env("JOBS_HOME", home.path(""))
        .env("COLUMNS", columns)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a command on a terminal of this width, 0 for a terminal that does not know its width.
fn on_terminal(home: &Home, width: u16, args: &str) -> Option<String> {
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command"])
        .arg(format!(
            "stty cols {width}; {} {args}",
            env!("CARGO_BIN_EXE_jobs")
        ))
        .arg("/dev/null")
        .env("JOBS_HOME", home.path(""))
        .env("NO_COLOR", "1")
        .env_remove("COLUMNS")
        .output();
    let Ok(output) = output else {
        leave_out("there is no `script` here");
        return None;
    };
    Some(String::from_utf8(output.stdout).unwrap().replace('\r', ""))
}

/// A home with a job of each kind, one of which has failed.
fn with_jobs() -> Home {
    let home = Home::started();
    let add = |args: &[&str]| {
        let mut words = vec!["add"];
        words.extend(args);
        home.jobs(&words).ok();
    };
    add(&[
        "nightly-backup-of-the-shop",
        "--cron",
        "0 30 3 * * *",
        "--",
        "echo begun; echo 'pg_dump: connection refused' >&2; exit 3",
    ]);
    add(&[
        "ping",
        "--cron",
        "0 0 9 * * MON-FRI",
        "--mode",
        "http",
        "--url",
        "https://example.com/health?x=1",
        "--method",
        "HEAD",
    ]);
    add(&[
        "copy",
        "--cron",
        "@daily",
        "--mode",
        "func",
        "--func",
        "Backup",
        "--arg",
        "/srv/www",
        "--arg",
        "/var/backups",
    ]);
    let ran = home.jobs(&["run", "nightly-backup-of-the-shop", "--wait"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    home
}

#[test]
fn table_at_every_width_has_one_line_per_row() {
    let home = with_jobs();
    for width in ["1", "20", "40", "60", "80", "100", "132", "200"] {
        for (args, lines) in [
            (&["list"][..], 4),
            (&["history"], 2),
            (&["next", "ping"], 6),
        ] {
            let shown = with_columns(&home, width, args);
            assert_eq!(shown.lines().count(), lines, "{width} {args:?}\n{shown}");
            let most = width.parse::<usize>().unwrap().max(10);
            for line in shown.lines() {
                assert!(line.chars().count() <= most, "{width} {args:?}\n{shown}");
            }
        }
    }
    // 0 columns means that nobody knows: in a pipe nothing is left out.
    let whole = with_columns(&home, "0", &["list"]);
    assert!(
        whole.contains("LAST RUN") && whole.contains("WORK"),
        "{whole}"
    );
}

#[test]
fn table_on_a_terminal_drops_columns_before_it_cuts_words() {
    let home = with_jobs();
    let Some(narrow) = on_terminal(&home, 60, "list") else {
        return;
    };
    assert!(narrow.contains("nightly-backup-of-the-shop"), "{narrow}");
    assert!(
        !narrow.contains("WORK") && narrow.contains("NEXT RUN"),
        "{narrow}"
    );
    assert!(!narrow.contains('…'), "{narrow}");
    let wide = on_terminal(&home, 200, "list").unwrap_or_default();
    assert!(
        wide.contains("HEAD https://example.com/health?x=1"),
        "{wide}"
    );
    // A terminal that does not know its width is taken for one of 80 columns.
    let unknown = on_terminal(&home, 0, "list").unwrap_or_default();
    assert_eq!(unknown.lines().count(), 4, "{unknown}");
    assert!(
        unknown.lines().all(|line| line.chars().count() <= 80),
        "{unknown}"
    );
    assert!(
        unknown.lines().any(|line| line.chars().count() > 40),
        "{unknown}"
    );
}

#[test]
fn list_says_what_a_job_does_and_when_it_ran() {
    let home = with_jobs();
    let shown = home.jobs(&["list"]).ok().stdout;
    for part in [
        "LAST RUN",
        "HEAD https://example.com/health?x=1",
        "Backup /srv/www /var/backups",
        "echo begun",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let row = shown
        .lines()
        .find(|line| line.contains("nightly"))
        .unwrap_or_default();
    assert!(row.contains(" ago") || row.contains("now"), "{shown}");
}

#[test]
fn history_gives_the_last_error_line_and_the_cost() {
    let home = with_jobs();
    home.jobs(&["add", "killed", "--cron", "@yearly", "--", "kill -9 $$"])
        .ok();
    home.jobs(&["run", "killed", "--wait"]);
    let shown = home.jobs(&["history"]).ok().stdout;
    assert!(shown.contains("pg_dump: connection refused"), "{shown}");
    assert!(!shown.contains("exit status 3"), "{shown}");
    assert!(shown.contains("killed by signal 9 (SIGKILL)"), "{shown}");
    assert!(shown.contains("CPU") && shown.contains("MEMORY"), "{shown}");
    let row = shown
        .lines()
        .find(|line| line.contains("connection refused"))
        .unwrap_or_default();
    assert!(row.contains(" ms") && row.contains("MB"), "{shown}");
    let show = home
        .jobs(&["show", "nightly-backup-of-the-shop"])
        .ok()
        .stdout;
    assert!(
        show.contains("exit status 3: pg_dump: connection refused") && show.contains("memory "),
        "{show}"
    );
}

#[test]
fn pause_is_shown_wherever_a_next_run_stands() {
    let home = with_jobs();
    home.jobs(&["pause"]).ok();
    assert!(home.jobs(&["list"]).ok().stdout.contains("paused ("));
    let show = home.jobs(&["show", "ping"]).ok().stdout;
    assert!(show.contains("the scheduler is paused"), "{show}");
    let next = home.jobs(&["next", "ping"]).ok();
    assert!(
        next.stderr.contains("the scheduler is paused"),
        "{}",
        next.stderr
    );
    let added = home
        .jobs(&["add", "more", "--cron", "@daily", "--", "true"])
        .ok();
    assert!(
        added.stdout.contains("paused until `jobs resume`"),
        "{}",
        added.stdout
    );
    home.jobs(&["resume"]).ok();
    assert!(!home.jobs(&["list"]).ok().stdout.contains("paused"));
}

/// The completions that bash would offer for these words, the last of which is being typed.
fn completions(home: &Home, words: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_jobs"))
        .arg("--")
        .args(words)
        .env("JOBS_HOME", home.path(""))
        .env("_JOBS_COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string())
        .env("_CLAP_IFS", "\n")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(ToString::to_string).collect()
}

#[test]
fn completions_offer_jobs_and_executions() {
    let home = with_jobs();
    home.write("nightly-file", "");
    home.jobs(&["add", "two words", "--cron", "@daily", "--", "true"])
        .ok();
    let id = until("the job has an id", || {
        let shown = home.jobs(&["show", "two words", "--json"]).ok().stdout;
        serde_json::from_str::<serde_json::Value>(&shown).ok()?["id"].as_i64()
    });
    let jobs = completions(&home, &["jobs", "show", ""]);
    for expected in [
        "nightly-backup-of-the-shop",
        "ping",
        "copy",
        &id.to_string(),
    ] {
        assert!(jobs.contains(&expected.to_string()), "{expected} {jobs:?}");
    }
    let nightly = vec!["nightly-backup-of-the-shop".to_string()];
    for verb in ["run", "stop", "logs", "edit", "rm", "history", "next"] {
        assert_eq!(completions(&home, &["jobs", verb, "ni"]), nightly, "{verb}");
    }
    assert_eq!(completions(&home, &["jobs", "logs", "--exec", ""]), ["1"]);
    assert_eq!(completions(&home, &["jobs", "cancel", "1"]), ["1"]);
    assert!(completions(&home, &["jobs", "his"]).contains(&"history".to_string()));
    let add = [
        "channel", "add", "ops", "--preset", "ntfy", "--set", "topic=x",
    ];
    home.jobs(&add).ok();
    for verb in ["show", "edit", "test", "rm"] {
        assert_eq!(
            completions(&home, &["jobs", "channel", verb, "o"]),
            ["ops"],
            "{verb}"
        );
    }
    let presets = completions(&home, &["jobs", "channel", "add", "x", "--preset", "nt"]);
    assert_eq!(presets, ["ntfy"]);
    // Without a daemon there is nothing to offer, and no message disturbs the line.
    assert_eq!(
        completions(&Home::new(), &["jobs", "show", "x"]),
        Vec::<String>::new()
    );
}
