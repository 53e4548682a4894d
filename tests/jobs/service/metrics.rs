//! The metrics: their values, and the text format of each line.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::{Home, until};

/// A sample: its labels and its value.
type Sample = (BTreeMap<String, String>, f64);

/// The samples of the metrics by name.
#[derive(Debug)]
struct Figures(BTreeMap<String, Vec<Sample>>);

impl Figures {
    #[track_caller]
    fn of(home: &Home) -> Figures {
        let answer = home.call("metrics", json!({}));
        Figures::read(
            answer["result"]["text"]
                .as_str()
                .unwrap_or_else(|| panic!("{answer}")),
        )
    }

    /// Parses the text format strictly.
    #[track_caller]
    fn read(text: &str) -> Figures {
        assert!(text.ends_with('\n'));
        let mut samples: BTreeMap<String, Vec<Sample>> = BTreeMap::new();
        let mut families = BTreeSet::new();
        let mut family = (String::new(), String::new());
        let mut help = String::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, words) = rest.split_once(' ').expect(line);
                assert!(is_name(name) && !words.is_empty(), "{line}");
                help = name.to_string();
                continue;
            }
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect(line);
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                assert_eq!(name, help, "{line}");
                assert!(families.insert(name.to_string()), "twice: {line}");
                assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
                family = (name.to_string(), kind.to_string());
                continue;
            }
            let (name, labels, value) = sample(line);
            let suffix = name.strip_prefix(family.0.as_str()).expect(line);
            let suffixes: &[&str] = match family.1.as_str() {
                "histogram" => &["_bucket", "_sum", "_count"],
                _ => &[""],
            };
            assert!(suffixes.contains(&suffix), "{line}");
            assert_eq!(labels.contains_key("le"), suffix == "_bucket", "{line}");
            let value: f64 = value.parse().expect(line);
            assert!(value.is_finite() && value >= 0.0, "{line}");
            let known = samples.entry(name).or_default();
            assert!(
                known.iter().all(|(other, _)| *other != labels),
                "twice: {line}"
            );
            known.push((labels, value));
        }
        let figures = Figures(samples);
        figures.check_histograms();
        figures
    }

    /// Asserts that the buckets rise and that the last one has the total.
    fn check_histograms(&self) {
        for (name, buckets) in &self.0 {
            let Some(family) = name.strip_suffix("_bucket") else {
                continue;
            };
            let mut by_labels: BTreeMap<_, Vec<(f64, f64)>> = BTreeMap::new();
            for (labels, value) in buckets {
                let mut labels = labels.clone();
                let bound = labels.remove("le").unwrap();
                let bound = if bound == "+Inf" {
                    f64::INFINITY
                } else {
                    bound.parse().unwrap()
                };
                by_labels.entry(labels).or_default().push((bound, *value));
            }
            for (labels, buckets) in by_labels {
                let rises = |pair: &[(f64, f64)]| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1;
                assert!(
                    buckets.windows(2).all(rises),
                    "{family} {labels:?}: {buckets:?}"
                );
                let count = self.0[&format!("{family}_count")]
                    .iter()
                    .find(|(other, _)| *other == labels);
                assert_eq!(
                    *buckets.last().unwrap(),
                    (f64::INFINITY, count.unwrap().1),
                    "{family}"
                );
            }
        }
    }

    /// The value of the only sample of this name.
    #[track_caller]
    fn value(&self, name: &str) -> f64 {
        self.with(name, &[]).unwrap_or_else(|| panic!("no {name}"))
    }

    /// The value of the only sample with these labels.
    fn with(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let mut found = self.0.get(name)?.iter().filter(|(of, _)| {
            labels
                .iter()
                .all(|(name, value)| of.get(*name).is_some_and(|of| of == value))
        });
        let first = found.next()?;
        assert!(found.next().is_none(), "{name} {labels:?}");
        Some(first.1)
    }
}

fn is_name(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    name.starts_with(|c: char| is_part(c) && !c.is_ascii_digit()) && name.chars().all(is_part)
}

