//! Commands in their surroundings: the account, the environment, limits and priorities, groups that nothing escapes.

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Home, is_alive, leave_out, until};

const BINARY: &str = env!("CARGO_BIN_EXE_jobs");

/// Accounts that are there only for the daemon of a test.
const WORKER: u32 = 54_321;
const HOMELESS: u32 = 54_322;

/// Sees the files of a home in the place of the machine's, then becomes the program.
const WITH_ACCOUNTS: &str =
    "mount --bind \"$0/passwd\" /etc/passwd && mount --bind \"$0/group\" /etc/group && exec \"$@\"";

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A daemon of root on a machine that has the accounts `worker` and `homeless`; nothing where that can't be done.
fn with_accounts(env: &[(&str, &str)]) -> Option<Home> {
    let probe = std::process::Command::new("unshare")
        .args(["--mount", "true"])
        .status();
    if !is_root() || !probe.is_ok_and(|status| status.success()) {
        leave_out("only root can do this");
        return None;
    }
    let mut home = Home::new();
    home.write("config.yaml", "jobs:\n  kill_grace: 1\n");
    let folder = folder_of(&home);
    // Others may pass through, as through / and /var.
    open(&home.path(""), 0o711);
    for name in ["people", "locked"] {
        std::fs::create_dir(home.path(name)).unwrap();
    }
    chown(home.path("people"), Some(WORKER), Some(WORKER)).unwrap();
    open(&home.path("people"), 0o755);
    open(&home.path("locked"), 0o700);
    let passwd = format!(
        "worker:x:{WORKER}:{WORKER}::{folder}/people:/bin/bash\n\
         homeless:x:{HOMELESS}:{HOMELESS}::/nonexistent:/bin/sh\n\
         locked:x:54323:{HOMELESS}::{folder}/locked:/bin/sh\n"
    );
    let group = format!(
        "worker:x:{WORKER}:\nhomeless:x:{HOMELESS}:\nextra:x:54400:worker\nmore:x:54401:homeless,worker\n"
    );
    home.write("passwd", &(machines("passwd") + &passwd));
    home.write("group", &(machines("group") + &group));
    home.launched_by(&[
        "unshare",
        "--mount",
        "sh",
        "-c",
        WITH_ACCOUNTS,
        &folder,
        BINARY,
    ]);
    for (name, value) in env {
        home.set_env(name, value);
    }
    home.start();
    Some(home)
}

fn folder_of(home: &Home) -> String {
    let folder = home.path("").display().to_string();
    folder.trim_end_matches('/').to_string()
}

fn machines(name: &str) -> String {
    std::fs::read_to_string(Path::new("/etc").join(name)).unwrap()
}

