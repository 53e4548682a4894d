//! `Email TO,SUBJECT,BODY`: sends a message by the mail server of the configuration.
//!
//! Subject and body are sent as they are written: a line break in the body is a line break, and `\n` is two characters.
//! The subject, a name and an address must be on one line. When the server refuses one of several recipients, the message is
//! sent to none of them, so that a second run sends it to nobody twice.

mod dialogue;
mod plan;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::path::Path;
use std::time::{Duration, SystemTime};

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use lettre::{Address, Message};

use super::sending::timeout;
use super::{Call, Failure, ending};
pub use dialogue::{MailFault, MailProblem};
use jobs_config::{self as config, SmtpTls};
use jobs_schedule::Time;
use plan::Plan;

const USAGE: &str = "usage: Email TO,SUBJECT,BODY";

/// Sends the message once. A failure names the step at which the server refused it, and has the server's answer.
pub(super) fn run(call: &mut Call<'_>) -> Result<(), Failure> {
    let [to, subject, _, ..] = call.args else {
        return Err(Failure(USAGE.to_string()));
    };
    let to = recipients(to)?;
    let subject = one_line_subject(subject)?;
    let body = call.rest(2);
    let plan = plan(Mail {
        smtp: &call.settings.smtp,
        ca_file: call.settings.ca_file.as_deref(),
        to: &to,
        subject,
        body,
        now: call.now,
    })?;
    let names: Vec<String> = to.iter().map(|mailbox| mailbox.email.to_string()).collect();
    writeln!(call.out, "to {}", names.join("; "))?;
    writeln!(
        call.out,
        "from {} by {} ({})",
        plan.from,
        plan.server(),
        plan.manner()
    )?;
    call.out.flush()?;
    let answer = dialogue::send(plan, timeout(call)).map_err(|problem| {
        if problem.fault == MailFault::TimedOut {
            ending::set_timed_out();
        }
        Failure(problem.text)
    })?;
    writeln!(call.out, "the server answered: {answer}")?;
    Ok(())
}

/// A message, and the server that sends it on.
struct Mail<'a> {
    smtp: &'a config::Smtp,
    ca_file: Option<&'a Path>,
    to: &'a [Mailbox],
    subject: &'a str,
    body: String,
    now: Time,
}

/// A message that is ready to be sent.
pub struct ReadyMail(Plan);

impl ReadyMail {
    /// Checks the addresses and the server, and makes the message. `to` is one address or several with `;` between.
    ///
    /// # Errors
    ///
    /// [`Failure`] tells what is wrong with an address, the subject or the section `smtp`.
    pub fn new(
        (smtp, ca_file): (&config::Smtp, Option<&Path>),
        to: &str,
        subject: &str,
        body: String,
        now: Time,
    ) -> Result<ReadyMail, Failure> {
        let mail = Mail {
            smtp,
            ca_file,
            to: &recipients(to)?,
            subject: one_line_subject(subject)?,
            body,
            now,
        };
        plan(mail).map(ReadyMail)
    }

    /// The server and how it is reached, such as `mail.example.com:587 (STARTTLS)`.
    pub fn way(&self) -> String {
        format!("{} ({})", self.0.server(), self.0.manner())
    }

    /// Headers and body.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.message).into_owned()
    }

    /// Sends the message once, and returns the server's answer to it.
    ///
    /// # Errors
    ///
    /// The step at which it failed, and the server's answer.
    pub fn send(self, timeout: Duration) -> Result<String, MailProblem> {
        dialogue::send(self.0, timeout)
    }
}

/// A message with its headers, for a program that sends it on.
///
/// # Errors
///
/// [`Failure`] tells what is wrong with an address or the subject.
pub fn message_text(
    from: &str,
    to: &str,
    subject: &str,
    body: String,
    now: Time,
) -> Result<Vec<u8>, Failure> {
    let from = mailbox(from).ok_or_else(|| {
        Failure::argument(
            "from",
            format!("`{}` is not a mail address", from.escape_debug()),
        )
    })?;
    message(
        &from,
        &recipients(to)?,
        one_line_subject(subject)?,
        body,
        now,
    )
}

/// The addresses in a text, without names: one or several with `;` between.
///
/// # Errors
///
/// [`Failure`] tells what is wrong with an address.
pub fn addresses(text: &str) -> Result<Vec<String>, Failure> {
    let found = recipients(text)?;
    Ok(found
        .iter()
        .map(|mailbox| mailbox.email.to_string())
        .collect())
}

/// Reads one or more addresses with `;` between. An address that is there twice counts once.
fn recipients(text: &str) -> Result<Vec<Mailbox>, Failure> {
    let mut found: Vec<Mailbox> = Vec::new();
    for part in text.split(';').filter(|part| !part.trim().is_empty()) {
        let mailbox = mailbox(part).ok_or_else(|| {
            Failure::argument(
                "to",
                format!(
                    "`{}` is not a mail address, such as `ops@example.com` or `Ops <ops@example.com>`; several have `;` between",
                    part.trim().escape_debug()
                ),
            )
        })?;
        if !found.iter().any(|other| other.email == mailbox.email) {
            found.push(mailbox);
        }
    }
    if found.is_empty() {
        return Err(Failure::argument(
            "to",
            "names nobody; an address such as `ops@example.com` would do",
        ));
    }
    Ok(found)
}

