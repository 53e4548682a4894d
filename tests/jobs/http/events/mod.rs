//! `/jobs/events`: a client of the HTTP API follows what happens in a real daemon.

mod connections;
mod jobs;
mod output;

use std::cell::RefCell;
use std::io::{BufRead, BufReader};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use serde_json::Value;

use crate::support::{Home, SOON};

/// A home whose HTTP server is on, and a token of a viewer.
fn home_with_http(more: &str) -> (Home, String) {
    let home = Home::with_config(&format!(
        "server:\n  enabled: true\n  compatible: false\n  port: 0\n  rate_limit: 0\n{more}"
    ));
    let token = token(&home);
    (home, token)
}

fn token(home: &Home) -> String {
    let made = home.jobs(&["token", "add", "look", "--json"]).ok().json();
    made["secret"].as_str().unwrap().to_string()
}

/// An event as a client receives it.
#[derive(Clone, Debug)]
struct Event {
    name: String,
    id: String,
    data: Value,
}

impl Event {
    /// Its name and the most important fields.
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

/// A client that follows the stream, until it is dropped.
struct Client {
    events: Receiver<Event>,
    pending: RefCell<Option<Event>>,
    first: String,
}

impl Client {
    #[track_caller]
    fn listen(home: &Home, token: &str, query: &str, id: Option<&str>) -> Client {
        let (status, body) = request(home, token, query, id);
        assert_eq!(status, 200, "{query}");
        let (tell, events) = channel();
        // The thread ends with the stream, at the latest with the daemon.
        std::thread::spawn(move || {
            let mut told = Event {
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
            // The first message after a reset is an event.
            pending: RefCell::new(Some(first).filter(|first| !first.name.is_empty())),
        }
    }

    /// The next event, or `None` at the end of the stream.
    fn next(&self) -> Option<Event> {
        if let Some(pending) = self.pending.take() {
            return Some(pending);
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

    /// All events up to the one with these words.
    #[track_caller]
    fn until(&self, words: &str) -> Vec<Event> {
        let mut told: Vec<Event> = Vec::new();
        loop {
            match self.next() {
                Some(event) => told.push(event),
                None => panic!("the stream ended before {words:?}: {:?}", words_of(&told)),
            }
            if told.last().unwrap().words() == words {
                return told;
            }
        }
    }
}

fn words_of(told: &[Event]) -> Vec<String> {
    told.iter().map(Event::words).collect()
}

fn request(home: &Home, token: &str, query: &str, id: Option<&str>) -> (u16, ureq::Body) {
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
