//! The database is moved, deleted, truncated or written over while the daemon has it open, or is missing at a start.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::support::{Done, Home, until};

fn names(home: &Home) -> Vec<String> {
    let list = home.jobs(&["list", "--json"]).ok().json();
    list.as_array()
        .unwrap()
        .iter()
        .map(|job| job["name"].as_str().unwrap().to_string())
        .collect()
}

fn add(home: &Home, name: &str) -> Done {
    home.jobs(&["add", name, "--every", "1h", "--", "true"])
}

fn status(home: &Home) -> Value {
    home.jobs(&["status", "--json"]).ok().json()
}

/// Waits until the daemon says that it can't write, without a change that would make it notice.
fn trouble(home: &Home) -> String {
    until("the daemon notices", || {
        status(home)["trouble"].as_str().map(str::to_string)
    })
}

/// Waits until the log of the database is written back.
fn written_back(home: &Home) {
    let log = home.path("data/jobs.db-wal");
    until("the log is written back", || {
        (fs::metadata(&log).map_or(0, |file| file.len()) == 0).then_some(())
    });
}

/// The words of the daemon's log about the store, once per loss.
fn complaints(home: &Home) -> usize {
    home.system_log()
        .lines()
        .filter(|line| line.contains("the store could not be written"))
        .count()
}

struct Files {
    database: PathBuf,
    log: PathBuf,
    elsewhere: PathBuf,
}

fn files(home: &Home) -> Files {
    Files {
        database: home.path("data/jobs.db"),
        log: home.path("data/jobs.db-wal"),
        elsewhere: home.path("elsewhere.db"),
    }
}

#[test]
fn moved_database_is_noticed_and_goes_on_when_it_is_back() {
    let home = Home::started();
    let files = files(&home);
    add(&home, "before").ok();
    fs::rename(&files.database, &files.elsewhere).unwrap();
    let trouble = trouble(&home);
    assert!(trouble.contains("moved or deleted"), "{trouble}");
    add(&home, "meanwhile")
        .fails(1)
        .says(&["no change is accepted", "put the file back"]);
    let health = home.jobs(&["health", "--json"]);
    assert_eq!(health.json()["healthy"], false, "{}", health.stdout);
    assert!(
        !files.database.exists(),
        "nothing may be created at its place"
    );
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(complaints(&home), 1, "{}", home.system_log());
    fs::rename(&files.elsewhere, &files.database).unwrap();
    until("it goes on", || {
        status(&home)["trouble"].is_null().then_some(())
    });
    add(&home, "after").ok();
    assert_eq!(names(&home), ["before", "after"]);
}

#[test]
fn moved_database_gets_all_changes_at_the_end() {
    let mut home = Home::started();
    let files = files(&home);
    add(&home, "before").ok();
    fs::rename(&files.database, &files.elsewhere).unwrap();
    trouble(&home);
    assert_eq!(home.terminate(), Some(0));
    let moved = rusqlite::Connection::open(&files.elsewhere).unwrap();
    let jobs: i64 = moved
        .query_row("SELECT count(*) FROM jobs", [], |row| row.get(0))
        .unwrap();
    assert_eq!(jobs, 1);
    drop(moved);
    fs::rename(&files.elsewhere, &files.database).unwrap();
    home.start();
    assert_eq!(names(&home), ["before"]);
}

#[test]
fn deleted_database_keeps_its_log_and_comes_back_from_the_daemon() {
    let mut home = Home::started();
    let files = files(&home);
    for name in ["a", "b", "c"] {
        add(&home, name).ok();
    }
    fs::remove_file(&files.database).unwrap();
    let trouble = trouble(&home);
    let copy = trouble
        .split('`')
        .find(|part| part.starts_with("cp /proc/"))
        .unwrap();
    // The command that the message gives brings the database back.
    let done = std::process::Command::new("sh")
        .args(["-c", copy])
        .status()
        .unwrap();
    assert!(done.success(), "{copy}");
    until("it goes on", || {
        status(&home)["trouble"].is_null().then_some(())
    });
    add(&home, "d").ok();
    assert_eq!(names(&home), ["a", "b", "c", "d"]);
    // Deleted again, and nobody brings it back.
    fs::remove_file(&files.database).unwrap();
    add(&home, "e").fails(1);
    assert_eq!(home.terminate(), Some(0));
    assert!(
        fs::metadata(&files.log).unwrap().len() > 32,
        "the log is the last copy"
    );
    refused(&home, &["missing", "last copy", "put the database back"]);
    assert!(!files.database.exists());
}

