//! Streams over a fake service: resumed, torn, refused, and with clients that do not read.

mod client;
mod house;

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::events::Change;
use crate::model::Status;
use client::{Client, Told};
use house::{House, PATH};

/// The names and the main field of what is told.
fn words(told: &[Told]) -> Vec<String> {
    told.iter()
        .map(|told| {
            let data = &told.data;
            let what = match told.name.as_str() {
                "job" => format!(
                    "{} {}",
                    data["change"].as_str().unwrap(),
                    data["name"].as_str().unwrap_or("-")
                ),
                "finished" => format!("{} {}", data["exec_id"], data["status"].as_str().unwrap()),
                "output" => format!("{} {}", data["exec_id"], data["text"].as_str().unwrap()),
                "reset" | "bye" => data["reason"].as_str().unwrap().to_string(),
                _ => data["exec_id"].to_string(),
            };
            format!("{} {what}", told.name)
        })
        .collect()
}

#[tokio::test]
async fn stream_resumes_without_a_gap() {
    let house = House::new();
    let mut whole = house.listen(PATH, None).await;
    house.job(7, Change::Added);
    house.start(1, 7);
    house.end(1, 7, Status::Success);
    house.job(7, Change::Removed);
    let told = whole.next_of(4).await;
    assert_eq!(
        words(&told),
        [
            "job added job-7",
            "started 1",
            "finished 1 success",
            "job removed job-7"
        ]
    );
    assert_eq!(told[1].data["job_name"], "job-7");
    assert_eq!(told[2].data["error"], Value::Null);
    for (index, event) in told.iter().enumerate() {
        let mut again = house.listen(PATH, Some(&event.id)).await;
        house.job(9, Change::Changed);
        let rest = again.until("job changed job-9", words).await;
        assert_eq!(words(&rest)[..3 - index], words(&told)[index + 1..]);
        drop(again);
    }
    // Who has heard nothing yet can come back too.
    let quiet = house.listen(PATH, None).await;
    house.job(10, Change::Added);
    let mut again = house.listen(PATH, Some(&quiet.first)).await;
    assert_eq!(words(&again.next_of(1).await), ["job added job-10"]);
}

#[tokio::test]
async fn unknown_last_event_id_resets() {
    let house = House::new();
    house.job(1, Change::Added);
    let first = house.listen(PATH, None).await.first;
    let start = first.split('-').next().unwrap();
    let future = format!("{start}-99");
    for id in ["rubbish", "1-1", &future, &format!("{first}~x"), "\u{fc}"] {
        let mut client = house.listen(PATH, Some(id)).await;
        house.job(2, Change::Changed);
        let told = client.next_of(2).await;
        assert_eq!(told[0].name, "reset", "{id}");
        assert_eq!(words(&told[1..]), ["job changed job-2"], "{id}");
    }
}

