//! `SMS PHONE,TEXT`: sends a text message through the HTTP gateway of the configuration.
//!
//! Only the host of the gateway is shown: its address, the headers and the body may all contain its key.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::io;

use super::sending::{masked, one_line, secrets_of, timeout};
use super::{Call, Failure, ending};
use crate::http::{HttpAnswer, HttpRequest, HttpSettings, fetch};
use jobs_config as config;
use jobs_text::{Escape, fill, http_host};

const USAGE: &str = "usage: SMS PHONE,TEXT";

/// The media type of a body that no header names: JSON if it looks like JSON, else a form.
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Sends one request. The gateway has accepted the message if its status is 2xx and its response contains
/// `sms.success`.
pub(super) fn run(call: &mut Call<'_>) -> Result<(), Failure> {
    let [phone, _, ..] = call.args else {
        return Err(Failure(USAGE.to_string()));
    };
    let text = call.rest(1);
    if text.is_empty() {
        return Err(Failure::argument("text", "it is empty"));
    }
    let sms = &call.settings.sms;
    let message = SmsMessage::new(sms, phone, &text)?;
    let SmsMessage {
        phone,
        gateway,
        secrets,
        ..
    } = &message;
    let request = HttpRequest {
        timeout: Some(timeout(call)),
        ..message.request.clone()
    };
    let characters = text.chars().count();
    writeln!(
        call.out,
        "to {phone}, {characters} characters, by {gateway}"
    )?;
    call.out.flush()?;
    let settings = HttpSettings {
        body_max_bytes: call.settings.response_max_bytes,
        ca_file: call.settings.ca_file.clone(),
    };
    let answer = fetch(&request, &settings, &mut io::sink()).map_err(|problem| {
        let why = one_line(&masked(&problem.to_string(), secrets));
        let remark = if problem.is_timeout() {
            ending::set_timed_out();
            "; it may or may not have taken the message"
        } else {
            ""
        };
        Failure(format!("the gateway `{gateway}`: {why}{remark}"))
    })?;
    let body = masked(&answer.body, secrets);
    writeln!(
        call.out,
        "status {} after {} ms",
        answer.status,
        answer.took.as_millis()
    )?;
    if !body.trim().is_empty() {
        writeln!(call.out, "{}", body.trim_end())?;
    }
    check_response(&answer, gateway, &sms.success, &body)
}

/// A message as it goes to the gateway.
pub struct SmsMessage {
    /// The number, without blanks and dashes.
    pub phone: String,
    /// The host of the gateway.
    pub gateway: String,
    /// The request; a redirect that would lose its body is an error.
    pub request: HttpRequest,
    /// Texts that must not be shown.
    pub secrets: Vec<String>,
}

impl SmsMessage {
    /// Fills the templates of the configuration.
    ///
    /// # Errors
    ///
    /// When the phone number or the configuration is wrong.
    pub fn new(sms: &config::Sms, phone: &str, text: &str) -> Result<SmsMessage, Failure> {
        let phone = digits(phone)?;
        let gateway = gateway(sms)?;
        let values = Values {
            phone: &phone,
            text,
        };
        let request = HttpRequest {
            keeps_body: true,
            ..request(sms, &values)?
        };
        Ok(SmsMessage {
            secrets: secrets(sms, &request),
            gateway,
            request,
            phone,
        })
    }
}

/// The values of the placeholders.
struct Values<'a> {
    phone: &'a str,
    text: &'a str,
}

impl Values<'_> {
    fn fill(&self, template: &str, escape: Escape) -> String {
        fill(template, escape, |name| match name {
            "phone" => Some(Cow::Borrowed(self.phone)),
            "text" => Some(Cow::Borrowed(self.text)),
            _ => None,
        })
    }
}