/// Asserts that a start is refused.
fn refused(home: &Home, parts: &[&str]) {
    home.jobs(&["start"]).fails(1).says(parts);
}

#[test]
fn log_without_its_database_is_kept_and_can_be_applied_to_an_empty_one() {
    for is_empty in [false, true] {
        let mut home = Home::started();
        let files = files(&home);
        add(&home, "precious").ok();
        home.kill();
        let log = fs::read(&files.log).unwrap();
        if is_empty {
            fs::write(&files.database, "").unwrap();
        } else {
            fs::remove_file(&files.database).unwrap();
        }
        let state = if is_empty { "empty" } else { "missing" };
        refused(&home, &[state, "PRAGMA journal_mode=WAL"]);
        assert_eq!(fs::read(&files.log).unwrap(), log);
        // As the message says: an empty database in the mode of the log.
        let new = rusqlite::Connection::open(&files.elsewhere).unwrap();
        new.execute_batch("PRAGMA journal_mode=WAL; VACUUM")
            .unwrap();
        drop(new);
        fs::copy(&files.elsewhere, &files.database).unwrap();
        home.start();
        assert_eq!(names(&home), ["precious"]);
    }
}

#[test]
fn truncated_database_is_refused_and_a_backup_in_its_place_is_taken() {
    let mut home = Home::started();
    let files = files(&home);
    add(&home, "old").ok();
    written_back(&home);
    fs::copy(&files.database, &files.elsewhere).unwrap();
    add(&home, "new").ok();
    written_back(&home);
    fs::OpenOptions::new()
        .write(true)
        .truncate(true)
        .open(&files.database)
        .unwrap();
    until("the daemon notices", || {
        let done = home.jobs(&["status"]);
        (done.code != 0 && done.stderr.contains("truncated to 0 bytes")).then_some(())
    });
    add(&home, "meanwhile").fails(1).says(&["truncated"]);
    // Written over with a backup, as `cp` does.
    fs::write(&files.database, fs::read(&files.elsewhere).unwrap()).unwrap();
    until("it goes on", || {
        let done = home.jobs(&["status", "--json"]);
        (done.code == 0 && done.json()["trouble"].is_null()).then_some(())
    });
    assert_eq!(names(&home), ["old"]);
    add(&home, "later").ok();
    assert_eq!(home.terminate(), Some(0));
    home.start();
    assert_eq!(names(&home), ["old", "later"]);
}

#[test]
fn other_file_in_place_of_the_database_does_not_get_its_log() {
    let mut home = Home::started();
    let files = files(&home);
    add(&home, "old").ok();
    written_back(&home);
    fs::copy(&files.database, &files.elsewhere).unwrap();
    add(&home, "newer").ok();
    written_back(&home);
    // The log is not empty when another file comes.
    add(&home, "new").ok();
    fs::rename(&files.elsewhere, &files.database).unwrap();
    add(&home, "meanwhile").fails(1).says(&["another file"]);
    assert_eq!(home.terminate(), Some(0));
    let aside = home.path("data/jobs.db-wal.lost-1");
    assert!(fs::metadata(&aside).unwrap().len() > 32);
    home.start();
    assert_eq!(names(&home), ["old"]);
}

#[test]
fn log_that_is_deleted_is_written_back_before_the_next_answer() {
    let mut home = Home::started();
    let files = files(&home);
    add(&home, "before").ok();
    fs::remove_file(&files.log).unwrap();
    until("an add is accepted", || {
        (add(&home, "after").code == 0).then_some(())
    });
    home.kill();
    home.start();
    assert!(names(&home).contains(&"before".to_string()));
    assert!(names(&home).contains(&"after".to_string()));
}

#[test]
fn checkpoint_or_time_of_another_program_loses_nothing() {
    let mut home = Home::started();
    let files = files(&home);
    add(&home, "a").ok();
    let other = rusqlite::Connection::open(&files.database).unwrap();
    other
        .query_row("PRAGMA wal_checkpoint", [], |_| Ok(()))
        .unwrap();
    drop(other);
    add(&home, "b").ok();
    let touch = || {
        let file = fs::File::options()
            .write(true)
            .open(&files.database)
            .unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH)
            .unwrap();
    };
    touch();
    add(&home, "c").ok();
    touch();
    assert_eq!(home.terminate(), Some(0));
    home.start();
    assert_eq!(names(&home), ["a", "b", "c"]);
}

