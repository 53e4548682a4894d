//!
//! Tests of the runner with real processes.
use std::time::Instant;

use super::*;
use jobs_work::Command;

struct Bench {
    folder: tempfile::TempDir,
    outputs: Outputs,
    stop: CancellationToken,
    start_limit: StartLimit,
}

impl Bench {
    fn new() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let outputs = Outputs::open(folder.path().join("output"), 1 << 20).unwrap();
        Bench {
            folder,
            outputs,
            stop: CancellationToken::new(),
            start_limit: StartLimit::default(),
        }
    }

    fn spec(&self, command: &str) -> Spec {
        self.of(Command {
            command: command.into(),
            ..Command::default()
        })
    }

    fn of(&self, command: Command) -> Spec {
        Spec {
            exec_id: 1,
            job_id: 2,
            job_name: "备份".into(),
            source: "cron".into(),
            scheduled_at: "2026-12-01T10:00:00+00:00".into(),
            // A socket path per test keeps the marks of concurrent tests apart.
            daemon: Daemon {
                socket: self.folder.path().join("jobs.sock"),
                id: "0123456789abcdef".into(),
            },
            work: Work::Command(command),
            zone: Zone::utc(),
            timeout: Some(Duration::from_secs(60)),
            attempts: 1,
            interval: Duration::ZERO,
            kill_grace: Duration::from_millis(300),
            tools: Arc::new(Tools::default()),
        }
    }

    async fn run(&self, spec: &Spec) -> (Ended, String, String) {
        let ended = run(
            spec,
            &self.outputs,
            &self.stop,
            Some(self.start_limit.acquire().await),
        )
        .await;
        let settled = self.outputs.settle(spec.exec_id).unwrap();
        let text = |data: Vec<u8>| String::from_utf8_lossy(&data).into_owned();
        (ended, text(settled.out.data), text(settled.err.data))
    }

    /// Whether the process that wrote its pid into this file is alive.
    fn is_alive(&self, name: &str) -> bool {
        let pid = std::fs::read_to_string(self.folder.path().join(name)).unwrap();
        let stat =
            std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
        !stat.is_empty() && !stat.contains(") Z ")
    }
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn run_reports_exit_codes_and_signals() {
    let bench = Bench::new();
    for (command, outcome, code, error) in [
        ("true", Outcome::Success, Some(0), None),
        ("exit 3", Outcome::Failed, Some(3), Some("exit status 3")),
        (
            "kill -9 $$",
            Outcome::Failed,
            Some(137),
            Some("killed by signal 9 (SIGKILL)"),
        ),
        (
            "/no/such/program",
            Outcome::Failed,
            Some(127),
            Some("exit status 127: command not found"),
        ),
    ] {
        let (ended, _, _) = bench.run(&bench.spec(command)).await;
        assert_eq!(
            (ended.outcome, ended.exit_code, ended.error.as_deref()),
            (outcome, code, error),
            "{command}"
        );
    }
}

#[tokio::test]
async fn run_passes_settings_of_job_to_command() {
    let bench = Bench::new();
    let spec = bench.of(Command {
        env: vec![
            ("CUSTOM_VAR".into(), "test_value".into()),
            ("JOBS_SOURCE".into(), "mine".into()),
        ],
        stdin: Some("one\ntwo\n".into()),
        workdir: Some(bench.folder.path().display().to_string()),
        command: "echo $JOBS_JOB_ID $JOBS_JOB_NAME $JOBS_EXEC_ID $JOBS_SCHEDULED_AT $JOBS_SOURCE; pwd; cat; echo $CUSTOM_VAR >&2".into(),
        ..Command::default()
    });
    let (ended, out, err) = bench.run(&spec).await;
    assert_eq!(ended.outcome, Outcome::Success);
    let folder = bench.folder.path().canonicalize().unwrap();
    assert_eq!(
        out,
        format!(
            "2 备份 1 2026-12-01T10:00:00+00:00 mine\n{}\none\ntwo\n",
            folder.display()
        )
    );
    assert_eq!(err, "test_value\n");
}

#[tokio::test]
async fn run_of_command_that_cannot_start_names_reason() {
    let bench = Bench::new();
    for (spec, parts) in [
        (
            bench.of(Command {
                workdir: Some("/no/such/folder".into()),
                command: "true".into(),
                ..Command::default()
            }),
            &["workdir", "`/no/such/folder`", "No such file"][..],
        ),
        (
            bench.of(Command {
                workdir: Some("/etc/passwd".into()),
                command: "true".into(),
                ..Command::default()
            }),
            &["workdir", "is not a folder"],
        ),
        (
            bench.of(Command {
                shell: Some("/no/shell".into()),
                command: "true".into(),
                ..Command::default()
            }),
            &["`/no/shell`", "No such file"],
        ),
        (bench.spec("a\0b"), &["cannot start", "NUL byte"]),
    ] {
        let (ended, _, _) = bench.run(&spec).await;
        let error = ended.error.unwrap_or_default();
        assert_eq!(
            (ended.outcome, ended.exit_code),
            (Outcome::Failed, None),
            "{error}"
        );
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    }
}