/// The number without blanks and dashes.
fn digits(phone: &str) -> Result<String, Failure> {
    let number: String = phone.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let digits = number.strip_prefix('+').unwrap_or(&number);
    let is_number =
        (3..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number {
        return Ok(number);
    }
    Err(Failure::argument(
        "phone",
        format!(
            "`{}` is not a phone number: 3 to 20 digits, perhaps with `+` before them, such as `+4915112345678`",
            phone.escape_debug()
        ),
    ))
}

/// The host of the gateway.
fn gateway(sms: &config::Sms) -> Result<String, Failure> {
    if sms.url.reveal().trim().is_empty() {
        return Err(Failure(
            "no gateway is configured: `sms.url` must be set (and `sms.headers` and `sms.body` as the gateway needs them)".to_string(),
        ));
    }
    http_host(sms.url.reveal().trim()).map(str::to_string).ok_or_else(|| {
        Failure("`sms.url` is not an address such as `https://sms.example.com/send`, without blanks".to_string())
    })
}

fn request(sms: &config::Sms, values: &Values<'_>) -> Result<HttpRequest, Failure> {
    let mut headers = headers(sms.headers.reveal(), values)?;
    let template = sms.body.reveal();
    let media_type = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        .map(|(_, value)| value.clone());
    let default = match template.trim_start().starts_with(['{', '[']) {
        true => JSON,
        false => FORM,
    };
    if media_type.is_none() && !template.is_empty() {
        headers.push(("Content-Type".to_string(), default.to_string()));
    }
    let escape = Escape::of_media_type(media_type.as_deref().unwrap_or(default));
    let method = sms.method.trim().to_ascii_uppercase();
    Ok(HttpRequest {
        method: if method.is_empty() {
            "POST".to_string()
        } else {
            method
        },
        url: values.fill(sms.url.reveal().trim(), Escape::Url),
        headers,
        body: (!template.is_empty()).then(|| values.fill(template, escape)),
        ..HttpRequest::default()
    })
}

/// Parses `K:V|||K2:V2`. Errors name the header, never its value.
fn headers(text: &str, values: &Values<'_>) -> Result<Vec<(String, String)>, Failure> {
    let mut headers = Vec::new();
    for (index, member) in text.split("|||").enumerate() {
        if member.trim().is_empty() {
            continue;
        }
        let (name, value) = member.split_once(':').ok_or_else(|| {
            Failure(format!(
                "`sms.headers`: header {} has no `:`, they are written `Name:value|||Name:value`",
                index + 1
            ))
        })?;
        let name = name.trim();
        let value = values.fill(value.trim(), Escape::Raw);
        if value.contains(char::is_control) {
            return Err(Failure(format!(
                "text: it goes into the header `{}`, which can't contain a line break or another control character",
                name.escape_debug()
            )));
        }
        headers.push((name.to_string(), value));
    }
    Ok(headers)
}

/// Secrets that a response or an error might repeat: the keys in the address, and the values of the headers.
fn secrets(sms: &config::Sms, request: &HttpRequest) -> Vec<String> {
    let mut secrets = secrets_of(sms.url.reveal());
    secrets.push(request.url.clone());
    let values = request
        .headers
        .iter()
        .filter(|(name, _)| {
            !["content-type", "accept"].contains(&name.to_ascii_lowercase().as_str())
        })
        .map(|(_, value)| value.as_str());
    for value in values {
        secrets.push(value.to_string());
        // Of `Basic abc`, the part that is the key.
        secrets.extend(value.split_once(' ').map(|(_, key)| key.to_string()));
    }
    secrets.extend(secrets_of_body(sms.body.reveal()));
    secrets.retain(|secret| secret.len() > 3);
    secrets
}

/// Values of a form and strings of a JSON body that look like keys: long, and without a placeholder.
fn secrets_of_body(template: &str) -> impl Iterator<Item = String> {
    template
        .split(|c: char| c.is_whitespace() || "&=\"',:<>".contains(c))
        .filter(|word| word.len() >= 12 && word.bytes().any(|byte| byte.is_ascii_digit()))
        .filter(|word| !word.contains(['{', '}']))
        .map(str::to_string)
}

/// Whether the gateway has accepted the message.
///
/// # Errors
///
/// The answer, in `shown` without secrets.
pub fn check_response(
    answer: &HttpAnswer,
    gateway: &str,
    success: &str,
    shown: &str,
) -> Result<(), Failure> {
    if !(200..300).contains(&answer.status) {
        return Err(Failure(format!(
            "the gateway `{gateway}` answered with status {}: {}",
            answer.status,
            one_line(shown)
        )));
    }
    if without_blanks(&answer.body).contains(&without_blanks(success)) {
        return Ok(());
    }
    let cut = if answer.is_cut {
        " in the part that was read (`jobs.http_response_max_bytes`)"
    } else {
        ""
    };
    Err(Failure(format!(
        "the answer of the gateway `{gateway}` has no `{}` (`sms.success`){cut}: {}",
        success.escape_debug(),
        one_line(shown)
    )))
}

/// Removes blanks: `"status": "0"` is the same as `"status":"0"`.
fn without_blanks(text: &str) -> String {
    text.split_whitespace().collect()
}
