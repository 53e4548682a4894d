//! Output in the stream of events.

use super::{Client, home_with_http, request, words_of};

#[test]
fn stream_of_output_masks_secrets() {
    let (home, token) = home_with_http("");
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
    if !words_of(&told).contains(&"finished wrong failed".to_string()) {
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
    // Without `output=true` the stream has no output.
    let quiet = Client::listen(&home, &token, "", told[0].id.split('~').next());
    assert!(
        quiet
            .until("finished wrong failed")
            .iter()
            .all(|told| told.name != "output")
    );
}

#[test]
fn stream_resumed_many_times_loses_no_output() {
    const LINES: usize = 60_000;
    let (home, token) = home_with_http("");
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
    let (status, _) = request(&home, &token, &query, last.as_deref());
    assert_eq!(status, 204);
    // Later, in one stream, the output is the same.
    let whole = Client::listen(&home, &token, &query, None);
    let told = whole.until("finished long success");
    let all: String = told
        .iter()
        .filter_map(|told| told.data["text"].as_str())
        .collect();
    assert!(all == expected);
    assert_eq!(whole.next().unwrap().name, "bye");
}
