//! `jobs check`: it mends instants and reports broken jobs.

use serde_json::{Value, json};

use super::{result_of, sql};
use crate::support::{Home, until};

#[test]
fn check_mends_instants_and_reports_broken_jobs() {
    let home = Home::started();
    for name in [
        "good", "gone", "wrong", "past", "stopped", "expr", "zone", "user", "bracket", "func",
    ] {
        home.add(&[
            name,
            "--cron",
            "0 0 3 * * *",
            "--catch-up",
            "skip",
            "--",
            "true",
        ]);
    }
    home.jobs(&["stop", "stopped"]).ok();
    let next = home.show("good")["next_run"].clone();
    sql(
        &home,
        "update jobs set next_at = null, scheduled_at = null where name = 'gone';
         update jobs set next_at = 4102444800123, scheduled_at = 4102444800123 where name = 'wrong';
         update jobs set next_at = 1000, scheduled_at = 1000 where name = 'past';
         update jobs set next_at = 4102444800000 where name = 'stopped';
         update jobs set cron_expr = 'whenever' where name = 'expr';
         update jobs set timezone = 'Mars/Base' where name = 'zone';
         update jobs set command = '【command】true\n【user】no-such-account' where name = 'user';
         update jobs set command = '【nonsense】1' where name = 'bracket';
         update jobs set mode = 'func', command = '【name】Nothing' where name = 'func';",
    );
    let done = home.jobs(&["check", "--json"]).fails(1);
    let checked = done.json();
    assert_eq!(checked["jobs"], 10);
    assert_eq!(
        checked["mended"],
        json!(["gone", "wrong", "past", "stopped"])
    );
    let broken: Vec<(&str, &str)> = checked["broken"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| {
            (
                job["job"].as_str().unwrap(),
                job["problem"].as_str().unwrap(),
            )
        })
        .collect();
    for (seen, (job, part)) in broken.iter().zip([
        ("expr", "whenever"),
        ("zone", "Mars/Base"),
        ("user", "no-such-account"),
        ("bracket", "nonsense"),
        ("func", "Nothing"),
    ]) {
        assert!(seen.0 == job && seen.1.contains(part), "{seen:?}");
    }
    assert_eq!(broken.len(), 5, "{broken:?}");
    for name in ["good", "gone", "wrong", "past"] {
        assert_eq!(home.show(name)["next_run"], next, "{name}");
    }
    assert_eq!(home.show("stopped")["next_run"], Value::Null);
    let again = home.jobs(&["check", "--json"]).fails(1).json();
    assert_eq!(again["mended"], json!([]), "{again}");
    let audit = result_of(&home, "audit", json!({"operation": "check"}));
    assert_eq!(audit["total"], 2, "one row each: {audit}");
    home.jobs(&["check"])
        .fails(1)
        .shows(&["10 jobs checked, 0 mended, 5 broken"]);
}

#[test]
fn check_claims_an_overlooked_job() {
    let home = Home::started();
    home.add(&["daily", "--cron", "0 0 3 * * *", "--", "true"]);
    // The next run is set two days back, but the scheduler sleeps until tomorrow.
    sql(
        &home,
        "update jobs set next_at = next_at - 172800000, scheduled_at = scheduled_at - 172800000;",
    );
    let report = home.jobs(&["health", "--json"]).fails(1).json();
    assert!(
        report["scheduler"]["lag_ms"].as_u64() > Some(60_000),
        "{report}"
    );
    assert!(
        report["problems"][0].as_str().unwrap().contains("late"),
        "{report}"
    );
    let checked = home.jobs(&["check", "--json"]).ok().json();
    assert_eq!(checked["mended"], json!(["daily"]));
    let missed = until("it is claimed", || home.history("daily").first().cloned());
    assert_eq!(missed["status"], "missed", "{missed}");
    home.jobs(&["health"]).ok();
}

#[test]
fn check_finds_what_is_missing_on_the_machine() {
    let home = Home::started();
    let folder = home.path("work");
    std::fs::create_dir(&folder).unwrap();
    let script = |name: &str, first_line: &str| {
        let path = home.write(name, &format!("{first_line}\ntrue\n"));
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&path, mode).unwrap();
        path.display().to_string()
    };
    let env_file = home.write("vars", "A=1\n").display().to_string();
    let good = script("good", "#!/bin/sh");
    let broken = script("broken", "#!/no/such/interpreter");
    let folder_text = folder.display().to_string();
    let add = |name: &str, flags: &[&str], command: &str| {
        let mut all = vec![name, "--cron", "0 3 * * *"];
        all.extend(flags);
        all.extend(["--", command]);
        home.add(&all);
    };
    add("good", &[], &good);
    add("tested", &[], "[ -x /no/such ] && /no/such");
    add("folder", &["--workdir", &folder_text], "true");
    add("vars", &["--env-file", &env_file], "true");
    add("shell", &["--shell", "/no/such/shell -l"], "true");
    add("program", &[], "/no/such/program --all");
    add("interpreter", &[], &broken);
    add("stopped", &["--stopped"], "/no/such/program");
    std::fs::remove_dir(&folder).unwrap();
    std::fs::remove_file(&env_file).unwrap();
    let checked = home.jobs(&["check", "--json"]).fails(1).json();
    let broken: Vec<(&str, &str)> = checked["broken"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| {
            (
                job["job"].as_str().unwrap(),
                job["problem"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("folder", "workdir"),
        ("vars", "env_file"),
        ("shell", "`/no/such/shell` does not exist"),
        ("program", "`/no/such/program` does not exist"),
        (
            "interpreter",
            "its interpreter `/no/such/interpreter` does not exist",
        ),
    ];
    assert_eq!(broken.len(), expected.len(), "{broken:?}");
    for (found, (job, part)) in broken.iter().zip(expected) {
        assert!(found.0 == job && found.1.contains(part), "{found:?}");
    }
}
