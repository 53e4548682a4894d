//! Mails that are refused, by us or by the server, and the words of the failure.

use std::time::{Duration, Instant};

use super::*;

#[test]
fn starttls_is_never_left_out() {
    let server = Smtp::start(Mode::default().login("bob", PASSWORD, "PLAIN"));
    let failure = refusal(&TO_BOB, &with_login(configured(&server, SmtpTls::Starttls)));
    assert!(failure.contains("does not offer STARTTLS"), "{failure}");
    let refusing = Smtp::start(
        Mode::default()
            .tls(Tls::Starttls)
            .reply("STARTTLS", "454 4.7.0 not now"),
    );
    let failure = refusal(&TO_BOB, &configured(&refusing, SmtpTls::Starttls));
    assert!(
        failure.contains("refused STARTTLS: 454 4.7.0 not now"),
        "{failure}"
    );
    let plain = Smtp::start(Mode::default());
    let failure = refusal(&TO_BOB, &configured(&plain, SmtpTls::Tls));
    assert!(failure.contains("no TLS connection with"), "{failure}");
    for server in [server, refusing, plain] {
        let heard = server.heard();
        assert!(
            !heard
                .iter()
                .any(|line| line.starts_with("AUTH") || line.starts_with("MAIL")),
            "{heard:?}"
        );
    }
}

#[test]
fn each_step_says_what_the_server_answered() {
    let plain = || Mode::default().login("bob", PASSWORD, "PLAIN LOGIN");
    let echo = format!("535 5.7.8 no {PASSWORD}");
    let table = [
        (
            plain().reply("HELLO", "554 5.3.2 not today"),
            "can't connect to `localhost:PORT`: 554 5.3.2 not today",
        ),
        (
            plain().say("HELLO", Say::Close),
            "can't connect to `localhost:PORT`: it closed the connection",
        ),
        (
            plain().login("bob", "other", "PLAIN"),
            "refused the login of `bob`: 535 5.7.8 wrong user or password",
        ),
        (
            plain().login("bob", "other", "LOGIN"),
            "refused the login of `bob`: 535 5.7.8 wrong user or password",
        ),
        (
            plain().reply("AUTH", &echo),
            "refused the login of `bob`: 535 5.7.8 no ***",
        ),
        (
            plain().login("bob", PASSWORD, "XOAUTH2"),
            "offers neither of the logins PLAIN and LOGIN",
        ),
        (
            plain().reply("MAIL", "550-5.1.8 who\r\n550 5.1.8 are you"),
            "refused the sender `jobs@example.com`: 550 5.1.8 who are you",
        ),
        (
            plain().reply("RCPT", "550 5.1.1 no such user"),
            "refused the recipient `bob@example.com`: 550 5.1.1 no such user; nothing was sent",
        ),
        (
            plain().reply("DATA", "452 4.3.1 disk full"),
            "refused the message: 452 4.3.1 disk full; nothing was sent",
        ),
        (
            plain().reply(".", "554 5.6.0 spam"),
            "refused the message: 554 5.6.0 spam; nothing was sent",
        ),
        (
            plain().say(".", Say::Close),
            "may or may not have taken the message: it closed the connection",
        ),
        (
            plain().reply("RCPT", "what?"),
            "refused the recipient `bob@example.com`",
        ),
    ];
    for (mode, expected) in table {
        let server = Smtp::start(mode.clone());
        let failure = refusal(&TO_BOB, &with_login(configured(&server, SmtpTls::None)));
        let expected = expected.replace("PORT", &server.port().to_string());
        assert!(
            failure.contains(&expected),
            "{failure}\n{expected}\n{mode:?}"
        );
        assert!(server.received().is_empty());
        let sent = server
            .heard()
            .iter()
            .filter(|line| line.starts_with("DATA"))
            .count();
        assert!(sent <= 1, "sent twice");
    }
}

#[test]
fn one_refused_recipient_stops_the_message_for_all() {
    let server = Smtp::start(Mode::default().reply("RCPT TO:<no@", "550 unknown"));
    let settings = configured(&server, SmtpTls::None);
    let failure = refusal(&["ok@example.com;no@example.com", "S", "B"], &settings);
    assert!(
        failure.contains("recipient `no@example.com`: 550 unknown"),
        "{failure}"
    );
    assert!(server.received().is_empty());
}

#[test]
fn nothing_takes_longer_than_the_timeout() {
    let table = [
        ("HELLO", Say::Silence, "while it connected to `localhost"),
        ("HELLO", Say::Drip, "while it connected to `localhost"),
        (
            "RCPT",
            Say::Silence,
            "while it named the recipient `bob@example.com`",
        ),
        (
            "RCPT",
            Say::Drip,
            "while it named the recipient `bob@example.com`",
        ),
        (".", Say::Silence, "may or may not have taken the message"),
    ];
    for (command, say, expected) in table {
        let server = Smtp::start(Mode::default().say(command, say.clone()));
        let start = Instant::now();
        let failure = refusal(&TO_BOB, &configured(&server, SmtpTls::None));
        assert!(
            start.elapsed() < Duration::from_secs(4),
            "{command} {say:?}"
        );
        assert!(
            failure.contains("timed out after 2s") && failure.contains(expected),
            "{failure}"
        );
    }
    // Once the message is taken, a server that does not say goodbye changes nothing.
    let server = Smtp::start(Mode::default().say("QUIT", Say::Silence));
    let start = Instant::now();
    call("Email", &TO_BOB, &configured(&server, SmtpTls::None))
        .1
        .unwrap();
    assert!(start.elapsed() < Duration::from_millis(900));
    assert_eq!(server.received().len(), 1);
}

