//! Streams over a fake service: resumed, disconnected, refused, and with clients that do not read.

mod client;
mod server;

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

use client::{Client, Received};
use jobs_events::Change;
use jobs_model::Status;
use server::{PATH, TestServer};

/// The name and the main field of each event.
fn words(received: &[Received]) -> Vec<String> {
    received
        .iter()
        .map(|received| {
            let data = &received.data;
            let what = match received.name.as_str() {
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
            format!("{} {what}", received.name)
        })
        .collect()
}

#[tokio::test]
async fn stream_resumes_without_a_gap() {
    let server = TestServer::new();
    let mut whole = server.listen(PATH, None).await;
    server.job(7, Change::Added);
    server.start(1, 7);
    server.end(1, 7, Status::Success);
    server.job(7, Change::Removed);
    let received = whole.next_of(4).await;
    assert_eq!(
        words(&received),
        [
            "job added job-7",
            "started 1",
            "finished 1 success",
            "job removed job-7"
        ]
    );
    assert_eq!(received[1].data["job_name"], "job-7");
    assert_eq!(received[2].data["error"], Value::Null);
    for (index, event) in received.iter().enumerate() {
        let mut again = server.listen(PATH, Some(&event.id)).await;
        server.job(9, Change::Changed);
        let rest = again.until("job changed job-9", words).await;
        assert_eq!(words(&rest)[..3 - index], words(&received)[index + 1..]);
        drop(again);
    }
    // A client that has received no event yet can resume too.
    let quiet = server.listen(PATH, None).await;
    server.job(10, Change::Added);
    let mut again = server.listen(PATH, Some(&quiet.first)).await;
    assert_eq!(words(&again.next_of(1).await), ["job added job-10"]);
}

#[tokio::test]
async fn unknown_last_event_id_resets() {
    let server = TestServer::new();
    server.job(1, Change::Added);
    let first = server.listen(PATH, None).await.first;
    let start = first.split('-').next().unwrap();
    let future = format!("{start}-99");
    for id in ["rubbish", "1-1", &future, &format!("{first}~x"), "\u{fc}"] {
        let mut client = server.listen(PATH, Some(id)).await;
        server.job(2, Change::Changed);
        let received = client.next_of(2).await;
        assert_eq!(received[0].name, "reset", "{id}");
        assert_eq!(words(&received[1..]), ["job changed job-2"], "{id}");
    }
}

#[tokio::test]
async fn output_is_complete_wherever_the_stream_breaks() {
    let text = "first ü\nsecond 中 line\nthird 🦀\n";
    let server = TestServer::new();
    let mut client = server.listen("/jobs/events?output=true", None).await;
    server.start(1, 7);
    for byte in text.as_bytes().chunks(5) {
        server.print(1, byte);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    server.end(1, 7, Status::Failed);
    server.job(9, Change::Changed);
    let mut received = client.until("finished 1 failed", words).await;
    if !words(&received).contains(&"job changed job-9".to_string()) {
        received.extend(client.until("job changed job-9", words).await);
    }
    let output = |received: &[Received]| -> String {
        let parts = received.iter().filter(|received| received.name == "output");
        parts
            .map(|received| received.data["text"].as_str().unwrap())
            .collect()
    };
    assert_eq!(output(&received), text);
    let ends = |received: &[Received]| {
        received
            .iter()
            .filter(|received| received.name == "finished")
            .count()
    };
    assert_eq!(ends(&received), 1);
    // The end comes after all output.
    let last = received
        .iter()
        .rposition(|received| received.name == "output")
        .unwrap();
    let end = received
        .iter()
        .position(|received| received.name == "finished")
        .unwrap();
    assert!(last < end, "{:?}", words(&received));
    for index in 0..received.len() {
        let id = received[index].id.clone();
        let mut again = server.listen("/jobs/events?output=true", Some(&id)).await;
        server.job(10, Change::Changed);
        let mut rest = again.until("job changed job-10", words).await;
        if ends(&received[..=index]) == 0 && ends(&rest) == 0 {
            rest.extend(again.until("finished 1 failed", words).await);
        }
        let all: Vec<Received> = received[..=index].iter().cloned().chain(rest).collect();
        assert_eq!(output(&all), text, "{index}: {id}");
        assert_eq!(ends(&all), 1, "{index}: {id}: {:?}", words(&all));
    }
}

#[tokio::test]
async fn stream_of_one_execution_ends_with_it() {
    let server = TestServer::new();
    server.start(1, 7);
    server.print(1, b"before\n");
    server.start(2, 7);
    let mut client = server.listen("/jobs/events?exec_id=1", None).await;
    let mut received = client.until("output 1 before\n", words).await;
    server.print(1, b"after\n");
    server.print(2, b"of another\n");
    server.job(7, Change::Changed);
    server.end(2, 7, Status::Success);
    received.extend(client.until("output 1 after\n", words).await);
    server.end(1, 7, Status::Timeout);
    received.extend(client.rest().await);
    assert_eq!(
        words(&received),
        [
            "output 1 before\n",
            "output 1 after\n",
            "finished 1 timeout",
            "bye the execution has ended"
        ]
    );
    let last = &received[3].id;
    let (status, _) = server.request("/jobs/events?exec_id=1", Some(last)).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    // An execution that has ended already is sent all the same.
    let mut late = server.listen("/jobs/events?exec_id=1", None).await;
    let received = words(&late.rest().await);
    assert_eq!(
        received[..2],
        ["output 1 before\nafter\n", "finished 1 timeout"]
    );
}

#[tokio::test]
async fn stream_of_one_job_has_its_output() {
    let server = TestServer::new();
    server.start(1, 7);
    server.print(1, b"runs already\n");
    let mut client = server.listen("/jobs/events?job=job-7", None).await;
    let mut received = client.until("output 1 runs already\n", words).await;
    server.start(2, 8);
    server.print(2, b"of another\n");
    server.end(2, 8, Status::Success);
    server.job(8, Change::Removed);
    server.start(3, 7);
    server.print(3, b"hello\n");
    received.extend(client.until("output 3 hello\n", words).await);
    server.end(3, 7, Status::Success);
    received.extend(client.until("finished 3 success", words).await);
    server.job(7, Change::Stopped);
    received.extend(client.until("job stopped job-7", words).await);
    assert_eq!(
        words(&received),
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
    let server = TestServer::new();
    for exec_id in 1..=35 {
        server.start(exec_id, 7);
        server.print(exec_id, b"x");
    }
    let mut client = server.listen("/jobs/events?output=true", None).await;
    let received = client.next_of(35).await;
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for received in &received {
        *count.entry(&received.name).or_default() += 1;
    }
    assert_eq!(count, BTreeMap::from([("output", 32), ("unfollowed", 3)]));
    server.start(36, 7);
    assert_eq!(
        words(&client.next_of(2).await),
        ["started 36", "unfollowed 36"]
    );
    server.end(36, 7, Status::Success);
    server.end(1, 7, Status::Success);
    let mut ends = words(&client.next_of(2).await);
    ends.sort();
    assert_eq!(ends, ["finished 1 success", "finished 36 success"]);
    server.start(37, 7);
    server.print(37, b"y");
    assert_eq!(
        words(&client.next_of(2).await),
        ["started 37", "output 37 y"]
    );
}

#[tokio::test]
async fn removed_execution_is_unfollowed() {
    let server = TestServer::new();
    let mut client = server.listen("/jobs/events?output=true", None).await;
    server.start(1, 7);
    server.print(1, b"x");
    client.until("output 1 x", words).await;
    server.forget(1);
    client.until("unfollowed 1", words).await;
    server.end(1, 7, Status::Cancelled);
    assert_eq!(words(&client.next_of(1).await), ["finished 1 cancelled"]);
}

#[tokio::test]
async fn invalid_or_unauthorized_request_is_refused() {
    let server = TestServer::new();
    for (path, status, field) in [
        ("/jobs/events?output=perhaps", 400, Some("output")),
        ("/jobs/events?exec_id=x", 400, Some("exec_id")),
        ("/jobs/events?exec_id=1&job=a", 400, Some("exec_id")),
        ("/jobs/events?what=1", 400, Some("what")),
        ("/jobs/events?job=a&job=b", 400, Some("job")),
        ("/jobs/events?job=nobody", 404, None),
        ("/jobs/events?exec_id=12", 404, None),
    ] {
        let (found, body) = server.request(path, None).await;
        assert_eq!(found.as_u16(), status, "{path}: {body}");
        assert_eq!(
            body["data"].get("field"),
            field.map(Value::from).as_ref(),
            "{path}"
        );
    }
    server.revoke();
    let (status, _) = server.request(PATH, None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, _) = server.request_without_token(PATH).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn streams_over_the_limit_of_a_caller_are_refused() {
    let server = TestServer::new();
    let mut clients: Vec<Client> = Vec::new();
    for _ in 0..super::limits::STREAMS.per_caller {
        clients.push(server.listen(PATH, None).await);
    }
    // The limit of a caller is smaller than the number of all streams.
    let (status, body) = server.request(PATH, None).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(body["code"], json!(429));
    clients.pop();
    let again = async {
        while server.request_status(PATH).await != StatusCode::OK {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), again)
        .await
        .unwrap();
}

#[tokio::test]
async fn stream_ends_when_the_server_closes() {
    let server = TestServer::new();
    server.start(1, 7);
    let mut client = server.listen("/jobs/events?output=true", None).await;
    server.stop.cancel();
    assert_eq!(words(&client.rest().await), ["bye the HTTP server closes"]);
}

#[tokio::test]
async fn stream_ends_when_the_token_is_void() {
    let server = TestServer::new();
    let mut client = server.listen(PATH, None).await;
    server.revoke();
    assert_eq!(words(&client.rest().await), ["bye the token is void"]);
    assert!(client.got_keep_alive());
}

#[tokio::test]
async fn client_that_does_not_read_is_disconnected() {
    let server = TestServer::new();
    let mut client = server.listen(PATH, None).await;
    for _ in 0..100 {
        server.job(7, Change::Changed);
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(client.rest().await.len() < 20);
}

#[tokio::test]
async fn slow_client_gets_a_reset() {
    let server = TestServer::new();
    let mut client = server.listen(PATH, None).await;
    for _ in 0..10_000 {
        server.job(7, Change::Changed);
    }
    let received = client.until("reset too many events at once", words).await;
    assert!(received.len() < 200);
    server.job(8, Change::Added);
    assert_eq!(words(&client.next_of(1).await), ["job added job-8"]);
}

#[tokio::test]
async fn client_of_a_quiet_filter_gets_new_ids() {
    let server = TestServer::new();
    server.start(1, 7);
    let mut client = server.listen("/jobs/events?exec_id=1", None).await;
    for _ in 0..600 {
        server.job(8, Change::Changed);
    }
    let first = client.first.clone();
    client.until_id_is_not(&first).await;
}
