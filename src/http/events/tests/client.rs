//! A client that listens to a stream of events.

use std::time::Duration;

use axum::body::BodyDataStream;
use serde_json::Value;
use tokio_stream::StreamExt;

/// An event as a client reads it; one without a name only moves the id.
#[derive(Clone, Debug)]
pub struct Received {
    pub name: String,
    pub id: String,
    pub data: Value,
}

pub struct Client {
    stream: BodyDataStream,
    text: String,
    held: Option<Received>,
    pub first: String,
    alive: usize,
}

impl Client {
    /// Makes a client and reads the first id, with its event if there is one.
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

    /// Reads the next block; `None` at the end.
    async fn next(&mut self) -> Option<Received> {
        if let Some(held) = self.held.take() {
            return Some(held);
        }
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let received = read(block);
                self.text = rest.to_string();
                match received {
                    Some(received) => return Some(received),
                    None => self.alive += 1,
                }
                continue;
            }
            let piece = tokio::time::timeout(Duration::from_secs(600), self.stream.next());
            let piece = piece.await.expect("something is received")?.unwrap();
            self.text.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }

    /// Reads `count` events.
    pub async fn next_of(&mut self, count: usize) -> Vec<Received> {
        let mut received = Vec::new();
        while received.len() < count {
            let event = self.next().await.expect("the stream goes on");
            received.extend(Some(event).filter(|received| !received.name.is_empty()));
        }
        received
    }

    /// Reads events up to the first whose words are `what`.
    pub async fn until(
        &mut self,
        what: &str,
        words: impl Fn(&[Received]) -> Vec<String>,
    ) -> Vec<Received> {
        let mut received = Vec::new();
        loop {
            received.extend(self.next_of(1).await);
            if words(&received).last().unwrap() == what {
                return received;
            }
        }
    }

    /// Reads all events to the end.
    pub async fn rest(&mut self) -> Vec<Received> {
        let mut received = Vec::new();
        while let Some(event) = self.next().await {
            received.extend(Some(event).filter(|received| !received.name.is_empty()));
        }
        received
    }

    /// Waits for another id, without an event.
    pub async fn until_id_is_not(&mut self, id: &str) {
        let received = self.next().await.unwrap();
        assert_eq!(received.name, "");
        assert_ne!(received.id, id);
    }

    pub fn got_keep_alive(&self) -> bool {
        self.alive > 0
    }
}

/// Parses a block; `None` for a comment.
fn read(block: &str) -> Option<Received> {
    let mut received = Received {
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
            "event" => received.name = value.to_string(),
            "id" => received.id = value.to_string(),
            "data" => received.data = serde_json::from_str(value).unwrap(),
            other => panic!("{other}"),
        }
    }
    (!is_comment).then_some(received)
}
