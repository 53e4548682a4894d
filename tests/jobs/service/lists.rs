//! The job list: order, filters, figures and tags, by the command line, the socket and HTTP.

use serde_json::{Value, json};

use super::{refused, result_of};
use crate::http::client::{Api, add_account, home_with_http};
use crate::support::{Home, until};

/// The names of the jobs of a list, in its order.
fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap().iter();
    items.map(|item| item["name"].as_str().unwrap()).collect()
}

fn listed(home: &Home, request: Value) -> Vec<String> {
    let list = result_of(home, "list", request);
    names(&list).into_iter().map(str::to_string).collect()
}

/// A daemon with HTTP whose jobs have succeeded, failed, run, never run, and stopped.
fn home_with_jobs() -> (Home, Api) {
    let home = home_with_http("");
    add_account(&home, "alice", "viewer");
    let api = Api::logged_in(&home, "alice");
    home.add(&[
        "good",
        "@daily",
        "true",
        "--tag",
        "night",
        "--desc",
        "Copies the DATA",
    ]);
    home.add(&["bad", "@daily", "exit 3", "--tag", "night", "--tag", "db"]);
    home.add(&["runs", "@daily", "sleep 600", "--env", "TOKEN=hunter22"]);
    home.add(&["new", "@hourly", "true"]);
    home.add(&["off", "@daily", "true", "--stopped"]);
    for _ in 0..3 {
        home.ended(home.run("good"));
    }
    home.ended(home.run("bad"));
    home.ended(home.run("bad"));
    home.run("runs");
    until("the run has begun", || {
        (home.show("runs")["running"] == 1).then_some(())
    });
    (home, api)
}

#[test]
fn list_is_sorted_filtered_and_counted() {
    let (home, api) = home_with_jobs();
    for (request, expected) in [
        (json!({"sort": "name"}), "bad good new off runs"),
        (
            json!({"sort": "name", "desc": true}),
            "runs off new good bad",
        ),
        (json!({"sort": "newest"}), "off new runs bad good"),
        (json!({"sort": "last", "size": 2}), "bad good"),
        (
            json!({"sort": "ended", "desc": true, "size": 2}),
            "bad good",
        ),
        (json!({"sort": "name", "size": 2, "page": 2}), "new off"),
        (json!({"only": "failing"}), "bad"),
        (json!({"only": "running"}), "runs"),
        (json!({"only": "stopped"}), "off"),
        (json!({"only": "never", "sort": "name"}), "new off runs"),
        (json!({"tag": "night", "sort": "name"}), "bad good"),
        (json!({"last": "failed,timeout"}), "bad"),
        (json!({"last": ["success"]}), "good"),
        (json!({"text": "copies the data"}), "good"),
        (json!({"text": "EXIT 3"}), "bad"),
        (json!({"text": "@HOURLY"}), "new"),
        (json!({"text": "hunter"}), ""),
        (json!({"text": "TOKEN"}), "runs"),
        (json!({"state": 1}), "runs"),
    ] {
        assert_eq!(
            listed(&home, request.clone()).join(" "),
            expected,
            "{request}"
        );
    }
    for (request, field) in [
        (json!({"strip": 101}), "strip"),
        (json!({"last": "running"}), "last"),
        (json!({"last": "bad"}), "last"),
        (json!({"sort": "size"}), "sort"),
    ] {
        assert_eq!(
            refused(&home, "list", request.clone()),
            (-32602, field.to_string()),
            "{request}"
        );
    }
    let request = json!({"sort": "name", "strip": 30, "counts": true, "page": 1});
    let list = result_of(&home, "list", request.clone());
    let counts = json!({"all": 5, "failing": 1, "running": 1, "missed": 0, "slower": 0, "stopped": 1, "never": 3});
    assert_eq!(list["counts"], counts);
    assert_eq!(list["total"], 5);
    let [bad, good, new, _, runs] = list["items"].as_array().unwrap().as_slice() else {
        panic!("{list}");
    };
    assert_eq!(bad["streak"], 2);
    assert_eq!(bad["failing_since"], bad["strip"][0]["ended_at"]);
    assert_eq!(bad["strip"].as_array().unwrap().len(), 2);
    assert_eq!(bad["tags"], json!(["db", "night"]));
    assert_eq!(
        (&good["streak"], good["strip"].as_array().unwrap().len()),
        (&json!(0), 3)
    );
    assert!(
        good["usual_ms"].is_u64() && bad["usual_ms"].is_null(),
        "{list}"
    );
    assert!(good["failing_since"].is_null());
    assert_eq!(new["strip"], json!([]));
    assert!(
        runs["running_since"].is_string() && runs["running_exec"].is_u64(),
        "{runs}"
    );
    assert_eq!(api.post("/api/list", request).is(200).data(), list);
    let page = api.get("/jobs/list?sort=name&only=failing&strip=1").json();
    assert_eq!(
        page["data"][0]["strip"].as_array().unwrap().len(),
        1,
        "{page}"
    );
    // The list follows a change that gives the job no new end.
    home.jobs(&["edit", "new", "--tag", "night"]).ok();
    assert_eq!(
        listed(&home, json!({"tag": "night", "sort": "name"})),
        ["bad", "good", "new"]
    );
    result_of(&home, "clear_logs", json!({"type": "job", "job": "bad"}));
    assert_eq!(listed(&home, json!({"only": "failing"})).len(), 0);
    assert_eq!(home.show("bad")["streak"], 0);
}