#[tokio::test]
async fn run_on_timeout_ends_all_processes() {
    let bench = Bench::new();
    let folder = bench.folder.path().display();
    // The first ignores SIGTERM, the second has left the group, the third has also left its parent.
    let command = format!(
        "cd {folder}; trap '' TERM; \
         setsid sh -c 'echo $$ > left; exec sleep 600' & \
         (setsid sh -c 'echo $$ > gone; trap \"\" TERM; while :; do sleep 1; done' & ); \
         echo $$ > shell; sleep 600; sleep 600"
    );
    let spec = Spec {
        timeout: Some(Duration::from_secs(1)),
        ..bench.spec(&command)
    };
    let (ended, _, _) = bench.run(&spec).await;
    assert_eq!(ended.outcome, Outcome::Timeout);
    assert_eq!(ended.error.as_deref(), Some("timed out after 1 s"));
    assert_eq!(ended.exit_code, Some(137));
    for name in ["shell", "left", "gone"] {
        assert!(!bench.is_alive(name), "{name} lives on");
    }
}

#[tokio::test]
async fn run_on_cancel_sends_sigterm_first() {
    let bench = Bench::new();
    let ready = bench.folder.path().join("ready");
    let spec = Spec {
        kill_grace: Duration::from_secs(20),
        ..bench.spec(&format!(
            "trap 'echo bye; exit 0' TERM; touch {}; while :; do sleep 0.05; done",
            ready.display()
        ))
    };
    let asked = async {
        until("it is ready", || ready.exists()).await;
        bench.stop.cancel();
    };
    let ((ended, out, _), ()) = tokio::join!(bench.run(&spec), asked);
    assert_eq!(
        (ended.outcome, ended.exit_code),
        (Outcome::Cancelled, Some(0))
    );
    assert_eq!(out, "bye\n");
}

#[tokio::test]
async fn run_does_not_wait_for_background_process() {
    let bench = Bench::new();
    let command = format!(
        "cd {}; sleep 600 & echo $! > child; echo done",
        bench.folder.path().display()
    );
    let (ended, out, _) = bench.run(&bench.spec(&command)).await;
    assert_eq!((ended.outcome, out.as_str()), (Outcome::Success, "done\n"));
    assert!(bench.is_alive("child"));
    let found = leftovers(&bench.spec("").daemon, &[1], &[]);
    assert_eq!(found.number, 1);
    found.stop(Duration::from_secs(5)).await;
    until("the child is gone", || !bench.is_alive("child")).await;
    let elsewhere = Daemon {
        socket: "/elsewhere".into(),
        ..bench.spec("").daemon
    };
    assert_eq!(leftovers(&elsewhere, &[1], &[]).number, 0);
}

#[tokio::test]
async fn run_repeats_attempts_until_success() {
    let bench = Bench::new();
    let count = bench.folder.path().join("count");
    let command = format!("echo x >> {0}; test $(wc -l < {0}) -ge 3", count.display());
    let spec = Spec {
        attempts: 5,
        ..bench.spec(&command)
    };
    let (ended, _, err) = bench.run(&spec).await;
    assert_eq!((ended.outcome, ended.attempts), (Outcome::Success, 3));
    assert_eq!(err, "[attempt 2 of 5]\n[attempt 3 of 5]\n");
    let (ended, _, _) = bench
        .run(&Spec {
            attempts: 2,
            ..bench.spec("exit 4")
        })
        .await;
    assert_eq!(
        (ended.outcome, ended.attempts, ended.exit_code),
        (Outcome::Failed, 2, Some(4))
    );
}

#[tokio::test]
async fn run_measures_cpu_and_memory() {
    let bench = Bench::new();
    let (ended, _, _) =
        bench
            .run(&bench.spec(
                "exec python3 -c 'x = bytearray(100_000_000)\nfor i in range(3_000_000): pass'",
            ))
            .await;
    assert_eq!(ended.outcome, Outcome::Success, "{ended:?}");
    assert!(ended.max_rss_bytes > 100_000_000, "{ended:?}");
    assert!(ended.cpu_ms > 20, "{ended:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn run_of_hundreds_at_once_leaves_no_zombie() {
    let bench = std::sync::Arc::new(Bench::new());
    let mut tasks = tokio::task::JoinSet::new();
    for exec_id in 1..=300 {
        let bench = bench.clone();
        tasks.spawn(async move {
            let spec = Spec {
                exec_id,
                ..bench.spec("exit 0")
            };
            bench.run(&spec).await.0
        });
    }
    while let Some(ended) = tasks.join_next().await {
        assert_eq!(ended.unwrap().outcome, Outcome::Success);
    }
}
