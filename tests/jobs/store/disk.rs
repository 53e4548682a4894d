//! Full disks, and databases that are damaged, too new or locked.

use std::process::Command;

use crate::support::{Home, leave_out, until};

/// A small file system for the data folder, unmounted at the end of the test.
pub struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    pub fn mount(home: &Home, megabytes: u32) -> Option<SmallDisk> {
        let folder = home.path("data");
        std::fs::create_dir(&folder).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])
            .arg(&folder)
            .status();
        mounted
            .is_ok_and(|status| status.success())
            .then_some(SmallDisk(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn full_disk_loses_nothing_and_recovers() {
    let mut home = Home::new();
    let Some(_disk) = SmallDisk::mount(&home, 2) else {
        // Only root can mount.
        leave_out("a file system can't be mounted here");
        return;
    };
    home.start();
    home.add(&[
        "tick",
        "--cron",
        "* * * * * *",
        "--timeout",
        "0",
        "--",
        "echo $JOBS_SCHEDULED_AT >> ticks",
    ]);
    home.add(&[
        "long",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--",
        "echo done; while ! test -e go; do sleep 0.02; done",
    ]);
    let long = home.run("long");
    until("it ticks", || {
        (home.read("ticks").lines().count() >= 2).then_some(())
    });
    let filler = home.path("data/filler");
    let _ = Command::new("sh")
        .args(["-c", "cat /dev/zero > \"$0\" 2>/dev/null"])
        .arg(&filler)
        .status();
    // Each job acknowledged from here on must exist afterwards.
    let mut acknowledged = Vec::new();
    let refused = until("an add is refused", || {
        let name = format!("job-{}", acknowledged.len());
        let padding = "x".repeat(20_000);
        let done = home.jobs(&[
            "add", &name, "--every", "1h", "--desc", &padding, "--", "true",
        ]);
        if done.code == 0 {
            acknowledged.push(name);
            return None;
        }
        Some(done)
    });
    refused.fails(1).says(&["full", "hint"]);
    let trouble = until("the scheduler is in trouble", || {
        let status = home.jobs(&["status", "--json"]).ok().json();
        status["trouble"].as_str().map(str::to_string)
    });
    assert!(trouble.contains("full"), "{trouble}");
    // An execution that ends now is recorded once there is room again.
    home.write("go", "");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let before = home.read("ticks").lines().count();
    std::fs::remove_file(&filler).unwrap();
    until("it ticks again", || {
        (home.read("ticks").lines().count() > before).then_some(())
    });
    assert_eq!(home.ended(long)["stdout"], "done\n");
    for name in &acknowledged {
        home.show(name);
    }
    assert_eq!(
        home.jobs(&["status", "--json"]).ok().json()["trouble"],
        serde_json::Value::Null
    );
    let ticks = home.read("ticks");
    let mut instants: Vec<&str> = ticks.lines().collect();
    instants.sort_unstable();
    instants.dedup();
    assert_eq!(
        instants.len(),
        ticks.lines().count(),
        "an instant fired twice"
    );
    let alerts = home.jobs(&["alerts", "--all", "--json"]).ok().json();
    let told = alerts.as_array().unwrap().iter();
    let told = told.filter(|alert| alert["condition"] == "cannot-record");
    let reasons: Vec<&str> = told
        .map(|alert| alert["reason"].as_str().unwrap())
        .collect();
    assert!(
        reasons.len() == 1 && reasons[0].contains("full"),
        "{alerts}"
    );
    assert_eq!(home.terminate(), Some(0));
}

#[test]
fn disk_that_is_nearly_full_is_told_until_it_has_room() {
    let mut home = Home::new();
    let Some(_disk) = SmallDisk::mount(&home, 64) else {
        leave_out("a file system can't be mounted here");
        return;
    };
    let filler = home.path("data/filler");
    std::fs::write(&filler, vec![1; 60 * 1024 * 1024]).unwrap();
    home.start();
    let open = |home: &Home| home.jobs(&["alerts", "--json"]).ok().json();
    let alert = until("it is told", || {
        let open = open(&home);
        (open.as_array().unwrap().len() == 1).then(|| open[0].clone())
    });
    assert_eq!(alert["condition"], "disk");
    let reason = alert["reason"].as_str().unwrap();
    assert!(
        reason.contains("MiB are free") && reason.contains("data"),
        "{reason}"
    );
    std::fs::remove_file(&filler).unwrap();
    home.add(&["one", "--every", "1h", "--", "true"]);
    home.ended(home.run("one"));
    until("it is over", || {
        open(&home).as_array().unwrap().is_empty().then_some(())
    });
    assert_eq!(home.terminate(), Some(0));
}

#[test]
fn file_that_is_no_database_is_refused() {
    let home = Home::new();
    std::fs::create_dir(home.path("data")).unwrap();
    home.write(
        "data/jobs.db",
        &"this is no database, but long enough to be one\n".repeat(100),
    );
    home.jobs(&["start", "-d"])
        .fails(1)
        .says(&["not a database", "jobs.db", "hint"]);
    assert!(
        home.read("data/jobs.db").starts_with("this is no database"),
        "it was not touched"
    );
}

#[test]
fn database_of_a_newer_version_is_refused() {
    let mut home = Home::started();
    assert_eq!(home.terminate(), Some(0));
    let python = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); \
                  c.execute(\"insert into __diesel_schema_migrations(version) values ('29991231000000')\"); c.commit()";
    let done = Command::new("python3")
        .args(["-c", python])
        .arg(home.path("data/jobs.db"))
        .status()
        .unwrap();
    assert!(done.success());
    home.jobs(&["start", "-d"])
        .fails(1)
        .says(&["newer version", "29991231000000"]);
}

#[test]
fn locked_database_is_reported() {
    let home = Home::started();
    let python = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); \
                  c.execute('begin exclusive'); print('locked', flush=True); sys.stdin.read()";
    let mut holder = Command::new("python3")
        .args(["-c", python])
        .arg(home.path("data/jobs.db"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(holder.stdout.take().unwrap()),
        &mut line,
    )
    .unwrap();
    home.jobs(&["add", "x", "--every", "1h", "--", "true"])
        .fails(1)
        .says(&["locked", "another process"]);
    // Reading works.
    home.jobs(&["list"]).ok();
    drop(holder.stdin.take());
    holder.wait().unwrap();
    home.jobs(&["add", "x", "--every", "1h", "--", "true"]).ok();
}

#[test]
fn endless_output_leaves_room_for_the_history() {
    let mut home = Home::new();
    let Some(_disk) = SmallDisk::mount(&home, 12) else {
        leave_out("a file system can't be mounted here");
        return;
    };
    home.start();
    home.add(&[
        "chatty",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--",
        "head -c 30000000 /dev/zero",
    ]);
    let ended = home.ended(home.run("chatty"));
    let error = ended["error"].as_str().unwrap_or_default();
    assert!(error.contains("could not be kept"), "{ended}");
    assert!(error.contains("nearly full"), "{ended}");
    assert!(
        ended["stdout_bytes"].as_i64().unwrap() < 12_000_000,
        "{ended}"
    );
    // Other jobs still run.
    home.add(&["other", "--every", "1h", "--", "true"]);
    assert_eq!(home.ended(home.run("other"))["status"], "success");
    home.jobs(&["rm", "chatty"]).ok();
}
