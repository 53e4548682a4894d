//! Taking over real crontabs.

use serde_json::Value;

use crate::support::{Home, is_root, leave_out, until};

const TABLE: &str = r#"# m h dom mon dow command
SHELL=/bin/bash
PATH=/usr/local/bin:/usr/bin:/bin
MAILTO="ops@example.com"

0 3 * * * /usr/local/bin/backup.sh --full >/dev/null 2>&1
*/5 * * * * cd /srv/app && php artisan schedule:run >> /dev/null 2>&1
@daily date +\%F; cat%hello%world
CRON_TZ=Asia/Tokyo
30 8 * * mon-fri echo tokyo
@reboot /opt/start
61 * * * * never
this is no line
"#;

fn results(report: &Value) -> Vec<(u64, String)> {
    let lines = report["lines"].as_array().unwrap();
    lines
        .iter()
        .map(|line| {
            (
                line["line"].as_u64().unwrap(),
                line["result"].as_str().unwrap().to_string(),
            )
        })
        .collect()
}

#[test]
fn a_crontab_is_taken_over_line_by_line() {
    let home = Home::started();
    let file = home.write("tab", TABLE);
    let file = file.to_str().unwrap();
    let dry = home
        .jobs(&["import", "crontab", file, "--dry-run", "--json"])
        .fails(1)
        .json();
    assert_eq!(
        home.jobs(&["list", "--json"]).ok().json(),
        serde_json::json!([])
    );
    let report = home
        .jobs(&["import", "crontab", file, "--json"])
        .fails(1)
        .json();
    let expected: Vec<(u64, String)> = [
        (6, "imported"),
        (7, "imported"),
        (8, "imported"),
        (10, "imported"),
        (11, "imported"),
        (12, "refused"),
        (13, "refused"),
    ]
    .map(|(line, result)| (line, result.to_string()))
    .to_vec();
    assert_eq!(
        (results(&report), results(&dry)),
        (expected.clone(), expected)
    );
    assert!(
        report["lines"][5]["reason"]
            .as_str()
            .unwrap()
            .contains("`61`")
    );
    let backup = home.show("backup");
    assert_eq!(backup["cron_expr"], "0 3 * * *");
    assert_eq!(backup["mailto"], "ops@example.com");
    assert_eq!(backup["allow_mode"], 0);
    let text = backup["command"].as_str().unwrap();
    for part in [
        "【env】PATH=/usr/local/bin:/usr/bin:/bin",
        "【shell】/bin/bash",
        "【timeout】0",
    ] {
        assert!(text.contains(part), "{text}");
    }
    let tokyo = home.show("echo-tokyo");
    assert_eq!(tokyo["timezone"], "Asia/Tokyo");
    assert!(
        tokyo["next_run"].as_str().unwrap().contains("T23:30:00"),
        "{tokyo}"
    );
    let row = home.ended(home.run("date-f"));
    assert!(
        row["stdout"]
            .as_str()
            .unwrap()
            .ends_with("\nhello\nworld\n"),
        "{row}"
    );

    let again = home
        .jobs(&["import", "crontab", file, "--json"])
        .fails(1)
        .json();
    assert!(
        results(&again)[..5]
            .iter()
            .all(|(_, result)| result == "unchanged"),
        "{again}"
    );
    assert_eq!(home.show("backup")["updated_at"], backup["updated_at"]);
}

#[test]
fn a_crontab_that_changes_changes_its_jobs_and_keeps_their_history() {
    let home = Home::started();
    home.jobs_reading(
        &["import", "crontab", "-"],
        "0 3 * * * /opt/backup.sh\n0 4 * * * /opt/tidy.sh\n",
    )
    .ok();
    let id = home.show("backup")["id"].clone();
    home.ended(home.run("backup"));
    let report = home
        .jobs_reading(
            &["import", "crontab", "-", "--json"],
            "30 3 * * * /opt/backup.sh\n0 4 * * * /opt/tidy.sh -v\n",
        )
        .ok()
        .json();
    let changed: Vec<(u64, String)> = vec![(1, "changed".into()), (2, "changed".into())];
    assert_eq!(results(&report), changed);
    assert_eq!(
        (
            &home.show("backup")["id"],
            home.show("backup")["cron_expr"].as_str()
        ),
        (&id, Some("30 3 * * *"))
    );
    assert_eq!(home.history("backup").len(), 1);
    let report = home
        .jobs_reading(
            &["import", "crontab", "-", "--json", "--stop-missing"],
            "30 3 * * * /opt/backup.sh\n",
        )
        .ok()
        .json();
    assert_eq!(
        results(&report),
        vec![(1, "unchanged".into()), (0, "stopped".into())]
    );
    assert_eq!(home.show("tidy")["stopped"], true);
    let report = home
        .jobs_reading(
            &["import", "crontab", "-", "--json"],
            "30 3 * * * /opt/backup.sh\n0 4 * * * /opt/tidy.sh -v\n",
        )
        .ok()
        .json();
    assert_eq!(
        results(&report),
        vec![(1, "unchanged".into()), (2, "changed".into())]
    );
    assert_eq!(home.show("tidy")["stopped"], false);
}

