//! The result of each line of a crontab.

use super::{TABLE, results};
use crate::support::{Home, is_root, leave_out};

#[test]
fn import_reports_each_line() {
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
    let row = home.ended(home.run("date"));
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
fn import_of_equal_lines_makes_two_jobs() {
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
fn import_refuses_lines_that_would_change_meaning() {
    let home = Home::started();
    let path = home.path("tab");
    std::fs::write(&path, b"0 3 * * * rm -rf /data/caf\xe9\n17 * * * * root cd / && ls\nA=x|||B=y\n0 4 * * * echo a\n").unwrap();
    home.jobs(&["import", "crontab", path.to_str().unwrap()])
        .fails(1)
        .says(&["lines that are not UTF-8 are refused"])
        .shows(&[
            "the line is not UTF-8",
            "begins with `root`, which is an account",
            "the value of `A` holds `|||`",
            "1 imported",
            "2 refused",
        ]);
}

#[test]
fn import_of_system_crontab_reads_the_accounts() {
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
    home.jobs(&["run", "id", "--wait"]).ok().shows(&["nobody"]);
    // A second import changes nothing; another account is a change.
    home.jobs(&["import", "crontab", "--system", &table])
        .fails(1)
        .shows(&["0 changed, 2 unchanged"]);
    home.write("table", "25 6 * * * daemon id -un > /dev/null; id -un\n");
    home.jobs(&["import", "crontab", "--system", &table])
        .ok()
        .shows(&["1 changed"]);
    home.jobs(&["run", "id", "--wait"]).ok().shows(&["daemon"]);
    home.jobs(&["import", "crontab", "--system", "--user", "nobody", &table])
        .fails(2);
}

#[test]
fn import_for_an_account_runs_as_that_account() {
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
    // The account of the job stays when a later import names none.
    home.jobs(&["import", "crontab", &table])
        .ok()
        .shows(&["1 unchanged"]);
    home.jobs(&["run", "id", "--wait"]).ok().shows(&["nobody"]);
    home.jobs(&["import", "crontab", "--user", "no-such-account", &table])
        .fails(1)
        .shows(&["there is no account"]);
    home.jobs(&["import", "crontab", "--user", "../x"])
        .fails(1)
        .says(&["is not a name of an account"]);
    home.jobs(&["import", "crontab", "--user", "no-such-account"])
        .fails(1)
        .says(&["has no crontab at"]);
    home.jobs(&["import", "crontab"]).fails(2);
}
