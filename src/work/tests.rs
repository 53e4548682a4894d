//!
//! Tests of the bracket format and of typed fields.
use super::*;

#[track_caller]
fn command(text: &str) -> Command {
    match Work::parse(Mode::Command, text) {
        Ok(Work::Command(command)) => command,
        other => panic!("{text:?}: {other:?}"),
    }
}

#[test]
fn parse_reads_examples_of_original_system() {
    assert_eq!(command("echo hello").command, "echo hello");
    let backup = command("【command】./backup.sh\n【workdir】/opt/app\n");
    assert_eq!(
        (backup.command.as_str(), backup.workdir.as_deref()),
        ("./backup.sh", Some("/opt/app"))
    );
    let env = command("【command】env\n【env】CUSTOM_VAR=test_value|||DEBUG=true");
    assert_eq!(
        env.env,
        [
            ("CUSTOM_VAR".into(), "test_value".into()),
            ("DEBUG".into(), "true".into())
        ]
    );
    assert_eq!(
        command("【command】sleep 3\r\n【timeout】60").timeout,
        Some(60)
    );
    assert_eq!(
        command("【command】a\nb\n\n c\n【times】3").command,
        "a\nb\n\n c"
    );
}

#[test]
fn parse_reads_http_and_func() {
    let Ok(Work::Http(http)) = Work::parse(
        Mode::Http,
        "【url】https://example.com/a?b=c\n【mode】post\n【headers】A:b:c|||D: e\n【data】{\"x\":1}\n【times】2\n【interval】5\n【result】ok",
    ) else {
        panic!("not read");
    };
    assert_eq!(http.method.as_deref(), Some("POST"));
    assert_eq!(
        http.headers,
        [("A".into(), "b:c".into()), ("D".into(), "e".into())]
    );
    let Ok(Work::Func(func)) =
        Work::parse(Mode::Func, "【name】Email\n【arg】a,b, \"c,d\",\"e\"\"f\",")
    else {
        panic!("not read");
    };
    assert_eq!(func.args, ["a", "b", "c,d", "e\"f", ""]);
    // Quotes within an argument are part of the argument.
    for text in [
        "【name】Webhook\n【arg】https://webhook.example/x,{\"data\":\"value\"}",
        "【name】Webhook\n【arg】https://h/,{\"a\":1, \"b\":[\"c\", \"d\"]}",
        "【name】Echo\n【arg】Hello, world",
    ] {
        let Ok(work @ Work::Func(_)) = Work::parse(Mode::Func, text) else {
            panic!("not read: {text}");
        };
        assert_eq!(work.text(), text);
    }
}

#[test]
fn parse_of_wrong_text_names_the_part() {
    for (mode, text, parts) in [
        (Mode::Command, "", &["command", "is missing"][..]),
        (Mode::Command, "【comand】x", &["`【comand】`", "`workdir`"]),
        (
            Mode::Command,
            "【url】http://x/",
            &["`【url】`", "mode `command`"],
        ),
        (
            Mode::Command,
            "【command】a\n【command】b",
            &["command", "twice"],
        ),
        (
            Mode::Command,
            "【command】a\n【timeout】soon",
            &["timeout", "`soon`", "31536000"],
        ),
        (
            Mode::Command,
            "【command】a\n【timeout】-1",
            &["timeout", "`-1`"],
        ),
        (
            Mode::Command,
            "【command】a\n【times】1001",
            &["times", "`1001`", "1000"],
        ),
        (
            Mode::Command,
            "【command】a\n【env】X",
            &["env", "`X`", "K=V"],
        ),
        (Mode::Command, "【command】a\n【env】=1", &["env", "`=***`"]),
        (
            Mode::Command,
            "【command】a\n【env】DB_PASSWORD hunter2",
            &["env", "`DB_PASSWORD ***`"],
        ),
        (
            Mode::Command,
            "【command】a\n【env】A=b|||hunter2",
            &["env", "`***`"],
        ),
        (
            Mode::Http,
            "【url】http://a/\n【headers】Authorization Bearer hunter2",
            &["headers", "`Authorization ***`"],
        ),
        (
            Mode::Command,
            "【command】a\n【env】A=1| ",
            &["env", "`A=***`", "`|||`"],
        ),
        (Mode::Command, "【command a", &["`【command a`", "】"]),
        (Mode::Command, "a\0b", &["NUL"]),
        (
            Mode::Http,
            "http://x/",
            &["does not begin with a key", "【url】"],
        ),
        (Mode::Http, "【url】ftp://x/", &["url", "`ftp://x/`"]),
        (Mode::Http, "【url】http:///a", &["url"]),
        (Mode::Http, "【url】http://a b/", &["url", "%20"]),
        (
            Mode::Http,
            "【url】http://a/\n【headers】nope",
            &["headers", "K:V"],
        ),
        (
            Mode::Http,
            "【url】http://a/\n【mode】GE T",
            &["method", "`GE T`"],
        ),
        (Mode::Func, "【name】", &["name", "is missing"]),
        (
            Mode::Func,
            "【name】E\n【arg】\"a",
            &["arg", "closing quote"],
        ),
    ] {
        let error = Work::parse(mode, text).expect_err(text).to_string();
        for part in parts {
            assert!(error.contains(part), "{text:?}: {error}");
        }
    }
}

