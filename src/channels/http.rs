//! Sends a notice by an HTTP request.

use super::answer::judge;
use super::preset::Preset;
use super::settings::{Resolved, invalid};
use super::sign::KEY;
use super::values::Values;
use super::{ANSWER_MAX, Prepared, SendResult, SendSettings, Sending, example};
use jobs_clock as clock;
use jobs_error::Result;
use jobs_model::{Notice, NoticeEvent};
use jobs_runner::func::sending::{masked, one_line, secrets_of};
use jobs_runner::http::{HttpAnswer, HttpRequest, HttpSettings, Problem, fetch};
use jobs_schedule::Time;
use jobs_text::{Escape, fill, http_host};

/// The body that is the whole notice as JSON.
const NOTICE: &str = "{notice}";

/// A request, and the texts in it that must not be shown.
pub(super) struct Made {
    pub(super) request: HttpRequest,
    pub(super) secrets: Vec<String>,
}

/// Checks that a request can be made of the settings.
///
/// # Errors
///
/// [`jobs_error::Error::Invalid`] that names the setting.
pub(super) fn check(prepared: &Prepared<'_>) -> Result<()> {
    let now = clock::now();
    let (name, host) = (&prepared.channel.name, &prepared.settings.host);
    let mut notice = example(name, NoticeEvent::Opened, host, now);
    // Characters that matter to JSON, to an address and to a header.
    notice.text = "a \"b\" & {c}\n\\".to_string();
    let made = make(prepared, &notice, now);
    if http_host(&made.request.url).is_none() {
        let name = ["url", "server"]
            .into_iter()
            .find(|name| !prepared.get(name).is_empty());
        return Err(invalid(
            name.unwrap_or("url"),
            "does not make an address such as `https://example.com/hook`, without blanks",
        ));
    }
    if let Some(body) = &made.request.body
        && escape_of(prepared.preset) == Escape::Json
        && let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(body)
    {
        return Err(jobs_error::Error::invalid(
            "preset",
            format!("the body of `{}` is no JSON: {error}", prepared.preset.name),
        ));
    }
    Ok(())
}

pub(super) fn send(prepared: &Prepared<'_>, notice: &Notice) -> Sending {
    let made = make(prepared, notice, clock::now());
    exchange(made, prepared.settings, |answer, shown| {
        judge(&prepared.preset.ok, answer, shown, clock::now())
    })
}

/// Sends a request and has its answer judged. The judge gets the body of the answer as it may be shown, too.
pub(super) fn exchange(
    made: Made,
    settings: &SendSettings,
    judge: impl FnOnce(&HttpAnswer, &str) -> SendResult,
) -> Sending {
    let Made {
        mut request,
        secrets,
    } = made;
    request.timeout = Some(settings.total);
    let http = HttpSettings {
        body_max_bytes: ANSWER_MAX,
        ca_file: settings.ca_file.clone(),
    };
    let mut log = Vec::new();
    let answer = fetch(&request, &http, &mut log);
    let log = masked(&String::from_utf8_lossy(&log), &secrets);
    let (sent, mut received) = split(&log);
    let result = match answer {
        Ok(answer) => {
            let shown = masked(&answer.body, &secrets);
            if !shown.trim().is_empty() {
                received.push_str(shown.trim_end());
                received.push('\n');
            }
            judge(&answer, &shown)
        }
        Err(problem) => failed(&problem, &request.url, &secrets),
    };
    Sending {
        result,
        request: sent,
        answer: received,
    }
}

fn failed(problem: &Problem, url: &str, secrets: &[String]) -> SendResult {
    let host = http_host(url).unwrap_or_default();
    let why = one_line(&masked(&problem.to_string(), secrets));
    let reason = match problem.is_timeout() {
        true => format!("`{host}`: {why}; the message may or may not have arrived"),
        false => format!("`{host}`: {why}"),
    };
    match problem {
        // Nothing was sent, and another attempt would not send it either.
        Problem::Invalid { .. } | Problem::Redirect(_) => SendResult::Refused {
            reason,
            retry_after: None,
        },
        Problem::Resolve { .. }
        | Problem::NoAddress { .. }
        | Problem::Connect { .. }
        | Problem::Tls { .. }
        | Problem::NoTrustedCertificates
        | Problem::ProxyLogin { .. }
        | Problem::Proxy { .. }
        | Problem::Timeout { .. }
        | Problem::Answer { .. }
        | Problem::Body { .. }
        | Problem::Start(_)
        | Problem::Output(_) => SendResult::Unreachable { reason },
    }
}

/// The lines of the request and those of the answer in the log of a client.
fn split(log: &str) -> (String, String) {
    let (mut sent, mut received) = (String::new(), String::new());
    for line in log.lines() {
        let side = match line.strip_prefix('>') {
            Some(_) => &mut sent,
            None => &mut received,
        };
        side.push_str(
            line.strip_prefix("> ")
                .or(line.strip_prefix("< "))
                .unwrap_or(line.trim_start_matches(['>', '<'])),
        );
        side.push('\n');
    }
    (sent, received)
}

/// Makes the request of a notice.
pub(super) fn make(prepared: &Prepared<'_>, notice: &Notice, now: Time) -> Made {
    let Prepared {
        preset, resolved, ..
    } = prepared;
    let templates = preset.templates(notice.event);
    let mut values = Values::new(prepared, notice);
    let key = resolved.get(KEY).filter(|key| !key.is_empty());
    let signing = preset.sign.zip(key);
    if let Some((sign, key)) = signing {
        // A signature of the body comes after the body.
        let signature = sign.of(key, "", now);
        values.sign = signature.sign;
        values.timestamp = signature.timestamp;
    }
    let url = fill_url(templates.url, &values, resolved);
    let body = match templates.body {
        NOTICE => values.get("notice").unwrap_or_default().into_owned(),
        template => fill(template, escape_of(preset), |name| values.get(name)),
    };
    if let Some((sign, key)) = signing {
        values.sign = sign.of(key, &body, now).sign;
    }
    let headers = preset.headers.iter().filter_map(|(name, template)| {
        let value = fill(template, Escape::Header, |name| values.get(name));
        (!value.trim().is_empty()).then(|| (name.clone(), value))
    });
    let mut secrets = resolved.secrets().to_vec();
    secrets.extend(secrets_of(&url));
    if !values.sign.is_empty() {
        secrets.push(Escape::Url.escaped(&values.sign).into_owned());
        secrets.push(values.sign.clone());
    }
    let request = HttpRequest {
        method: templates.method.to_ascii_uppercase(),
        url,
        headers: headers.collect(),
        body: (!body.is_empty()).then_some(body),
        keeps_body: true,
        ..HttpRequest::default()
    };
    Made { request, secrets }
}

/// Fills the template of a URL. The setting with which it begins is an address, or the beginning of one, and is not escaped.
fn fill_url(template: &str, values: &Values<'_>, resolved: &Resolved) -> String {
    let begins_with = template
        .strip_prefix('{')
        .and_then(|rest| rest.split_once('}'))
        .and_then(|(name, rest)| Some((resolved.get(name)?, rest)));
    let (begin, rest) = match begins_with {
        Some((address, rest)) if rest.starts_with('/') => (address.trim_end_matches('/'), rest),
        Some((address, rest)) => (address, rest),
        None => ("", template),
    };
    let rest = fill(rest, Escape::Url, |name| values.get(name));
    format!("{}{rest}", begin.trim())
}

/// The escape of the values in the body.
fn escape_of(preset: &Preset) -> Escape {
    let media_type = preset
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    Escape::of_media_type(media_type.map_or("", |(_, value)| value))
}
