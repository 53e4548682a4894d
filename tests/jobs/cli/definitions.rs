//! Jobs as definitions: edited in an editor, renamed, copied, exported and imported.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::{Done, Home, until};

/// A script that stands for an editor: it gets the file as `$1`.
fn editor(home: &Home, script: &str) -> String {
    let path = home.write("editor", &format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.display().to_string()
}

fn edit(home: &Home, script: &str, args: &[&str]) -> Done {
    let editor = editor(home, script);
    let output = home.command().env("EDITOR", editor).args(args).output();
    Done::of(args, output.unwrap())
}

#[test]
fn edit_without_fields_opens_the_editor() {
    let home = Home::started();
    home.add(&[
        "one",
        "--cron",
        "0 0 3 * * *",
        "--env",
        "TOKEN=hunter2",
        "--timeout",
        "60",
        "--",
        "echo old",
    ]);
    edit(&home, "true", &["edit", "one"])
        .ok()
        .says(&["nothing was changed"]);
    let done = edit(
        &home,
        "cp \"$1\" \"$1.seen\"; mv \"$1.seen\" \"$JOBS_HOME/seen\"; sed -i 's/echo old/echo new/; s/^retries: 0/retries: 3/' \"$1\"",
        &["edit", "one"],
    )
    .ok()
    .says(&["- retries: 0", "+ retries: 3", "echo new"])
    .shows(&["changed `one`"]);
    assert!(!done.stderr.contains("hunter2"));
    let seen = home.read("seen");
    assert!(seen.contains("# unique") && seen.contains("cron_expr:") && !seen.contains("hunter2"));
    let job = home.show("one");
    assert_eq!(job["retries"], 3);
    // The secret that was shown masked is the old one still.
    home.jobs(&["edit", "one", "--", "test \"$TOKEN\" = hunter2"])
        .ok();
    home.jobs(&["run", "one", "-w"]).ok();
}

#[test]
fn edit_that_is_refused_opens_again_and_keeps_the_text() {
    let home = Home::started();
    home.add(&["one", "--cron", "0 0 3 * * *", "--", "true"]);
    // The first text is refused; the second time the reason stands in it, and it is mended.
    edit(
        &home,
        "if grep -q '^#! ' \"$1\"; then sed -i 's/99 3/15 3/' \"$1\"; else sed -i 's/^cron_expr.*/cron_expr: \"99 3 * * *\"/' \"$1\"; fi",
        &["edit", "one"],
    )
    .ok()
    .says(&["minute", "99"]);
    assert_eq!(home.show("one")["cron_expr"], "15 3 * * *");
    for (script, problem) in [
        (
            "sed -i 's/^cron_expr.*/cron_expr: \"99 3 * * *\"/' \"$1\"",
            "minute",
        ),
        ("echo 'crno_expr: x' >> \"$1\"", "did you mean `cron_expr`"),
        ("echo 'a: [' >> \"$1\"", "line"),
        ("sed -i 's/^retries: 0/retries: many/' \"$1\"", "retries"),
    ] {
        let done = edit(&home, script, &["edit", "one"]);
        assert_ne!(done.code, 0, "{script}");
        let done = done.says(&["the text is kept in `", problem]);
        let kept = done.stderr.rsplit("kept in `").next().unwrap();
        let kept = kept.split('`').next().unwrap();
        assert!(std::fs::read_to_string(kept).unwrap().contains("cron_expr"));
        std::fs::remove_file(kept).unwrap();
    }
    edit(&home, "exit 3", &["edit", "one"])
        .fails(2)
        .says(&["EDITOR", "nothing was changed"]);
    assert_eq!(home.show("one")["cron_expr"], "15 3 * * *");
}

#[test]
fn job_is_renamed_and_copied() {
    let home = Home::started();
    let id = home.add(&[
        "one",
        "--every",
        "1h",
        "--env",
        "PASSWORD=hunter2",
        "--retries",
        "2",
        "--",
        "test $PASSWORD = hunter2",
    ]);
    let exec_id = home.run("one");
    home.ended(exec_id);
    home.jobs(&["rename", "one", "first"])
        .ok()
        .shows(&["`first`"]);
    assert_eq!(home.show("first")["id"], id);
    home.jobs(&["copy", "first", "second", "--stopped"]).ok();
    let copy = home.show("second");
    assert_eq!(copy["retries"], 2);
    assert_eq!(copy["run_count"], 0);
    assert_eq!(copy["state"], 2);
    home.jobs(&["clone", "first", "third"]).ok();
    home.jobs(&["run", "third", "-w"]).ok();
    home.jobs(&["copy", "first", "second"])
        .fails(1)
        .says(&["`second` is taken"]);
    home.jobs(&["copy", "nope", "x"]).fails(4);
    home.jobs(&["rename", "first", "7"]).fails(2);
    home.jobs(&["mv", "third", "fourth"]).ok();
}

#[test]
fn crontabs_are_imported_by_habit() {
    let home = Home::started();
    let crontab = "*/5 * * * * /opt/one.sh\n";
    home.jobs_reading(&["import", "-"], crontab)
        .ok()
        .shows(&["1 imported"]);
    let file = home
        .write("a.cron", "@daily /opt/two.sh\n")
        .display()
        .to_string();
    home.jobs(&["import", &file]).ok().shows(&["1 imported"]);
    home.jobs(&["import", "crontab", &file])
        .ok()
        .shows(&["1 unchanged"]);
    let other = home
        .write("b.cron", "@daily /opt/three.sh\n")
        .display()
        .to_string();
    home.jobs(&["import", "crontab", &file, &other])
        .ok()
        .shows(&["a.cron <==", "1 unchanged", "b.cron <==", "1 imported"]);
    home.jobs(&["import", "crontab", &file, "/nope"])
        .fails(1)
        .says(&["`/nope` was not imported"]);
    std::fs::create_dir(home.path("tables")).unwrap();
    home.write("tables/four", "@daily /opt/four.sh\n");
    home.write("tables/left.bak", "@daily /opt/five.sh\n");
    let folder = home.path("tables").display().to_string();
    home.jobs(&["import", "crontab", &folder])
        .ok()
        .shows(&["1 imported"])
        .says(&["left.bak", "is left out"]);
    home.jobs(&["import", "crontab", &file, &other, "--origin", "x"])
        .fails(2)
        .says(&["origin"]);
    home.jobs(&["import", "crontab"])
        .fails(2)
        .says(&["`jobs import crontab FILE`"]);
    home.jobs(&["import"])
        .fails(2)
        .says(&["`jobs import crontab FILE`"]);
    let names = home.jobs(&["list", "-q"]).ok().stdout;
    assert!(!names.contains("five"), "{names}");
}

#[test]
fn configuration_is_read_set_and_edited() {
    let home = Home::with_config("# mine\njobs:\n  # how long\n  history_days: 90 # days\n");
    home.jobs(&["config", "get", "jobs.history_days"])
        .ok()
        .shows(&["90"]);
    home.jobs(&["config", "get", "jobs"])
        .ok()
        .shows(&["jobs.shell:"]);
    home.jobs(&["config", "get", "history_days"])
        .fails(2)
        .says(&["did you mean `jobs.history_days`"]);
    home.jobs(&["config", "get", "max_concurent"])
        .fails(2)
        .says(&["did you mean `jobs.max_concurrent`"]);
    home.jobs(&["config", "set", "jobs.history_days", "30"])
        .ok()
        .shows(&["`jobs.history_days` is `30` now"])
        .says(&["the daemon has read the configuration again"]);
    assert_eq!(
        home.read("config.yaml"),
        "# mine\njobs:\n  # how long\n  history_days: 30 # days\n"
    );
    home.jobs(&["config", "set", "jobs.func_roots", "/tmp", "/var"])
        .ok();
    assert!(
        home.read("config.yaml")
            .contains("  func_roots: [/tmp, /var]\n")
    );
    let before = home.read("config.yaml");
    for args in [
        &["config", "set", "jobs.history_days", "many"][..],
        &["config", "set", "jobs.histroy_days", "1"],
        &["config", "set", "jobs", "1"],
        &["config", "set", "jobs.history_days", "1", "2"],
    ] {
        home.jobs(args).fails(2);
    }
    assert_eq!(home.read("config.yaml"), before);
    edit(
        &home,
        "sed -i 's/history_days: 30/history_days: 31/' \"$1\"",
        &["config", "edit"],
    )
    .ok()
    .says(&["- jobs.history_days: 30", "+ jobs.history_days: 31"]);
    home.jobs(&["config", "get", "jobs.history_days", "--json"])
        .ok()
        .shows(&["31"]);
    edit(
        &home,
        "sed -i 's/history_days: 31/history_days: x/' \"$1\"",
        &["config", "edit"],
    )
    .fails(2)
    .says(&["the text is kept in `"]);
    home.jobs(&["config", "get", "jobs.history_days"])
        .ok()
        .shows(&["31"]);
}

#[test]
fn executions_are_awaited_and_summed_up() {
    let home = Home::started();
    home.add(&[
        "slow",
        "--every",
        "1h",
        "--",
        "while [ ! -e go ]; do sleep 0.05; done; exit 7",
    ]);
    home.add(&["quick", "--every", "1h", "--", "true"]);
    home.jobs(&[
        "edit",
        "slow",
        "--workdir",
        &home.path("").display().to_string(),
    ])
    .ok();
    home.jobs(&["wait"]).ok().says(&["no execution runs"]);
    let exec_id = home.run("slow");
    home.jobs(&["top"]).ok().shows(&["slow", "running"]);
    let waiting = home
        .command()
        .args(["wait", "slow"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    until("the client is connected", || {
        let descriptors = std::fs::read_dir(format!("/proc/{}/fd", waiting.id())).ok()?;
        descriptors
            .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
            .any(|target| target.to_string_lossy().starts_with("socket:"))
            .then_some(())
    });
    // The call of this client comes after that of the other one.
    home.jobs(&["status"]).ok();
    home.write("go", "");
    assert_eq!(waiting.wait_with_output().unwrap().status.code(), Some(7));
    home.jobs(&["wait", "--exec", &exec_id.to_string()])
        .fails(7)
        .shows(&["execution 1 of `slow`: failed"]);
    home.jobs(&["run", "quick", "-w"]).ok();
    let stats = home.jobs(&["stats", "--json"]).ok().json();
    assert_eq!(stats[0]["job"], "quick");
    assert_eq!(stats[0]["ran"], 1);
    assert_eq!(stats[0]["failed"], 0);
    assert_eq!(stats[1]["ran"], 1);
    assert_eq!(stats[1]["failed"], 1);
    home.jobs(&["stats", "slow"]).ok().shows(&["slow"]);
    home.jobs(&["top", "--json"]).ok().shows(&["[]"]);
}
