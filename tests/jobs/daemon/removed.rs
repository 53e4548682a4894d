//! The socket or a folder of a running daemon is removed or moved: it is made again.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{Home, until};

/// Waits until a client is answered.
#[track_caller]
fn answers(home: &Home) {
    // Not `status`, which reads the database: that may be elsewhere.
    until("the daemon answers", || {
        (home.jobs(&["version"]).code == 0).then_some(())
    });
}

/// Removes a folder. The daemon makes files of it again meanwhile, so that it may not be empty at the first attempt.
#[track_caller]
fn remove(home: &Home, folder: &str) {
    until("the folder is removed", || {
        match fs::remove_dir_all(home.path(folder)) {
            Ok(()) => Some(()),
            Err(error) => {
                assert_eq!(error.kind(), std::io::ErrorKind::DirectoryNotEmpty);
                None
            }
        }
    });
}

#[test]
fn removed_socket_and_folders_are_made_again() {
    let home = Home::started();
    home.add(&["a", "--every", "1h", "--", "true"]);
    let socket = home.path("jobs.sock");
    for _ in 0..3 {
        fs::remove_file(&socket).unwrap();
        answers(&home);
        assert_eq!(
            fs::metadata(&socket).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    for folder in ["runtime", "runtime/logs", "data/output"] {
        remove(&home, folder);
        until(folder, || home.path(folder).is_dir().then_some(()));
        assert_eq!(
            fs::metadata(home.path(folder))
                .unwrap()
                .permissions()
                .mode()
                & 0o777,
            0o700
        );
    }
    until("the pid is written", || {
        (home.read("runtime/jobs.pid").trim() == home.pid().to_string()).then_some(())
    });
    home.jobs(&["start", "-d"])
        .fails(1)
        .says(&["another daemon", &home.pid().to_string()]);
    // The log goes on in the new folder, and output is kept in the new one.
    until("the log says it", || {
        home.system_log().contains("was made again").then_some(())
    });
    home.add(&["big", "--every", "1h", "--", "yes | head -c 100000"]);
    assert_eq!(home.ended(home.run("big"))["status"], "success");
    assert!(home.jobs(&["logs", "big"]).ok().stdout.len() >= 100_000);
}

#[test]
fn home_that_is_moved_away_is_made_again() {
    let outer = Home::new();
    let mut home = Home::new();
    let folder = outer.path("a/home");
    home.set_env("JOBS_HOME", &folder.display().to_string());
    fs::create_dir_all(&folder).unwrap();
    home.start();
    // The folder itself, and one above it.
    for (from, to) in [("a/home", "moved"), ("a", "above")] {
        fs::rename(outer.path(from), outer.path(to)).unwrap();
        answers(&home);
        assert!(folder.join("runtime/jobs.lock").exists());
    }
}

#[test]
fn home_that_cannot_be_made_yet_is_made_as_soon_as_it_can() {
    let outer = Home::new();
    let mut home = Home::new();
    let folder = outer.path("a/home");
    home.set_env("JOBS_HOME", &folder.display().to_string());
    fs::create_dir_all(&folder).unwrap();
    home.start();
    // A file takes the place of the folder above, in one step.
    outer.write("b", "in the way");
    let (a, b) = (outer.path("a"), outer.path("b"));
    let exchange = rustix::fs::RenameFlags::EXCHANGE;
    rustix::fs::renameat_with(rustix::fs::CWD, &a, rustix::fs::CWD, &b, exchange).unwrap();
    until("the log says it", || {
        let files = fs::read_dir(b.join("home/runtime/logs")).unwrap();
        files
            .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
            .any(|text| text.contains("cannot be made again yet"))
            .then_some(())
    });
    fs::remove_file(&a).unwrap();
    answers(&home);
}

#[test]
fn socket_of_another_program_in_the_place_is_left_alone() {
    let home = Home::started();
    let socket = home.path("jobs.sock");
    // In one step, so that the daemon does not bind in between.
    let beside = home.path("beside.sock");
    let listener = std::os::unix::net::UnixListener::bind(&beside).unwrap();
    fs::rename(&beside, &socket).unwrap();
    until("the log says it", || {
        home.system_log()
            .contains("another program answers")
            .then_some(())
    });
    drop(listener);
    fs::remove_file(&socket).unwrap();
    answers(&home);
}
