//! `/jobs/events`: what happens to a real daemon, as a client of its HTTP door hears it.

use std::cell::RefCell;
use std::io::{BufRead, BufReader};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Home, SOON, until};

/// A home whose door is open, and a token of a viewer.
fn opened(more: &str) -> (Home, String) {
    let home = Home::with_config(&format!(
        "server:\n  enabled: true\n  port: 0\n  rate_limit: 0\n{more}"
    ));
    let token = token(&home);
    (home, token)
}

fn token(home: &Home) -> String {
    let made = home.jobs(&["token", "add", "look", "--json"]).ok().json();
    made["secret"].as_str().unwrap().to_string()
}

/// An event as it was told.
#[derive(Clone, Debug)]
struct Told {
    name: String,
    id: String,
    data: Value,
}

impl Told {
    /// Its name and what matters of it.
    fn words(&self) -> String {
        let data = &self.data;
        let text = |name: &str| data[name].as_str().unwrap_or("-").to_string();
        match self.name.as_str() {
            "job" => format!("job {} {}", text("change"), text("name")),
            "started" => format!("started {} {}", text("job_name"), text("source")),
            "finished" => format!("finished {} {}", text("job_name"), text("status")),
            "output" => format!("output {} {}", text("job_name"), text("text")),
            name => format!("{name} {}", text("reason")),
        }
    }
}

/// A client that listens. Dropped, it goes.
struct Client {
    events: Receiver<Told>,
    held: RefCell<Option<Told>>,
    first: String,
}

impl Client {
    #[track_caller]
    fn listen(home: &Home, token: &str, query: &str, id: Option<&str>) -> Client {
        let (status, body) = ask(home, token, query, id);
        assert_eq!(status, 200, "{query}");
        let (tell, events) = channel();
        // It ends with the stream, at the latest when the daemon does.
        std::thread::spawn(move || {
            let mut told = Told {
                name: String::new(),
                id: String::new(),
                data: Value::Null,
            };
            for line in BufReader::new(body.into_reader()).lines() {
                let Ok(line) = line else { return };
                match line.split_once(": ") {
                    Some(("event", name)) => told.name = name.into(),
                    Some(("id", id)) => told.id = id.into(),
                    Some(("data", data)) => told.data = serde_json::from_str(data).unwrap(),
                    Some(_) => {}
                    None if line.is_empty() => {
                        if tell.send(told.clone()).is_err() {
                            return;
                        }
                        (told.name, told.data) = (String::new(), Value::Null);
                    }
                    None => {}
                }
            }
        });
        let first = events.recv_timeout(SOON).expect("the stream begins");
        Client {
            events,
            first: first.id.clone(),
            // After a reset the first one is an event.
            held: RefCell::new(Some(first).filter(|first| !first.name.is_empty())),
        }
    }

    /// The next event; nothing at the end.
    fn next(&self) -> Option<Told> {
        if let Some(held) = self.held.take() {
            return Some(held);
        }
        let deadline = Instant::now() + SOON;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left) {
                Ok(told) if told.name.is_empty() => {}
                Ok(told) => return Some(told),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return None,
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => panic!("nothing is told"),
            }
        }
    }

    /// All events up to the one of which that is said.
    #[track_caller]
    fn until(&self, words: &str) -> Vec<Told> {
        let mut told: Vec<Told> = Vec::new();
        loop {
            match self.next() {
                Some(event) => told.push(event),
                None => panic!("the stream ended before {words:?}: {:?}", said(&told)),
            }
            if told.last().unwrap().words() == words {
                return told;
            }
        }
    }
}

fn said(told: &[Told]) -> Vec<String> {
    told.iter().map(Told::words).collect()
}

fn ask(home: &Home, token: &str, query: &str, id: Option<&str>) -> (u16, ureq::Body) {
    let status = home.jobs(&["status", "--json"]).ok().json();
    let url = format!("{}/jobs/events{query}", status["http"].as_str().unwrap());
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(SOON))
        .build()
        .into();
    let mut request = agent
        .get(url)
        .header("authorization", format!("Bearer {token}"));
    if let Some(id) = id {
        request = request.header("last-event-id", id);
    }
    let answer = request.call().unwrap();
    (answer.status().as_u16(), answer.into_body())
}

