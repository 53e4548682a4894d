//! Jobs as a list: exported, and imported again or in another home.

use crate::support::Home;

#[test]
fn exported_jobs_are_imported_again() {
    let home = Home::started();
    home.add(&["plain", "--cron", "0 0 3 * * *", "--", "echo 1"]);
    home.add(&[
        "full",
        "--cron",
        "*/5 * * * *",
        "--tz",
        "Asia/Tokyo",
        "--desc",
        "a: b # c",
        "--jitter",
        "30",
        "--overlap",
        "queue",
        "--retries",
        "3",
        "--retry-backoff",
        "2",
        "--catch-up",
        "once",
        "--stopped",
        "--end",
        "2090-01-01",
        "--workdir",
        "/tmp",
        "--env",
        "A=1",
        "--",
        "echo 'two'\necho three",
    ]);
    home.add(&[
        "web",
        "--every",
        "1h",
        "--mode",
        "http",
        "--url",
        "http://127.0.0.1:1/",
    ]);
    home.add(&[
        "secret",
        "--every",
        "1h",
        "--env",
        "PASSWORD=hunter2",
        "--",
        "true",
    ]);
    let exported = home.jobs(&["export"]).ok().says(&["secret"]);
    assert!(!exported.stdout.contains("hunter2"));
    let file = home
        .write("jobs.yaml", &exported.stdout)
        .display()
        .to_string();
    let again = home.jobs(&["import", &file]).ok();
    assert_eq!(
        again.stdout.matches("unchanged  `").count(),
        4,
        "{}",
        again.stdout
    );

    let other = Home::started();
    // The secret is not in the file, so its job would be refused.
    other
        .jobs(&["import", &file, "--dry-run"])
        .fails(1)
        .shows(&["refused", "***", "nothing was changed"]);
    assert_eq!(
        other.jobs(&["list", "--json"]).ok().json(),
        serde_json::json!([])
    );
    // The secret is not in the file, so its job is refused; the others are added.
    other
        .jobs(&["import", &file])
        .fails(1)
        .shows(&["refused", "***"]);
    for name in ["plain", "full", "web"] {
        let (mut here, mut there) = (home.show(name), other.show(name));
        for job in [&mut here, &mut there] {
            for changing in ["id", "created_at", "updated_at", "anchor_at", "next_run"] {
                job.as_object_mut().unwrap().remove(changing);
            }
        }
        assert_eq!(here, there, "{name}");
    }
    let changed = exported.stdout.replace("echo 1", "echo changed");
    let done = home.jobs_reading(&["import", "-"], &changed).ok();
    assert_eq!(
        done.stdout.matches("unchanged").count(),
        3,
        "{}",
        done.stdout
    );
    assert_eq!(home.show("plain")["command"], "echo changed");
    home.jobs_reading(
        &["import", "-"],
        "- name: x\n  cronexpr: '@daily'\n  command: true\n",
    )
    .fails(1)
    .shows(&["refused", "there is no field `cronexpr`", "`cron_expr`"]);
    home.jobs(&["export", "pl*", "--json"])
        .ok()
        .shows(&["\"plain\""]);
    home.jobs(&["cat", "nope"]).fails(4);
}

#[test]
fn crontab_recognizes_jobs_that_came_by_an_export() {
    let home = Home::started();
    let crontab = home.write("tab", "*/5 * * * * poll --all\n30 2 * * * report\n");
    let import = ["import", "crontab", crontab.to_str().unwrap()];
    home.jobs(&import).ok();
    let exported = home.jobs(&["export"]).ok().stdout;
    let list = home.write("jobs.yaml", &exported);

    let other = Home::started();
    other.jobs(&["import", list.to_str().unwrap()]).ok();
    let again = other.jobs(&import).ok();
    assert_eq!(
        again.stdout.matches("unchanged  `").count(),
        2,
        "{}",
        again.stdout
    );
    assert_eq!(other.jobs(&["list", "-q"]).ok().stdout.lines().count(), 2);

    // A job that somebody took out of its crontab is added anew, with a warning that both would run.
    other.jobs(&["edit", "poll", "--origin", ""]).ok();
    assert!(
        other.jobs(&["show", "poll", "--json"]).ok().json()["origin"].is_null(),
        "the origin is gone"
    );
    let dry = other.jobs(&[&import[..], &["--dry-run"]].concat()).ok();
    let warned = "`poll` runs the same command at the same times and was added by hand: both would run; `jobs rm poll-2` removes this one";
    assert!(
        format!("{}{}", dry.stdout, dry.stderr).contains(warned),
        "{}",
        dry.stdout
    );
    let elsewhere = home.write("tab2", "*/5 * * * * poll --all\n31 2 * * * report\n");
    let copied = other
        .jobs(&["import", "crontab", elsewhere.to_str().unwrap()])
        .ok();
    let text = format!("{}{}", copied.stdout, copied.stderr);
    assert_eq!(text.matches("both would run").count(), 1, "{text}");
    other
        .jobs(&["edit", "poll", "--origin", "a\nb"])
        .fails(2)
        .says(&["origin", "names no crontab"]);
}
