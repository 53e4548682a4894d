//! The audit: each change by any transport writes a row.

use serde_json::{Value, json};

use super::client::{Api, home_with_http};

#[test]
fn audit_of_a_change_records_caller_address_values_and_outcome() {
    let home = home_with_http("");
    let api = Api::logged_in(&home, "oli");
    let secret = "hunter2hunter2";
    api.post(
        "/jobs/add",
        json!({"name": "x", "cron_expr": "@daily", "mode": "http", "url": "http://127.0.0.1:1/", "headers": [format!("Authorization:Bearer {secret}")]}),
    )
    .is(200);
    api.post(
        "/jobs/edit",
        json!({"id": "x", "cron_expr": "@hourly", "name": "y"}),
    )
    .is(200);
    api.post("/jobs/edit", json!({"id": "y", "cron_expr": "bad"}))
        .is(400);
    api.post("/jobs/stop", json!({"id": "y"})).is(200);
    home.jobs(&["restart", "y"]).ok();
    api.post("/jobs/del", json!({"id": "y"})).is(200);
    let admin = Api::logged_in(&home, "ann");
    let page = admin.get("/jobs/audit?size=500").is(200).json();
    let rows = page["data"].as_array().unwrap();
    assert_eq!(page["total"], rows.len());
    assert!(!page.to_string().contains(secret), "{page}");
    let row = |operation: &str, outcome: &str| -> &Value {
        rows.iter()
            .find(|row| row["operation"] == operation && row["outcome"] == outcome)
            .unwrap_or_else(|| panic!("{operation} {outcome} in {page}"))
    };
    let change = |row: &Value| -> (Value, Value) { (row["before"].clone(), row["after"].clone()) };
    let added = row("add", "done");
    for (name, value) in [
        ("who", "account oli"),
        ("transport", "http"),
        ("address", "127.0.0.1"),
        ("target", "x"),
    ] {
        assert_eq!(added[name], value, "{added}");
    }
    let (before, after) = change(added);
    assert_eq!(
        (before, &after["x"]["cron_expr"]),
        (Value::Null, &json!("@daily"))
    );
    let (before, after) = change(row("edit", "done"));
    assert_eq!(before["x"]["cron_expr"], "@daily");
    assert_eq!(after["x"]["cron_expr"], "@hourly");
    assert_eq!(
        (&before["x"]["name"], &after["x"]["name"]),
        (&json!("x"), &json!("y"))
    );
    assert_eq!(
        before["x"].get("mode"),
        None,
        "what is the same is left out"
    );
    let failed = row("edit", "failed");
    assert!(
        failed["error"].as_str().unwrap().contains("bad"),
        "{failed}"
    );
    assert_eq!(failed["after"], Value::Null);
    assert_eq!(change(row("stop", "done")).1["y"]["stopped"], true);
    let restarted = row("restart", "done");
    assert_eq!(restarted["transport"], "socket");
    let user = std::process::Command::new("id")
        .arg("-un")
        .output()
        .unwrap()
        .stdout;
    let user = String::from_utf8(user).unwrap();
    assert_eq!(restarted["who"], format!("user {}", user.trim()));
    assert_eq!(restarted["address"], Value::Null);
    let (before, after) = change(row("rm", "done"));
    assert_eq!((&before["y"]["mode"], after), (&json!("http"), Value::Null));
    assert_eq!(row("login", "done")["target"], "ann", "newest first");
    assert_eq!(row("admin_add", "done")["transport"], "socket");

    for (query, total) in [
        ("?operation=edit", 2),
        ("?operation=edit&outcome=failed", 1),
        ("?who=oli&operation=rm", 1),
        ("?target=nothing", 0),
        ("?address=127.0.0.1&operation=restart", 0),
        ("?since=2001-02-03&operation=rm", 1),
        ("?until=2001-02-03", 0),
    ] {
        let page = admin.get(&format!("/jobs/audit{query}")).is(200).json();
        assert_eq!(page["total"], total, "{query}: {page}");
    }
    admin.get("/jobs/audit?since=whenever").refuses("since");
    admin.get("/jobs/audit?outcome=maybe").refuses("outcome");
    let table = home.jobs(&["audit", "--operation", "edit"]).ok().stdout;
    assert!(
        table.contains("account oli") && table.contains("127.0.0.1"),
        "{table}"
    );
}

#[test]
fn audit_row_survives_a_crash_with_its_change() {
    let mut home = home_with_http("");
    let api = Api::logged_in(&home, "oli");
    for number in 0..20 {
        let job = json!({"name": format!("j{number}"), "every": "10m", "command": "true"});
        api.post("/jobs/add", job).is(200);
    }
    home.kill();
    home.start();
    let rows = home
        .jobs(&["audit", "--json", "--operation", "add", "-n", "100"])
        .ok()
        .json();
    assert_eq!(rows.as_array().unwrap().len(), 20, "{rows}");
}
