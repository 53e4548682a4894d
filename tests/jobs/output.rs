//! Captured output: stored whole or cut, followed live, with any bytes.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::MetadataExt;
use std::process::Stdio;

use crate::support::{Home, leave_out, signal, until};

#[test]
fn logs_of_an_execution_have_all_bytes() {
    let home = Home::started();
    home.add(&[
        "bytes",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--",
        r"printf 'a\377\000b'; printf 'e\376' >&2",
    ]);
    let exec_id = home.run("bytes");
    home.ended(exec_id);
    let output = home
        .command()
        .args(["logs", "--exec", &exec_id.to_string()])
        .output()
        .unwrap();
    assert_eq!(
        (&output.stdout[..], &output.stderr[..]),
        (&b"a\xff\0b"[..], &b"e\xfe"[..])
    );
    let row = home.execution(exec_id).unwrap();
    assert_eq!(
        (row["stdout"].as_str(), row["stdout_bytes"].as_i64()),
        (Some("a\u{fffd}\0b"), Some(4))
    );
    for number in 0..3 {
        home.jobs(&[
            "edit",
            "bytes",
            "--",
            &format!("echo run {number}; exit {number}"),
        ])
        .ok();
        home.ended(home.run("bytes"));
    }
    let shown = home.jobs(&["logs", "bytes", "-n", "2"]).ok().stdout;
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!((lines.len(), lines[1], lines[3]), (4, "run 1", "run 2"));
    assert!(
        lines[0].starts_with("==> bytes #3 ")
            && lines[2].contains("failed")
            && lines[2].contains("exit status 2")
    );
}