/// `name{label="value",...} number`
#[track_caller]
fn sample(line: &str) -> (String, BTreeMap<String, String>, String) {
    let end = line.find(['{', ' ']).expect(line);
    let name = line[..end].to_string();
    assert!(is_name(&name), "{line}");
    let mut labels = BTreeMap::new();
    let mut rest = &line[end..];
    if let Some(mut inside) = rest.strip_prefix('{') {
        loop {
            let (label, after) = inside.split_once("=\"").expect(line);
            assert!(is_name(label), "{line}");
            let mut value = String::new();
            let mut chars = after.char_indices();
            let end = loop {
                match chars.next().expect(line) {
                    (at, '"') => break at,
                    (_, '\\') => value.push(match chars.next().expect(line).1 {
                        '\\' => '\\',
                        '"' => '"',
                        'n' => '\n',
                        other => panic!("\\{other}: {line}"),
                    }),
                    (_, c) => value.push(c),
                }
            };
            assert!(labels.insert(label.to_string(), value).is_none(), "{line}");
            inside = &after[end + 1..];
            if let Some(after) = inside.strip_prefix('}') {
                rest = after;
                break;
            }
            inside = inside.strip_prefix(',').expect(line);
        }
    }
    let value = rest.strip_prefix(' ').expect(line);
    assert!(!value.contains(' '), "{line}");
    (name, labels, value.to_string())
}

#[test]
fn metrics_agree_with_the_history() {
    let home = Home::started();
    let names = [
        r#"a "quoted" name"#,
        r"back\slash",
        r"ends in \",
        "备份,{x=\"y\"} 1",
        "plain",
    ];
    for name in names {
        home.add(&[
            name,
            "--every",
            "9h",
            "--timeout",
            "1",
            "--",
            "sh -c \"exit $(cat \"$JOBS_HOME/code\")\"",
        ]);
    }
    for (code, times) in [("0", 3), ("4", 2)] {
        home.write("code", code);
        for name in names {
            for _ in 0..times {
                home.ended(home.run(name));
            }
        }
    }
    home.add(&[
        "slow",
        "--every",
        "9h",
        "--timeout",
        "1",
        "--overlap",
        "queue",
        "--",
        "sleep 60",
    ]);
    home.ended(home.run("slow"));
    let running = home.run("slow");
    let waiting = home.run("slow");
    home.jobs(&["cancel", &waiting.to_string()]).ok();
    home.jobs(&["cancel", &running.to_string()]).ok();
    home.ended(running);
    for name in names.iter().chain(&["slow"]) {
        let id = home.show(name)["id"].to_string();
        let labels = [("job_name", *name), ("job_id", &id), ("mode", "command")];
        let history = home.history(name);
        let count = |statuses: &[&str]| {
            let has = |row: &&Value| statuses.contains(&row["status"].as_str().unwrap());
            history.iter().filter(has).count() as f64
        };
        until("the figures agree", || {
            let figures = Figures::of(&home);
            let is_so = figures.with("jobs_exec_total", &labels) == Some(history.len() as f64)
                && figures.with("jobs_exec_fail_total", &labels)
                    == Some(count(&["failed", "timeout"]))
                && figures.with("jobs_exec_duration_seconds_count", &labels)
                    == Some(
                        history
                            .iter()
                            .filter(|row| row["duration_ms"].is_number())
                            .count() as f64,
                    );
            is_so.then_some(())
        });
        let figures = Figures::of(&home);
        let seconds: f64 = history
            .iter()
            .filter_map(|row| row["duration_ms"].as_f64())
            .sum::<f64>()
            / 1_000.0;
        let sum = figures
            .with("jobs_exec_duration_seconds_sum", &labels)
            .unwrap();
        assert!((sum - seconds).abs() < 1e-6, "{sum} {seconds}");
    }
}