#[test]
fn two_lines_alike_are_two_jobs() {
    let home = Home::started();
    let table = "0 3 * * * /opt/x\n0 3 * * * /opt/x\n0 4 * * * /opt/x\n";
    home.jobs_reading(&["import", "crontab", "-"], table).ok();
    let names: Vec<String> = home
        .jobs(&["list", "--json"])
        .ok()
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|job| job["name"].as_str().unwrap().into())
        .collect();
    assert_eq!(names.len(), 3);
    let report = home
        .jobs_reading(&["import", "crontab", "-", "--json"], table)
        .ok()
        .json();
    assert!(
        results(&report)
            .iter()
            .all(|(_, result)| result == "unchanged")
    );
}

#[test]
fn a_slip_of_the_pen_stops_nothing() {
    let home = Home::started();
    let file = home.write("tab", "0 3 * * * /opt/backup.sh\n0 4 * * * /opt/tidy.sh\n");
    let import = |args: &[&str]| {
        let mut all = vec![
            "import",
            "crontab",
            file.to_str().unwrap(),
            "--stop-missing",
        ];
        all.extend(args);
        home.jobs(&all)
    };
    import(&[]).ok();
    home.write("tab", "0 33 * * * /opt/backup.sh\n");
    import(&[]).fails(1).shows(&[
        "hour field: `33` is out of range",
        "`backup`: 0 3 * * * /opt/backup.sh",
        "it goes on, for nothing is stopped while a line is refused",
    ]);
    for job in ["backup", "tidy"] {
        assert_eq!(home.show(job)["stopped"], false, "{job}");
    }
    home.write("tab", "30 3 * * * /opt/backup.sh\n");
    import(&[]).ok().shows(&[
        "changed",
        "`tidy`: 0 4 * * * /opt/tidy.sh",
        "its line is gone",
    ]);
    assert_eq!(home.show("tidy")["stopped"], true);
}