#[test]
fn output_over_the_limit_keeps_beginning_and_end() {
    const BUDGET: u64 = 1024 * 1024;
    const FLOOD: u64 = 300 * 1000 * 1000;
    let home = Home::with_config("jobs:\n  output_max_bytes: 1MiB\n");
    let command = format!("echo first; head -c {FLOOD} /dev/zero | tr '\\0' x; echo; echo last");
    home.add(&["flood", "--every", "1h", "--timeout", "0", "--", &command]);
    let exec_id = home.run("flood");
    let file = home.path(&format!("data/output/{exec_id}.out"));
    let mut most = 0;
    let row = until("it ends", || {
        most = most.max(std::fs::metadata(&file).map_or(0, |metadata| metadata.blocks() * 512));
        home.execution(exec_id)
            .filter(|row| row["status"] == "success")
    });
    assert_eq!(row["stdout_bytes"].as_u64(), Some(FLOOD + 12));
    assert!(row["stdout"].as_str().unwrap().ends_with("xxx\nlast\n"));
    assert!(std::fs::metadata(&file).unwrap().blocks() * 512 <= BUDGET + 16 * 1024);
    assert!(most < FLOOD / 2, "{most} bytes of disk at the most");
    let status = std::fs::read_to_string(format!("/proc/{}/status", home.pid())).unwrap();
    let peak: u64 = status
        .lines()
        .find_map(|line| {
            line.strip_prefix("VmHWM:")?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .unwrap();
    assert!(peak < 100_000, "the daemon took {peak} kB");
    let done = home
        .jobs(&["logs", "--exec", &exec_id.to_string()])
        .ok()
        .says(&["cut"]);
    assert!(done.stdout.starts_with("first\nxxx") && done.stdout.ends_with("xxx\nlast\n"));
    assert!(done.stdout.len() as u64 <= BUDGET + 16 * 1024 && !done.stdout.contains('\0'));
    home.jobs(&["logs", "flood"])
        .ok()
        .shows(&["[... 29", "cut ...]"]);
    home.jobs(&["rm", "flood"]).ok();
    until("its files go", || (!file.exists()).then_some(()));
}

#[test]
fn follower_sees_output_at_once_and_ends_with_the_execution() {
    let home = Home::started();
    home.add(&[
        "slow",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--",
        "echo one; while ! test -e go; do sleep 0.02; done; echo two >&2; echo three",
    ]);
    // The follower waits for the next execution when none runs.
    let mut follower = home
        .command()
        .args(["logs", "slow", "-f"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(follower.stderr.take().unwrap());
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    assert!(line.contains("waiting for the next"), "{line}");
    home.run("slow");
    let mut shown = BufReader::new(follower.stdout.take().unwrap());
    line.clear();
    shown.read_line(&mut line).unwrap();
    assert_eq!(line, "one\n");
    // A second follower starts in the middle, in a process of its own.
    let mut second = home
        .command()
        .args(["logs", "slow", "-f"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut second_shown = BufReader::new(second.stdout.take().unwrap());
    line.clear();
    second_shown.read_line(&mut line).unwrap();
    assert_eq!(line, "one\n");
    home.write("go", "");
    for (child, mut rest) in [(&mut follower, shown), (&mut second, second_shown)] {
        let mut text = String::new();
        rest.read_to_string(&mut text).unwrap();
        assert_eq!(text, "three\n");
        assert!(child.wait().unwrap().success());
    }
    line.clear();
    told.read_to_string(&mut line).unwrap();
    assert!(line.contains("two") && line.contains("success"), "{line}");
}

#[test]
fn run_with_wait_prints_output_and_exits_with_its_status() {
    let home = Home::started();
    home.add(&[
        "code",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--",
        "echo out; echo err >&2; exit 7",
    ]);
    let done = home
        .jobs(&["run", "code", "--wait"])
        .fails(7)
        .says(&["err", "exit status 7"]);
    assert_eq!(done.stdout, "out\n");
    let row = home
        .jobs(&["run", "code", "--wait", "--json"])
        .fails(7)
        .json();
    assert_eq!(
        (row["exit_code"].as_i64(), row["stdout"].as_str()),
        (Some(7), Some("out\n"))
    );
    home.jobs(&["edit", "code", "--timeout", "1", "--", "sleep 600"])
        .ok();
    home.jobs(&["run", "code", "--wait"])
        .fails(124)
        .says(&["timed out after 1 s"]);
}

#[test]
fn follower_that_is_killed_leaves_the_execution_running() {
    let home = Home::started();
    home.add(&[
        "long",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--",
        "while ! test -e go; do echo x; sleep 0.01; done",
    ]);
    let exec_id = home.run("long");
    for _ in 0..3 {
        let mut follower = home
            .command()
            .args(["logs", "long", "-f"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(follower.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        signal(follower.id(), "KILL");
        follower.wait().unwrap();
    }
    home.write("go", "");
    assert_eq!(home.ended(exec_id)["status"], "success");
}

/// A job that prints 8,000 lines, and its execution.
fn large(home: &Home) -> i64 {
    let command = "for i in $(seq 1 8000); do echo line-$i; done";
    home.add(&["large", "--every", "1h", "--timeout", "0", "--", command]);
    let exec_id = home.run("large");
    home.ended(exec_id);
    exec_id
}

#[test]
fn logs_without_the_file_show_the_end_and_what_is_missing() {
    let home = Home::started();
    let exec_id = large(&home).to_string();
    let file = home.path(&format!("data/output/{exec_id}.out"));
    let whole = home.jobs(&["logs", "--exec", &exec_id]).ok().stdout;
    assert_eq!(whole.lines().count(), 8_000);
    // A file that is cut has its beginning, the row has the end.
    let cut = std::fs::OpenOptions::new().write(true).open(&file).unwrap();
    cut.set_len(10_000).unwrap();
    let done = home.jobs(&["logs", "--exec", &exec_id]);
    assert!(done.stdout.starts_with("line-1\n") && done.stdout.ends_with("line-8000\n"));
    assert_eq!(done.stdout.len(), 10_000 + 16 * 1024);
    done.fails(1).says(&["missing"]);
    // Nothing is missing when the row has all that the file lacks.
    cut.set_len(whole.len() as u64 - 1_000).unwrap();
    std::fs::write(&file, &whole.as_bytes()[..whole.len() - 1_000]).unwrap();
    assert_eq!(home.jobs(&["logs", "--exec", &exec_id]).ok().stdout, whole);
    std::fs::remove_file(&file).unwrap();
    let done = home.jobs(&["logs", "--exec", &exec_id]);
    assert!(done.stdout.ends_with("line-8000\n"));
    done.fails(1)
        .says(&["missing: the file with this output is gone"]);
    home.jobs(&["logs", "large"])
        .fails(1)
        .shows(&["missing", "line-8000"]);
}

#[test]
fn large_output_is_flushed_before_its_row() {
    let home = Home::started();
    let mut strace = std::process::Command::new("strace");
    strace
        .args(["-f", "-y", "-qq", "-e", "trace=fsync,fdatasync", "-o"])
        .arg(home.path("trace"))
        .args(["-p", &home.pid().to_string()]);
    let Ok(mut strace) = strace.stderr(Stdio::null()).spawn() else {
        leave_out("there is no `strace` here");
        return;
    };
    until("it is traced", || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", home.pid())).unwrap();
        (!status.contains("TracerPid:\t0\n")).then_some(())
    });
    let exec_id = large(&home);
    signal(strace.id(), "INT");
    strace.wait().unwrap();
    let trace = home.read("trace");
    let at = |part: &str| {
        trace
            .find(part)
            .unwrap_or_else(|| panic!("no {part}:\n{trace}"))
    };
    let (file, folder) = (
        at(&format!("/data/output/{exec_id}.out>")),
        at("/data/output>"),
    );
    assert!(file < folder, "{trace}");
    assert!(trace[folder..].contains("jobs.db-wal>"), "{trace}");
}

#[test]
fn output_of_an_ended_execution_is_in_files_while_the_store_is_slow() {
    let mut home = Home::started();
    let command = "while ! test -e go; do sleep 0.02; done; echo done; echo oops >&2";
    home.add(&["short", "--every", "1h", "--timeout", "0", "--", command]);
    let exec_id = home.run("short");
    until("it runs", || {
        home.execution(exec_id)
            .filter(|row| row["status"] == "running")
    });
    // Nobody else can write while this transaction is open.
    let other = rusqlite::Connection::open(home.path("data/jobs.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    home.write("go", "");
    until("its output is in files", || {
        let read = |stream: &str| home.read(&format!("data/output/{exec_id}.{stream}"));
        (read("out") == "done\n" && read("err") == "oops\n").then_some(())
    });
    home.kill();
    drop(other);
    home.start();
    let row = home.ended(exec_id);
    assert_eq!(
        (
            row["status"].as_str(),
            row["stdout"].as_str(),
            row["stderr"].as_str()
        ),
        (Some("interrupted"), Some("done\n"), Some("oops\n"))
    );
    let is_left = |stream: &str| {
        home.path(&format!("data/output/{exec_id}.{stream}"))
            .exists()
    };
    assert!(!is_left("out") && !is_left("err"), "the row has it now");
}
