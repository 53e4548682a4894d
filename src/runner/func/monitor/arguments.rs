//! Parses the limits and numbers in the arguments of `Monitor`.

use std::str::FromStr;
use std::time::Duration;

use super::super::Failure;
use jobs_text::quoted;

/// A percentage, `90` or `90%`.
pub(super) fn percent(text: &str) -> Result<f64, Failure> {
    let number = text.strip_suffix('%').unwrap_or(text).trim_end();
    decimal(number)
        .filter(|percent| *percent <= 100.0)
        .ok_or_else(|| wrong("limit", text, "a percentage from 0 to 100"))
}

/// A system load, `4` or `0.5`.
pub(super) fn load(text: &str) -> Result<f64, Failure> {
    decimal(text).ok_or_else(|| wrong("limit", text, "a number of at least 0"))
}

/// Milliseconds, `500` or `500ms`, at least 1.
pub(super) fn millis(text: &str) -> Result<Duration, Failure> {
    let number = text.strip_suffix("ms").unwrap_or(text).trim_end();
    whole::<u32>(number)
        .filter(|ms| *ms > 0)
        .map(|ms| Duration::from_millis(u64::from(ms)))
        .ok_or_else(|| {
            wrong(
                "limit",
                text,
                "a whole number of milliseconds of at least 1",
            )
        })
}

/// A whole number in plain digits; `None` for other texts and for numbers that are too large.
pub(super) fn whole<T: FromStr>(text: &str) -> Option<T> {
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits.then(|| text.parse().ok()).flatten()
}

/// A number without a sign or an exponent.
pub(super) fn decimal(text: &str) -> Option<f64> {
    let is_digits = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_digits
        .then(|| text.parse().ok())
        .flatten()
        .filter(|number: &f64| number.is_finite())
}

/// The error for an argument of the wrong form.
pub(super) fn wrong(name: &str, text: &str, wanted: &str) -> Failure {
    Failure::argument(name, format!("{} is not {wanted}", quoted(text)))
}

/// The error for a wrong number of arguments.
pub(super) fn usage(of: &str) -> Failure {
    Failure(format!("usage: Monitor {of}"))
}
