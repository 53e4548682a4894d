//! `show` with `work`: the values of the work one by one, as `edit` takes them back.

use serde_json::{Value, json};

use super::result_of;
use crate::support::Home;

/// Sends the shown values back by a dry run of `edit`, and returns what would change.
fn changes_when_sent_back(home: &Home, name: &str) -> (Value, Value) {
    let work = result_of(home, "show", json!({"job": name, "work": true}))["work"].clone();
    let mut edit = work.clone();
    edit["job"] = json!(name);
    edit["dry_run"] = json!(true);
    for list in ["env", "headers"] {
        if let Some(Value::Array(members)) = edit.get_mut(list) {
            members.insert(0, json!(""));
        }
    }
    let changes = result_of(home, "edit", edit)["changes"].clone();
    (work, changes)
}

#[test]
fn work_values_are_taken_back_by_edit_and_hide_secrets() {
    let home = Home::started();
    let jobs = [
        (
            json!({"name": "plain", "command": "echo a\necho 【b】"}),
            json!({"command": "echo a\necho 【b】"}),
        ),
        (
            json!({"name": "command", "command": "dump --password=hunter22", "workdir": "/tmp", "env": ["A=1|2", "TOKEN=hunter22", "B="],
                "stdin": "one\ntwo\n", "umask": "027", "nice": 5, "timeout": "90s", "times": 2, "interval": 3}),
            json!({"command": "dump --password=***", "workdir": "/tmp", "env": ["A=1|2", "TOKEN=***", "B="],
                "stdin": "one\ntwo\n", "umask": "027", "nice": 5, "timeout": 90, "times": 2, "interval": 3}),
        ),
        (
            json!({"name": "request", "mode": "http", "url": "http://h.example/?token=hunter22", "method": "POST",
                "headers": ["X-A:b:c", "Authorization:Bearer hunter22"], "data": "{\"a\":\n1}", "result": "ok"}),
            json!({"url": "http://h.example/?token=***", "method": "POST",
                "headers": ["X-A:b:c", "Authorization:Bearer ***"], "data": "{\"a\":\n1}", "result": "ok"}),
        ),
        (
            json!({"name": "function", "mode": "func", "func": "Echo", "args": ["a", "b,c", ""]}),
            json!({"func": "Echo", "args": ["a", "b,c", ""]}),
        ),
    ];
    for (mut job, expected) in jobs {
        job["cron_expr"] = json!("@daily");
        let name = job["name"].as_str().unwrap().to_string();
        result_of(&home, "add", job);
        let (work, changes) = changes_when_sent_back(&home, &name);
        assert_eq!(work, expected, "{name}");
        assert_eq!(changes, json!([]), "{name}");
        let shown = result_of(&home, "show", json!({"job": name}));
        assert!(shown.get("work").is_none(), "{shown}");
        let listed = result_of(&home, "list", json!({"name": name}));
        assert!(listed["items"][0].get("work").is_none(), "{listed}");
    }
}
