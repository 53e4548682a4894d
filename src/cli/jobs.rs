//! Commands on existing jobs: show, skip.

use super::out::{Highlight, Out};
use super::{Context, DONE, executions, text};
use jobs_api::{JobView, Show, Skip};
use jobs_clock::now;
use jobs_model::{Job, JobAlerts};
use jobs_schedule::{Language, Schedule, Time, Zone};

pub fn skip(context: &Context, request: &Skip, out: &mut Out) -> anyhow::Result<i32> {
    let view = context.client()?.call(request)?;
    if out.wants_json() {
        out.data(&view)?;
        return Ok(DONE);
    }
    let name = text::visible(&view.job.name);
    out.line(&match view.job.skip_next {
        0 => format!("no occurrence of `{name}` will be skipped"),
        1 => format!("the next occurrence of `{name}` will be skipped"),
        number => format!("the next {number} occurrences of `{name}` will be skipped"),
    })?;
    Ok(DONE)
}

pub fn show(context: &Context, request: &Show, out: &mut Out) -> anyhow::Result<i32> {
    let mut client = context.client()?;
    let view = client.call(request)?;
    if out.wants_json() {
        out.data(&view)?;
        return Ok(DONE);
    }
    for (key, value) in facts(&view) {
        // Only the value of a job's own texts may hold line breaks; they go on below.
        let value = value
            .split('\n')
            .map(text::visible)
            .collect::<Vec<_>>()
            .join("\n                ");
        out.line(&format!(
            "{}  {value}",
            out.paint(Highlight::Dim, &format!("{key:>14}"))
        ))?;
    }
    Ok(DONE)
}

/// All fields of a job, as `jobs show` prints them.
fn facts(view: &JobView) -> Vec<(&'static str, String)> {
    let job = &view.job;
    let now = now();
    let zone = job.timezone.as_deref();
    let in_words = Schedule::parse_for(&job.cron_expr, &job.name)
        .map(|schedule| schedule.describe(Language::English))
        .unwrap_or_default();
    let mut facts = vec![
        ("name", job.name.clone()),
        ("id", job.id.to_string()),
        ("state", view.state.as_str().to_string()),
    ];
    if !job.desc.is_empty() {
        facts.push(("description", job.desc.clone()));
    }
    if !job.tags.is_empty() {
        facts.push(("tags", job.tags.join(" ")));
    }
    facts.push(("schedule", format!("{} ({in_words})", job.cron_expr)));
    facts.push(("zone", zone.unwrap_or("the daemon's").to_string()));
    facts.push((
        "next run",
        match job.next_at {
            Some(at) if view.paused => format!(
                "{}, but the scheduler is paused: no job is due until `jobs resume`",
                instant(at, zone)
            ),
            Some(at) => format!("{} ({})", instant(at, zone), text::relative(at, now)),
            None => "none".to_string(),
        },
    ));
    if job.skip_next > 0 {
        facts.push(("to skip", format!("the next {}", job.skip_next)));
    }
    for (key, at) in [
        ("stopped until", job.stopped_until),
        ("start", job.start_at),
        ("end", job.end_at),
    ] {
        if let Some(at) = at {
            facts.push((
                key,
                format!("{} ({})", instant(at, zone), text::relative(at, now)),
            ));
        }
    }
    if job.jitter > 0 {
        facts.push((
            "jitter",
            format!("up to {}", text::duration(job.jitter.saturating_mul(1_000))),
        ));
    }
    facts.push(("mode", job.mode.to_string()));
    facts.push(("work", job.command.clone()));
    facts.push(("overlap", job.allow_mode.to_string()));
    facts.push((
        "catch up",
        match job.catch_up_window {
            0 => job.catch_up.to_string(),
            window => format!(
                "{}, not older than {}",
                job.catch_up,
                text::duration(window.saturating_mul(1_000))
            ),
        },
    ));
    if job.retries > 0 {
        facts.push(("retries", retries(job)));
    }
    facts.push((
        "runs",
        match job.max_run_count {
            0 => job.run_count.to_string(),
            most => format!("{} of {most}", job.run_count),
        },
    ));
    facts.push((
        "now",
        format!("{} running, {} queued", view.running, view.queued),
    ));
    if let Some(last) = &view.last {
        facts.push(("last", executions::summary(last, now)));
    }
    facts.extend(alert_facts(&job.alerts));
    if let Some(mailto) = &job.alerts.mailto {
        facts.push((
            "mail to",
            format!("{mailto} (kept from the crontab; no mail is sent in this version)"),
        ));
    }
    if let Some(origin) = &job.origin {
        facts.push(("origin", origin.clone()));
    }
    facts.push(("added", job.created_at.local(&Zone::system())));
    facts.push(("changed", job.updated_at.local(&Zone::system())));
    facts
}

/// The settings about alerts of a job.
fn alert_facts(alerts: &JobAlerts) -> Vec<(&'static str, String)> {
    let seconds = |seconds: u64| text::duration(seconds.saturating_mul(1_000).cast_signed());
    let mut facts = Vec::new();
    if !alerts.notify.is_empty() {
        facts.push(("notify", alerts.notify.join(", ")));
    }
    if let Some(after) = alerts.alert_after {
        facts.push(("alert after", format!("{after} failures")));
    }
    for (key, value) in [
        ("expects success every", alerts.expect_success_every),
        ("starts within", alerts.start_within),
        ("warns after", alerts.warn_after),
        ("warns under", alerts.warn_under),
    ] {
        facts.extend(value.map(|value| (key, seconds(value))));
    }
    if let Some(number) = alerts.stop_after_failures {
        facts.push(("stops after", format!("{number} failures in a row")));
    }
    facts
}

/// The retries of a failed execution in words.
fn retries(job: &Job) -> String {
    let seconds = |seconds: i64| text::duration(seconds.saturating_mul(1_000));
    let mut words = format!(
        "{}, the first after {}",
        job.retries,
        seconds(job.retry_delay)
    );
    if job.retry_backoff > 1.0 {
        words.push_str(&format!(", each {} times later", job.retry_backoff));
    }
    if job.retry_max > 0 {
        words.push_str(&format!(", at most {}", seconds(job.retry_max)));
    }
    words
}

/// A time in the zone of the system, and also in the zone of the job if that is another.
pub fn instant(at: Time, zone: Option<&str>) -> String {
    let system = Zone::system();
    let local = at.local(&system);
    match zone.map(Zone::find_once) {
        Some(Ok(zone)) if zone.name() != system.name() => {
            format!("{local} ({} {})", at.local(&zone), zone.name())
        }
        Some(_) | None => local,
    }
}
