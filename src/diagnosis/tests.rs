//! A line of output, and the class of the first cause.

use super::*;
use jobs_model::Status;
use jobs_schedule::Language;

fn facts(status: Status, exit: Option<i32>, command: &str, stderr: &str) -> Facts {
    let error = stderr.strip_prefix("error: ").map(|error| Line {
        raw: error.to_string(),
        shown: error.to_string(),
    });
    let printed = if error.is_some() { "" } else { stderr };
    Facts {
        status,
        exit,
        command: command.to_string(),
        error,
        printed: [lines(printed.as_bytes(), printed.as_bytes()), Vec::new()],
        job: "backup".to_string(),
        took_ms: Some(3_000),
    }
}

#[test]
fn failure_has_its_first_cause() {
    for (exit, command, stderr, class) in [
        (127, "x", "sh: 1: pg_dumpp: not found", "command-not-found"),
        (
            127,
            "env x",
            "env: ‘pg_dumpp’: No such file or directory",
            "command-not-found",
        ),
        (
            1,
            "x",
            "FileNotFoundError: [Errno 2] No such file or directory: '/nope'",
            "file-missing",
        ),
        (
            127,
            "x",
            "bash: line 1: pg_dumpp: command not found",
            "command-not-found",
        ),
        (127, "x", "sh: 1: pg_dumpp: 未找到命令", "command-not-found"),
        (
            127,
            "x",
            "sh: 1: ./x.sh: not found",
            "file-or-interpreter-missing",
        ),
        (
            126,
            "x",
            "sh: 1: ./x.sh: Permission denied",
            "not-executable",
        ),
        (127, "x", "sh: 1: [[: not found", "bashism"),
        (2, "x", "sh: 1: set: Illegal option -o pipefail", "bashism"),
        (1, "x", "tee: a: No space left on device", "disk-full"),
        (1, "x", "cat: /root/a: Permission denied", "permission"),
        (
            1,
            "x",
            "cat: /nope: No such file or directory",
            "file-missing",
        ),
        (6, "curl -s http://x", "", "dns"),
        (
            6,
            "curl http://x",
            "curl: (6) Could not resolve host: x",
            "dns",
        ),
        (
            7,
            "curl http://x",
            "curl: (7) Failed to connect to x port 1: Connection refused",
            "refused",
        ),
        (
            22,
            "curl -f x",
            "curl: (22) The requested URL returned error: 503",
            "http-server",
        ),
        (
            22,
            "curl -f x",
            "curl: (22) The requested URL returned error: 404",
            "http-not-found",
        ),
        (
            60,
            "curl x",
            "curl: (60) SSL certificate problem: certificate has expired",
            "tls-expired",
        ),
        (
            60,
            "curl x",
            "curl: (60) SSL certificate problem: self-signed certificate",
            "tls-untrusted",
        ),
        (
            255,
            "ssh a",
            "a@b: Permission denied (publickey,password).",
            "ssh-credentials",
        ),
        (
            128,
            "git pull",
            "fatal: could not read Username for 'https://x': No such device or address",
            "git-credentials",
        ),
        (
            1,
            "python3 a",
            "ModuleNotFoundError: No module named 'requests'",
            "module-missing",
        ),
        (
            1,
            "node a",
            "Error: Cannot find module 'left-pad'",
            "module-missing",
        ),
        (
            2,
            "perl a",
            "Can't locate Foo/Bar.pm in @INC (you may need to install",
            "module-missing",
        ),
        (
            2,
            "psql",
            "psql: error: FATAL:  password authentication failed for user \"a\"",
            "db-login",
        ),
        (
            1,
            "mysql",
            "ERROR 1045 (28000): Access denied for user 'a'@'localhost'",
            "db-login",
        ),
        (1, "flock -n /l sleep 9", "", "lock-held"),
        (124, "timeout 1 sleep 9", "", "program-timeout"),
        (1, "x", "open: Read-only file system", "read-only"),
        (1, "python3 a", "MemoryError", "out-of-memory"),
        (1, "python3 a", "SyntaxError: invalid syntax", "syntax"),
        (23, "rsync a b", "", "partial"),
    ] {
        let facts = facts(Status::Failed, Some(exit), command, stderr);
        let found = causes(&facts, Language::English);
        let first = found.first().map(|cause| cause.class.as_str());
        assert_eq!(first, Some(class), "{stderr}: {found:?}");
        let has_gap = |text: &str| text.contains('{') || text.contains("***");
        assert!(!has_gap(&found[0].text), "{found:?}");
    }
}

#[test]
fn success_and_an_unknown_failure_have_no_cause() {
    let warned = facts(Status::Success, Some(0), "x", "x: Permission denied");
    assert_eq!(causes(&warned, Language::English), []);
    let strange = facts(Status::Failed, Some(3), "x", "the frobnicator is sad");
    assert_eq!(causes(&strange, Language::English), []);
}

#[test]
fn time_limit_has_the_edit_that_raises_it() {
    let facts = facts(Status::Timeout, None, "x", "error: timed out after 3 s");
    let found = causes(&facts, Language::English);
    assert_eq!(found[0].confidence, Confidence::Sure);
    let command = found[0].remedies[0].command.as_deref();
    assert_eq!(command, Some("jobs edit backup --timeout 6s"));
}

#[test]
fn secret_in_a_line_is_never_shown() {
    let mut facts = facts(Status::Failed, Some(1), "x", "");
    facts.printed[0] = lines(
        b"cat: /tmp/pa55: No such file or directory\n",
        b"cat: /tmp/****: No such file or directory\n",
    );
    let found = causes(&facts, Language::English);
    assert!(!format!("{found:?}").contains("pa55"), "{found:?}");
}
