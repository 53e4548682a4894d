//! The environment, the shell, standard input and signals of a command.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};

use super::{
    JOB_VARIABLES, PRINT_ENVIRONMENT, assert_failed, copy_of_program, printed, run, set_mode,
    variables,
};
use crate::support::{Home, signal, until};

#[test]
fn environment_is_inherited_or_clean() {
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
            .filter(|name| !JOB_VARIABLES.contains(name))
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
fn env_file_sets_variables_and_the_job_overrides_them() {
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
        ("open", "A='hunter2\n", "line 1 has a quote"),
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
        // A pipe that has no writer would block.
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
fn shell_of_the_job_runs_the_command() {
    let home = Home::started();
    for (name, more) in [("plain", &[][..]), ("set-up", &["--umask", "022"])] {
        let mut flags = vec!["--shell", "/bin/bash"];
        flags.extend(more);
        let command = "a=(one two); echo ${a[1]} $SHELL ${BASH_VERSION:+bash}";
        // `SHELL` names the shell of the job, not that of the daemon.
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
    // A command that exits with 125 itself is not taken for a failed setup.
    assert_failed(
        &run(&home, "own", &[], "exit 125"),
        "error",
        &["exit status 125"],
    );
}

#[test]
fn stdin_of_a_million_bytes_is_read() {
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
fn setup_after_binary_is_replaced_works() {
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
    // Like a package manager: a new file replaces the old one.
    let new = home.write("new", "#!/bin/sh\necho not this one\n");
    set_mode(&new, 0o755);
    std::fs::rename(&new, &program).unwrap();
    assert_eq!(printed(&home), "1\n");
    std::fs::remove_file(&program).unwrap();
    assert_eq!(printed(&home), "1\n");
}

#[test]
fn setup_keeps_the_signals_of_a_command() {
    let home = Home::started();
    let show = "grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status; (yes; echo $? >&2) | head -1";
    let plain = printed(&home, "plain", &[], show);
    assert_eq!(printed(&home, "set-up", &["--nice", "1"], show), plain);
}

#[test]
fn environment_of_empty_daemon_is_completed() {
    let mut home = Home::new();
    let mut child = home
        .command()
        .env_clear()
        .env("JOBS_HOME", home.path(""))
        .arg("start")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("the daemon answers", || {
        (home.jobs(&["status"]).code == 0).then_some(())
    });
    home.add(&[
        "who",
        "--every",
        "1h",
        "--",
        "echo $HOME $LOGNAME $USER $SHELL; pwd; command -v ls; ulimit -n",
    ]);
    let row = home.ended(home.run("who"));
    let text = row["stdout"].as_str().unwrap();
    let me = std::process::Command::new("sh")
        .args(["-c", "id -un; cd ~; pwd; ulimit -n"])
        .output()
        .unwrap()
        .stdout;
    let me = String::from_utf8(me).unwrap();
    let mut me = me.lines();
    let (name, folder, descriptors) = (me.next().unwrap(), me.next().unwrap(), me.next().unwrap());
    assert!(
        text.starts_with(&format!("{folder} {name} {name} /bin/sh\n{folder}\n")),
        "{text}"
    );
    assert!(
        text.contains("/ls\n") && text.trim_end().ends_with(descriptors),
        "{text}"
    );
    signal(child.id(), "TERM");
    until("it ends", || child.try_wait().unwrap());
    home.set_env("unused", "");
}