#[test]
fn bad_arguments() {
    let server = Smtp::start(Mode::default());
    let settings = configured(&server, SmtpTls::None);
    let injected = "Hi\r\nBcc: evil@example.com";
    let table: [(&[&str], &str); 16] = [
        (&[], "usage: Email TO,SUBJECT,BODY"),
        (&["a@example.com", "S"], "usage: Email TO,SUBJECT,BODY"),
        (&["", "S", "B"], "to: names nobody"),
        (&[" ; ", "S", "B"], "to: names nobody"),
        (&["bob", "S", "B"], "to: `bob` is not a mail address"),
        (
            &["a@example.com b@example.com", "S", "B"],
            "to: `a@example.com b@example.com` is not",
        ),
        (
            &["a@example.com,b@example.com", "S", "B"],
            "several have `;` between",
        ),
        (&["a@", "S", "B"], "to: `a@` is not"),
        (&["@example.com", "S", "B"], "to: `@example.com` is not"),
        (&["Bob <bob@example.com", "S", "B"], "is not a mail address"),
        (
            &["Bob <bob@example.com> x", "S", "B"],
            "is not a mail address",
        ),
        (&["<bob@example.com>>", "S", "B"], "is not a mail address"),
        (
            &["a@example.com\r\nBcc: b@example.com", "S", "B"],
            "is not a mail address",
        ),
        (
            &["\"x\r\nBcc: e\" <a@example.com>", "S", "B"],
            "is not a mail address",
        ),
        (
            &["a@example.com", injected, "B"],
            "subject: `Hi\\r\\nBcc: evil@example.com` has a line break",
        ),
        (&["a@example.com", "a\u{85}b", "B"], "subject: "),
    ];
    for (args, expected) in table {
        let failure = refusal(args, &settings);
        assert!(failure.contains(expected), "{failure}");
    }
    assert!(server.heard().is_empty());
}

#[test]
fn bad_settings() {
    let server = Smtp::start(Mode::default());
    let good = with_login(configured(&server, SmtpTls::None));
    type Change = fn(&mut Settings);
    let table: [(Change, &str); 10] = [
        (
            |it| it.smtp.host.clear(),
            "no mail server is configured: `smtp.host` must be set",
        ),
        (|it| it.smtp.from.clear(), "`smtp.from` must be set"),
        (
            |it| it.smtp = config::Smtp::default(),
            "`smtp.host` and `smtp.from` must be set",
        ),
        (
            |it| it.smtp.from = "nobody".into(),
            "`smtp.from`: `nobody` is not a mail address",
        ),
        (
            |it| it.smtp.from = "a\r\nX: y <a@b.c>".into(),
            "`smtp.from`: ",
        ),
        (
            |it| it.smtp.host = "mail.example.com".into(),
            "the password of `bob` would go to `mail.example.com` without TLS",
        ),
        (|it| it.smtp.host = "10.0.0.1".into(), "without TLS"),
        (
            |it| it.smtp.host = "[2001:db8::1]".into(),
            "would go to `2001:db8::1` without TLS",
        ),
        (
            |it| it.smtp.host = "localhost.example.com".into(),
            "without TLS",
        ),
        (
            |it| {
                it.smtp.tls = SmtpTls::Tls;
                it.ca_file = Some("/nonexistent/ca.pem".into());
            },
            "`jobs.http_ca_file`: `/nonexistent/ca.pem`: ",
        ),
    ];
    for (change, expected) in table {
        let mut settings = good.clone();
        change(&mut settings);
        let failure = refusal(&TO_BOB, &settings);
        assert!(failure.contains(expected), "{failure}");
    }
    assert!(server.received().is_empty());
    for host in ["localhost", "127.0.0.1", "LOCALHOST"] {
        let mut settings = good.clone();
        settings.smtp.host = host.into();
        let failure = refusal(&TO_BOB, &settings);
        assert!(failure.contains("offers neither"), "{failure}");
    }
}

#[test]
fn a_server_that_is_not_there() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let server = Smtp::start(Mode::default());
    let mut settings = configured(&server, SmtpTls::None);
    settings.smtp.port = port;
    let failure = refusal(&TO_BOB, &settings);
    assert!(
        failure.contains(&format!("can't connect to `localhost:{port}`")),
        "{failure}"
    );
    let failure = refusal(
        &["用户@example.com", "S", "B"],
        &configured(&server, SmtpTls::None),
    );
    assert!(
        failure.contains("`用户@example.com` is not ASCII"),
        "{failure}"
    );
}
