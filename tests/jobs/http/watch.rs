//! `server.watch_config`: the daemon reads a changed configuration without a reload.

use crate::support::{Home, until};

const WATCHING: &str = "server: {watch_config: true}\n";

fn name(home: &Home) -> String {
    let status = home.jobs(&["status", "--json"]).ok().json();
    status["name"].as_str().unwrap().to_string()
}

/// Whether the daemon has a thread that watches files.
fn watches(home: &Home) -> bool {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", home.pid())).unwrap();
    tasks.into_iter().any(|task| {
        let name = task.map(|task| std::fs::read_to_string(task.path().join("comm")));
        name.is_ok_and(|name| name.is_ok_and(|name| name.contains("notify")))
    })
}

#[test]
fn watched_config_is_read_when_it_changes() {
    let home = Home::with_config(WATCHING);
    assert!(watches(&home));
    // The file is changed in place, and then replaced by another.
    home.write("config.yaml", &format!("app: {{name: one}}\n{WATCHING}"));
    until("the change is seen", || {
        (name(&home) == "one").then_some(())
    });
    let new = home.write("new.yaml", &format!("app: {{name: two}}\n{WATCHING}"));
    std::fs::rename(new, home.path("config.yaml")).unwrap();
    until("the new file is seen", || {
        (name(&home) == "two").then_some(())
    });

    // A broken file changes nothing and is reported in the log.
    home.write("config.yaml", "app: {name: three}\nserver: {port: x}\n");
    until("the broken file is told", || {
        let log = home.system_log();
        let is_told = log.contains("the configuration was not applied");
        is_told.then_some(())
    });
    assert_eq!(name(&home), "two");

    home.write("config.yaml", "app: {name: four}\n");
    until("it is mended", || (name(&home) == "four").then_some(()));
    until("nobody watches any more", || {
        (!watches(&home)).then_some(())
    });
}

#[test]
fn watch_is_switched_on_by_reload() {
    let home = Home::with_config("");
    assert!(!watches(&home));
    home.write("config.yaml", WATCHING);
    home.jobs(&["reload"]).ok();
    assert!(watches(&home));
    home.write("config.yaml", &format!("app: {{name: one}}\n{WATCHING}"));
    until("the change is seen", || {
        (name(&home) == "one").then_some(())
    });
}

#[test]
fn audit_rows_past_keep_days_are_deleted() {
    let mut home = Home::with_config("audit: {keep_days: 30}\n");
    home.add(&["old", "--cron", "@daily", "--", "true"]);
    home.add(&["new", "--cron", "@daily", "--", "true"]);
    home.terminate();
    let path = home.path("data/jobs.db");
    let database = || rusqlite::Connection::open(&path).unwrap();
    let rows = || -> i64 {
        let sql = "SELECT count(*) FROM audit";
        database().query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let before = rows();
    let oldest = "UPDATE audit SET at = at - 31 * 86400000 WHERE id = (SELECT min(id) FROM audit)";
    assert_eq!(database().execute(oldest, []).unwrap(), 1);
    home.start();
    until("the old row is gone", || {
        (rows() == before - 1).then_some(())
    });
}
