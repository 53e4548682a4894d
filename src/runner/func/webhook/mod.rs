//! `Webhook URL[,DATA]`: sends data to an address by POST.
//!
//! The signature is the one of GitHub's webhooks: HMAC-SHA256 of the body as sent, as `sha256=` and lower-case hex.

#[cfg(test)]
mod tests;

use hmac::{Hmac, KeyInit, Mac};
use serde::de::IgnoredAny;
use sha2::Sha256;

use super::sending::{Masking, masked, one_line, secrets_of, timeout};
use super::{Call, Failure, ending};
use crate::http::{HttpRequest, HttpSettings, fetch};
use jobs_config as config;
use jobs_text::http_host;

const USAGE: &str = "usage: Webhook URL[,DATA]";

/// Sends one request. Prints the request, the response and its body. A status of 2xx is success.
pub(super) fn run(call: &mut Call<'_>) -> Result<(), Failure> {
    let [url, ..] = call.args else {
        return Err(Failure(USAGE.to_string()));
    };
    let mut secrets = secrets_of(url);
    secrets.push(call.settings.webhook.secret.reveal().to_string());
    let host = http_host(url).ok_or_else(|| {
        let shown = masked(url, &secrets);
        Failure::argument(
            "url",
            format!(
                "`{}` is not an address such as `https://example.com/hook`, without blanks",
                one_line(&shown).escape_debug()
            ),
        )
    })?;
    let data = call.rest(1);
    let headers = headers(&call.settings.webhook, &data)?;
    let request = HttpRequest {
        method: "POST".to_string(),
        url: url.clone(),
        headers,
        body: (!data.is_empty()).then_some(data),
        timeout: Some(timeout(call)),
        keeps_body: true,
        ..HttpRequest::default()
    };
    let settings = HttpSettings {
        body_max_bytes: call.settings.response_max_bytes,
        ca_file: call.settings.ca_file.clone(),
    };
    let mut log = Masking::new(&mut *call.out, secrets.clone());
    let answer = fetch(&request, &settings, &mut log);
    log.finish()?;
    let answer = answer.map_err(|problem| {
        let why = one_line(&masked(&problem.to_string(), &secrets));
        let remark = if problem.is_timeout() {
            ending::set_timed_out();
            "; it may or may not have arrived"
        } else {
            ""
        };
        Failure(format!("`{host}`: {why}{remark}"))
    })?;
    let body = masked(&answer.body, &secrets);
    if !body.trim().is_empty() {
        writeln!(call.out, "{}", body.trim_end())?;
    }
    if (200..300).contains(&answer.status) {
        return Ok(());
    }
    let text = one_line(&body);
    let text = if text.is_empty() {
        text
    } else {
        format!(": {text}")
    };
    Err(Failure(format!(
        "`{host}` answered with status {}{text}",
        answer.status
    )))
}

fn headers(webhook: &config::Webhook, data: &str) -> Result<Vec<(String, String)>, Failure> {
    let mut headers = Vec::new();
    if !data.is_empty() {
        let is_json = serde_json::from_str::<IgnoredAny>(data).is_ok();
        let media_type = if is_json {
            "application/json"
        } else {
            "text/plain; charset=utf-8"
        };
        headers.push(("Content-Type".to_string(), media_type.to_string()));
    }
    if webhook.secret.is_empty() {
        return Ok(headers);
    }
    let name = webhook.header.trim();
    let is_name = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if name.is_empty() || !is_name {
        return Err(Failure(format!(
            "`webhook.header`: `{}` is not the name of a header, such as `X-Hub-Signature-256`",
            webhook.header.escape_debug()
        )));
    }
    let signature = signature(webhook.secret.reveal(), data)?;
    headers.push((name.to_string(), signature));
    Ok(headers)
}

fn signature(secret: &str, data: &str) -> Result<String, Failure> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .map_err(|error| Failure(format!("`webhook.secret` can't be used: {error}")))?;
    mac.update(data.as_bytes());
    let bytes = mac.finalize().into_bytes();
    let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("sha256={}", hex.concat()))
}
