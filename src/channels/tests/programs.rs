//! A command, and a program in the place of sendmail.

use std::time::Instant;

use super::servers::{quick, reason, sent};
use super::*;

/// A program in a folder of its own.
fn program(script: &str) -> (tempfile::TempDir, String) {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sendmail");
    let script = script.replace("FOLDER", &folder.path().display().to_string());
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = path.display().to_string();
    (folder, path)
}

#[test]
fn sendmail_gets_the_mail_and_the_addresses() {
    let (folder, path) = program("echo \"$@\" > FOLDER/args; cat > FOLDER/mail");
    let pairs = [
        ("to", "Ops <ops@example.com>;dev@example.com"),
        ("from", "jobs@example.com"),
        ("program", path.as_str()),
    ];
    let sending = sent("sendmail", &pairs, &send_settings());
    assert_eq!(sending.result, SendResult::Sent, "{sending:?}");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(
        read("args"),
        "-i -f jobs@example.com -- ops@example.com dev@example.com\n"
    );
    let mail = read("mail");
    assert!(
        mail.contains("Subject: backup: failed, exit 2\r\n"),
        "{mail}"
    );
    assert!(mail.contains("Auto-Submitted: auto-generated"), "{mail}");
}

#[test]
fn sendmail_that_fails_for_the_moment_is_tried_again() {
    for (script, part, wait) in [
        (
            "echo full >&2; exit 75",
            "ended with status 75: full",
            Some(RETRY_AFTER),
        ),
        ("exit 67", "ended with status 67", None),
        ("kill -9 $$", "signal: 9", None),
    ] {
        let (_guard, path) = program(script);
        let pairs = [("to", "ops@example.com"), ("program", path.as_str())];
        let sending = sent("sendmail", &pairs, &send_settings());
        let (reason, retry_after) = reason(&sending);
        assert!(reason.contains(part), "{reason}");
        assert_eq!(retry_after, wait, "{script}");
    }
    let pairs = [("to", "ops@example.com"), ("program", "/nowhere/sendmail")];
    let sending = sent("sendmail", &pairs, &send_settings());
    assert!(
        reason(&sending).0.contains("cannot be started"),
        "{sending:?}"
    );
}

#[test]
fn command_gets_the_notice_and_nothing_of_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().display();
    let command = format!("cat > {place}/notice; env > {place}/env; echo done");
    let sending = sent("command", &[("command", &command)], &send_settings());
    assert_eq!(sending.result, SendResult::Sent, "{sending:?}");
    assert_eq!(sending.answer, "done\n");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let found: Notice = serde_json::from_str(&read("notice")).unwrap();
    assert_eq!(found, notice(NoticeEvent::Opened));
    // `cargo test` sets many variables; none of them is passed on.
    assert!(!read("env").contains("CARGO"), "{}", read("env"));
}

#[test]
fn command_that_does_not_end_is_killed_with_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("alive");
    let command = format!("(sleep 2; echo x > {}) & sleep 60", file.display());
    let began = Instant::now();
    let sending = sent("command", &[("command", &command)], &quick());
    assert!(began.elapsed() < Duration::from_secs(30));
    let (reason, _) = reason(&sending);
    assert!(
        reason.contains("did not end within 500ms and was killed"),
        "{reason}"
    );
    // Output beyond the limit and a child that keeps the pipe open delay nothing.
    let command = "head -c 300000 /dev/zero; sleep 5 & exit 3";
    let began = Instant::now();
    let sending = sent("command", &[("command", command)], &send_settings());
    assert!(began.elapsed() < Duration::from_secs(4));
    assert!(matches!(
        sending.result,
        SendResult::Refused {
            retry_after: Some(_),
            ..
        }
    ));
    std::thread::sleep(Duration::from_secs(2).saturating_sub(began.elapsed()));
    assert!(!file.exists(), "the child was not killed");
}
