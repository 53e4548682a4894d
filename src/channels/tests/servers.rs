//! Against real servers on loopback: HTTP servers, a mail server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel as queue};
use std::time::Instant;

use super::*;
use jobs_config::{Secret, SmtpTls};

#[path = "../../../tests/jobs/servers/smtp.rs"]
mod smtp;

use smtp::{Mode, Say, Tls};

/// The secret of the channels here.
const SECRET: &str = "s3cr3t-Über";

/// The answer of a server to every request.
#[derive(Clone, Copy)]
enum Reaction {
    Answer(&'static str),
    /// No answer, until the client disconnects.
    Hang,
    /// The head of an answer and a part of its body.
    CloseInTheMiddle,
    Close,
}

/// A server, and the requests that it gets.
fn server(reaction: Reaction) -> (String, Receiver<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, requests) = queue();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, sender) = (stream.unwrap(), sender.clone());
            std::thread::spawn(move || {
                let _ = sender.send(read_request(&stream));
                let text = match reaction {
                    Reaction::Answer(text) => text,
                    Reaction::Hang => {
                        let _ = stream.read(&mut [0]);
                        ""
                    }
                    Reaction::CloseInTheMiddle => {
                        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"errcode\":0,"
                    }
                    Reaction::Close => "",
                };
                let _ = stream.write_all(text.as_bytes());
            });
        }
    });
    (address, requests)
}

fn read_request(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut text, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        text.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    text + "\r\n" + &String::from_utf8(body).unwrap()
}

/// A file with the secret, readable for its owner alone.
fn secret() -> (tempfile::TempDir, String) {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, format!("{SECRET}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    (folder, format!("file:{}", path.display()))
}

/// Sends a notice, and asserts that nothing in what is shown has the secret.
#[track_caller]
pub(super) fn sent(preset: &str, pairs: &[(&str, &str)], settings: &SendSettings) -> Sending {
    let channel = channel(preset, pairs);
    let sending = send(
        &channel,
        &Presets::built_in(),
        &notice(NoticeEvent::Opened),
        settings,
    );
    let shown = format!("{sending:?}");
    let encoded = ["s3cr3t", "%C3%9Cber", "czNjcjN0"];
    for text in encoded {
        assert!(!shown.contains(text), "{shown}");
    }
    sending
}

pub(super) fn quick() -> SendSettings {
    SendSettings {
        total: Duration::from_millis(500),
        ..send_settings()
    }
}

#[track_caller]
pub(super) fn reason(sending: &Sending) -> (&str, Option<Duration>) {
    match &sending.result {
        SendResult::Refused {
            reason,
            retry_after,
        } => (reason, *retry_after),
        SendResult::Unreachable { reason } => (reason, None),
        SendResult::Sent => panic!("{sending:?}"),
    }
}

#[test]
fn notice_is_sent_with_its_secret_and_shown_without() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n{\"errcode\":0,\"errmsg\":\"ok s3cr3t-\u{dc}ber\"}";
    let (address, requests) = server(Reaction::Answer(answer));
    let (_guard, secret) = secret();
    let pairs = [("server", address.as_str()), ("token", &secret)];
    let sending = sent("dingtalk", &pairs, &send_settings());
    assert_eq!(sending.result, SendResult::Sent, "{sending:?}");
    let request = requests.recv().unwrap();
    assert!(
        request.starts_with("POST /robot/send?access_token=s3cr3t-%C3%9Cber HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(request.contains("磁盘已满"), "{request}");
    assert!(sending.request.contains("access_token=***"), "{sending:?}");
    assert!(sending.request.contains("磁盘已满"), "{sending:?}");
    assert!(sending.answer.contains("ok ***"), "{sending:?}");
}

#[test]
fn refusals_tell_why_and_when_to_try_again() {
    let (_guard, secret) = secret();
    for (answer, expected, wait) in [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n{\"errcode\":310000,\"errmsg\":\"no such sign\"}",
            "it answered `errcode` = `310000`: no such sign",
            None,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
            "its answer has no `errcode`: hi",
            None,
        ),
        (
            "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
            "it answered with status 429",
            Some(7),
        ),
        (
            "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
            "it answered with status 502",
            Some(60),
        ),
        (
            "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone",
            "it answered with status 404: gone",
            None,
        ),
    ] {
        let (address, _requests) = server(Reaction::Answer(answer));
        let pairs = [("server", address.as_str()), ("token", &secret)];
        let sending = sent("dingtalk", &pairs, &send_settings());
        let is_refused = matches!(sending.result, SendResult::Refused { .. });
        assert!(is_refused, "{sending:?}");
        let (reason, retry_after) = reason(&sending);
        assert_eq!(reason, expected);
        assert_eq!(retry_after, wait.map(Duration::from_secs), "{answer}");
    }
}

#[test]
fn server_that_gives_no_whole_answer_is_unreachable() {
    let (_guard, secret) = secret();
    for (reaction, part) in [
        (Reaction::Hang, "may or may not have arrived"),
        (Reaction::CloseInTheMiddle, "breaks off after 13"),
        (Reaction::Close, "closed"),
    ] {
        let (address, _requests) = server(reaction);
        let began = Instant::now();
        let pairs = [("server", address.as_str()), ("token", &secret)];
        let sending = sent("dingtalk", &pairs, &quick());
        assert!(began.elapsed() < Duration::from_secs(10));
        let is_unreachable = matches!(sending.result, SendResult::Unreachable { .. });
        assert!(is_unreachable, "{sending:?}");
        assert!(reason(&sending).0.contains(part), "{sending:?}");
        assert!(sending.request.contains("access_token=***"), "{sending:?}");
    }
    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let sending = sent("webhook", &[("url", &address)], &quick());
    assert!(reason(&sending).0.contains("refused"), "{sending:?}");
}

#[test]
fn missing_secret_is_told_and_tried_again() {
    let pairs = [("token", "file:/nowhere/token")];
    let sending = sent("dingtalk", &pairs, &send_settings());
    let (reason, retry_after) = reason(&sending);
    assert!(
        reason.starts_with("set token: `file:/nowhere/token`: "),
        "{reason}"
    );
    assert_eq!(retry_after, Some(RETRY_AFTER));
    assert_eq!(sending.request, "");
}

fn mail_pairs<'a>(port: &'a str, password: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("to", "Ops <ops@example.com>; dev@example.com"),
        ("from", "jobs@example.com"),
        ("host", "localhost"),
        ("port", port),
        ("username", "bob"),
        ("password", password),
    ]
}

#[test]
fn mail_goes_by_starttls_and_login() {
    let mode = Mode::default()
        .tls(Tls::Starttls)
        .login("bob", SECRET, "PLAIN LOGIN");
    let server = smtp::Smtp::start(mode);
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, server.certificate()).unwrap();
    let settings = SendSettings {
        ca_file: Some(ca_file),
        ..send_settings()
    };
    let (_guard, secret) = secret();
    let port = server.port().to_string();
    let sending = sent("mail", &mail_pairs(&port, &secret), &settings);
    assert_eq!(sending.result, SendResult::Sent, "{sending:?}");
    let mails = server.received();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, ["ops@example.com", "dev@example.com"]);
    assert_eq!(mails[0].user.as_deref(), Some("bob"));
    assert!(mails[0].is_encrypted);
    assert_eq!(
        mails[0].header("Subject").unwrap(),
        "backup: failed, exit 2"
    );
    assert!(sending.request.contains("STARTTLS, as bob"), "{sending:?}");
    assert!(sending.answer.contains("250"), "{sending:?}");
}

