//! Folders and files that another account could change: the daemon refuses them, and the client refuses its listeners.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use super::Background;
use crate::support::{Home, is_alive, is_root, leave_out, signal, until};

const NOBODY: u32 = 65_534;

const LAYOUT: &str = "database: {path: db/jobs.db}\nlogs: {dir: log}\n";

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// A home that a daemon has used, with folders of its own for the database and the log.
fn used_home() -> Home {
    let mut home = Home::with_config(LAYOUT);
    home.terminate();
    home
}

#[test]
fn place_that_others_may_write_to_is_refused_with_the_command() {
    let home = used_home();
    for (name, bits, mend) in [
        ("", 0o775, "chmod g-w"),
        ("", 0o1777, "chmod go-w"),
        ("data", 0o777, "chmod go-w"),
        ("data/output", 0o720, "chmod g-w"),
        ("runtime", 0o702, "chmod go-w"),
        ("db", 0o770, "chmod g-w"),
        ("log", 0o777, "chmod go-w"),
        ("config.yaml", 0o664, "chmod g-w"),
        ("db/jobs.db", 0o660, "chmod g-w"),
    ] {
        let path = home.path(name);
        let before = mode(&path);
        set_mode(&path, bits);
        let shown = path.display().to_string();
        home.jobs(&["start", "-d"]).fails(1).says(&[
            mend,
            shown.trim_end_matches('/'),
            "may write to",
        ]);
        assert_eq!(mode(&path), bits, "{name}");
        set_mode(&path, before);
    }
    home.jobs(&["start", "-d"]).ok();
    let _background = Background(&home);
}

#[test]
fn link_is_refused_and_nothing_behind_it_is_changed() {
    let home = used_home();
    let elsewhere = tempfile::tempdir().unwrap();
    for name in [
        "data",
        "data/output",
        "runtime",
        "db",
        "log",
        "db/jobs.db",
        "db/jobs.db-wal",
    ] {
        let (path, moved) = (home.path(name), elsewhere.path().join("moved"));
        let is_there = path.exists();
        if is_there {
            fs::rename(&path, &moved).unwrap();
        } else {
            fs::write(&moved, "").unwrap();
        }
        set_mode(&moved, 0o755);
        symlink(&moved, &path).unwrap();
        home.jobs(&["start", "-d"])
            .fails(1)
            .says(&["is a link to", &moved.display().to_string()]);
        assert_eq!(mode(&moved), 0o755, "{name}");
        fs::remove_file(&path).unwrap();
        if is_there {
            fs::rename(&moved, &path).unwrap();
        }
    }
    // A pipe in the place of a file is not waited for.
    for name in ["runtime/jobs.lock", "db/jobs.db.lock", "db/jobs.db-wal"] {
        let path = home.path(name);
        let _ = fs::remove_file(&path);
        let made = Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        home.jobs(&["start", "-d"])
            .fails(1)
            .says(&[name, "it is not a file"]);
        fs::remove_file(&path).unwrap();
    }
    // Files that the daemon makes do not go where a link leads.
    let victim = elsewhere.path().join("victim");
    for name in [
        "runtime/jobs.lock",
        "runtime/jobs.pid",
        "db/jobs.db.lock",
        "data/login.key",
    ] {
        let path = home.path(name);
        let _ = fs::remove_file(&path);
        symlink(&victim, &path).unwrap();
        home.jobs(&["start", "-d"]).fails(1).says(&[name]);
        assert!(!victim.exists(), "{name}");
        fs::remove_file(&path).unwrap();
    }
    fs::hard_link(home.path("db/jobs.db"), home.path("db/other.db")).unwrap();
    home.jobs(&["start", "-d"])
        .fails(1)
        .says(&["2 names (hard links)"]);
}

#[test]
fn place_of_another_account_is_refused() {
    if !is_root() {
        return leave_out("only root can do this");
    }
    let home = used_home();
    for name in [
        "",
        "data",
        "data/output",
        "runtime",
        "db",
        "log",
        "config.yaml",
        "db/jobs.db",
    ] {
        let path = home.path(name);
        chown(&path, Some(NOBODY), None).unwrap();
        let shown = path.display().to_string();
        let mend = format!("`chown root {}`", shown.trim_end_matches('/'));
        home.jobs(&["start", "-d"])
            .fails(1)
            .says(&["belongs to the account 65534, not to root", &mend]);
        chown(&path, Some(0), None).unwrap();
    }
    // A folder above the home, and a home that is missing in a folder that everyone may write to.
    let above = home.path("above");
    fs::create_dir(&above).unwrap();
    for bits in [0o777, 0o770] {
        set_mode(&above, bits);
        let deep = above.join("deep/home");
        home.jobs(&["start", "-d", "--home", deep.to_str().unwrap()])
            .fails(1)
            .says(&[&format!("write to the folder `{}`", above.display())]);
        assert!(!above.join("deep").exists());
    }
}

