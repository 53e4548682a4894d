//! A client that listens to a stream of events.

use std::time::Duration;

use axum::body::BodyDataStream;
use serde_json::Value;
use tokio_stream::StreamExt;

/// An event as a client reads it; one without a name only moves the id.
#[derive(Clone, Debug)]
pub struct Told {
    pub name: String,
    pub id: String,
    pub data: Value,
}

pub struct Client {
    stream: BodyDataStream,
    text: String,
    held: Option<Told>,
    pub first: String,
    alive: usize,
}

impl Client {
    /// A client that has read the first id, and the event with it if there is one.
    pub async fn of(stream: BodyDataStream) -> Client {
        let mut client = Client {
            stream,
            text: String::new(),
            held: None,
            first: String::new(),
            alive: 0,
        };
        let first = client.next().await.unwrap();
        client.first.clone_from(&first.id);
        client.held = (!first.name.is_empty()).then_some(first);
        client
    }

    /// The next block; nothing at the end.
    async fn next(&mut self) -> Option<Told> {
        if let Some(held) = self.held.take() {
            return Some(held);
        }
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let told = read(block);
                self.text = rest.to_string();
                match told {
                    Some(told) => return Some(told),
                    None => self.alive += 1,
                }
                continue;
            }
            let piece = tokio::time::timeout(Duration::from_secs(600), self.stream.next());
            let piece = piece.await.expect("something is told")?.unwrap();
            self.text.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }

    /// So many events.
    pub async fn next_of(&mut self, count: usize) -> Vec<Told> {
        let mut told = Vec::new();
        while told.len() < count {
            let event = self.next().await.expect("the stream goes on");
            told.extend(Some(event).filter(|told| !told.name.is_empty()));
        }
        told
    }

    /// All events up to the one of which that is said.
    pub async fn until(&mut self, what: &str, words: impl Fn(&[Told]) -> Vec<String>) -> Vec<Told> {
        let mut told = Vec::new();
        loop {
            told.extend(self.next_of(1).await);
            if words(&told).last().unwrap() == what {
                return told;
            }
        }
    }

    /// All events to the end.
    pub async fn rest(&mut self) -> Vec<Told> {
        let mut told = Vec::new();
        while let Some(event) = self.next().await {
            told.extend(Some(event).filter(|told| !told.name.is_empty()));
        }
        told
    }

    /// Waits for another id, without an event.
    pub async fn until_id_is_not(&mut self, id: &str) {
        let told = self.next().await.unwrap();
        assert_eq!(told.name, "");
        assert_ne!(told.id, id);
    }

    pub fn heard_that_it_is_alive(&self) -> bool {
        self.alive > 0
    }
}

/// Reads a block; nothing for a comment.
fn read(block: &str) -> Option<Told> {
    let mut told = Told {
        name: String::new(),
        id: String::new(),
        data: Value::Null,
    };
    let mut is_comment = true;
    for line in block.lines() {
        let (field, value) = line.split_once(':').unwrap();
        let value = value.strip_prefix(' ').unwrap_or(value);
        is_comment &= field.is_empty();
        match field {
            "" | "retry" => {}
            "event" => told.name = value.to_string(),
            "id" => told.id = value.to_string(),
            "data" => told.data = serde_json::from_str(value).unwrap(),
            other => panic!("{other}"),
        }
    }
    (!is_comment).then_some(told)
}