#[tokio::test]
async fn output_is_complete_wherever_the_stream_breaks() {
    let text = "first ü\nsecond 中 line\nthird 🦀\n";
    let house = House::new();
    let mut client = house.listen("/jobs/events?output=true", None).await;
    house.start(1, 7);
    for byte in text.as_bytes().chunks(5) {
        house.print(1, byte);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    house.end(1, 7, Status::Failed);
    house.job(9, Change::Changed);
    let mut told = client.until("finished 1 failed", words).await;
    if !words(&told).contains(&"job changed job-9".to_string()) {
        told.extend(client.until("job changed job-9", words).await);
    }
    let output = |told: &[Told]| -> String {
        let parts = told.iter().filter(|told| told.name == "output");
        parts
            .map(|told| told.data["text"].as_str().unwrap())
            .collect()
    };
    assert_eq!(output(&told), text);
    let ends = |told: &[Told]| told.iter().filter(|told| told.name == "finished").count();
    assert_eq!(ends(&told), 1);
    // The end comes after all output.
    let last = told.iter().rposition(|told| told.name == "output").unwrap();
    let end = told
        .iter()
        .position(|told| told.name == "finished")
        .unwrap();
    assert!(last < end, "{:?}", words(&told));
    for index in 0..told.len() {
        let id = told[index].id.clone();
        let mut again = house.listen("/jobs/events?output=true", Some(&id)).await;
        house.job(10, Change::Changed);
        let mut rest = again.until("job changed job-10", words).await;
        if ends(&told[..=index]) == 0 && ends(&rest) == 0 {
            rest.extend(again.until("finished 1 failed", words).await);
        }
        let all: Vec<Told> = told[..=index].iter().cloned().chain(rest).collect();
        assert_eq!(output(&all), text, "{index}: {id}");
        assert_eq!(ends(&all), 1, "{index}: {id}: {:?}", words(&all));
    }
}

#[tokio::test]
async fn stream_of_one_execution_ends_with_it() {
    let house = House::new();
    house.start(1, 7);
    house.print(1, b"before\n");
    house.start(2, 7);
    let mut client = house.listen("/jobs/events?exec_id=1", None).await;
    let mut told = client.until("output 1 before\n", words).await;
    house.print(1, b"after\n");
    house.print(2, b"of another\n");
    house.job(7, Change::Changed);
    house.end(2, 7, Status::Success);
    told.extend(client.until("output 1 after\n", words).await);
    house.end(1, 7, Status::Timeout);
    told.extend(client.rest().await);
    assert_eq!(
        words(&told),
        [
            "output 1 before\n",
            "output 1 after\n",
            "finished 1 timeout",
            "bye nothing more is to come of the execution"
        ]
    );
    let last = &told[3].id;
    let (status, _) = house.ask("/jobs/events?exec_id=1", Some(last)).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    // One that is over already is told all the same.
    let mut late = house.listen("/jobs/events?exec_id=1", None).await;
    let told = words(&late.rest().await);
    assert_eq!(
        told[..2],
        ["output 1 before\nafter\n", "finished 1 timeout"]
    );
}

#[tokio::test]
async fn stream_of_one_job_has_its_output() {
    let house = House::new();
    house.start(1, 7);
    house.print(1, b"runs already\n");
    let mut client = house.listen("/jobs/events?job=job-7", None).await;
    let mut told = client.until("output 1 runs already\n", words).await;
    house.start(2, 8);
    house.print(2, b"of another\n");
    house.end(2, 8, Status::Success);
    house.job(8, Change::Removed);
    house.start(3, 7);
    house.print(3, b"hello\n");
    told.extend(client.until("output 3 hello\n", words).await);
    house.end(3, 7, Status::Success);
    told.extend(client.until("finished 3 success", words).await);
    house.job(7, Change::Stopped);
    told.extend(client.until("job stopped job-7", words).await);
    assert_eq!(
        words(&told),
        [
            "output 1 runs already\n",
            "started 3",
            "output 3 hello\n",
            "finished 3 success",
            "job stopped job-7"
        ]
    );
}

#[tokio::test]
async fn executions_over_the_limit_are_not_followed() {
    let house = House::new();
    for exec_id in 1..=35 {
        house.start(exec_id, 7);
        house.print(exec_id, b"x");
    }
    let mut client = house.listen("/jobs/events?output=true", None).await;
    let told = client.next_of(35).await;
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for told in &told {
        *count.entry(&told.name).or_default() += 1;
    }
    assert_eq!(count, BTreeMap::from([("output", 32), ("unfollowed", 3)]));
    house.start(36, 7);
    assert_eq!(
        words(&client.next_of(2).await),
        ["started 36", "unfollowed 36"]
    );
    house.end(36, 7, Status::Success);
    house.end(1, 7, Status::Success);
    let mut ends = words(&client.next_of(2).await);
    ends.sort();
    assert_eq!(ends, ["finished 1 success", "finished 36 success"]);
    house.start(37, 7);
    house.print(37, b"y");
    assert_eq!(
        words(&client.next_of(2).await),
        ["started 37", "output 37 y"]
    );
}

#[tokio::test]
async fn removed_execution_is_unfollowed() {
    let house = House::new();
    let mut client = house.listen("/jobs/events?output=true", None).await;
    house.start(1, 7);
    house.print(1, b"x");
    client.until("output 1 x", words).await;
    house.forget(1);
    client.until("unfollowed 1", words).await;
    house.end(1, 7, Status::Cancelled);
    assert_eq!(words(&client.next_of(1).await), ["finished 1 cancelled"]);
}

#[tokio::test]
async fn invalid_or_unauthorized_request_is_refused() {
    let house = House::new();
    for (path, status, field) in [
        ("/jobs/events?output=perhaps", 400, Some("output")),
        ("/jobs/events?exec_id=x", 400, Some("exec_id")),
        ("/jobs/events?exec_id=1&job=a", 400, Some("exec_id")),
        ("/jobs/events?what=1", 400, Some("what")),
        ("/jobs/events?job=a&job=b", 400, Some("job")),
        ("/jobs/events?job=nobody", 404, None),
        ("/jobs/events?exec_id=12", 404, None),
    ] {
        let (found, body) = house.ask(path, None).await;
        assert_eq!(found.as_u16(), status, "{path}: {body}");
        assert_eq!(
            body["data"].get("field"),
            field.map(Value::from).as_ref(),
            "{path}"
        );
    }
    house.revoke();
    let (status, _) = house.ask(PATH, None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, _) = house.ask_as_nobody(PATH).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn streams_over_the_limit_of_a_caller_are_refused() {
    let house = House::new();
    let mut clients: Vec<Client> = Vec::new();
    for _ in 0..super::STREAMS_PER_CALLER {
        clients.push(house.listen(PATH, None).await);
    }
    // One caller does not take the places of all.
    let (status, body) = house.ask(PATH, None).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(body["code"], json!(429));
    clients.pop();
    let again = async {
        while house.ask_quietly(PATH).await != StatusCode::OK {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), again)
        .await
        .unwrap();
}

#[tokio::test]
async fn stream_ends_when_the_server_closes() {
    let house = House::new();
    house.start(1, 7);
    let mut client = house.listen("/jobs/events?output=true", None).await;
    house.stop.cancel();
    assert_eq!(words(&client.rest().await), ["bye the HTTP server closes"]);
}

#[tokio::test]
async fn stream_ends_when_the_token_is_void() {
    let house = House::new();
    let mut client = house.listen(PATH, None).await;
    house.revoke();
    assert_eq!(words(&client.rest().await), ["bye the token is void"]);
    assert!(client.heard_that_it_is_alive());
}

#[tokio::test]
async fn client_that_does_not_read_is_disconnected() {
    let house = House::new();
    let mut client = house.listen(PATH, None).await;
    for _ in 0..100 {
        house.job(7, Change::Changed);
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(client.rest().await.len() < 20);
}

#[tokio::test]
async fn slow_client_gets_a_reset() {
    let house = House::new();
    let mut client = house.listen(PATH, None).await;
    for _ in 0..10_000 {
        house.job(7, Change::Changed);
    }
    let told = client.until("reset too much has happened", words).await;
    assert!(told.len() < 200);
    house.job(8, Change::Added);
    assert_eq!(words(&client.next_of(1).await), ["job added job-8"]);
}

#[tokio::test]
async fn client_of_a_quiet_filter_gets_new_ids() {
    let house = House::new();
    house.start(1, 7);
    let mut client = house.listen("/jobs/events?exec_id=1", None).await;
    for _ in 0..600 {
        house.job(8, Change::Changed);
    }
    let first = client.first.clone();
    client.until_id_is_not(&first).await;
}
