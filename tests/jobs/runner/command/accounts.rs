//! Commands that run as another account.

use std::os::unix::fs::chown;
use std::path::Path;

use serde_json::Value;

use super::{
    BINARY, JOB_VARIABLES, PRINT_ENVIRONMENT, WORKER, assert_failed, copy_of_program, folder_of,
    machine_file, pid_in, printed, run, variables, with_accounts,
};
use crate::support::{Home, is_alive, is_root, leave_out};

#[test]
fn account_has_groups_home_and_environment_of_a_login() {
    let Some(home) = with_accounts(&[("SECRET", "of root"), ("LANG", "C.UTF-8")]) else {
        return;
    };
    let ids = "id -u; id -g; id -G; pwd; umask";
    let out = printed(&home, "ids", &["--user", "worker"], ids);
    let lines: Vec<&str> = out.lines().collect();
    let mut groups: Vec<&str> = lines[2].split(' ').collect();
    groups.sort_unstable();
    assert_eq!(lines[..2], ["54321", "54321"], "{out}");
    assert_eq!(groups, ["54321", "54400", "54401"], "{out}");
    let people = home.path("people").canonicalize().unwrap();
    assert_eq!(Path::new(lines[3]), people);

    let out = printed(&home, "env", &["--user", "worker"], PRINT_ENVIRONMENT);
    let got = variables(&out);
    let people = home.path("people").display().to_string();
    for (name, value) in [
        ("HOME", people.as_str()),
        ("USER", "worker"),
        ("LOGNAME", "worker"),
        ("SHELL", "/bin/bash"),
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ("LANG", "C.UTF-8"),
        ("TZ", "UTC"),
    ] {
        assert_eq!(got.get(name), Some(&value), "{name} in {out}");
    }
    let names: Vec<&str> = got.keys().copied().collect();
    let mut expected = vec!["HOME", "LANG", "LOGNAME", "PATH", "SHELL", "TZ", "USER"];
    expected.extend(JOB_VARIABLES);
    expected.sort_unstable();
    assert_eq!(names, expected);
    // With `--clean-env=false` the account gets the environment of the daemon.
    let flags = ["--user", "worker", "--clean-env=false"];
    let out = printed(&home, "leaky", &flags, "echo $SECRET $USER $HOME");
    assert_eq!(out, format!("of root worker {people}\n"));

    // The stored text sets the account too.
    home.add(&[
        "text",
        "--every",
        "1h",
        "--",
        "【command】id -un; pwd\n【user】homeless",
    ]);
    assert_eq!(
        home.ended(home.run("text"))["stdout"],
        "homeless\n/\n",
        "without a home it is /"
    );
}

#[test]
fn account_can_open_its_streams_and_no_files_of_the_daemon() {
    let Some(home) = with_accounts(&[]) else {
        return;
    };
    let flags = ["--user", "worker", "--stdin", "read me"];
    let row = run(
        &home,
        "streams",
        &flags,
        "echo out > /dev/stdout; echo err > /dev/stderr; cat /dev/stdin",
    );
    assert_eq!(
        (row["stdout"].as_str(), row["stderr"].as_str()),
        (Some("out\nread me"), Some("err\n")),
        "{row}"
    );
    // A second attempt can reopen the same pipes.
    let flags = ["--user", "worker", "--times", "2"];
    let row = run(&home, "twice", &flags, "echo x > /dev/stderr; exit 1");
    assert_eq!(row["stderr"], "x\n[attempt 2 of 2]\nx\n");
    // The owner of `/dev/null` is unchanged.
    let metadata = std::fs::metadata("/dev/null").unwrap();
    assert_eq!(std::os::unix::fs::MetadataExt::uid(&metadata), 0);

    let folder = folder_of(&home);
    let looks = format!(
        "cd {folder} || exit 3; for it in data runtime; do ls $it && exit 4; done; \
         for it in data/jobs.db data/jobs.db-wal; do cat $it && exit 5; done; \
         {BINARY} --home {folder} status && exit 6; ls /proc/$PPID/fd && exit 7; exit 0"
    );
    let row = run(&home, "spy", &["--user", "worker"], &looks);
    assert_eq!(row["status"], "success", "{row}");
    assert_eq!(row["stdout"], "");

    // The command has its own session: it cannot write to the terminal of the daemon.
    let out = printed(
        &home,
        "own",
        &["--user", "worker"],
        "ls /proc/self/fd | wc -l; test \"$(cut -d' ' -f6 /proc/$$/stat)\" = $$ && echo leads; (: < /dev/tty) 2> /dev/null || echo none",
    );
    // Standard input, output and error, and the folder that `ls` reads.
    assert_eq!(out, "4\nleads\nnone\n");
}