#[test]
fn list_command_chooses_and_sorts() {
    let (home, _) = home_with_jobs();
    for (words, expected) in [
        ("--failed", "bad\n"),
        ("--running", "runs\n"),
        ("--stopped", "off\n"),
        ("--missed", ""),
        ("--slower", ""),
        ("--never --sort name", "new\noff\nruns\n"),
        ("--tag night --sort name --desc", "good\nbad\n"),
        ("@night --sort name", "bad\ngood\n"),
        ("--text copies", "good\n"),
    ] {
        let args: Vec<&str> = ["list", "-q"].into_iter().chain(words.split(' ')).collect();
        assert_eq!(home.jobs(&args).ok().stdout, expected, "{words}");
    }
    home.jobs(&["list", "--failed", "--running"]).fails(2);
    home.jobs(&["list", "--sort", "size"])
        .fails(2)
        .says(&["took"]);
}

#[test]
fn tags_go_through_every_command() {
    let home = Home::started();
    home.add(&[
        "a", "@daily", "true", "--tag", "b.1", "--tag", "prod", "--tag", "prod",
    ]);
    home.add(&["z", "@daily", "true"]);
    home.jobs(&["show", "a"]).ok().shows(&["tags  b.1 prod"]);
    home.jobs(&["edit", "a", "--tag", "x_y"]).ok();
    assert_eq!(home.show("a")["tags"], json!(["b.1", "prod", "x_y"]));
    home.jobs(&["edit", "a", "--tag", "", "--tag", "prod"]).ok();
    assert_eq!(home.show("a")["tags"], json!(["prod"]));
    for bad in ["Prod", "a b", "é", &"x".repeat(33)] {
        home.jobs(&["edit", "a", "--tag", bad])
            .fails(2)
            .says(&["tags", bad, "a-z"]);
    }
    let many: Vec<String> = (0..17).map(|number| number.to_string()).collect();
    assert_eq!(
        refused(&home, "edit", json!({"job": "a", "tags": many})),
        (-32602, "tags".into())
    );
    home.jobs(&["copy", "a", "c"]).ok();
    assert_eq!(home.show("c")["tags"], json!(["prod"]));

    let exported = home.jobs(&["export", "@prod"]).ok();
    assert!(
        exported.stdout.contains("tags: prod"),
        "{}",
        exported.stdout
    );
    assert!(!exported.stdout.contains("name: z"), "{}", exported.stdout);
    home.jobs(&["rm", "@prod"])
        .ok()
        .shows(&["removed `a`", "removed `c`"]);
    home.jobs_reading(&["import", "-"], &exported.stdout).ok();
    assert_eq!(home.show("c")["tags"], json!(["prod"]));
    let list = "- name: a\n  tags: [one, two]\n- name: c\n  tags: \"\"\n";
    home.jobs_reading(&["import", "-"], list).ok();
    assert_eq!(home.show("a")["tags"], json!(["one", "two"]));
    assert_eq!(home.show("c")["tags"], json!([]));

    home.jobs(&["edit", "z", "--tag", "one"]).ok();
    home.jobs(&["stop", "@one"])
        .ok()
        .shows(&["stopped `a`", "stopped `z`"]);
    home.jobs(&["restart", "@one", "c"])
        .ok()
        .shows(&["restarted `c`"]);
    home.jobs(&["run", "@one"]).ok();
    home.jobs(&["wait", "@one"]).ok();
    home.jobs(&["stats", "@one"]).ok().shows(&["a ", "z "]);
    home.jobs(&["stop", "@none"]).fails(4).says(&["@none"]);
    home.jobs(&["run", "@none"]).fails(4);
    let audit = home
        .jobs(&["audit", "--operation", "stop", "--json"])
        .ok()
        .stdout;
    assert!(
        audit.contains("\\\"z\\\"") || audit.contains("\"z\""),
        "{audit}"
    );
    // A name that begins like a tag is still a name.
    home.add(&["@one", "@daily", "true"]);
    home.jobs(&["stop", "@one"]).ok();
    assert_eq!(
        (&home.show("@one")["state"], &home.show("a")["state"]),
        (&json!(2), &json!(0))
    );
}
