//! `Monitor http,URL[,STATUS][,MS]`: whether a page answers, and how fast.

use std::time::Duration;

use super::super::{Call, Failure, ending};
use super::arguments::{millis, usage, whole};
use super::deadline::{Deadline, shown, whole_millis};
use crate::http::{self, HttpRequest, HttpSettings};
use jobs_text::quoted;

/// Timeout, unless the limit is longer.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// The page and the expected response.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Check {
    url: String,
    /// The expected status; without one, any status below 400.
    status: Option<u16>,
    limit: Option<Duration>,
}

pub(super) fn run(call: &mut Call<'_>, args: &[&str]) -> Result<(), Failure> {
    let check = Check::read(args)?;
    let deadline = Deadline::of(call, DEFAULT_TIMEOUT, check.limit);
    let request = HttpRequest {
        method: "GET".to_owned(),
        url: check.url.clone(),
        timeout: Some(deadline.whole()),
        ..HttpRequest::default()
    };
    let settings = HttpSettings {
        body_max_bytes: call.settings.response_max_bytes,
        ca_file: call.settings.ca_file.clone(),
    };
    match http::fetch(&request, &settings, call.out) {
        Ok(answer) => {
            let took = shown(answer.took);
            let (status, bytes) = (answer.status, answer.body_bytes);
            writeln!(call.out, "http: {status} after {took}, {bytes} bytes")?;
            check.check_response(status, answer.took)
        }
        Err(problem) => {
            if problem.is_timeout() {
                ending::set_timed_out();
            }
            let took = shown(deadline.taken());
            writeln!(call.out, "http: no answer after {took}")?;
            Err(Failure(format!("http: {problem}")))
        }
    }
}

impl Check {
    /// Parses the arguments. A number from 100 to 599 after the URL is the status. A number with `ms`, a larger
    /// number, and the second of two numbers are the limit in milliseconds. The URL may contain commas.
    pub(super) fn read(args: &[&str]) -> Result<Check, Failure> {
        let numbers = args
            .iter()
            .skip(1)
            .rev()
            .take(2)
            .take_while(|arg| is_number(arg))
            .count();
        let (url, numbers) = args
            .split_at_checked(args.len().saturating_sub(numbers))
            .unwrap_or((args, &[]));
        let url = url.join(",");
        let (status, limit) = match numbers {
            [] => (None, None),
            [one] if is_limit(one) => (None, Some(millis(one)?)),
            [one] => (Some(status(one)?), None),
            [first, second, ..] => (Some(status(first)?), Some(millis(second)?)),
        };
        if url.is_empty() {
            return Err(usage("http,URL[,STATUS][,MS]"));
        }
        let scheme = url.split("://").next().unwrap_or_default();
        let is_http = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
        if !is_http || scheme.len() == url.len() {
            let problem = format!(
                "{} does not begin with `http://` or `https://`",
                quoted(&url)
            );
            return Err(Failure::argument("url", problem));
        }
        Ok(Check { url, status, limit })
    }

    fn check_response(&self, status: u16, took: Duration) -> Result<(), Failure> {
        match self.status {
            Some(wanted) if status != wanted => {
                return Err(Failure(format!(
                    "http: the status is {status}, not {wanted}"
                )));
            }
            None if status >= 400 => {
                return Err(Failure(format!("http: the status is {status}")));
            }
            Some(_) | None => {}
        }
        match self.limit {
            Some(limit) if took > limit => Err(Failure(format!(
                "http: the answer took {}, the limit is {}",
                shown(took),
                whole_millis(limit)
            ))),
            Some(_) | None => Ok(()),
        }
    }
}

fn is_number(text: &str) -> bool {
    let number = text.strip_suffix("ms").unwrap_or(text).trim_end();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a number cannot be a status, so that it must be the limit.
fn is_limit(text: &str) -> bool {
    text.ends_with("ms") || whole::<u16>(text).is_none_or(|number| number > 599)
}

fn status(text: &str) -> Result<u16, Failure> {
    whole(text)
        .filter(|status| (100..=599).contains(status))
        .ok_or_else(|| {
            let problem = format!(
                "{} is not a status from 100 to 599; milliseconds are written `50ms`",
                quoted(text)
            );
            Failure::argument("status", problem)
        })
}
