//! `jobs add` and `jobs edit`.

use clap::Args;
use serde_json::Value;

use super::jobs::instant;
use super::out::{Highlight, Out, warn};
use super::{Context, DONE, add_words, definitions, executions, text};
use jobs_api::{self as api, Added};

#[derive(Args, Debug)]
pub struct AddArgs {
    #[command(flatten)]
    pub request: api::Add,
    /// The name of the job: unique, not digits only. Without --cron, --every and --at the schedule follows it, then the
    /// command; or all are one line of a crontab
    #[arg(value_name = "NAME")]
    pub words: Vec<String>,
    /// The name of the job, if it is not the first word
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The command
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

pub const ADD_USAGE: &str =
    "jobs add NAME <--cron EXPR|--every DURATION|--at TIME> [OPTIONS] [-- COMMAND]
       jobs add NAME EXPR COMMAND [OPTIONS]
       jobs add 'LINE OF A CRONTAB' [OPTIONS]";

#[derive(Args, Debug)]
pub struct EditArgs {
    #[command(flatten)]
    pub request: api::Edit,
    /// The new command
    #[arg(last = true, value_name = "COMMAND")]
    pub words: Vec<String>,
}

pub const ADD_EXAMPLES: &str = "Examples:
  jobs add backup --cron '0 30 3 * * *' --timeout 2h -- /usr/local/bin/backup.sh --full
  jobs add tidy --every 10m --overlap skip -- 'find /tmp -name \"*.old\" -delete'
  jobs add hello '*/5 * * * *' 'echo hello'
  jobs add '0 3 * * * /usr/local/bin/backup.sh'
  jobs add once --at 'tomorrow 9:00' --env GREETING=hello -- 'echo $GREETING'

The command follows --. One word is taken as it is, so it may contain pipes and
variables. Several words are quoted, so each reaches the command as you typed it.
Without --timeout an attempt is stopped after jobs.default_timeout_seconds (30).";

pub fn add(context: &Context, add: AddArgs, out: &mut Out) -> anyhow::Result<i32> {
    let request = add_words::read(add)?;
    let added = context.client()?.call(&request)?;
    show_change(
        &added,
        if request.dry_run {
            "would add"
        } else {
            "added"
        },
        out,
    )
}

pub fn edit(context: &Context, edit: EditArgs, out: &mut Out) -> anyhow::Result<i32> {
    let mut request = edit.request;
    request.command = text::join_words(&edit.words);
    let untouched = api::Edit {
        job: request.job.clone(),
        dry_run: request.dry_run,
        ..api::Edit::default()
    };
    if request == untouched {
        return definitions::edit(context, &request.job, request.dry_run, out);
    }
    let changed = context.client()?.call(&request)?;
    show_change(&changed, changed_word(request.dry_run), out)
}

/// The word for an edit, or for its dry run.
pub fn changed_word(is_dry_run: bool) -> &'static str {
    if is_dry_run {
        "would change"
    } else {
        "changed"
    }
}

pub fn show_change(added: &Added, what: &str, out: &mut Out) -> anyhow::Result<i32> {
    for warning in &added.warnings {
        warn(warning);
    }
    if out.wants_json() {
        match &added.next {
            Some(_) => out.data(added)?,
            None => out.data(&added.job)?,
        }
        return Ok(DONE);
    }
    let job = &added.job.job;
    let pause = match job.next_at {
        Some(_) if added.job.paused => " (paused until `jobs resume`)",
        Some(_) | None => "",
    };
    let next = match job.next_at {
        Some(at) => format!("next run {}", instant(at, job.timezone.as_deref())),
        None if job.stopped => "it is stopped".to_string(),
        None => "it has no next run".to_string(),
    };
    let id = match job.id {
        0 => String::new(),
        id => format!(" (id {id})"),
    };
    out.line(&format!(
        "{what} `{}`{id}: {next}{pause}",
        text::visible(&job.name)
    ))?;
    if let Some(run) = &added.run {
        out.line(&executions::admitted(run))?;
    }
    show_report(added, out)?;
    Ok(DONE)
}

/// The part of a dry run: the fields that would change, and the runs after the first one.
fn show_report(added: &Added, out: &mut Out) -> anyhow::Result<()> {
    for change in added.changes.iter().flatten() {
        for (sign, highlight, value) in [
            ("-", Highlight::Bad, &change.before),
            ("+", Highlight::Good, &change.after),
        ] {
            if !value.is_null() {
                let line = format!("{sign} {}: {}", change.field, shown(value));
                out.line(&out.paint(highlight, &text::visible(&line)))?;
            }
        }
    }
    let zone = added.job.job.timezone.as_deref();
    for run in added.next.iter().flatten().skip(1) {
        let note = run.note.iter().map(|note| format!("  {note}"));
        let note: String = note.collect();
        out.line(&format!("then {}{note}", instant(run.at, zone)))?;
    }
    if added.next.is_some() {
        out.line("only a report, nothing was changed")?;
    }
    Ok(())
}

/// A value of a field on one line.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(members) => {
            let members: Vec<String> = members.iter().map(shown).collect();
            members.join(", ")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}