#[test]
fn what_no_line_can_say_outlives_an_import() {
    let home = Home::started();
    let file = home.write(
        "tab",
        "PATH=/opt/bin\nPGPASSFILE=/etc/pgpass\n0 3 * * * /opt/dump.sh\n",
    );
    let file = file.to_str().unwrap();
    home.jobs(&["import", "crontab", file]).ok();
    home.jobs(&[
        "edit",
        "dump",
        "--timeout",
        "2h",
        "--times",
        "3",
        "--overlap",
        "skip",
    ])
    .ok();
    home.jobs(&["import", "crontab", file])
        .ok()
        .shows(&["1 unchanged"]);
    let text = home.show("dump")["command"].as_str().unwrap().to_string();
    assert!(
        text.contains("【timeout】7200") && text.contains("【times】3"),
        "{text}"
    );
    // A variable is added to those that are there, and it is told that the crontab has a say.
    home.jobs(&["edit", "dump", "--env", "PGHOST=db1", "--env", "PATH=/bin"])
        .ok()
        .says(&["it comes from the crontab `"]);
    let text = home.show("dump")["command"].as_str().unwrap().to_string();
    assert!(
        text.contains("PATH=/bin|||PGPASSFILE=/etc/pgpass|||PGHOST=db1"),
        "{text}"
    );
    home.jobs(&["edit", "dump", "--env", "", "--env", "ONLY=this"])
        .ok();
    let text = home.show("dump")["command"].as_str().unwrap().to_string();
    assert!(text.contains("【env】ONLY=this\n"), "{text}");
    home.jobs(&["import", "crontab", file])
        .ok()
        .shows(&["1 changed"]);
    let text = home.show("dump")["command"].as_str().unwrap().to_string();
    assert!(
        text.contains("PGPASSFILE=/etc/pgpass") && text.contains("【timeout】7200"),
        "{text}"
    );
    // Another time and another command, but the same name: the same job.
    home.write("tab", "30 4 * * * /usr/local/bin/dump.sh --all\n");
    home.jobs(&["import", "crontab", file])
        .ok()
        .shows(&["1 changed"]);
    assert_eq!(
        home.jobs(&["list", "--json"])
            .ok()
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_file_is_the_same_however_it_is_called() {
    let home = Home::started();
    std::fs::create_dir(home.path("w")).unwrap();
    let file = home.write("w/tab", "0 3 * * * /opt/x\n");
    home.jobs(&["import", "crontab", file.to_str().unwrap()])
        .ok()
        .shows(&["1 imported"]);
    let other = home.path("w/../w/tab");
    home.jobs(&["import", "crontab", other.to_str().unwrap()])
        .ok()
        .shows(&["1 unchanged"]);
    std::os::unix::fs::symlink(home.path("w"), home.path("link")).unwrap();
    let other = home.path("link/tab");
    home.jobs(&["import", "crontab", other.to_str().unwrap()])
        .ok()
        .shows(&["1 unchanged"]);
    // Two people's tables through the same pipe are two tables.
    home.jobs_reading(
        &["import", "crontab", "-"],
        "0 3 * * * /home/alice/backup.sh\n",
    )
    .ok();
    home.jobs_reading(
        &["import", "crontab", "-"],
        "0 3 * * * /home/bob/backup.sh\n",
    )
    .ok()
    .shows(&["1 imported"]);
    home.jobs_reading(
        &["import", "crontab", "-", "--origin", "carol"],
        "0 3 * * * /home/carol/backup.sh\n",
    )
    .ok();
    home.jobs_reading(
        &["import", "crontab", "-", "--origin", "carol"],
        "0 5 * * * /home/carol/save.sh\n",
    )
    .ok();
    assert_eq!(home.show("backup")["origin"], "-");
    assert_eq!(home.show("save")["origin"], "carol");
}

#[test]
fn lines_that_would_be_another_command_are_refused_or_told() {
    let home = Home::started();
    let path = home.path("tab");
    std::fs::write(&path, b"0 3 * * * rm -rf /data/caf\xe9\n17 * * * * root cd / && ls\nA=x|||B=y\n0 4 * * * echo a\n").unwrap();
    home.jobs(&["import", "crontab", path.to_str().unwrap()])
        .fails(1)
        .says(&["lines that are not are refused"])
        .shows(&[
            "it is not UTF-8",
            "begins with `root`, which is an account",
            "the value of `A` holds `|||`",
            "1 imported",
            "2 refused",
        ]);
}

#[test]
fn a_table_of_the_system_says_who_runs_what() {
    if !is_root() {
        return leave_out("only root can run commands as another account");
    }
    let home = Home::started();
    home.write(
        "table",
        "SHELL=/bin/sh\n17 * * * * root cd / && true\n25 6 * * * nobody id -un > /dev/null; id -un\n1 1 * * * no-such-account true\n2 2 * * * nobody\n",
    );
    let table = home.path("table").display().to_string();
    let done = home
        .jobs(&["import", "crontab", "--system", &table])
        .fails(1);
    assert!(
        done.stdout
            .contains("there is no account `no-such-account`"),
        "{}",
        done.stdout
    );
    assert!(done.stdout.contains("2 imported"), "{}", done.stdout);
    let jobs = home.jobs(&["list", "--json"]).ok().json();
    let commands: Vec<&str> = jobs
        .as_array()
        .unwrap()
        .iter()
        .map(|job| job["command"].as_str().unwrap())
        .collect();
    assert!(
        commands
            .iter()
            .any(|command| command.contains("cd / && true") && !command.contains("【user】"))
    );
    assert!(
        commands
            .iter()
            .any(|command| command.contains("【user】nobody"))
    );
    home.jobs(&["run", "id-null", "--wait"])
        .ok()
        .shows(&["nobody"]);
    // Read again, nothing changes; another account is a change.
    home.jobs(&["import", "crontab", "--system", &table])
        .fails(1)
        .shows(&["0 changed, 2 unchanged"]);
    home.write("table", "25 6 * * * daemon id -un > /dev/null; id -un\n");
    home.jobs(&["import", "crontab", "--system", &table])
        .ok()
        .shows(&["1 changed"]);
    home.jobs(&["run", "id-null", "--wait"])
        .ok()
        .shows(&["daemon"]);
    home.jobs(&["import", "crontab", "--system", "--user", "nobody", &table])
        .fails(2);
}

#[test]
fn the_table_of_an_account_runs_as_that_account() {
    if !is_root() {
        return leave_out("only root can run commands as another account");
    }
    let home = Home::started();
    home.write("table", "5 5 * * * id -un\n");
    let table = home.path("table").display().to_string();
    home.jobs(&["import", "crontab", "--user", "nobody", &table])
        .ok()
        .shows(&["1 imported"]);
    home.jobs(&["run", "id", "--wait"]).ok().shows(&["nobody"]);
    // An operator's own change of the account outlives a table that says none.
    home.jobs(&["import", "crontab", &table])
        .ok()
        .shows(&["1 unchanged"]);
    home.jobs(&["run", "id", "--wait"]).ok().shows(&["nobody"]);
    home.jobs(&["import", "crontab", "--user", "no-such-account", &table])
        .fails(1)
        .shows(&["there is no account"]);
    home.jobs(&["import", "crontab", "--user", "../x"])
        .fails(1)
        .says(&["no name of an account"]);
    home.jobs(&["import", "crontab", "--user", "no-such-account"])
        .fails(1)
        .says(&["has no crontab at"]);
    home.jobs(&["import", "crontab"]).fails(2);
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn what_a_large_table_took_is_given_back() {
    let home = Home::started();
    let table: String = (0..30_000)
        .map(|number| format!("{} 4 1 1 * /usr/local/bin/report {number}\n", number % 60))
        .collect();
    home.write("table", &table);
    let table = home.path("table").display().to_string();
    let own = || -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", home.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("RssAnon:"));
        let kib = line.and_then(|line| line.split_whitespace().nth(1));
        kib.unwrap().parse().unwrap()
    };
    let before = own();
    for what in ["30000 imported", "30000 unchanged"] {
        home.jobs(&["import", "crontab", &table])
            .ok()
            .shows(&[what]);
    }
    // Unless it is given back, 30 MiB and more stay.
    until("it is given back", || {
        (own() < before + 12 * 1024).then_some(())
    });
}