/// Reads `ops@example.com` or `Ops <ops@example.com>`, without anything before or after it and without control characters.
fn mailbox(text: &str) -> Option<Mailbox> {
    let text = text.trim();
    if text.contains(char::is_control) {
        return None;
    }
    let (name, address) = match text.strip_suffix('>') {
        Some(rest) => rest.rsplit_once('<')?,
        None => ("", text),
    };
    let name = name.trim();
    let name = name
        .strip_prefix('"')
        .and_then(|name| name.strip_suffix('"'))
        .unwrap_or(name);
    let address: Address = address.trim().parse().ok()?;
    Some(Mailbox::new(
        (!name.is_empty()).then(|| name.to_string()),
        address,
    ))
}

fn one_line_subject(subject: &str) -> Result<&str, Failure> {
    if subject.contains(|c: char| c.is_control() && c != '\t') {
        return Err(Failure::argument(
            "subject",
            format!(
                "`{}` has a line break or another control character, it must be on one line",
                subject.escape_debug()
            ),
        ));
    }
    Ok(subject)
}

/// Collects all that the dialogue with the server needs.
fn plan(mail: Mail<'_>) -> Result<Plan, Failure> {
    let Mail { smtp, to, .. } = mail;
    let missing: Vec<&str> = [("`smtp.host`", &smtp.host), ("`smtp.from`", &smtp.from)]
        .into_iter()
        .filter(|(_, value)| value.trim().is_empty())
        .map(|(key, _)| key)
        .collect();
    if !missing.is_empty() {
        return Err(Failure(format!(
            "no mail server is configured: {} must be set",
            missing.join(" and ")
        )));
    }
    let from = mailbox(&smtp.from).ok_or_else(|| {
        Failure(format!(
            "`smtp.from`: `{}` is not a mail address, such as `jobs@example.com` or `Jobs <jobs@example.com>`",
            smtp.from.escape_debug()
        ))
    })?;
    let login = login(smtp)?;
    let message = message(&from, to, mail.subject, mail.body, mail.now)?;
    Ok(Plan {
        host: host(smtp).to_string(),
        port: if smtp.port == 0 {
            smtp.tls.usual_port()
        } else {
            smtp.port
        },
        tls: smtp.tls,
        login,
        ca_file: mail.ca_file.map(Path::to_path_buf),
        from: from.email,
        to: to.iter().map(|mailbox| mailbox.email.clone()).collect(),
        message,
    })
}

/// The host without the brackets of an IPv6 address.
fn host(smtp: &config::Smtp) -> &str {
    let host = smtp.host.trim();
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}

/// The account and its password. A password is sent without TLS only to this machine: on a network others could read it.
fn login(smtp: &config::Smtp) -> Result<Option<(String, String)>, Failure> {
    if smtp.username.is_empty() {
        return Ok(None);
    }
    let host = host(smtp);
    let is_loopback = host.eq_ignore_ascii_case("localhost")
        || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    if smtp.tls == SmtpTls::None && !is_loopback {
        return Err(Failure(format!(
            "the password of `{}` would go to `{host}` without TLS, where others can read it: `smtp.tls` must be `starttls` or `tls`, or `smtp.username` empty",
            smtp.username
        )));
    }
    Ok(Some((
        smtp.username.clone(),
        smtp.password.reveal().to_string(),
    )))
}

fn message(
    from: &Mailbox,
    to: &[Mailbox],
    subject: &str,
    body: String,
    now: Time,
) -> Result<Vec<u8>, Failure> {
    let mut builder = Message::builder().from(from.clone());
    for mailbox in to {
        builder = builder.to(mailbox.clone());
    }
    // Asks mail programs for no automatic reply such as "I am on holiday" (RFC 3834).
    let automatic = HeaderValue::new(
        HeaderName::new_from_ascii_str("Auto-Submitted"),
        "auto-generated".to_string(),
    );
    let message = builder
        .subject(subject)
        .date(date(now))
        .message_id(Some(message_id(from.email.domain())))
        .raw_header(automatic)
        .singlepart(SinglePart::plain(body))
        .map_err(|error| Failure(format!("the message can't be made: {error}")))?;
    Ok(message.formatted())
}

/// The date of a message. Its format has the years 1970 to 9999.
fn date(now: Time) -> SystemTime {
    const LAST: u64 = 253_402_300_799;
    let seconds = u64::try_from(now.millis() / 1_000).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.min(LAST))
}

fn message_id(domain: &str) -> String {
    let domain = if domain.is_ascii() {
        domain
    } else {
        "localhost"
    };
    format!(
        "<{:016x}{:016x}@{domain}>",
        fastrand::u64(..),
        fastrand::u64(..)
    )
}