#[test]
fn metrics_follow_removed_and_renamed_jobs() {
    let home = Home::started();
    home.add(&["old", "--every", "9h", "--", "true"]);
    home.add(&["gone", "--every", "9h", "--", "sleep 60"]);
    home.ended(home.run("old"));
    home.run("gone");
    let total = |name: &str| Figures::of(&home).with("jobs_exec_total", &[("job_name", name)]);
    until("it is counted", || {
        (total("old") == Some(1.0)).then_some(())
    });
    home.jobs(&["edit", "old", "--name", "new"]).ok();
    assert_eq!((total("old"), total("new")), (None, Some(1.0)));
    home.jobs(&["rm", "gone", "new"]).ok();
    until("what ran has ended", || {
        (home.jobs(&["status", "--json"]).json()["running"] == 0).then_some(())
    });
    assert_eq!((total("gone"), total("new")), (None, None));
}

#[test]
fn metrics_show_the_state_of_the_daemon() {
    let home = Home::with_config("daemon:\n  stop_grace: 0\n");
    let empty = Figures::of(&home);
    assert_eq!(empty.with("jobs_next_due_timestamp_seconds", &[]), None);
    for (name, more) in [
        ("a", "--stopped"),
        ("b", "--desc=b"),
        ("c", "--desc=c"),
        ("d", "--overlap=queue"),
        ("e", "--overlap=skip"),
    ] {
        home.add(&[name, "--every", "9h", more, "--", "sleep 60"]);
    }
    home.run("a");
    home.run("d");
    home.run("d");
    home.run("e");
    home.jobs(&["run", "e"]).fails(1);
    home.jobs(&["run", "e"]).fails(1);
    let figures = Figures::of(&home);
    for (name, value) in [
        ("jobs_running", 3.0),
        ("jobs_queued", 1.0),
        ("jobs_skipped_total", 2.0),
        ("jobs_missed_total", 0.0),
        ("jobs_paused", 0.0),
    ] {
        assert_eq!(figures.value(name), value, "{name}");
    }
    for (state, jobs) in [("running", 3.0), ("stopped", 0.0), ("waiting", 2.0)] {
        assert_eq!(
            figures.with("jobs_jobs", &[("state", state)]),
            Some(jobs),
            "{state}"
        );
    }
    let next = home.jobs(&["status", "--json"]).json()["next_run"]
        .as_str()
        .unwrap()
        .to_string();
    let next: jiff::Timestamp = next.parse().unwrap();
    let told = figures.value("jobs_next_due_timestamp_seconds");
    assert!((told - next.as_millisecond() as f64 / 1_000.0).abs() < 0.001);
    assert!(figures.value("process_resident_memory_bytes") > 1e6);
    assert!(figures.value("jobs_store_write_seconds_count") >= 5.0);
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    assert_eq!(figures.with("jobs_build_info", &version), Some(1.0));
    home.jobs(&["stop", "b"]).ok();
    home.call("pause", json!({}));
    let figures = Figures::of(&home);
    assert_eq!(
        figures.with("jobs_jobs", &[("state", "stopped")]),
        Some(1.0)
    );
    assert_eq!(figures.value("jobs_paused"), 1.0);
}

#[test]
fn metrics_measure_scheduled_executions() {
    let mut home = Home::started();
    home.add(&["tick", "--every", "1s", "--catch-up", "skip", "--", "true"]);
    until("it has run by its schedule", || {
        (Figures::of(&home).value("jobs_firing_lateness_seconds_count") >= 2.0).then_some(())
    });
    let figures = Figures::of(&home);
    let (sum, count) = (
        figures.value("jobs_firing_lateness_seconds_sum"),
        figures.value("jobs_firing_lateness_seconds_count"),
    );
    assert!(sum / count < 5.0, "{sum} {count}");
    home.kill();
    std::thread::sleep(std::time::Duration::from_secs(3));
    home.start();
    let missed = until("what was missed is counted", || {
        Some(Figures::of(&home).value("jobs_missed_total")).filter(|missed| *missed > 0.0)
    });
    let rows = home.history("tick");
    let told: i64 = rows
        .iter()
        .filter(|row| row["status"] == "missed")
        .map(|row| row["count"].as_i64().unwrap())
        .sum();
    assert_eq!(told as f64, missed);
}
