//! Answers that are kept: what is told is always what holds now.

use serde_json::{Value, json};

use crate::support::{Home, until};

/// What the doors tell of a job and of the list, each asked twice, so that the second answer is one that was kept.
#[track_caller]
fn told(home: &Home, job: &str) -> (Value, Value) {
    let list = json!({"page": 1, "size": 50, "order": "newest"});
    let answers = [0, 1].map(|_| {
        let shown = home.call("show", json!({ "job": job }));
        (
            shown["result"].clone(),
            home.call("list", list.clone())["result"].clone(),
        )
    });
    assert_eq!(answers[0], answers[1]);
    let [_, answer] = answers;
    answer
}

#[track_caller]
fn job(home: &Home, name: &str) -> Value {
    let (shown, list) = told(home, name);
    let items = list["items"].as_array().unwrap();
    let listed = items.iter().find(|job| job["name"] == name);
    assert_eq!(Some(&shown), listed);
    shown
}

#[test]
fn each_change_shows_at_once() {
    let home = Home::started();
    let id = home.add(&["a", "--cron", "0 0 1 1 *", "--", "echo", "1"]);
    assert_eq!(job(&home, "a")["desc"], "");
    home.jobs(&["edit", "a", "--desc", "new"]).ok();
    assert_eq!(job(&home, "a")["desc"], "new");
    home.jobs(&["edit", "a", "--cron", "0 0 2 2 *"]).ok();
    assert!(job(&home, "a")["next_run"].to_string().contains("-02-02T"));
    home.jobs(&["edit", "a", "--", "echo", "password=hunter2"])
        .ok();
    let shown = job(&home, "a")["command"].to_string();
    assert!(shown.contains("password=***"), "{shown}");

    home.jobs(&["edit", "a", "--", "sleep", "60"]).ok();
    let exec_id = home.run("a");
    let running = until("it runs", || {
        Some(job(&home, "a")).filter(|job| job["running"] == 1)
    });
    assert_eq!(
        (&running["state"], &running["last"]),
        (&json!(1), &Value::Null)
    );
    home.jobs(&["cancel", &exec_id.to_string()]).ok();
    let ended = job(&home, "a");
    assert_eq!(ended["running"], 0);
    assert_eq!(ended["last"]["status"], "cancelled");
    assert_eq!(ended["last"]["exec_id"], exec_id);

    home.jobs(&["stop", "a"]).ok();
    assert_eq!(job(&home, "a")["state"], 2);
    home.jobs(&["restart", "a"]).ok();
    assert_eq!(job(&home, "a")["state"], 0);
    home.jobs(&["skip", "a"]).ok();
    assert_eq!(job(&home, "a")["skip_next"], 1);

    home.add(&["b", "--cron", "0 0 1 1 *", "--", "true"]);
    assert_eq!(told(&home, "a").1["total"], 2);
    home.jobs(&["rm", "a"]).ok();
    let (gone, list) = told(&home, "a");
    assert_eq!((&gone, &list["total"]), (&Value::Null, &json!(1)));
    assert_ne!(home.add(&["a", "--cron", "0 0 1 1 *", "--", "true"]), id);
    assert_ne!(job(&home, "a")["id"], id);
}

#[test]
fn what_another_process_writes_shows_at_once() {
    let home = Home::started();
    home.add(&["a", "--cron", "0 0 1 1 *", "--", "true"]);
    assert_eq!(job(&home, "a")["desc"], "");
    let database = rusqlite::Connection::open(home.path("data/jobs.db")).unwrap();
    for desc in ["one", "two"] {
        let sql = "UPDATE jobs SET desc = ?1";
        assert_eq!(database.execute(sql, [desc]).unwrap(), 1);
        assert_eq!(job(&home, "a")["desc"], desc);
    }
}

#[test]
fn a_pause_that_is_over_shows_without_a_change_of_the_store() {
    let home = Home::started();
    home.add(&["a", "--cron", "0 0 1 1 *", "--", "true"]);
    home.jobs(&["stop", "a", "--until", "in 2s"]).ok();
    assert_eq!(job(&home, "a")["state"], 2);
    until("it goes on", || {
        Some(job(&home, "a")).filter(|job| job["state"] == 0)
    });
}