#[test]
fn the_life_of_a_job_is_told() {
    let (home, token) = opened("");
    let client = Client::listen(&home, &token, "", None);
    home.add(&["a", "--every", "9h", "--", "exit 3"]);
    home.jobs(&["edit", "a", "--desc", "what it is for"]).ok();
    home.jobs(&["stop", "a"]).ok();
    home.jobs(&["restart", "a"]).ok();
    home.jobs(&["stop", "a", "--until", "in 2h"]).ok();
    home.jobs(&["restart", "a"]).ok();
    home.jobs(&["skip", "a"]).ok();
    let exec_id = home.run("a");
    home.ended(exec_id);
    home.jobs(&["edit", "a", "--name", "b"]).ok();
    home.jobs(&["rm", "b"]).ok();
    let told = client.until("job removed b");
    assert_eq!(
        said(&told),
        [
            "job added a",
            "job changed a",
            "job stopped a",
            "job restarted a",
            "job stopped a",
            "job restarted a",
            "job changed a",
            "started a manual",
            "finished a failed",
            "job changed b",
            "job removed b",
        ]
    );
    let finished = &told[8].data;
    let job_id = told[0].data["job_id"].clone();
    assert_eq!(finished["exec_id"], exec_id);
    assert_eq!(
        (&finished["job_id"], &finished["exit_code"]),
        (&job_id, &json!(3))
    );
    assert!(finished["duration_ms"].is_number() && finished["error"].is_string());
    let started = &told[7].data;
    assert_eq!(
        (&started["mode"], &started["job_id"]),
        (&json!("command"), &job_id)
    );
    assert!(started["started_at"].is_string() && started["scheduled_at"].is_string());
    // What was refused is not told.
    home.jobs(&["rm", "b"]).fails(4);
    home.add(&["c", "--every", "9h", "--", "true"]);
    assert_eq!(client.next().unwrap().words(), "job added c");
    // Each id leads to what came after it.
    for (index, event) in told.iter().enumerate() {
        let again = Client::listen(&home, &token, "", Some(&event.id));
        let rest = again.until("job added c");
        assert_eq!(said(&rest)[..rest.len() - 1], said(&told)[index + 1..]);
    }
    drop(client);
}

#[test]
fn what_the_scheduler_does_is_told() {
    let (home, token) = opened("daemon:\n  stop_grace: 0\n");
    let client = Client::listen(&home, &token, "", None);
    home.add(&["once", "--every", "1s", "--max-runs", "1", "--", "true"]);
    let mut told = said(&client.until("finished once success"));
    if told.len() < 4 {
        told.extend(said(&client.until("job stopped once")));
    }
    told.sort();
    assert_eq!(
        told,
        [
            "finished once success",
            "job added once",
            "job stopped once",
            "started once cron"
        ]
    );
    home.add(&[
        "skips",
        "--every",
        "9h",
        "--overlap",
        "skip",
        "--",
        "sleep 60",
    ]);
    home.add(&[
        "waits",
        "--every",
        "9h",
        "--overlap",
        "queue",
        "--",
        "sleep 60",
    ]);
    let running = home.run("skips");
    home.jobs(&["run", "skips"]).fails(1);
    let told = client.until("finished skips skipped");
    assert!(told.last().unwrap().data["error"].is_string());
    home.run("waits");
    let waiting = home.run("waits");
    home.jobs(&["cancel", &waiting.to_string()]).ok();
    let told = client.until("finished waits cancelled");
    assert_eq!(told.last().unwrap().data["exec_id"], waiting);
    home.jobs(&["cancel", &running.to_string()]).ok();
    client.until("finished skips cancelled");
}

#[test]
fn of_many_jobs_at_once_not_all_are_named() {
    let (home, token) = opened("");
    let client = Client::listen(&home, &token, "", None);
    let lines: String = (0..150)
        .map(|minute| format!("{} 1 * * * echo {minute}\n", minute % 60))
        .collect();
    home.jobs_reading(&["import", "crontab", "-"], &lines).ok();
    let told = client.until("job many -");
    assert_eq!(told.len(), 101);
    let page = home.jobs(&["list", "--json"]).ok().json();
    assert_eq!(page.as_array().unwrap().len(), 150);
}

#[test]
fn output_is_followed_and_secrets_are_not_told() {
    let (home, token) = opened("");
    home.add(&[
        "a", "--every", "9h", "--env", "API_TOKEN=hunter2-hunter2", "--",
        "echo one; echo it is $API_TOKEN >&2; exec 2>&-; sleep 0.2; echo two; curl-is-not-here hunter2-hunter2 || exit 7",
    ]);
    home.add(&[
        "wrong",
        "--every",
        "9h",
        "--url",
        "http://u:hunter2-hunter2@127.0.0.1:1/?token=hunter2-hunter2",
    ]);
    let client = Client::listen(&home, &token, "?output=true", None);
    home.run("a");
    home.run("wrong");
    let mut told = client.until("finished a failed");
    if !said(&told).contains(&"finished wrong failed".to_string()) {
        told.extend(client.until("finished wrong failed"));
    }
    let all: String = told.iter().map(|told| told.data.to_string()).collect();
    assert!(!all.contains("hunter2"), "{all}");
    let stdout: String = told
        .iter()
        .filter(|told| told.name == "output" && told.data["stream"] == "stdout")
        .map(|told| told.data["text"].as_str().unwrap())
        .collect();
    assert_eq!(stdout, "one\ntwo\n");
    assert!(all.contains("it is ***"), "{all}");
    // Without asking for it, nobody hears output.
    let quiet = Client::listen(&home, &token, "", told[0].id.split('~').next());
    assert!(
        quiet
            .until("finished wrong failed")
            .iter()
            .all(|told| told.name != "output")
    );
}

