//! Checks the schedule and the rules that a request gives, and puts them into the job.

use jobs_api::JobInput;
use jobs_error::{Error, Result};
use jobs_model::{ExecId, Job};
use jobs_schedule::{self as schedule, Schedule, Time, Zone};
use jobs_work::SECONDS_MAX;

/// Checks and sets the fields about retries.
pub(super) fn set_retries(job: &mut Job, input: &JobInput<'_>) -> Result<()> {
    const MOST: u64 = 1_000;
    let within = |field: &str, value: Option<u64>, most: u64| match value {
        Some(value) if value > most => Err(Error::invalid(
            field,
            format!("`{value}` is not in 0 to {most}"),
        )),
        value => count(field, value),
    };
    if let Some(retries) = within("retries", input.retries, MOST)? {
        job.retries = retries;
    }
    if let Some(delay) = within("retry_delay", input.retry_delay, SECONDS_MAX)? {
        job.retry_delay = delay;
    }
    if let Some(most) = within("retry_max", input.retry_max, SECONDS_MAX)? {
        job.retry_max = most;
    }
    match input.retry_backoff {
        Some(factor) if !(1.0..=100.0).contains(&factor) => Err(Error::invalid(
            "retry_backoff",
            format!("`{factor}` is not in 1 to 100"),
        )),
        Some(factor) => {
            job.retry_backoff = factor;
            Ok(())
        }
        None => Ok(()),
    }
}

/// Checks and adds tags.
/// Sets the crontab that the job comes from.
pub(super) fn set_origin(job: &mut Job, input: &JobInput<'_>) -> Result<()> {
    const LONGEST: usize = 4_096;
    let Some(origin) = input.origin else {
        return Ok(());
    };
    if origin.len() > LONGEST || origin.chars().any(char::is_control) {
        return Err(Error::invalid(
            "origin",
            format!("`{}` names no crontab", jobs_text::plain(origin)),
        )
        .hint(
            "a path such as /etc/crontab, or the name that was given to `jobs import --origin`",
        ));
    }
    job.origin = Some(origin.to_string()).filter(|origin| !origin.is_empty());
    Ok(())
}

pub(super) fn set_tags(job: &mut Job, input: &JobInput<'_>) -> Result<()> {
    const LONGEST: usize = 32;
    const MOST: usize = 16;
    let is_allowed = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-')
    };
    for tag in input.tags.unwrap_or_default() {
        if tag.is_empty() {
            job.tags.clear();
        } else if tag.len() > LONGEST || !tag.bytes().all(is_allowed) {
            return Err(
                Error::invalid("tags", format!("`{tag}` is no tag")).hint(format!(
                    "a tag has 1 to {LONGEST} of the characters a-z, 0-9, `.`, `_` and `-`"
                )),
            );
        } else if !job.tags.contains(tag) {
            job.tags.push(tag.clone());
        }
    }
    if job.tags.len() > MOST {
        return Err(Error::invalid(
            "tags",
            format!("{} tags; {MOST} is the most", job.tags.len()),
        )
        .hint("an empty tag removes those that the job has: `jobs edit JOB --tag '' --tag NEW`"));
    }
    job.tags.sort();
    Ok(())
}

/// Checks and sets the time from which and until which the job may run.
pub(super) fn set_limits(
    job: &mut Job,
    input: &JobInput<'_>,
    zone: &Zone,
    now: Time,
) -> Result<()> {
    let limit = |field: &str, text: &str| match text.trim() {
        "" => Ok(None),
        text => when(field, text, zone, now).map(Some),
    };
    if let Some(text) = input.start_at {
        job.start_at = limit("start_at", text)?;
        if let Some(start) = job.start_at {
            job.anchor_at = start;
        }
    }
    if let Some(text) = input.end_at {
        job.end_at = limit("end_at", text)?;
    }
    if let (Some(start), Some(end)) = (job.start_at, job.end_at)
        && end < start
    {
        return Err(Error::invalid(
            "end_at",
            format!(
                "`{}` is before its start, `{}`",
                end.local(zone),
                start.local(zone)
            ),
        ));
    }
    if input.end_at.is_some()
        && let Some(end) = job.end_at.filter(|end| *end <= now)
    {
        return Err(
            Error::invalid("end_at", format!("`{}` is past", end.local(zone)))
                .hint("`jobs stop` stops a job at once"),
        );
    }
    Ok(())
}

/// Refuses 0, which stands for a missing number.
pub(crate) fn exec_id(given: ExecId) -> Result<()> {
    match given {
        0 => Err(Error::invalid("exec_id", "is missing")),
        _ => Ok(()),
    }
}

/// Parses the instant that a request gives for `field`.
pub(crate) fn when(field: &str, text: &str, zone: &Zone, now: Time) -> Result<Time> {
    schedule::parse_when(text, zone, now).map_err(|error| match error {
        Error::Invalid { problem, hint, .. } => Error::Invalid {
            field: field.to_string(),
            problem,
            hint,
        },
        other => other,
    })
}

/// The schedule as the store has it, from `cron_expr`, `every` or `at`; nothing when all three are absent.
pub(super) fn schedule_text(
    input: &JobInput<'_>,
    name: &str,
    zone: &Zone,
    now: Time,
) -> Result<Option<String>> {
    match (&input.cron_expr, input.every, input.at) {
        (None, None, None) => Ok(None),
        (Some(expr), None, None) => {
            let text = expr.trim();
            Schedule::parse_for(text, name)?;
            Ok(Some(text.to_string()))
        }
        (None, Some(every), None) => schedule::every(every)
            .map(Some)
            .map_err(|error| error.in_field("every")),
        (None, None, Some(at)) => {
            let instant = when("at", at, zone, now)?;
            if instant <= now {
                return Err(Error::invalid(
                    "at",
                    format!("`{at}` is {}, which is past", instant.local(zone)),
                ));
            }
            Ok(Some(format!("@at {}", instant.rfc3339(zone))))
        }
        _ => Err(Error::invalid(
            "schedule",
            "`cron_expr`, `every` and `at` exclude each other",
        )),
    }
}

/// The name of a zone as the store has it; nothing stands for the daemon's own zone.
pub(super) fn zone_name(given: Option<&str>) -> Result<Option<String>> {
    match given.map(str::trim) {
        None | Some("") => Ok(None),
        Some(name) => Zone::find(name).map(|zone| Some(zone.name().to_string())),
    }
}

/// The named zone, else the daemon's own.
pub(super) fn zone_or(name: Option<&str>, daemon: &Zone) -> Result<Zone> {
    match name {
        Some(name) => Zone::find(name),
        None => Ok(daemon.clone()),
    }
}

/// Converts a number to the type of its column.
pub(super) fn count(field: &str, value: Option<u64>) -> Result<Option<i64>> {
    value
        .map(|value| {
            i64::try_from(value)
                .map_err(|_| Error::invalid(field, format!("`{value}` is more than {}", i64::MAX)))
        })
        .transpose()
}