#[test]
fn files_are_private_whatever_the_umask() {
    let mut home = Home::new();
    home.write("config.yaml", LAYOUT);
    let script = format!("umask 000; exec {} \"$@\"", env!("CARGO_BIN_EXE_jobs"));
    home.launched_by(&["sh", "-c", &script, "sh"]);
    home.start();
    home.add(&[
        "a",
        "--every",
        "1h",
        "--stdin",
        "text",
        "--",
        "yes | head -c 100000",
    ]);
    home.ended(home.run("a"));
    for folder in ["data", "data/output", "runtime", "db", "log"] {
        assert_eq!(mode(&home.path(folder)), 0o700, "{folder}");
        for entry in fs::read_dir(home.path(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                assert_eq!(mode(&path), 0o600, "{}", path.display());
            }
        }
    }
    let written = fs::read_dir(home.path("log")).unwrap().count();
    assert_eq!(written, 1);
}

#[test]
fn client_sends_nothing_to_a_listener_of_another_account() {
    if !is_root() {
        return leave_out("only root can do this");
    }
    // A daemon of another account.
    let mut home = Home::new();
    let program = home.path("jobs-program");
    fs::copy(env!("CARGO_BIN_EXE_jobs"), &program).unwrap();
    chown(home.path(""), Some(NOBODY), Some(NOBODY)).unwrap();
    let program = program.display().to_string();
    let as_nobody = [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        &program,
    ];
    home.launched_by(&as_nobody);
    home.called_by(&as_nobody);
    home.start();
    home.called_by(&[]);
    home.jobs(&["status"])
        .fails(1)
        .says(&["belongs to the account 65534, not to root"]);
    // The folder and the socket were root's all the time; only the listener is not.
    chown(home.path(""), Some(0), Some(0)).unwrap();
    chown(home.path("jobs.sock"), Some(0), Some(0)).unwrap();
    home.jobs(&[
        "add",
        "a",
        "--every",
        "1h",
        "--env",
        "PGPASSWORD=hunter2",
        "--",
        "true",
    ])
    .fails(1)
    .says(&["the account 65534 listens on", "sudo -u '#65534'"]);
    // A socket behind a link.
    let other = Home::started();
    fs::rename(home.path("jobs.sock"), home.path("old.sock")).unwrap();
    symlink(other.path("jobs.sock"), home.path("jobs.sock")).unwrap();
    home.jobs(&["status"]).fails(1).says(&["is a link"]);
    fs::remove_file(home.path("jobs.sock")).unwrap();
    fs::rename(home.path("old.sock"), home.path("jobs.sock")).unwrap();
    chown(home.path(""), Some(NOBODY), Some(NOBODY)).unwrap();
    chown(home.path("jobs.sock"), Some(NOBODY), Some(NOBODY)).unwrap();
}

#[test]
fn messages_of_a_daemon_do_not_control_the_terminal() {
    let home = Home::new();
    let listener = UnixListener::bind(home.path("jobs.sock")).unwrap();
    let answers = [
        r#"{"jsonrpc":"2.0","error":{"code":8,"message":"try \u001b]0;owned\u0007 \u009b2J again"},"id":1}"#,
        r#"{"jsonrpc":"2.0","result":{"warnings":["\u001b[2Jcleared"]},"id":1}"#,
        "\u{1b}[2Jnot JSON",
    ];
    let server = std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut line = String::new();
            BufReader::new(&stream).read_line(&mut line).unwrap();
            writeln!(stream, "{answer}").unwrap();
        }
    });
    for (code, shown) in [
        (1, "try \\u{1b}]0;owned\\u{7} \\u{9b}2J again"),
        (0, "\\u{1b}[2Jcleared"),
        (1, "can't be read"),
    ] {
        let done = home.jobs(&["reload"]).fails(code).says(&[shown]);
        let all = done.stdout + &done.stderr;
        assert!(!all.contains(['\u{1b}', '\u{7}', '\u{9b}']), "{all:?}");
    }
    server.join().unwrap();
}

#[test]
fn shutdown_signals_no_process_that_a_lock_file_only_names() {
    let home = used_home();
    let mut victim = Command::new("sleep").arg("600").spawn().unwrap();
    let lock = fs::File::create(home.path("runtime/jobs.lock")).unwrap();
    lock.lock().unwrap();
    // The start of the process is not the one that the text names: the number was given to another process since.
    for text in [
        format!("pid: {}\nstart: 1\n", victim.id()),
        format!("{}\n", victim.id()),
        String::new(),
    ] {
        home.write("runtime/jobs.lock", &text);
        home.write("runtime/jobs.pid", &format!("{}\n", victim.id()));
        home.jobs(&["shutdown"])
            .fails(3)
            .says(&["no daemon answers"]);
    }
    assert!(is_alive(&victim.id().to_string()));
    signal(victim.id(), "KILL");
    victim.wait().unwrap();
}

#[test]
fn client_in_another_pid_namespace_is_served() {
    if !is_root() {
        return leave_out("only root can do this");
    }
    let mut home = Home::new();
    let script = format!(
        "mount -t proc proc /proc && exec {} \"$@\"",
        env!("CARGO_BIN_EXE_jobs")
    );
    home.launched_by(&[
        "unshare",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount",
        "sh",
        "-c",
        &script,
        "sh",
    ]);
    home.start();
    home.add(&["a", "--every", "1h", "--", "true"]);
    home.jobs(&["shutdown"]).ok();
    until("the daemon has ended", || {
        (!home.path("jobs.sock").exists()).then_some(())
    });
}
