//! `Monitor cert,HOST[:PORT][,DAYS]`: how long a server's certificate is still valid.
//!
//! Every certificate is inspected, even an expired one or one of an unknown authority. Whether it is trusted and
//! matches the name is printed.

mod handshake;
mod leaf;
#[cfg(test)]
mod tests;
mod trust;

use std::time::Duration;

use rustls::pki_types::{ServerName, UnixTime};

use super::super::{Call, Failure};
use super::arguments::{usage, whole, wrong};
use super::deadline::Deadline;
use super::endpoint::Endpoint;
use handshake::Inspected;
use jobs_schedule::Time;
use jobs_text::{counted, plain};
use leaf::Leaf;

/// Timeout of the check.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Default for the days that must be left.
const DEFAULT_DAYS: i64 = 14;

/// Upper bound on the days that can be requested: 100 years.
const MAX_DAYS: i64 = 36_600;

/// Upper bound on the names that are listed.
const MAX_LISTED: usize = 20;

const MILLIS_OF_DAY: i64 = 86_400_000;

pub(super) fn run(call: &mut Call<'_>, args: &[&str]) -> Result<(), Failure> {
    let (endpoint, limit) = match args {
        [endpoint] => (endpoint, DEFAULT_DAYS),
        [endpoint, days] => (endpoint, days_left(days)?),
        _ => return Err(usage("cert,HOST[:PORT][,DAYS]")),
    };
    let endpoint = Endpoint::read(endpoint, Some(443))?;
    let name = ServerName::try_from(endpoint.host.clone()).map_err(|_| {
        wrong(
            "host",
            &endpoint.host,
            "the name or address of a TLS server",
        )
    })?;
    let failed = |why: String| Failure(format!("cert: {why}"));
    let deadline = Deadline::of(call, DEFAULT_TIMEOUT, None);
    let inspected = handshake::inspect(&endpoint, &name, &deadline).map_err(failed)?;
    let leaf = Leaf::read(&inspected.leaf).map_err(|why| {
        failed(format!(
            "the certificate of `{endpoint}` can't be read: {why}"
        ))
    })?;
    report(call, &endpoint, &inspected, &leaf)?;
    let now = unix_time(call.now);
    let trusted =
        trust::trusted(&inspected, &leaf, now, call.settings.ca_file.as_deref()).map_err(failed)?;
    writeln!(call.out, "trusted: {}", yes_or_why(&trusted))?;
    let fits = trust::fits(&inspected.leaf, &name);
    writeln!(call.out, "fits the name: {}", yes_or_why(&fits))?;
    check_validity(call, &endpoint, &leaf, limit)?;
    for (what, answer) in [("does not fit", fits), ("is not trusted", trusted)] {
        if let Err(why) = answer {
            return Err(Failure(format!(
                "cert: the certificate of `{endpoint}` {what}: {}",
                plain(&why)
            )));
        }
    }
    Ok(())
}

fn report(
    call: &mut Call<'_>,
    endpoint: &Endpoint,
    inspected: &Inspected,
    leaf: &Leaf,
) -> Result<(), Failure> {
    let (at, version) = (endpoint.at(inspected.address), &inspected.version);
    writeln!(call.out, "cert: {at}, {version}")?;
    writeln!(call.out, "subject: {}", plain(&leaf.subject))?;
    writeln!(call.out, "issuer: {}", plain(&leaf.issuer))?;
    let names = match &leaf.names {
        Ok(names) => listed(names),
        Err(why) => format!("can't be read: {why}"),
    };
    writeln!(call.out, "names: {names}")?;
    let left = match days_until(call.now, leaf.not_after) {
        days if call.now > leaf.not_after => format!("expired {} ago", counted_days(-days)),
        days => format!("{} left", counted_days(days)),
    };
    let from = leaf.not_before.rfc3339(call.zone);
    let until = leaf.not_after.rfc3339(call.zone);
    writeln!(call.out, "valid: {from} to {until}, {left}")?;
    Ok(())
}

fn listed(names: &[String]) -> String {
    let listed: Vec<String> = names
        .iter()
        .take(MAX_LISTED)
        .map(|name| plain(name))
        .collect();
    match names.len().saturating_sub(MAX_LISTED) {
        _ if listed.is_empty() => "none".to_owned(),
        0 => listed.join(", "),
        more => format!("{} and {more} more", listed.join(", ")),
    }
}

fn check_validity(
    call: &Call<'_>,
    endpoint: &Endpoint,
    leaf: &Leaf,
    limit: i64,
) -> Result<(), Failure> {
    let until = leaf.not_after.rfc3339(call.zone);
    let days = days_until(call.now, leaf.not_after);
    let why = if call.now > leaf.not_after {
        format!("has expired {} ago, at {until}", counted_days(-days))
    } else if call.now < leaf.not_before {
        let from = leaf.not_before.rfc3339(call.zone);
        format!("is not valid before {from}")
    } else if days < limit {
        let limit = counted_days(limit);
        format!(
            "expires in {}, at {until}, the limit is {limit}",
            counted_days(days)
        )
    } else {
        return Ok(());
    };
    Err(Failure(format!(
        "cert: the certificate of `{endpoint}` {why}"
    )))
}

fn days_left(text: &str) -> Result<i64, Failure> {
    whole(text)
        .filter(|days| *days <= MAX_DAYS)
        .ok_or_else(|| wrong("days", text, "a whole number from 0 to 36600"))
}

/// Whole days from `now` to `then`; negative when `then` is in the past.
fn days_until(now: Time, then: Time) -> i64 {
    then.millis().saturating_sub(now.millis()) / MILLIS_OF_DAY
}

fn counted_days(days: i64) -> String {
    counted(usize::try_from(days).unwrap_or_default(), "day")
}

fn unix_time(time: Time) -> UnixTime {
    let ms = u64::try_from(time.millis()).unwrap_or_default();
    UnixTime::since_unix_epoch(Duration::from_millis(ms))
}

fn yes_or_why(answer: &Result<(), String>) -> String {
    match answer {
        Ok(()) => "yes".to_owned(),
        Err(why) => format!("no, {}", plain(why)),
    }
}
