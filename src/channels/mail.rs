//! Sends a notice as a mail by an SMTP server, or as a text message by the gateway of the configuration.

use super::http::{Made, exchange};
use super::preset::Preset;
use super::settings::{Resolved, invalid};
use super::values::Values;
use super::{RETRY_AFTER, SendResult, SendSettings, Sending, example};
use jobs_clock as clock;
use jobs_config::{Secret, Smtp, SmtpTls};
use jobs_error::Result;
use jobs_model::{Channel, Notice, NoticeEvent};
use jobs_runner::func::email::{MailFault, ReadyMail};
use jobs_runner::func::sending::{masked, one_line};
use jobs_runner::func::sms::{SmsMessage, check_response};

/// Sends a mail.
pub(super) fn send(
    channel: &Channel,
    preset: &Preset,
    resolved: &Resolved,
    notice: &Notice,
    settings: &SendSettings,
) -> Sending {
    let values = Values::new(channel, preset, resolved, notice, settings);
    let mail = match ready(&values, resolved, settings) {
        Ok(mail) => mail,
        Err(error) => return Sending::not_made(super::one_sentence(&error), None),
    };
    let request = format!("by {}\n{}", mail.way(), mail.text());
    let (result, answer) = match mail.send(settings.total) {
        Ok(answer) => (SendResult::Sent, answer),
        Err(problem) => {
            let reason = masked(&problem.text, resolved.secrets());
            let result = match problem.fault {
                MailFault::Refused => SendResult::Refused {
                    reason,
                    retry_after: None,
                },
                MailFault::Busy => SendResult::Refused {
                    reason,
                    retry_after: Some(RETRY_AFTER),
                },
                MailFault::Unreachable | MailFault::TimedOut => SendResult::Unreachable { reason },
            };
            (result, String::new())
        }
    };
    Sending {
        result,
        request: masked(&request, resolved.secrets()),
        answer: masked(&answer, resolved.secrets()),
    }
}

/// Checks the settings of a mail.
///
/// # Errors
///
/// [`jobs_error::Error::Invalid`] that names the setting.
pub(super) fn check(
    channel: &Channel,
    preset: &Preset,
    resolved: &Resolved,
    settings: &SendSettings,
) -> Result<()> {
    let now = clock::now();
    let notice = example(&channel.name, NoticeEvent::Test, &settings.host, now);
    let values = Values::new(channel, preset, resolved, &notice, settings);
    ready(&values, resolved, settings).map(drop)
}

fn ready(values: &Values<'_>, resolved: &Resolved, settings: &SendSettings) -> Result<ReadyMail> {
    let text = |name: &str| values.get(name).unwrap_or_default().into_owned();
    let smtp = smtp(resolved, settings)?;
    let server = (&smtp, settings.ca_file.as_deref());
    let to = resolved.get("to").unwrap_or_default();
    ReadyMail::new(server, to, &text("title"), text("text"), clock::now()).map_err(|failure| {
        // The function names its arguments and the keys of the section `smtp`.
        match failure.0.split_once(": ") {
            Some(("to", problem)) => invalid("to", problem),
            _ if smtp.host.is_empty() => invalid(
                "host",
                "is missing, and so is `smtp.host` in the configuration",
            ),
            _ => jobs_error::Error::invalid("set", failure.0),
        }
    })
}

/// The mail server of a channel: its own, else that of the configuration.
fn smtp(resolved: &Resolved, settings: &SendSettings) -> Result<Smtp> {
    let get = |name: &str| resolved.get(name).unwrap_or_default();
    let from = match get("from") {
        "" => settings.smtp.from.clone(),
        own => own.to_string(),
    };
    if get("host").is_empty() {
        for name in ["port", "username", "password"] {
            if !get(name).is_empty() {
                return Err(invalid(name, "needs the setting `host`"));
            }
        }
        return Ok(Smtp {
            from,
            ..settings.smtp.clone()
        });
    }
    let port = match get("port") {
        "" => 0,
        text => text
            .parse()
            .map_err(|_| invalid("port", format!("`{text}` is not a port from 1 to 65535")))?,
    };
    let tls = match get("tls") {
        "starttls" => SmtpTls::Starttls,
        "tls" => SmtpTls::Tls,
        "none" => SmtpTls::None,
        other => {
            return Err(invalid(
                "tls",
                format!("`{other}` is none of `starttls`, `tls` and `none`"),
            ));
        }
    };
    Ok(Smtp {
        host: get("host").to_string(),
        port,
        tls,
        username: get("username").to_string(),
        password: Secret::new(get("password")),
        from,
    })
}

/// Sends a text message by the gateway of the section `sms`.
pub(super) fn send_sms(
    channel: &Channel,
    preset: &Preset,
    resolved: &Resolved,
    notice: &Notice,
    settings: &SendSettings,
) -> Sending {
    let values = Values::new(channel, preset, resolved, notice, settings);
    let text = values.get("message").unwrap_or_default().into_owned();
    let phone = resolved.get("phone").unwrap_or_default();
    let message = match SmsMessage::new(&settings.sms, phone, &text) {
        Ok(message) => message,
        Err(failure) => return Sending::not_made(failure.0, None),
    };
    let made = Made {
        request: message.request,
        secrets: message.secrets,
    };
    exchange(made, settings, |answer, shown| {
        let success = &settings.sms.success;
        match check_response(answer, &message.gateway, success, shown) {
            Ok(()) => SendResult::Sent,
            Err(failure) => SendResult::Refused {
                reason: one_line(&failure.0),
                retry_after: matches!(answer.status, 408 | 425 | 429 | 500..=599)
                    .then_some(RETRY_AFTER),
            },
        }
    })
}

/// Checks the settings of a text message.
///
/// # Errors
///
/// [`jobs_error::Error::Invalid`] that names the setting or the key of the configuration.
pub(super) fn check_sms(resolved: &Resolved, settings: &SendSettings) -> Result<()> {
    let phone = resolved.get("phone").unwrap_or_default();
    SmsMessage::new(&settings.sms, phone, "text")
        .map(drop)
        .map_err(|failure| match failure.0.split_once(": ") {
            Some(("phone", problem)) => invalid("phone", problem),
            _ => jobs_error::Error::invalid("set", failure.0),
        })
}