#[test]
fn plain_copy_of_an_idle_database_is_complete() {
    let home = Home::started();
    let files = files(&home);
    add(&home, "job").ok();
    written_back(&home);
    fs::copy(&files.database, &files.elsewhere).unwrap();
    let copy = rusqlite::Connection::open(&files.elsewhere).unwrap();
    let jobs: i64 = copy
        .query_row("SELECT count(*) FROM jobs", [], |row| row.get(0))
        .unwrap();
    assert_eq!(jobs, 1);
}

/// A job that prints 8,000 lines which begin with a word.
fn printer(home: &Home, name: &str, word: &str) {
    let command = format!("for i in $(seq 1 8000); do echo {word}-$i; done");
    home.add(&[name, "--every", "1h", "--timeout", "0", "--", &command]);
}

fn output_files(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn numbers_with_output_are_not_given_again_after_the_database_is_lost() {
    let mut home = Home::started();
    let files = files(&home);
    printer(&home, "secret", "OLD");
    written_back(&home);
    fs::copy(&files.database, &files.elsewhere).unwrap();
    let runs: Vec<_> = (0..3).map(|_| home.run("secret")).collect();
    let last = *runs.last().unwrap();
    home.ended(last);
    assert_eq!(home.terminate(), Some(0));
    // First the database is lost, then an older copy takes its place.
    for older in [None, Some(&files.elsewhere)] {
        fs::remove_file(&files.database).unwrap();
        if let Some(older) = older {
            fs::copy(older, &files.database).unwrap();
        }
        let before = output_files(&home.path("data/output"));
        home.start();
        assert_eq!(
            output_files(&home.path("data/output")),
            before,
            "output is kept"
        );
        printer(&home, "other", "NEW");
        let exec_id = home.run("other");
        assert!(exec_id > last, "{exec_id}");
        home.ended(exec_id);
        let shown = home
            .jobs(&["logs", "--exec", &exec_id.to_string()])
            .ok()
            .stdout;
        assert_eq!(
            shown
                .lines()
                .filter(|line| line.starts_with("NEW-"))
                .count(),
            8000
        );
        assert_eq!(shown.lines().count(), 8000);
        assert!(home.system_log().contains("was the database lost"));
        assert_eq!(home.terminate(), Some(0));
        // A later start removes nothing of it either.
        home.start();
        assert_eq!(output_files(&home.path("data/output")), before + 1);
        assert_eq!(home.terminate(), Some(0));
    }
}

#[cfg(unix)]
#[test]
fn database_that_is_put_back_is_checked_as_at_a_start() {
    use std::os::unix::fs::{PermissionsExt, chown};
    let home = Home::started();
    let files = files(&home);
    add(&home, "before").ok();
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let refused = |hint: &str| {
        until("the refusal is told", || {
            let trouble = status(&home)["trouble"].as_str()?.to_string();
            trouble.contains(hint).then_some(())
        });
        add(&home, "meanwhile").fails(1).says(&[hint]);
    };
    let goes_on = |name: &str| {
        until("it goes on", || {
            status(&home)["trouble"].is_null().then_some(())
        });
        add(&home, name).ok();
    };
    // The same file, with other rights.
    fs::rename(&files.database, &files.elsewhere).unwrap();
    trouble(&home);
    mode(&files.elsewhere, 0o666);
    fs::rename(&files.elsewhere, &files.database).unwrap();
    refused("chmod go-w");
    mode(&files.database, 0o644);
    goes_on("same");
    let rights = fs::metadata(&files.database).unwrap().permissions().mode();
    assert_eq!(rights & 0o777, 0o600, "others may not read it");

    // Another file, with other rights, and then of another account.
    written_back(&home);
    fs::copy(&files.database, &files.elsewhere).unwrap();
    mode(&files.elsewhere, 0o666);
    fs::rename(&files.elsewhere, &files.database).unwrap();
    refused("chmod go-w");
    mode(&files.database, 0o600);
    goes_on("copy");

    if !rustix::process::geteuid().is_root() {
        return;
    }
    written_back(&home);
    fs::copy(&files.database, &files.elsewhere).unwrap();
    chown(&files.elsewhere, Some(1), None).unwrap();
    fs::rename(&files.elsewhere, &files.database).unwrap();
    refused("chown root");
    chown(&files.database, Some(0), None).unwrap();
    goes_on("owned");
    assert_eq!(names(&home), ["before", "same", "copy", "owned"]);
}
