//! `jobs rule`, `jobs alerts`, `jobs ack` and `jobs snooze`.

use clap::{Args, Subcommand};

use super::out::{Highlight, Out, print_message};
use super::table::{Cell, Column, Table};
use super::{Context, DONE, text};
use jobs_api::{self as api, AlertLogged, Previewed};
use jobs_clock::now;
use jobs_model::{Alert, AlertRule, NoticeRow, NoticeState, Severity};
use jobs_schedule::Zone;

#[derive(Args, Debug)]
pub struct RuleArgs {
    #[command(subcommand)]
    pub verb: RuleVerb,
}

#[derive(Subcommand, Debug)]
pub enum RuleVerb {
    /// Add a rule
    #[command(
        after_help = "Examples:\n  jobs rule add all --to ops\n  jobs rule add db --tag db --on failed,missed --to ops --severity critical --escalate oncall --after 30m"
    )]
    Add(api::RuleAdd),
    /// List the rules
    List,
    /// Remove a rule
    Rm(api::RuleRm),
}

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct AlertArgs {
    #[command(subcommand)]
    pub verb: Option<AlertVerb>,
    #[command(flatten)]
    pub list: api::Alerts,
}

#[derive(Subcommand, Debug)]
pub enum AlertVerb {
    /// List what was told to whom, and what was not told and why; the newest first
    Log(api::AlertLog),
    /// Show who would be told of a condition of a job, by which rule, when, and with which text
    #[command(after_help = "Example:\n  jobs alerts preview backup --on failed")]
    Preview(api::AlertPreview),
    /// Show or set when a channel is left alone: quiet hours, and at most so many messages in an hour
    #[command(
        after_help = "Examples:\n  jobs alerts hours ops\n  jobs alerts hours ops '22:00-07:00'\n  jobs alerts hours ops 'mon-fri 22:00-07:00; sat-sun 00:00-24:00 Europe/Berlin' --max-per-hour 10\n  jobs alerts hours ops ''      no quiet hours"
    )]
    Hours(api::ChannelHours),
}

pub fn rule(context: &Context, verb: RuleVerb, out: &mut Out) -> anyhow::Result<i32> {
    match verb {
        RuleVerb::Add(request) => {
            let rule = context.client()?.call(&request)?;
            said(out, &rule, || {
                format!("added the rule `{}`: {}", rule.name, words(&rule))
            })
        }
        RuleVerb::List => {
            let rules = context.client()?.call(&api::RuleList {})?;
            list_rules(&rules, out)
        }
        RuleVerb::Rm(request) => {
            let rule = context.client()?.call(&request)?;
            said(out, &rule, || format!("removed the rule `{}`", rule.name))
        }
    }
}

/// Prints the data, or a sentence.
fn said<T: serde::Serialize>(
    out: &mut Out,
    data: &T,
    sentence: impl FnOnce() -> String,
) -> anyhow::Result<i32> {
    match out.wants_json() {
        true => out.data(data)?,
        false => out.line(&sentence())?,
    }
    Ok(DONE)
}

fn jobs_of(rule: &AlertRule) -> String {
    let mut parts = rule.matches.clone();
    parts.extend(rule.tags.iter().map(|tag| format!("@{tag}")));
    match parts.is_empty() {
        true => "all jobs".into(),
        false => parts.join(" "),
    }
}

fn conditions(rule: &AlertRule) -> String {
    let on: Vec<&str> = rule.on.iter().map(|it| it.as_str()).collect();
    on.join(",")
}

fn words(rule: &AlertRule) -> String {
    format!(
        "{} of {} to {}",
        conditions(rule),
        jobs_of(rule),
        rule.to.join(",")
    )
}

fn escalation(rule: &AlertRule) -> String {
    match (&rule.escalate, rule.after) {
        (Some(channel), Some(after)) => {
            let after = text::duration(after.saturating_mul(1_000).cast_signed());
            format!("{channel} after {after}")
        }
        (Some(_) | None, Some(_) | None) => "-".into(),
    }
}

fn list_rules(rules: &[AlertRule], out: &mut Out) -> anyhow::Result<i32> {
    if out.wants_json() {
        out.data(&rules)?;
        return Ok(DONE);
    }
    if rules.is_empty() {
        print_message("no rules; `jobs rule add NAME --to CHANNEL` adds one for all jobs");
        return Ok(DONE);
    }
    let mut table = Table::new(&[
        Column::new("NAME"),
        Column::new("JOBS"),
        Column::new("TO"),
        Column::new("ON").rank(2),
        Column::new("SEVERITY").rank(1),
        Column::new("ESCALATES").rank(3),
    ]);
    for rule in rules {
        table.push(vec![
            Cell::new(&rule.name),
            Cell::new(jobs_of(rule)),
            Cell::new(rule.to.join(",")),
            Cell::new(conditions(rule)),
            Cell::new(rule.severity.as_str()),
            Cell::new(escalation(rule)),
        ]);
    }
    table.print(out)?;
    Ok(DONE)
}

pub fn alerts(context: &Context, args: AlertArgs, out: &mut Out) -> anyhow::Result<i32> {
    match args.verb {
        None => {
            let alerts = context.client()?.call(&args.list)?;
            list_alerts(&alerts, args.list.all, out)
        }
        Some(AlertVerb::Log(request)) => {
            let log = context.client()?.call(&request)?;
            list_notices(&log, out)
        }
        Some(AlertVerb::Preview(request)) => {
            let preview = context.client()?.call(&request)?;
            show_preview(&preview, out)
        }
        Some(AlertVerb::Hours(request)) => {
            let hours = context.client()?.call(&request)?;
            said(out, &hours, || {
                let quiet = match hours.quiet.as_str() {
                    "" => "no quiet hours".to_string(),
                    quiet => format!("quiet {quiet}"),
                };
                let most = match hours.max_per_hour {
                    0 => String::new(),
                    most => format!(", at most {most} messages in an hour"),
                };
                format!("{}: {quiet}{most}", hours.channel)
            })
        }
    }
}