#[test]
fn mail_of_the_section_smtp_is_refused_in_the_words_of_the_server() {
    let mode = |answer: &str| Mode::default().reply("RCPT", answer);
    for (mode, part, wait) in [
        (mode("550 5.1.1 no such user"), "550", None),
        (mode("451 4.3.0 try later"), "451", Some(RETRY_AFTER)),
        (Mode::default().say("MAIL", Say::Close), "closed", None),
    ] {
        let server = smtp::Smtp::start(mode);
        let mut settings = send_settings();
        settings.smtp = Smtp {
            host: "localhost".into(),
            port: server.port(),
            tls: SmtpTls::None,
            username: String::new(),
            password: Secret::default(),
            from: "jobs@example.com".into(),
        };
        let sending = sent("mail", &[("to", "ops@example.com")], &settings);
        let (reason, retry_after) = reason(&sending);
        assert!(reason.contains(part), "{reason}");
        assert_eq!(retry_after, wait, "{reason}");
        assert_eq!(server.received().len(), 0);
    }
    let server = smtp::Smtp::start(Mode::default().say("HELLO", Say::Silence));
    let mut settings = quick();
    settings.smtp.host = "localhost".into();
    settings.smtp.port = server.port();
    settings.smtp.tls = SmtpTls::None;
    settings.smtp.from = "jobs@example.com".into();
    let sending = sent("mail", &[("to", "ops@example.com")], &settings);
    assert!(reason(&sending).0.contains("timed out"), "{sending:?}");
}

#[test]
fn wrong_settings_of_a_mail_are_named() {
    let presets = Presets::built_in();
    for (pairs, part) in [
        (vec![("to", "ops@example.com")], "set host: is missing"),
        (
            vec![("to", "ops@"), ("host", "h"), ("from", "a@b.c")],
            "set to: `ops@` is not a mail address",
        ),
        (
            vec![
                ("to", "a@b.c"),
                ("host", "h"),
                ("from", "a@b.c"),
                ("port", "x"),
            ],
            "set port: `x` is not a port",
        ),
        (
            vec![
                ("to", "a@b.c"),
                ("host", "h"),
                ("from", "a@b.c"),
                ("tls", "ssl"),
            ],
            "set tls: `ssl` is none of",
        ),
        (
            vec![("to", "a@b.c"), ("port", "25")],
            "set port: needs the setting `host`",
        ),
    ] {
        let error = check(&channel("mail", &pairs), &presets, &send_settings());
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with(part), "{error}");
    }
}

#[test]
fn short_message_goes_by_the_gateway_of_the_configuration() {
    let (address, requests) = server(Reaction::Answer(
        "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"status\": \"0\"}",
    ));
    let mut settings = send_settings();
    settings.sms.url = Secret::new(format!("{address}/send?key=s3cr3t-Ü&to={{phone}}"));
    settings.sms.body = Secret::new("text={text}");
    settings.sms.success = "\"status\":\"0\"".into();
    let sending = sent("sms", &[("phone", "+49 151-1234")], &settings);
    assert_eq!(sending.result, SendResult::Sent, "{sending:?}");
    let request = requests.recv().unwrap();
    assert!(request.contains("&to=%2B491511234 "), "{request}");
    assert!(
        request.contains("\r\n\r\ntext=backup%3A+failed"),
        "{request}"
    );
    settings.sms.success = "queued".into();
    let sending = sent("sms", &[("phone", "+491511234")], &settings);
    assert!(
        reason(&sending).0.contains("has no `queued`"),
        "{sending:?}"
    );
}
