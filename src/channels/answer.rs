//! Judges the answer to a request: whether the service has taken the message, and when it may be tried again.

use std::time::Duration;

use serde_json::Value;

use super::preset::Accepts;
use super::{RETRY_AFTER, SendResult};
use jobs_runner::func::sending::one_line;
use jobs_runner::http::HttpAnswer;
use jobs_schedule::Time;

/// The longest time that a service is obeyed when it asks for patience.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// The result of a request. `shown` is the body of the answer without secrets.
pub(super) fn judge(ok: &Accepts, answer: &HttpAnswer, shown: &str, now: Time) -> SendResult {
    let json: Option<Value> = serde_json::from_str(&answer.body).ok();
    let field = |path: &str| json.as_ref().and_then(|json| at(json, path));
    let is_right_status = match ok.status.as_slice() {
        [] => (200..300).contains(&answer.status),
        statuses => statuses.contains(&answer.status),
    };
    let value = field(&ok.field);
    let is_taken = ok.field.is_empty() || value.as_deref() == Some(ok.is.as_str());
    if is_right_status && is_taken {
        return SendResult::Sent;
    }
    let is_busy = value.is_some_and(|value| ok.busy.contains(&value));
    let reason = match field(&ok.reason) {
        // The answer as it is shown has the reason without secrets.
        Some(_) => {
            let shown: Option<Value> = serde_json::from_str(shown).ok();
            let reason = shown.and_then(|shown| at(&shown, &ok.reason));
            reason.unwrap_or_else(|| shown_body(answer))
        }
        None => one_line(shown),
    };
    let reason = match reason.is_empty() {
        true => String::new(),
        false => format!(": {}", one_line(&reason)),
    };
    let reason = match is_right_status {
        false => format!("it answered with status {}{reason}", answer.status),
        true if field(&ok.field).is_none() => {
            format!("its answer has no `{}`{reason}", ok.field)
        }
        true => {
            let value = field(&ok.field).unwrap_or_default();
            format!(
                "it answered `{}` = `{}`{reason}",
                ok.field,
                one_line(&value)
            )
        }
    };
    let wait = header_wait(answer, now).or_else(|| {
        let seconds = field(&ok.retry_after)?.parse::<f64>().ok()?;
        Duration::try_from_secs_f64(seconds.max(0.0)).ok()
    });
    let is_temporary = is_busy || is_temporary(answer.status);
    SendResult::Refused {
        reason,
        retry_after: is_temporary.then(|| wait.unwrap_or(RETRY_AFTER).min(LONGEST)),
    }
}

/// Whether a status tells of a failure that may pass.
pub(super) fn is_temporary(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..=599)
}

fn shown_body(answer: &HttpAnswer) -> String {
    format!("({} bytes)", answer.body_bytes)
}

/// The value of a field by its path, as text.
fn at(json: &Value, path: &str) -> Option<String> {
    if path.is_empty() {
        return None;
    }
    let value = path
        .split('.')
        .try_fold(json, |value, name| value.get(name))?;
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// The header `Retry-After`: seconds, or a date.
fn header_wait(answer: &HttpAnswer, now: Time) -> Option<Duration> {
    let (_, value) = answer
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))?;
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds.max(0.0)).ok();
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?;
    let until = Time::from_millis(date.timestamp().as_millisecond());
    Some(until.since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::from_millis(1_764_547_200_000);

    fn answer(status: u16, body: &str, retry_after: Option<&str>) -> HttpAnswer {
        HttpAnswer {
            status,
            headers: retry_after
                .map(|value| ("Retry-After".to_string(), value.to_string()))
                .into_iter()
                .collect(),
            body: body.to_string(),
            body_bytes: body.len() as u64,
            is_cut: false,
            took: Duration::ZERO,
        }
    }

    fn errcode() -> Accepts {
        Accepts {
            field: "errcode".into(),
            is: "0".into(),
            busy: vec!["130101".into()],
            reason: "errmsg".into(),
            retry_after: "wait.seconds".into(),
            ..Accepts::default()
        }
    }

    #[track_caller]
    fn refused(ok: &Accepts, answer: &HttpAnswer) -> (String, Option<u64>) {
        match judge(ok, answer, &answer.body, NOW) {
            SendResult::Refused {
                reason,
                retry_after,
            } => (reason, retry_after.map(|wait| wait.as_secs())),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn status_decides_when_no_field_does() {
        let ok = Accepts::default();
        for status in [200, 202, 204] {
            let answer = answer(status, "", None);
            assert_eq!(judge(&ok, &answer, "", NOW), SendResult::Sent);
        }
        let only = Accepts {
            status: vec![200],
            ..Accepts::default()
        };
        for (status, wait) in [(204, None), (400, None), (404, None), (500, Some(60))] {
            let (reason, retry_after) = refused(&only, &answer(status, "no\nway", None));
            assert_eq!(reason, format!("it answered with status {status}: no way"));
            assert_eq!(retry_after, wait, "{status}");
        }
    }

    #[test]
    fn field_decides_although_the_status_is_200() {
        let ok = errcode();
        let good = answer(200, r#"{"errcode":0,"errmsg":"ok"}"#, None);
        assert_eq!(judge(&ok, &good, &good.body, NOW), SendResult::Sent);
        for (body, reason, wait) in [
            (
                r#"{"errcode":310000,"errmsg":"sign not match"}"#,
                "it answered `errcode` = `310000`: sign not match",
                None,
            ),
            (
                r#"{"errcode":130101,"errmsg":"send too fast"}"#,
                "it answered `errcode` = `130101`: send too fast",
                Some(60),
            ),
            ("<html>", "its answer has no `errcode`: <html>", None),
            ("", "its answer has no `errcode`", None),
            (
                r#"{"errcode":130101,"wait":{"seconds":7}}"#,
                "it answered `errcode` = `130101`: {\"errcode\":130101,\"wait\":{\"seconds\":7}}",
                Some(7),
            ),
        ] {
            let found = refused(&ok, &answer(200, body, None));
            assert_eq!(found, (reason.to_string(), wait));
        }
    }

    #[test]
    fn retry_after_is_obeyed_within_a_day() {
        let ok = Accepts::default();
        for (value, wait) in [
            (Some("120"), Some(120)),
            (Some("0"), Some(0)),
            (Some("1.5"), Some(1)),
            (Some("-5"), Some(0)),
            (Some("Mon, 01 Dec 2025 00:02:00 GMT"), Some(120)),
            (Some("Mon, 01 Dec 2025 00:00:00 GMT"), Some(0)),
            (Some("999999999999999"), Some(86_400)),
            (Some("soon"), Some(60)),
            (None, Some(60)),
        ] {
            let found = refused(&ok, &answer(429, "", value));
            assert_eq!(found.1, wait, "{value:?}");
        }
        // A refusal for good has no time at which it would not be one.
        assert_eq!(refused(&ok, &answer(401, "", Some("120"))).1, None);
    }
}