fn open(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Adds a job, runs it, and returns how that ended.
#[track_caller]
fn run(home: &Home, name: &str, flags: &[&str], command: &str) -> Value {
    let mut all = vec![name, "--every", "1h", "--timeout", "60"];
    all.extend(flags);
    all.extend(["--", command]);
    home.add(&all);
    home.ended(home.run(name))
}

/// The same, and what it printed when it went well.
#[track_caller]
fn printed(home: &Home, name: &str, flags: &[&str], command: &str) -> String {
    let row = run(home, name, flags, command);
    assert_eq!(row["status"], "success", "{row}");
    row["stdout"].as_str().unwrap().to_string()
}

#[track_caller]
fn assert_failed(row: &Value, key: &str, parts: &[&str]) {
    assert_eq!(row["status"], "failed", "{row}");
    let text = row[key].as_str().unwrap();
    for part in parts {
        assert!(text.contains(part), "no {part:?} in {row}");
    }
}

/// What a shell was started with, before it adds some of its own.
const PRINT_ENVIRONMENT: &str = "tr '\\0' '\\n' < /proc/$$/environ";

fn variables(text: &str) -> BTreeMap<&str, &str> {
    text.lines()
        .map(|line| line.split_once('=').unwrap())
        .collect()
}

/// What `jobs` tells each command of its execution.
const TOLD: [&str; 6] = [
    "JOBS_EXEC_ID",
    "JOBS_JOB_ID",
    "JOBS_JOB_NAME",
    "JOBS_SCHEDULED_AT",
    "JOBS_SOCKET",
    "JOBS_SOURCE",
];

#[test]
fn another_account_is_as_login_would_set_it() {
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
    expected.extend(TOLD);
    expected.sort_unstable();
    assert_eq!(names, expected);
    // Unless the job says so.
    let flags = ["--user", "worker", "--clean-env=false"];
    let out = printed(&home, "leaky", &flags, "echo $SECRET $USER $HOME");
    assert_eq!(out, format!("of root worker {people}\n"));

    // The bracket text gives the same.
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
fn another_account_may_use_its_streams_and_nothing_of_the_daemons() {
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
    // A second attempt has the same pipes.
    let flags = ["--user", "worker", "--times", "2"];
    let row = run(&home, "twice", &flags, "echo x > /dev/stderr; exit 1");
    assert_eq!(row["stderr"], "x\n[attempt 2 of 2]\nx\n");
    // A file that was not there for it stays the daemon's.
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

    // Its own session: it can't type into the terminal of whoever started the daemon.
    let out = printed(
        &home,
        "own",
        &["--user", "worker"],
        "ls /proc/self/fd | wc -l; test \"$(cut -d' ' -f6 /proc/$$/stat)\" = $$ && echo leads; (: < /dev/tty) 2> /dev/null || echo none",
    );
    // The three, and that of the folder which `ls` reads.
    assert_eq!(out, "4\nleads\nnone\n");
}

#[test]
fn an_account_that_will_not_do_is_refused() {
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
    // The daemon's own is no change.
    let out = printed(&home, "own", &["--user", "root"], "id -un; echo $JOBS_HOME");
    assert_eq!(
        out,
        format!("root\n{}\n", folder_of(&home)),
        "the environment is the daemon's"
    );

    // One that is gone when it is due.
    home.add(&["gone", "--every", "1h", "--user", "worker", "--", "true"]);
    assert_eq!(home.ended(home.run("gone"))["status"], "success");
    home.write("passwd", &machines("passwd"));
    let row = home.ended(home.run("gone"));
    assert_failed(&row, "error", &["user", "there is no account `worker`"]);
    assert_eq!(row["exit_code"], Value::Null);
}

#[test]
fn a_folder_is_entered_as_the_account() {
    let Some(home) = with_accounts(&[]) else {
        return;
    };
    let locked = home.path("locked").display().to_string();
    let flags = ["--user", "worker", "--workdir", &locked];
    let row = run(&home, "locked", &flags, "echo in");
    assert_failed(&row, "stderr", &["workdir", &locked, "Permission denied"]);
    assert_failed(&row, "error", &["exit status 125", "its stderr tells why"]);
    assert_eq!(row["stdout"], "");
    // A home that is there, but shut, is an error too: the command counts on being there.
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
fn what_an_account_puts_into_a_file_of_variables_reaches_only_its_own_command() {
    let Some(home) = with_accounts(&[]) else {
        return;
    };
    let file = home.write("people/env", "LD_PRELOAD=/nonexistent/mine.so\nA=1\n");
    chown(&file, Some(WORKER), Some(WORKER)).unwrap();
    let file = file.display().to_string();
    let flags = ["--user", "worker", "--env-file", &file];
    let row = run(&home, "preload", &flags, "echo $A $LD_PRELOAD");
    assert_eq!(row["stdout"], "1 /nonexistent/mine.so\n", "{row}");
    // Whoever loads it complains: only the shell, not what goes before it as root.
    let complaints = row["stderr"].as_str().unwrap();
    assert_eq!(
        complaints.matches("cannot be preloaded").count(),
        1,
        "{row}"
    );
}

/// Leaves its parent, its session, its environment and its output; writes its pid into a file.
fn escape(by: &str, file: &Path) -> String {
    format!(
        "(env -i PATH=$PATH setsid {by} /bin/sh -c 'echo $$ > {}; exec /bin/sleep 600' </dev/null >/dev/null 2>&1 &); sleep 600",
        file.display()
    )
}

/// The group of a process, when a daemon has made it for an execution.
fn group_of(pid: &str) -> Option<PathBuf> {
    let text = std::fs::read_to_string(format!("/proc/{}/cgroup", pid.trim())).ok()?;
    let own = text.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let mounts = std::fs::read_to_string("/proc/self/mounts").ok()?;
    let point = mounts
        .lines()
        .find(|line| line.split(' ').nth(2) == Some("cgroup2"))?
        .split(' ')
        .nth(1)?;
    let path = Path::new(point).join(own);
    let name = path.file_name()?.to_str()?;
    name.starts_with("jobs-").then_some(path)
}

#[track_caller]
fn pid_in(path: &Path) -> String {
    until("a process writes its pid", || {
        let pid = std::fs::read_to_string(path).ok()?;
        (pid.ends_with('\n') && is_alive(&pid)).then_some(pid)
    })
}

/// Each way in which an execution is ended, for one that tries to escape. `flags` are those of the job.
fn nobody_escapes(home: &mut Home, flags: &[&str], by: &str) {
    let file = home.path("people/pid");
    let command = escape(by, &file);
    let mut all = vec!["escape", "--every", "1h", "--timeout", "0"];
    all.extend(flags);
    all.extend(["--", &command]);
    home.add(&all);
    let start = |home: &Home| {
        let _ = std::fs::remove_file(&file);
        let exec_id = home.run("escape");
        (exec_id, pid_in(&file))
    };

    let (exec_id, pid) = start(home);
    let Some(group) = group_of(&pid) else {
        leave_out("the daemon may make no cgroup here");
        return;
    };
    home.jobs(&["cancel", &exec_id.to_string()]).ok();
    assert!(!is_alive(&pid), "after a cancel");
    until("its group goes", || (!group.exists()).then_some(()));

    home.jobs(&["edit", "escape", "--timeout", "2"]).ok();
    let (exec_id, pid) = start(home);
    let group = group_of(&pid).unwrap();
    assert_eq!(home.ended(exec_id)["status"], "timeout");
    assert!(!is_alive(&pid), "after a timeout");
    until("its group goes", || (!group.exists()).then_some(()));

    home.jobs(&["edit", "escape", "--timeout", "0"]).ok();
    let (exec_id, pid) = start(home);
    let group = group_of(&pid).unwrap();
    home.kill();
    assert!(is_alive(&pid) && group.exists());
    home.start();
    assert_eq!(home.execution(exec_id).unwrap()["status"], "interrupted");
    assert!(!is_alive(&pid), "after a crash");
    until("its group goes", || (!group.exists()).then_some(()));
}

#[test]
fn nobody_of_another_account_escapes() {
    let Some(mut home) = with_accounts(&[]) else {
        return;
    };
    nobody_escapes(&mut home, &["--user", "worker"], "");
}

#[test]
fn nobody_escapes_a_plain_command_when_the_configuration_says_so() {
    let Some(mut home) = with_accounts(&[]) else {
        return;
    };
    open(&home.path("people"), 0o777);
    // By the usual configuration only those with limits and the like have a group.
    let printed = printed(&home, "plain", &[], "cat /proc/self/cgroup");
    assert!(!printed.contains("/jobs-"), "{printed}");
    home.write("config.yaml", "jobs: {cgroup: always}\n");
    home.jobs(&["reload"]).ok();
    let by = "setpriv --reuid=54322 --regid=54322 --clear-groups";
    nobody_escapes(&mut home, &[], by);
    let printed = self::printed(&home, "nice", &["--nice", "1"], "cat /proc/self/cgroup");
    assert!(printed.contains("/jobs-"), "{printed}");
}

#[test]
fn nobody_escapes_into_another_account() {
    let Some(mut home) = with_accounts(&[]) else {
        return;
    };
    open(&home.path("people"), 0o777);
    let by = "setpriv --reuid=54322 --regid=54322 --clear-groups";
    nobody_escapes(&mut home, &["--limit", "nofile=100"], by);
}

#[test]
fn groups_go_when_they_are_empty() {
    let mut home = Home::started();
    // A process in the background is left alone, so its group stays, over a new daemon too.
    let left = "sleep 600 & echo $! > left; cat /proc/self/cgroup";
    let out = printed(&home, "left", &["--nice", "1"], left);
    let left = home.read("left");
    let Some(group) = group_of(&left) else {
        leave_out("the daemon may make no cgroup here");
        return;
    };
    let name = group.file_name().unwrap().to_str().unwrap().to_string();
    assert!(out.contains(&name), "{out}");
    home.kill();
    home.start();
    assert!(is_alive(&left) && group.exists());
    crate::support::signal(left.trim().parse().unwrap(), "KILL");
    home.add(&["again", "--every", "1h", "--nice", "1", "--", "true"]);
    until("the group goes, when the next is made", || {
        home.ended(home.run("again"));
        (!group.exists()).then_some(())
    });
}

#[test]
fn attempts_follow_one_another_in_groups() {
    let home = Home::started();
    let row = run(
        &home,
        "thrice",
        &["--nice", "1", "--times", "3"],
        "cat /proc/self/cgroup >> groups; exit 1",
    );
    assert_eq!(
        (row["status"].as_str(), row["attempts"].as_i64()),
        (Some("failed"), Some(3))
    );
    let groups = home.read("groups");
    let names: Vec<&str> = groups
        .lines()
        .filter_map(|line| line.strip_prefix("0::"))
        .collect();
    assert_eq!(names.len(), 3, "{groups}");
    if !names[0].contains("/jobs-") {
        leave_out("the daemon may make no cgroup here");
        return;
    }
    assert!(names.iter().all(|name| *name == names[0]), "{groups}");
    let name = Path::new(names[0]).file_name().unwrap();
    let own = std::fs::read_to_string("/proc/self/mounts").unwrap();
    let point = own.lines().find(|line| line.contains(" cgroup2 ")).unwrap();
    let root = Path::new(point.split(' ').nth(1).unwrap());
    assert!(!root.join(name).exists());
}

#[test]
fn umask_and_priorities_are_the_jobs() {
    let home = Home::started();
    let show = "umask; nice; ionice -p $$; cut -d' ' -f2 /proc/self/stat | wc -l";
    let flags = ["--umask", "027", "--nice", "5", "--ionice", "best-effort:6"];
    assert_eq!(
        printed(&home, "flags", &flags, show),
        "0027\n5\nbest-effort: prio 6\n1\n"
    );
    let text = "【command】umask; nice; ionice -p $$\n【umask】077\n【nice】19\n【ionice】idle";
    assert_eq!(printed(&home, "text", &[], text), "0077\n19\nidle\n");
    if !is_root() {
        leave_out("only root can do this");
        return;
    }
    let flags = ["--nice", "-5", "--ionice", "realtime:2"];
    let show = "nice; ionice -p $$; cat /proc/self/autogroup 2>/dev/null | sed 's/.*nice //'";
    let out = printed(&home, "first", &flags, show);
    assert!(out.starts_with("-5\nrealtime: prio 2\n"), "{out}");
    // Where the kernel groups by session, the session stands back too.
    assert!(matches!(out.lines().nth(2), None | Some("-5")), "{out}");
    for (flag, value) in [
        ("--umask", "9"),
        ("--nice", "20"),
        ("--ionice", "first"),
        ("--limit", "mem=1"),
    ] {
        home.jobs(&["add", "no", "--every", "1h", flag, value, "--", "true"])
            .fails(2)
            .says(&[flag.trim_start_matches('-'), value]);
    }
}

#[test]
fn limits_hold() {
    let mut home = Home::new();
    // Soft and hard; the daemon raises its own soft one.
    home.launched_by(&["prlimit", "--nofile=256:4096", BINARY]);
    home.start();
    let show = "ulimit -Sn; ulimit -Hn; ulimit -t";
    for round in 0..20 {
        let name = format!("plain-{round}");
        let expected = "256\n4096\nunlimited\n";
        assert_eq!(printed(&home, &name, &[], show), expected, "{name}");
    }
    for (name, flags, expected) in [
        // The daemon's own is not handed on by what sets a command up either.
        ("nice", &["--nice", "1"][..], "256\n4096\nunlimited\n"),
        ("files", &["--limit", "nofile=64"], "64\n64\nunlimited\n"),
        ("cpu", &["--limit", "cpu=1m"], "256\n4096\n60\n"),
    ] {
        assert_eq!(printed(&home, name, flags, show), expected, "{name}");
    }
    let hungry = "head -c 200M /dev/zero | tail > /dev/null";
    assert_eq!(run(&home, "much", &[], hungry)["status"], "success");
    let row = run(&home, "little", &["--limit", "mem=50M"], hungry);
    assert_eq!(row["status"], "failed", "{row}");
    // So little that not even a shell starts.
    let row = run(&home, "nothing", &["--limit", "mem=1M"], "true");
    assert_eq!(row["status"], "failed", "{row}");
    assert_ne!(row["error"], Value::Null);
    let row = run(&home, "busy", &["--limit", "cpu=1s"], "while :; do :; done");
    assert_failed(&row, "error", &["killed by signal 24 (SIGXCPU)"]);
    assert_eq!(row["exit_code"], 152);
    let row = run(
        &home,
        "deaf",
        &["--limit", "cpu=1s"],
        "trap '' XCPU; while :; do :; done",
    );
    assert_failed(&row, "error", &["killed by signal 9 (SIGKILL)"]);

    // More than the daemon has: root may hand it out, unless it is a container's.
    let row = run(&home, "more", &["--limit", "nofile=8192"], "ulimit -n");
    match row["status"].as_str() {
        Some("success") => assert_eq!(row["stdout"], "8192\n"),
        _ => assert_failed(
            &row,
            "stderr",
            &["nofile=8192", "more than the daemon", "4096"],
        ),
    }
}

#[test]
fn the_number_of_processes_is_limited_or_it_is_told_that_it_is_not() {
    let Some(home) = with_accounts(&[]) else {
        return;
    };
    let many = "trap 'kill $all; wait' EXIT; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 60 & all=\"$all $!\"; done; echo all";
    let row = run(
        &home,
        "worker",
        &["--user", "worker", "--limit", "nproc=5"],
        many,
    );
    assert_ne!(row["stdout"], "all\n", "{row}");
    assert!(row["stderr"].as_str().unwrap().contains("fork"), "{row}");
    // Root is held to it by a cgroup alone.
    let row = run(&home, "root", &["--limit", "nproc=5"], many);
    assert_eq!(row["status"], "failed", "{row}");
    let told = row["stderr"].as_str().unwrap();
    assert!(
        told.contains("fork") || told.contains("does not hold root"),
        "{row}"
    );
    assert_ne!(row["stdout"], "all\n");
}

/// A daemon of `nobody`, whose home it is.
fn of_nobody() -> Option<Home> {
    if !is_root() {
        leave_out("only root can do this");
        return None;
    }
    let mut home = Home::new();
    let program = copy_of_program(&home);
    let nobody = 65_534;
    chown(home.path(""), Some(nobody), Some(nobody)).unwrap();
    home.launched_by(&[
        "prlimit",
        "--nofile=256:4096",
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        &program,
    ]);
    home.start();
    Some(home)
}

/// The program where everybody may call it, and where it may go.
fn copy_of_program(home: &Home) -> String {
    let path = home.path("program");
    if std::fs::hard_link(BINARY, &path).is_err() {
        std::fs::copy(BINARY, &path).unwrap();
    }
    path.display().to_string()
}

#[test]
fn a_daemon_that_is_not_root_does_what_it_may() {
    let Some(home) = of_nobody() else {
        return;
    };
    home.jobs(&["add", "a", "--every", "1h", "--user", "root", "--", "true"])
        .fails(2)
        .says(&["user", "`root`", "only a daemon of root"]);
    // In the text of the work as well.
    home.jobs(&[
        "add",
        "a",
        "--every",
        "1h",
        "--",
        "【command】true\n【user】root",
    ])
    .fails(2)
    .says(&["only a daemon of root"]);
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
        &["nofile=8192", "more than the daemon itself may have (4096)"],
    );
    let row = run(
        &home,
        "many",
        &["--limit", "nproc=1"],
        "trap 'kill $all; wait' EXIT; sleep 60 & all=$!; sleep 60 & all=\"$all $!\"; echo all",
    );
    assert_ne!(row["stdout"], "all\n", "{row}");
    // It may make no group here, and ends what it can find all the same.
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

#[test]
fn the_environment_is_the_daemons_or_a_clean_one() {
    let mut home = Home::new();
    home.set_env("SECRET", "x");
    for name in [
        "WATCHDOG_USEC",
        "LISTEN_FDS",
        "LISTEN_PID",
        "INVOCATION_ID",
        "CREDENTIALS_DIRECTORY",
        "JOURNAL_STREAM",
        "NOTIFY_SOCKET",
    ] {
        home.set_env(name, "/nonexistent");
    }
    home.start();
    let names = |out: &str| -> Vec<String> {
        variables(out)
            .keys()
            .filter(|name| !TOLD.contains(name))
            .map(|name| name.to_string())
            .collect()
    };
    let inherited = [
        "HOME",
        "JOBS_HOME",
        "LOGNAME",
        "PATH",
        "SECRET",
        "SHELL",
        "TZ",
        "USER",
    ];
    let clean = ["HOME", "LOGNAME", "PATH", "SHELL", "TZ", "USER"];
    for (name, flags, expected) in [
        ("inherited", &[][..], &inherited[..]),
        ("set-up", &["--nice", "1"], &inherited),
        ("not-clean", &["--clean-env=false"], &inherited),
        ("clean", &["--clean-env"], &clean),
        ("both", &["--clean-env=true", "--nice", "1"], &clean),
    ] {
        let out = printed(&home, name, flags, PRINT_ENVIRONMENT);
        assert_eq!(names(&out), expected, "{name}");
        let got = variables(&out);
        assert_eq!(got["JOBS_JOB_NAME"], name);
        assert_eq!(Path::new(got["HOME"]), home.path(""), "{name}");
    }
    let out = printed(&home, "path", &["--clean-env"], "echo $PATH");
    assert_eq!(
        out,
        "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
    );
}

#[test]
fn variables_come_from_a_file_and_the_job_beats_it() {
    let home = Home::started();
    let file = home.write("env", "# all\n\nexport A='a b'\nB=\"x\"\nC=file\nD=1=2\n");
    let file = file.display().to_string();
    for (name, more) in [("plain", &[][..]), ("set-up", &["--nice", "1"])] {
        let mut flags = vec!["--env-file", &file, "--env", "C=job", "--env", "E="];
        flags.extend(more);
        let out = printed(&home, name, &flags, "echo \"$A|$B|$C|$D|${E-none}\"");
        assert_eq!(out, "a b|x|job|1=2|\n", "{name}");
    }
    for (name, text, problem) in [
        ("no-pair", "A=1\nhunter2 hunter2\n", "line 2 is not K=V"),
        ("open", "A='hunter2\n", "line 1 begins a quote"),
    ] {
        home.write("env", text);
        let row = run(&home, name, &["--env-file", &file], "echo ran");
        assert_failed(&row, "error", &["env_file", &file, problem]);
        assert!(!row.to_string().contains("hunter2"), "{row}");
        assert_eq!(
            (row["stdout"].as_str(), row["exit_code"].as_i64()),
            (Some(""), None)
        );
    }
    for (name, path, problem) in [
        ("missing", home.path("nothing"), "No such file"),
        ("folder", home.path(""), "is not a file"),
        // Nobody will ever write to it.
        ("pipe", fifo(&home), "is not a file"),
    ] {
        let path = path.display().to_string();
        let row = run(&home, name, &["--env-file", &path], "echo ran");
        assert_failed(&row, "error", &["env_file", &path, problem]);
    }
    home.jobs(&[
        "add",
        "rel",
        "--every",
        "1h",
        "--env-file",
        "env",
        "--",
        "true",
    ])
    .fails(2)
    .says(&["env_file", "`env`", "relative"]);
}

fn fifo(home: &Home) -> PathBuf {
    let path = home.path("fifo");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    path
}

#[test]
fn the_shell_is_the_jobs() {
    let home = Home::started();
    for (name, more) in [("plain", &[][..]), ("set-up", &["--umask", "022"])] {
        let mut flags = vec!["--shell", "/bin/bash"];
        flags.extend(more);
        let command = "a=(one two); echo ${a[1]} $SHELL ${BASH_VERSION:+bash}";
        // The daemon's own SHELL is not there: the variable says what runs.
        assert_eq!(
            printed(&home, name, &flags, command),
            "two /bin/bash bash\n"
        );
    }
    let row = run(&home, "plain-missing", &["--shell", "/no/shell"], "true");
    assert_failed(&row, "error", &["cannot start `/no/shell`", "No such file"]);
    let flags = ["--shell", "/no/shell", "--nice", "1"];
    let row = run(&home, "set-up-missing", &flags, "true");
    assert_failed(
        &row,
        "stderr",
        &["cannot start `/no/shell`", "No such file"],
    );
    assert_failed(&row, "error", &["exit status 125"]);
    // Its own status is not taken for that.
    assert_failed(
        &run(&home, "own", &[], "exit 125"),
        "error",
        &["exit status 125"],
    );
}

#[test]
fn a_million_bytes_are_read_from_stdin() {
    let home = Home::started();
    let text = "0123456789".repeat(100_000);
    for (name, nice) in [("plain", Value::Null), ("set-up", json!(1))] {
        let ask = json!({
            "name": name, "every": "1h", "timeout": 60, "command": "wc -c; tail -c 3 /dev/stdin",
            "stdin": text, "nice": nice,
        });
        let reply = home.call("add", ask);
        assert!(reply["error"].is_null(), "{}", reply["error"]);
        let row = home.ended(home.run(name));
        assert_eq!(row["stdout"], "1000000\n789", "{name}: {}", row["stderr"]);
    }
}

#[test]
fn commands_are_set_up_after_the_program_was_replaced() {
    let mut home = Home::new();
    let program = copy_of_program(&home);
    home.launched_by(&[&program]);
    home.start();
    home.add(&["nice", "--every", "1h", "--nice", "1", "--", "nice"]);
    let printed = |home: &Home| {
        home.ended(home.run("nice"))["stdout"]
            .as_str()
            .unwrap()
            .to_string()
    };
    assert_eq!(printed(&home), "1\n");
    // As a package manager does it: a new file is moved over the old one.
    let new = home.write("new", "#!/bin/sh\necho not this one\n");
    open(&new, 0o755);
    std::fs::rename(&new, &program).unwrap();
    assert_eq!(printed(&home), "1\n");
    std::fs::remove_file(&program).unwrap();
    assert_eq!(printed(&home), "1\n");
}

#[test]
fn a_set_up_command_has_its_signals_as_every_other() {
    let home = Home::started();
    let show = "grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status; (yes; echo $? >&2) | head -1";
    let plain = printed(&home, "plain", &[], show);
    assert_eq!(printed(&home, "set-up", &["--nice", "1"], show), plain);
}

/// A group that the service manager has left to a daemon.
struct Delegated(PathBuf);

impl Delegated {
    fn new() -> Option<Delegated> {
        let mounts = std::fs::read_to_string("/proc/self/mounts").ok()?;
        let line = mounts.lines().find(|line| line.contains(" cgroup2 "))?;
        let root = Path::new(line.split(' ').nth(1)?);
        let path = root.join(format!("test-of-jobs-{}", std::process::id()));
        std::fs::create_dir(&path).ok()?;
        let made = Delegated(path);
        rustix::fs::setxattr(
            &made.0,
            "trusted.delegate",
            b"1",
            rustix::fs::XattrFlags::empty(),
        )
        .ok()?;
        Some(made)
    }
}

impl Drop for Delegated {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir(self.0.join("daemon"));
        let _ = std::fs::remove_dir(&self.0);
    }
}

#[test]
fn a_daemon_stands_beside_its_commands_where_the_place_is_its_own() {
    let Some(place) = Delegated::new() else {
        leave_out("only root can do this, on a system with cgroups");
        return;
    };
    let mut home = Home::new();
    let enter = "echo $$ > \"$0/cgroup.procs\" && exec \"$@\"";
    home.launched_by(&["sh", "-c", enter, &place.0.display().to_string(), BINARY]);
    home.start();
    let name = place.0.file_name().unwrap().to_str().unwrap().to_string();
    let group = |pid: &str| -> String {
        let text = std::fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap();
        text.lines()
            .find_map(|line| line.strip_prefix("0::"))
            .unwrap()
            .to_string()
    };
    assert!(group(&home.pid().to_string()).ends_with(&format!("/{name}/daemon")));
    let out = printed(
        &home,
        "set-up",
        &["--nice", "1"],
        "grep ^0:: /proc/self/cgroup",
    );
    assert!(out.contains(&format!("/{name}/jobs-")), "{out}");
    let out = printed(&home, "plain", &[], "grep ^0:: /proc/self/cgroup");
    assert!(out.contains(&format!("/{name}/daemon")), "{out}");
    home.kill();
    home.start();
    home.terminate();
}
