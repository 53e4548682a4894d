//! Against a real mail server on loopback.

use super::super::sending::testing::{call, settings};
use super::*;
use crate::func::Settings;
use jobs_config::{Secret, SmtpTls};

mod refusals;
#[path = "../../../../../tests/jobs/servers/smtp.rs"]
mod server;

use server::{Mode, Say, Smtp, Tls};

const PASSWORD: &str = "hunter2-Über";

fn configured(server: &Smtp, tls: SmtpTls) -> Settings {
    let mut settings = settings();
    settings.smtp = config::Smtp {
        host: "localhost".into(),
        port: server.port(),
        tls,
        username: String::new(),
        password: Secret::default(),
        from: "定时任务 <jobs@example.com>".into(),
    };
    settings
}

fn with_login(mut settings: Settings) -> Settings {
    settings.smtp.username = "bob".into();
    settings.smtp.password = Secret::new(PASSWORD);
    settings
}

/// A file with the certificate of the server, and settings that trust it.
fn trusting(server: &Smtp, mut settings: Settings) -> (tempfile::NamedTempFile, Settings) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), server.certificate()).unwrap();
    settings.ca_file = Some(file.path().to_path_buf());
    (file, settings)
}

#[track_caller]
fn refusal(args: &[&str], settings: &Settings) -> String {
    let (out, ended) = call("Email", args, settings);
    let failure = ended.expect_err(&out);
    for text in [&out, &failure] {
        assert!(!text.contains(PASSWORD), "{text}");
        assert!(!text.contains("aHVudGVyMi"), "{text}");
    }
    failure
}

const TO_BOB: [&str; 3] = ["bob@example.com", "S", "B"];

#[test]
fn a_message_arrives_as_it_was_written() {
    let server = Smtp::start(Mode::default());
    let settings = configured(&server, SmtpTls::None);
    let args = [
        "运维 <ops@example.com>; dev@example.com ;ops@example.com",
        "备份完成 ✓",
        "第一行",
        " 第二行\n.\n..three\\n",
        "",
    ];
    let (out, ended) = call("Email", &args, &settings);
    ended.unwrap();
    let mails = server.received();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(mail.from, "jobs@example.com");
    assert_eq!(mail.to, ["ops@example.com", "dev@example.com"]);
    assert_eq!(mail.user, None);
    assert!(mail.data.is_ascii());
    assert_eq!(
        mail.header("Date").unwrap(),
        "Tue, 24 Nov 2026 10:00:00 +0000"
    );
    assert!(
        mail.header("Message-ID")
            .unwrap()
            .ends_with("@example.com>")
    );
    assert_eq!(mail.header("MIME-Version").unwrap(), "1.0");
    assert_eq!(
        mail.header("Content-Type").unwrap(),
        "text/plain; charset=utf-8"
    );
    assert_eq!(mail.header("Auto-Submitted").unwrap(), "auto-generated");
    assert!(mail.header("Subject").unwrap().starts_with("=?utf-8?b?"));
    assert!(mail.header("From").unwrap().ends_with("<jobs@example.com>"));
    let to = mail.header("To").unwrap();
    assert!(
        to.starts_with("=?utf-8?b?") && to.ends_with(", dev@example.com"),
        "{to}"
    );
    assert_eq!(mail.header("Content-Transfer-Encoding").unwrap(), "base64");
    use base64::Engine;
    let body = mail.body().replace("\r\n", "");
    let body = base64::prelude::BASE64_STANDARD.decode(body).unwrap();
    assert_eq!(
        String::from_utf8(body).unwrap(),
        "第一行, 第二行\r\n.\r\n..three\\n,"
    );
    assert!(
        out.contains("to ops@example.com; dev@example.com\n"),
        "{out}"
    );
    assert!(
        out.contains(&format!("by localhost:{} (without TLS)", server.port())),
        "{out}"
    );
    assert!(
        out.contains("the server answered: 250 2.0.0 queued as 4711"),
        "{out}"
    );
}