#[test]
fn account_that_is_unknown_is_refused() {
    let Some(home) = with_accounts(&[]) else {
        return;
    };
    home.jobs(&[
        "add",
        "a",
        "--every",
        "1h",
        "--user",
        "nobody-knows",
        "--",
        "true",
    ])
    .fails(2)
    .says(&["user", "there is no account `nobody-knows`"]);
    // The account of the daemon itself is accepted.
    let out = printed(&home, "own", &["--user", "root"], "id -un; echo $JOBS_HOME");
    assert_eq!(
        out,
        format!("root\n{}\n", folder_of(&home)),
        "the environment is the daemon's"
    );

    // An account that has been removed when the job runs.
    home.add(&["gone", "--every", "1h", "--user", "worker", "--", "true"]);
    assert_eq!(home.ended(home.run("gone"))["status"], "success");
    home.write("passwd", &machine_file("passwd"));
    let row = home.ended(home.run("gone"));
    assert_failed(&row, "error", &["user", "there is no account `worker`"]);
    assert_eq!(row["exit_code"], Value::Null);
}

#[test]
fn workdir_without_permission_of_the_account_fails() {
    let Some(home) = with_accounts(&[]) else {
        return;
    };
    let locked = home.path("locked").display().to_string();
    let flags = ["--user", "worker", "--workdir", &locked];
    let row = run(&home, "locked", &flags, "echo in");
    assert_failed(&row, "stderr", &["workdir", &locked, "Permission denied"]);
    assert_failed(&row, "error", &["exit status 125", "(see stderr)"]);
    assert_eq!(row["stdout"], "");
    // A home that exists but cannot be entered fails the job too.
    let row = run(&home, "shut", &["--user", "locked"], "echo in");
    assert_failed(&row, "stderr", &["workdir", &locked, "Permission denied"]);
    let row = run(
        &home,
        "missing",
        &["--user", "worker", "--workdir", "/no/such"],
        "pwd",
    );
    assert_failed(&row, "error", &["workdir", "`/no/such`", "No such file"]);
}

#[test]
fn env_file_of_account_applies_only_to_its_command() {
    let Some(home) = with_accounts(&[]) else {
        return;
    };
    let file = home.write("people/env", "LD_PRELOAD=/nonexistent/mine.so\nA=1\n");
    chown(&file, Some(WORKER), Some(WORKER)).unwrap();
    let file = file.display().to_string();
    let flags = ["--user", "worker", "--env-file", &file];
    let row = run(&home, "preload", &flags, "echo $A $LD_PRELOAD");
    assert_eq!(row["stdout"], "1 /nonexistent/mine.so\n", "{row}");
    // The loader complains once: for the shell, not for the setup that runs as root before it.
    let complaints = row["stderr"].as_str().unwrap();
    assert_eq!(
        complaints.matches("cannot be preloaded").count(),
        1,
        "{row}"
    );
}

/// A home that belongs to `nobody`, with a daemon that runs as `nobody`.
fn home_of_nobody() -> Option<Home> {
    if !is_root() {
        leave_out("only root can do this");
        return None;
    }
    let mut home = Home::new();
    let program = copy_of_program(&home);
    let nobody = 65_534;
    chown(home.path(""), Some(nobody), Some(nobody)).unwrap();
    let as_nobody = [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        &program,
    ];
    home.launched_by(&[&["prlimit", "--nofile=256:4096"], &as_nobody[..]].concat());
    // A client of root's talks to no daemon of another account.
    home.called_by(&as_nobody);
    home.start();
    Some(home)
}

#[test]
fn daemon_without_root_refuses_accounts_and_raised_limits() {
    let Some(home) = home_of_nobody() else {
        return;
    };
    home.jobs(&["add", "a", "--every", "1h", "--user", "root", "--", "true"])
        .fails(2)
        .says(&["user", "`root`", "only a daemon that runs as root"]);
    // The stored text is checked too.
    home.jobs(&[
        "add",
        "a",
        "--every",
        "1h",
        "--",
        "【command】true\n【user】root",
    ])
    .fails(2)
    .says(&["only a daemon that runs as root"]);
    let flags = [
        "--user",
        "nobody",
        "--nice",
        "3",
        "--umask",
        "077",
        "--limit",
        "nofile=100,mem=1G",
    ];
    let out = printed(&home, "own", &flags, "id -un; nice; umask; ulimit -n");
    assert_eq!(out, "nobody\n3\n0077\n100\n");
    let row = run(&home, "first", &["--nice", "-5"], "nice");
    assert_failed(&row, "stderr", &["nice", "`-5`", "denied"]);
    let row = run(&home, "more", &["--limit", "nofile=8192"], "true");
    assert_failed(
        &row,
        "stderr",
        &[
            "nofile=8192",
            "more than the limit of the daemon itself (4096)",
        ],
    );
    let row = run(
        &home,
        "many",
        &["--limit", "nproc=1"],
        "trap 'kill $all; wait' EXIT; sleep 60 & all=$!; sleep 60 & all=\"$all $!\"; echo all",
    );
    assert_ne!(row["stdout"], "all\n", "{row}");
    // The daemon cannot make a cgroup here, but ends the processes that it can find.
    let exec_id = {
        home.add(&[
            "long",
            "--every",
            "1h",
            "--timeout",
            "0",
            "--nice",
            "1",
            "--",
            "setsid sleep 600 & echo $! > pid; wait",
        ]);
        home.run("long")
    };
    let pid = pid_in(&home.path("pid"));
    home.jobs(&["cancel", &exec_id.to_string()]).ok();
    assert!(!is_alive(&pid));
}
