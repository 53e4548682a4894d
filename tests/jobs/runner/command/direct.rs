//! Plain commands (only words, no shell syntax): they start without a shell, with the same result.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::support::{Home, until};

/// The command lines of the daemon's children.
fn children(home: &Home) -> Vec<Vec<String>> {
    let pid = home.pid();
    let text = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    // The kernel lists a child under the thread that started it.
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let all: String = tasks
        .filter_map(|task| std::fs::read_to_string(task.unwrap().path().join("children")).ok())
        .chain(text)
        .collect::<Vec<_>>()
        .join(" ");
    all.split_whitespace()
        .filter_map(|child| std::fs::read(format!("/proc/{child}/cmdline")).ok())
        .map(|line| {
            let words = line
                .split(|byte| *byte == 0)
                .filter(|word| !word.is_empty());
            words
                .map(|word| String::from_utf8_lossy(word).into_owned())
                .collect()
        })
        .collect()
}

fn run_job(home: &Home, name: &str, args: &[&str]) -> Value {
    let mut all = vec![name, "--every", "9h"];
    all.extend(args);
    home.add(&all);
    home.ended(home.run(name))
}

#[test]
fn plain_command_starts_without_a_shell() {
    let home = Home::started();
    home.add(&["plain", "--every", "9h", "--", "sleep  987"]);
    home.add(&["shell", "--every", "9h", "--", "sleep 986; true"]);
    let exec_ids = [home.run("plain"), home.run("shell")];
    let plain = ["sleep", "987"].map(str::to_string).to_vec();
    let shell = ["/bin/sh", "-c", "sleep 986; true"]
        .map(str::to_string)
        .to_vec();
    until("each runs as what it is", || {
        let children = children(&home);
        (children.contains(&plain) && children.contains(&shell)).then_some(())
    });
    for exec_id in exec_ids {
        home.jobs(&["cancel", &exec_id.to_string()]).ok();
        assert_eq!(home.ended(exec_id)["status"], "cancelled");
    }
}

#[test]
fn plain_command_that_cannot_start_runs_in_the_shell() {
    let home = Home::started();
    let missing = run_job(&home, "missing", &["--", "there-is-no-such-program -a"]);
    assert_eq!(missing["exit_code"], 127, "{missing}");
    let text = missing["stderr"].as_str().unwrap();
    assert!(text.contains("not found"), "{missing}");

    // A script without a `#!` line is read by the shell.
    let script = home.write("script", "echo read by a shell\nexit 3\n");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let read = run_job(&home, "script", &["--", &script.display().to_string()]);
    assert_eq!(read["exit_code"], 3, "{read}");
    assert_eq!(read["stdout"], "read by a shell\n");

    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o644)).unwrap();
    let refused = run_job(&home, "refused", &["--", &script.display().to_string()]);
    assert_eq!(refused["exit_code"], 126, "{refused}");
}