#[test]
fn a_plain_body_keeps_its_dots_and_long_lines() {
    let server = Smtp::start(Mode::default());
    let settings = configured(&server, SmtpTls::None);
    call("Email", &["a@example.com", "", ".\n.dot\r\nend"], &settings)
        .1
        .unwrap();
    let long = "x".repeat(5_000);
    call(
        "Email",
        &["a@example.com", &"s ".repeat(600), &long],
        &settings,
    )
    .1
    .unwrap();
    call("Email", &["a@example.com", "empty", ""], &settings)
        .1
        .unwrap();
    let mails = server.received();
    assert_eq!(mails[0].body().trim_end(), ".\r\n.dot\r\nend");
    assert!(mails[1].data.lines().all(|line| line.len() <= 998));
    assert_eq!(mails[1].body().replace("=\r\n", "").trim(), long);
    assert_eq!(mails[2].body().trim(), "");
}

#[test]
fn tls_and_logins() {
    for (kind, tls) in [
        (Tls::Starttls, SmtpTls::Starttls),
        (Tls::Always, SmtpTls::Tls),
        (Tls::Never, SmtpTls::None),
    ] {
        for mechanisms in ["PLAIN", "LOGIN", "LOGIN PLAIN XOAUTH2"] {
            let server = Smtp::start(Mode::default().tls(kind).login("bob", PASSWORD, mechanisms));
            let (_file, settings) = trusting(&server, with_login(configured(&server, tls)));
            let (out, ended) = call("Email", &TO_BOB, &settings);
            assert_eq!(ended, Ok(()), "{tls:?} {mechanisms}: {out}");
            assert!(out.contains("as bob"), "{out}");
            let mails = server.received();
            assert_eq!(mails.len(), 1);
            assert_eq!(mails[0].user.as_deref(), Some("bob"));
            assert_eq!(mails[0].is_encrypted, kind != Tls::Never);
        }
    }
}

#[test]
fn an_unknown_certificate_is_refused() {
    for (kind, tls) in [
        (Tls::Starttls, SmtpTls::Starttls),
        (Tls::Always, SmtpTls::Tls),
    ] {
        let server = Smtp::start(Mode::default().tls(kind).login("bob", PASSWORD, "PLAIN"));
        let failure = refusal(&TO_BOB, &with_login(configured(&server, tls)));
        assert!(
            failure.contains("no TLS connection with `localhost:"),
            "{failure}"
        );
        assert!(
            failure.contains("UnknownIssuer (`jobs.http_ca_file`"),
            "{failure}"
        );
        let mut mode = Mode::default().tls(kind).login("bob", PASSWORD, "PLAIN");
        mode.name = "mail.example.com".into();
        let other = Smtp::start(mode);
        let (_file, settings) = trusting(&other, with_login(configured(&other, tls)));
        let failure = refusal(&TO_BOB, &settings);
        assert!(failure.contains("not valid for name"), "{failure}");
        for server in [server, other] {
            assert!(server.received().is_empty());
            assert!(!server.heard().iter().any(|line| line.starts_with("AUTH")));
        }
    }
}

#[test]
fn names_and_subjects_can_not_break_out() {
    let server = Smtp::start(Mode::default());
    let settings = configured(&server, SmtpTls::None);
    for name in [
        "a\"b\\c",
        "Bcc: e@example.com",
        "a\u{2028}b",
        "=?utf-8?q?=0ABcc:?=",
        "x,y@example.com",
    ] {
        let to = format!("{name} <a@example.com>");
        call("Email", &[&to, &format!("{name}\t{name}"), "B"], &settings)
            .1
            .unwrap();
    }
    let mails = server.received();
    assert_eq!(mails.len(), 5);
    for mail in mails {
        let head = mail.data.split("\r\n\r\n").next().unwrap().to_string();
        let names: Vec<&str> = head
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .filter_map(|line| line.split(':').next())
            .collect();
        let known = [
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "Auto-Submitted",
            "MIME-Version",
            "Content-Type",
            "Content-Transfer-Encoding",
        ];
        assert_eq!(names, known, "{head}");
        assert_eq!(mail.to, ["a@example.com"]);
    }
}