#[test]
fn output_is_whole_however_often_the_stream_breaks() {
    const LINES: usize = 60_000;
    let (home, token) = opened("");
    home.add(&[
        "long",
        "--every",
        "9h",
        "--",
        &format!("i=0; while [ $i -lt {LINES} ]; do echo \"line $i ü\"; i=$((i+1)); done"),
    ]);
    let exec_id = home.run("long");
    let query = format!("?exec_id={exec_id}");
    let mut text = String::new();
    let mut last: Option<String> = None;
    let mut breaks = 0;
    'all: loop {
        let client = Client::listen(&home, &token, &query, last.as_deref());
        for _ in 0..=breaks {
            let Some(told) = client.next() else {
                continue 'all;
            };
            assert_ne!(told.name, "reset");
            text.push_str(told.data["text"].as_str().unwrap_or_default());
            last = Some(told.id.clone());
            if told.name == "finished" {
                break 'all;
            }
        }
        breaks += 1;
    }
    let expected: String = (0..LINES).map(|i| format!("line {i} ü\n")).collect();
    assert!(
        text == expected,
        "{} of {} bytes, {breaks} breaks",
        text.len(),
        expected.len()
    );
    let (status, _) = ask(&home, &token, &query, last.as_deref());
    assert_eq!(status, 204);
    // The same all at once, long after.
    let whole = Client::listen(&home, &token, &query, None);
    let told = whole.until("finished long success");
    let all: String = told
        .iter()
        .filter_map(|told| told.data["text"].as_str())
        .collect();
    assert!(all == expected);
    assert_eq!(whole.next().unwrap().name, "bye");
}

#[test]
fn another_daemon_resets() {
    let (mut home, token) = opened("");
    let client = Client::listen(&home, &token, "", None);
    home.add(&["a", "--every", "9h", "--", "true"]);
    let id = client.until("job added a").remove(0).id;
    assert_eq!(home.terminate(), Some(0));
    // Those who listen are told.
    assert_eq!(client.next().unwrap().words(), "bye the door closes");
    assert!(client.next().is_none());
    home.start();
    for id in [id.as_str(), "rubbish"] {
        let again = Client::listen(&home, &token, "", Some(id));
        assert_eq!(again.next().unwrap().name, "reset");
        home.jobs(&["edit", "a", "--desc", id]).ok();
        assert_eq!(again.next().unwrap().words(), "job changed a");
    }
}

#[test]
fn who_may_not_look_hears_nothing() {
    let (home, token) = opened("");
    assert_eq!(ask(&home, "nonsense", "", None).0, 401);
    assert_eq!(ask(&home, &token, "?job=nobody", None).0, 404);
    assert_eq!(ask(&home, &token, "?exec_id=12", None).0, 404);
    assert_eq!(ask(&home, &token, "?outputs=true", None).0, 400);
    let client = Client::listen(&home, &token, "", None);
    home.jobs(&["token", "rm", "look"]).ok();
    assert_eq!(ask(&home, &token, "", Some(&client.first)).0, 401);
}

#[test]
fn clients_that_have_gone_leave_nothing_behind() {
    let (home, token) = opened("daemon:\n  stop_grace: 0\n");
    home.add(&["a", "--every", "9h", "--", "sleep 60"]);
    home.run("a");
    // More than there may be at once.
    for _ in 0..300 {
        drop(ask(&home, &token, "?output=true", None));
    }
    until("there is room again", || {
        (ask(&home, &token, "", None).0 == 200).then_some(())
    });
}

#[test]
fn an_idle_daemon_sleeps() {
    let (home, _) = opened("");
    home.add(&["a", "--every", "9h", "--", "true"]);
    home.ended(home.run("a"));
    let switches = || -> u64 {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", home.pid())).unwrap();
        let of = |text: String| -> u64 {
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
            line.unwrap().trim().parse().unwrap()
        };
        let status = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("status"));
        tasks
            .filter_map(|task| status(task.unwrap()).ok())
            .map(of)
            .sum()
    };
    until("nothing is left to be done", || {
        let before = switches();
        std::thread::sleep(Duration::from_secs(3));
        (switches() <= before + 2).then_some(())
    });
}