fn list_alerts(alerts: &[Alert], all: bool, out: &mut Out) -> anyhow::Result<i32> {
    if out.wants_json() {
        out.data(&alerts)?;
        return Ok(DONE);
    }
    if alerts.is_empty() {
        print_message(match all {
            true => "no alerts",
            false => "no open alerts; --all lists those that have closed",
        });
        return Ok(DONE);
    }
    let mut table = Table::new(&[
        Column::number("ID").rank(3),
        Column::new("JOB"),
        Column::new("CONDITION"),
        Column::new("STATE").rank(1),
        Column::new("SINCE").rank(2),
        Column::number("COUNT").rank(4),
        Column::new("TOLD").rank(5),
        Column::new("REASON").rank(1),
    ]);
    for alert in alerts {
        let job = match alert.job_name.as_str() {
            "" => "(daemon)",
            name => name,
        };
        let is_bad = alert.closed_at.is_none() && alert.severity != Severity::Info;
        table.push(vec![
            Cell::number(alert.id),
            Cell::new(job),
            Cell::new(alert.condition.as_str()).highlight(is_bad.then_some(Highlight::Bad)),
            Cell::new(state(alert)),
            Cell::new(text::clock(Some(alert.opened_at), "-")),
            Cell::number(alert.count),
            Cell::new(match alert.channels.is_empty() {
                true => "-".into(),
                false => alert.channels.join(","),
            }),
            Cell::new(&alert.reason),
        ]);
    }
    table.print(out)?;
    Ok(DONE)
}

fn state(alert: &Alert) -> String {
    if let Some(at) = alert.closed_at {
        return format!("closed {}", text::relative(at, now()));
    }
    match &alert.acked_by {
        Some(who) => format!("acknowledged by {who}"),
        None => "open".into(),
    }
}

fn list_notices(log: &AlertLogged, out: &mut Out) -> anyhow::Result<i32> {
    if out.wants_json() {
        out.data(log)?;
        return Ok(DONE);
    }
    for note in &log.notes {
        print_message(note);
    }
    if log.notices.is_empty() {
        print_message("nothing was told");
        return Ok(DONE);
    }
    let mut table = Table::new(&[
        Column::new("MADE"),
        Column::new("JOB"),
        Column::new("CONDITION"),
        Column::new("EVENT").rank(2),
        Column::new("CHANNEL"),
        Column::new("RESULT"),
        Column::number("TRIES").rank(4),
        Column::new("WHY").rank(1),
    ]);
    for notice in &log.notices {
        table.push(vec![
            Cell::new(text::clock(Some(notice.made_at), "-")),
            Cell::new(match notice.job_name.as_str() {
                "" => "(daemon)",
                name => name,
            }),
            Cell::new(notice.condition.as_str()),
            Cell::new(notice.event.as_str()),
            Cell::new(match notice.channel.as_str() {
                "" => "-",
                name => name,
            }),
            Cell::new(notice.state.as_str()).highlight(highlight(notice)),
            Cell::number(notice.tries),
            Cell::new(notice.reason.as_deref().unwrap_or("-")),
        ]);
    }
    table.print(out)?;
    Ok(DONE)
}

fn highlight(notice: &NoticeRow) -> Option<Highlight> {
    match notice.state {
        NoticeState::Refused | NoticeState::Expired => Some(Highlight::Bad),
        NoticeState::Waiting | NoticeState::Sent | NoticeState::Untold => None,
    }
}

fn show_preview(preview: &Previewed, out: &mut Out) -> anyhow::Result<i32> {
    if out.wants_json() {
        out.data(preview)?;
        return Ok(DONE);
    }
    out.line(&format!(
        "{} {} ({})",
        preview.job, preview.condition, preview.severity
    ))?;
    if !preview.by.is_empty() {
        out.line(&format!("by:       {}", preview.by.join(", ")))?;
    }
    for channel in &preview.channels {
        let when = channel.held.as_deref().unwrap_or("at once");
        out.line(&format!("tells:    {}, {when}", channel.name))?;
    }
    if let (Some(channel), Some(after)) = (&preview.escalate, preview.after) {
        let after = text::duration(after.saturating_mul(1_000).cast_signed());
        out.line(&format!(
            "then:     {channel} after {after}, unless acknowledged"
        ))?;
    }
    for note in &preview.notes {
        out.line(&format!("note:     {note}"))?;
    }
    out.line("")?;
    out.line(&preview.title)?;
    out.line("")?;
    for line in preview.text.lines() {
        out.line(line)?;
    }
    Ok(DONE)
}

pub fn ack(context: &Context, request: &api::Ack, out: &mut Out) -> anyhow::Result<i32> {
    let acked = context.client()?.call(request)?;
    if out.wants_json() {
        out.data(&acked)?;
        return Ok(DONE);
    }
    for alert in &acked {
        let who = alert.acked_by.as_deref().unwrap_or("-");
        out.line(&format!(
            "alert {} ({} {}): acknowledged by {who}",
            alert.id, alert.job_name, alert.condition
        ))?;
    }
    Ok(DONE)
}

pub fn snooze(context: &Context, request: &api::Snooze, out: &mut Out) -> anyhow::Result<i32> {
    let snoozed = context.client()?.call(request)?;
    said(out, &snoozed, || match snoozed.until {
        Some(until) => format!(
            "nobody is told of alerts of `{}` until {}",
            snoozed.job,
            until.local(&Zone::system())
        ),
        None => format!("alerts of `{}` are told again", snoozed.job),
    })
}
