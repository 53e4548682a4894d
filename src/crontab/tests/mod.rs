//! Tests of the reading of crontabs.

mod names;
mod refused;

use super::*;

#[track_caller]
fn single_entry(text: &str) -> Entry {
    match parse(text, false).as_slice() {
        [Ok(entry)] => entry.clone(),
        other => panic!("{text:?}: {other:?}"),
    }
}

#[test]
fn parse_splits_schedule_and_command() {
    for (line, schedule, command) in [
        ("*/5 * * * * /bin/true", "*/5 * * * *", "/bin/true"),
        ("  0\t3 * *\tmon  a  b ", "0 3 * * mon", "a  b"),
        ("@daily /usr/bin/x", "@daily", "/usr/bin/x"),
        ("@Reboot x", "@Reboot", "x"),
        ("@every 90s echo hi", "@every 90s", "echo hi"),
        ("-0 3 * * * quiet", "0 3 * * *", "quiet"),
        ("*/10 0 3 * * * x", "*/10 0 3 * * *", "x"),
        ("0 3 * * * 7z a x", "0 3 * * *", "7z a x"),
        ("0 3 * * * /bin/x 1", "0 3 * * *", "/bin/x 1"),
        (
            "0 22 * * 1-5 echo a # not a comment",
            "0 22 * * 1-5",
            "echo a # not a comment",
        ),
        ("0 3 * * * FOO=1 x", "0 3 * * *", "FOO=1 x"),
        ("0 0 1 jan * x\r", "0 0 1 jan *", "x"),
    ] {
        let entry = single_entry(line);
        assert_eq!(
            (entry.schedule.as_str(), entry.command.as_str()),
            (schedule, command),
            "{line:?}"
        );
    }
}

#[test]
fn parse_keeps_the_end_of_input_and_of_escaped_blanks() {
    for (line, command, stdin) in [
        ("* * * * * cat % a ", "cat", Some(" a \n")),
        (r"* * * * * cat%a\", "cat", Some("a\\\n")),
        (r"* * * * * ls a\  ", r"ls a\ ", None),
        (r"* * * * * echo a\\", r"echo a\\", None),
    ] {
        let entry = single_entry(line);
        assert_eq!(
            (entry.command.as_str(), entry.stdin.as_deref()),
            (command, stdin),
            "{line:?}"
        );
    }
}

#[test]
fn parse_reads_arguments_of_several_words() {
    for (line, schedule, command) in [
        (
            "@at 2031-01-01T10:00 /opt/x",
            "@at 2031-01-01T10:00",
            "/opt/x",
        ),
        (
            "@at 2031-01-01 10:00 /opt/x 5",
            "@at 2031-01-01 10:00",
            "/opt/x 5",
        ),
        ("@at 2031-01-01 /opt/x", "@at 2031-01-01", "/opt/x"),
        (
            "@at 2031-01-01 10:00 +02:00 x",
            "@at 2031-01-01 10:00 +02:00",
            "x",
        ),
        ("@at 2031-01-01 10 am x", "@at 2031-01-01 10 am", "x"),
        ("@every 1h 30m /opt/x", "@every 1h 30m", "/opt/x"),
        ("@every 90 seconds /opt/x", "@every 90 seconds", "/opt/x"),
        ("@every 1 h x", "@every 1 h", "x"),
        ("@every 1.5 hours x", "@every 1.5 hours", "x"),
        ("@every 5m w", "@every 5m", "w"),
        ("@every 5m 7z a b", "@every 5m", "7z a b"),
        ("-@daily x", "@daily", "x"),
    ] {
        let entry = single_entry(line);
        assert_eq!(
            (entry.schedule.as_str(), entry.command.as_str()),
            (schedule, command),
            "{line:?}"
        );
    }
}

#[test]
fn parse_variables_apply_to_lines_below() {
    let text = "\u{feff}# a comment\n* * * * * first\nSHELL=/bin/bash\nMAILTO=\"a@example.com\"\n PATH = /a:/b \n\
                'ODD NAME'='x y'\nEMPTY=\nCRON_TZ=Asia/Tokyo\n* * * * * second\nMAILTO=\"\"\nPATH=/c\nCRON_TZ=\n* * * * * third\n";
    let entries: Vec<Entry> = parse(text, false)
        .into_iter()
        .map(|entry| entry.unwrap())
        .collect();
    assert_eq!(
        entries.iter().map(|entry| entry.line).collect::<Vec<_>>(),
        [2, 9, 13]
    );
    assert_eq!((&entries[0].env, &entries[0].mailto), (&vec![], &None));
    let pair = |name: &str, value: &str| (name.to_string(), value.to_string());
    assert_eq!(
        entries[1].env,
        [
            pair("MAILTO", "a@example.com"),
            pair("PATH", "/a:/b"),
            pair("ODD NAME", "x y"),
            pair("EMPTY", ""),
            pair("CRON_TZ", "Asia/Tokyo")
        ]
    );
    assert_eq!(entries[1].shell.as_deref(), Some("/bin/bash"));
    assert_eq!(entries[1].mailto.as_deref(), Some("a@example.com"));
    assert_eq!(entries[1].zone.as_deref(), Some("Asia/Tokyo"));
    assert_eq!(
        (entries[2].mailto.as_deref(), &entries[2].zone),
        (Some(""), &None)
    );
    assert_eq!(entries[2].env[1], pair("PATH", "/c"));
}

#[test]
fn parse_of_other_line_gives_reason() {
    for (line, reason) in [
        ("hello", "1 of the 5 fields"),
        ("* * * * *", "command is missing"),
        ("@daily", "command is missing"),
        ("@every", "`@every` is missing"),
        ("* * * * * %x", "command is missing"),
        ("* * * * * a\0b", "NUL"),
    ] {
        match parse(line, false).as_slice() {
            [Err(refused)] => assert!(
                refused.reason.contains(reason),
                "{line:?}: {}",
                refused.reason
            ),
            other => panic!("{line:?}: {other:?}"),
        }
    }
}

#[test]
fn parse_system_crontab_reads_user_column() {
    let text = "SHELL=/bin/sh\n17 *\t* * *\troot\tcd / && run-parts --report /etc/cron.hourly\n\
                25 6\t* * *\troot\ttest -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.daily )\n* * * * * root\n";
    let entries = parse(text, true);
    let first = entries[0].as_ref().unwrap();
    assert_eq!(first.user.as_deref(), Some("root"));
    assert_eq!(first.command, "cd / && run-parts --report /etc/cron.hourly");
    assert!(entries[1].is_ok() && entries[2].is_err());
}
