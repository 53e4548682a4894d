//! Downloads of output and of the system log.

use serde_json::json;

use super::client::{Api, home_with_http};

#[test]
fn download_of_output_returns_all_bytes() {
    let home = home_with_http("jobs:\n  output_max_bytes: 64MiB\n");
    let api = Api::logged_in(&home, "vic");
    home.add(&[
        "big",
        "--cron",
        "0 0 1 1 *",
        "--",
        "seq 1 2000000; echo oops >&2",
    ]);
    let exec_id = home.run("big");
    home.ended(exec_id);
    let file = api.get(&format!("/jobs/logs/download?exec_id={exec_id}"));
    assert_eq!(file.status, 200);
    let expected: String = (1..=2_000_000).map(|n| format!("{n}\n")).collect();
    assert!(
        file.body == expected.as_bytes(),
        "{} bytes",
        file.body.len()
    );
    assert_eq!(
        file.header("content-disposition"),
        Some(format!("attachment; filename=\"execution-{exec_id}.stdout\"").as_str())
    );
    let err = api.get(&format!(
        "/jobs/logs/download?exec_id={exec_id}&stream=stderr"
    ));
    assert_eq!(err.text(), "oops\n");

    home.add(&["small", "--cron", "0 0 1 1 *", "--", "echo $JOBS_EXEC_ID"]);
    let runs: Vec<i64> = (0..3)
        .map(|_| {
            let exec_id = home.run("small");
            home.ended(exec_id);
            exec_id
        })
        .collect();
    let all = api.get("/jobs/logs/download?id=small").text();
    let mut rest = all.as_str();
    for exec_id in runs {
        let head = format!("==> execution {exec_id} of small ");
        let at = rest
            .find(&head)
            .unwrap_or_else(|| panic!("{head} in {all}"));
        rest = &rest[at..];
        assert!(rest.contains(&format!("success\n{exec_id}\n")), "{all}");
    }
    assert_eq!(
        api.get("/jobs/logs/download?id=small&date=2001-02-03")
            .text(),
        ""
    );
    api.get("/jobs/logs/download?id=none").is(404);
    api.get("/jobs/logs/download?exec_id=999").is(404);
    api.get("/jobs/logs/download").refuses("id");
    api.get("/jobs/logs/download?exec_id=x").refuses("exec_id");
    api.get("/jobs/logs/download?exec_id=1&stream=both")
        .refuses("stream");
    api.get("/jobs/logs/download?type=all").refuses("type");
    api.get("/jobs/logs/download?id=small&date=yesterday")
        .refuses("date");
    Api::anonymous(&home)
        .get("/jobs/logs/download?id=small")
        .is(401);
}

#[test]
fn download_of_system_log_returns_the_file() {
    let home = home_with_http("");
    let api = Api::logged_in(&home, "vic");
    api.post("/jobs/logs", json!({})).is(200);
    let file = api.get("/jobs/logs/download?type=zap");
    assert_eq!(file.status, 200);
    assert!(file.text().contains("the daemon is up"), "{}", file.text());
    api.get("/jobs/logs/download?type=zap&date=../x")
        .refuses("date");
}