#[test]
fn plain_command_has_path_and_workdir_like_a_shell() {
    let home = Home::started();
    for folder in ["first", "second", "work"] {
        std::fs::create_dir(home.path(folder)).unwrap();
    }
    for folder in ["first", "second"] {
        let tool = home.write(
            &format!("{folder}/tool"),
            &format!("#!/bin/sh\necho {folder} \"$@\"\n"),
        );
        std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    // A file without the permission to run is skipped.
    std::fs::set_permissions(
        home.path("first/tool"),
        std::fs::Permissions::from_mode(0o644),
    )
    .unwrap();
    let path = format!(
        "PATH={}:{}:/usr/bin:/bin",
        home.path("first").display(),
        home.path("second").display()
    );
    let found = run_job(&home, "path", &["--env", &path, "--", "tool a=b -c"]);
    assert_eq!(found["stdout"], "second a=b -c\n", "{found}");

    let folder = home.path("work").display().to_string();
    for (name, command) in [("plain", "printenv PWD"), ("shell", "printenv PWD; true")] {
        let told = run_job(&home, name, &["--workdir", &folder, "--", command]);
        assert_eq!(told["stdout"], format!("{folder}\n"), "{told}");
    }
}

#[test]
fn shell_without_path_is_found_in_path_only() {
    let home = Home::started();
    std::fs::create_dir(home.path("work")).unwrap();
    let decoy = home.write("work/bash", "#!/bin/sh\necho decoy\n");
    std::fs::set_permissions(&decoy, std::fs::Permissions::from_mode(0o755)).unwrap();
    let workdir = home.path("work").display().to_string();
    let inside = ["--workdir", &workdir];
    let asked = ["--", "echo $0 ${BASH_VERSION:+is bash}"];
    for (name, flags) in [("plain", &[][..]), ("set-up", &["--nice", "1"])] {
        let args = [&inside, &["--shell", "bash"][..], flags, &asked].concat();
        let row = run_job(&home, name, &args);
        assert_eq!(row["stdout"], "bash is bash\n", "{row}");
    }
    let args = [&inside, &["--shell", "no-such-shell"][..], &asked].concat();
    let row = run_job(&home, "missing", &args);
    assert_eq!(row["status"], "failed", "{row}");
    let error = row["error"].as_str().unwrap();
    assert!(
        error.contains("`no-such-shell`") && error.contains("PATH"),
        "{error}"
    );
}

#[test]
fn plain_command_starts_with_clean_signals_environment_and_pipes() {
    let home = Home::started();
    // `cat` shows them; a shell would change some.
    let row = run_job(&home, "status", &["--", "cat /proc/self/status"]);
    let text = row["stdout"].as_str().unwrap();
    for name in ["SigBlk:", "SigIgn:"] {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let signals = u64::from_str_radix(line.unwrap_or_default().trim(), 16).unwrap();
        // The C library uses the signals 32 and 33 itself.
        assert_eq!(signals & 0x7fff_ffff, 0, "{text}");
    }

    let args = ["--env", "LANG=zz", "--", "cat /proc/self/environ"];
    let row = run_job(&home, "environ", &args);
    let text = row["stdout"].as_str().unwrap();
    let lang: Vec<&str> = text
        .split('\0')
        .filter(|entry| entry.starts_with("LANG="))
        .collect();
    assert_eq!(lang, ["LANG=zz"], "{text}");

    for length in [1023, 1024, 1025, 16_384, 65_536] {
        let name = format!("of-{length}");
        let row = run_job(
            &home,
            &name,
            &["--", &format!("head -c {length} /dev/zero")],
        );
        assert_eq!(row["stdout_bytes"], length, "{row}");
    }
}

#[test]
fn attempt_with_high_descriptors_starts() {
    let mut home = Home::new();
    home.launched_by(&["prlimit", "--nofile=256:4096", env!("CARGO_BIN_EXE_jobs")]);
    home.start();
    home.add(&["long", "--every", "9h", "--", "sleep 600"]);
    let others: Vec<i64> = (0..90).map(|_| home.run("long")).collect();
    let descriptors = || {
        let folder = format!("/proc/{}/fd", home.pid());
        std::fs::read_dir(folder).unwrap().count()
    };
    until("they hold more than the limit", || {
        (descriptors() > 256).then_some(())
    });
    let go = home.path("go");
    let command = format!("test -e {}", go.display());
    home.add(&[
        "again",
        "--every",
        "9h",
        "--times",
        "1000",
        "--interval",
        "1",
        "--",
        &command,
    ]);
    let exec_id = home.run("again");
    until("it has failed once", || {
        home.jobs(&["logs", "--exec", &exec_id.to_string()])
            .stderr
            .contains("[attempt 2")
            .then_some(())
    });
    for other in others {
        home.jobs(&["cancel", &other.to_string()]).ok();
    }
    until("there is room again", || {
        (descriptors() < 100).then_some(())
    });
    std::fs::write(go, "").unwrap();
    let row = home.ended(exec_id);
    assert_eq!(row["status"], "success", "{row}");
}