#[test]
fn from_fields_and_parse_give_equal_work() {
    let fields = WorkFields {
        command: Some("./backup.sh".into()),
        workdir: Some("/opt/app".into()),
        env: Some(vec!["A=1".into(), "B=x=y".into()]),
        timeout: Some(0),
        times: Some(3),
        interval: Some(7),
        ..WorkFields::default()
    };
    let work = Work::from_fields(Mode::Command, &fields).unwrap();
    let text = "【command】./backup.sh\n【workdir】/opt/app\n【env】A=1|||B=x=y\n【timeout】0\n【times】3\n【interval】7";
    assert_eq!(work.text(), text);
    assert_eq!(Work::parse(Mode::Command, text).unwrap(), work);
    assert_eq!(
        (work.attempts(), work.interval(), work.timeout()),
        (3, 7, Some(0))
    );
}

#[test]
fn with_fields_changes_only_these() {
    let work = Work::parse(Mode::Command, "【command】a\n【workdir】/x\n【timeout】5").unwrap();
    let plain = WorkFields {
        command: Some("b".into()),
        ..WorkFields::default()
    };
    assert_eq!(
        work.clone().with(&plain).unwrap().text(),
        "【command】b\n【workdir】/x\n【timeout】5"
    );
    let whole = WorkFields {
        command: Some("【command】c".into()),
        timeout: Some(9),
        ..WorkFields::default()
    };
    assert_eq!(
        work.clone().with(&whole).unwrap().text(),
        "【command】c\n【timeout】9"
    );
    let cleared = WorkFields {
        workdir: Some(String::new()),
        ..WorkFields::default()
    };
    assert_eq!(
        work.with(&cleared).unwrap().text(),
        "【command】a\n【timeout】5"
    );
}

#[test]
fn from_fields_of_other_mode_fails() {
    let fields = WorkFields {
        command: Some("a".into()),
        url: Some("http://x/".into()),
        ..WorkFields::default()
    };
    let error = Work::from_fields(Mode::Command, &fields)
        .expect_err("a url")
        .to_string();
    assert!(
        error.contains("url") && error.contains("`command`"),
        "{error}"
    );
    let hostile = WorkFields {
        command: Some("a".into()),
        stdin: Some("x\n【timeout】0".into()),
        ..WorkFields::default()
    };
    let error = Work::from_fields(Mode::Command, &hostile)
        .expect_err("a key inside")
        .to_string();
    assert!(error.contains("stdin") && error.contains("【"), "{error}");
}

#[test]
fn text_of_random_work_is_read_back() {
    const PIECES: [&str; 18] = [
        "a",
        " ",
        "\n",
        "【",
        "】",
        "|||",
        "=",
        ":",
        "\"",
        ",",
        "\\",
        "é",
        "备份",
        "【command】",
        "\t",
        "x y",
        "\r\n",
        "\r",
    ];
    let mut seed: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut next = move |limit: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % limit as u64) as usize
    };
    let mut accepted = 0;
    for _ in 0..20_000 {
        let mut text = || {
            (0..next(6))
                .map(|_| PIECES[next(PIECES.len())])
                .collect::<String>()
        };
        let command = WorkFields {
            command: Some(text()),
            stdin: Some(text()),
            workdir: Some(text()),
            env: Some(vec![format!("A={}", text()), format!("B={}", text())]),
            ..WorkFields::default()
        };
        let func = WorkFields {
            func: Some("Echo".into()),
            args: Some(vec![text(), text(), text()]),
            ..WorkFields::default()
        };
        for (mode, fields) in [(Mode::Command, command), (Mode::Func, func)] {
            if let Ok(work) = Work::from_fields(mode, &fields) {
                accepted += 1;
                let printed = work.text();
                assert_eq!(
                    Work::parse(mode, &printed).as_ref().ok(),
                    Some(&work),
                    "{fields:?} printed {printed:?}"
                );
            }
        }
    }
    assert!(accepted > 10_000, "{accepted}");
}
