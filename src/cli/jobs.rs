//! Commands on existing jobs: list, show, skip.

use clap::Args;

use super::args::Form;
use super::out::{Highlight, Out, print_message};
use super::table::{Cell, Column, Table};
use super::{Context, DONE, executions, text, waits};
use jobs_api::{History, JobRef, JobView, List, Show, Skip, Status};
use jobs_clock::now;
use jobs_error::{Error, Result};
use jobs_model::{ExecId, Execution, Job, State};
use jobs_rpc::{Client, ClientError, code};
use jobs_schedule::{Language, Schedule, Time, Zone};
use jobs_work::Work;

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

#[derive(Args, Debug)]
pub struct ListArgs {
    /// Only these jobs, by name, id or pattern ('etl-*')
    #[arg(value_name = "JOB")]
    pub jobs: Vec<String>,
    #[command(flatten)]
    pub request: List,
    /// All jobs, also those that are stopped, as without it
    #[arg(short = 'a', long, conflicts_with = "state")]
    pub all: bool,
    /// Print only the names, one on each line; the same as -o name
    #[arg(short = 'q', long)]
    pub quiet: bool,
}

pub fn list(
    context: &Context,
    args: &ListArgs,
    form: Option<Form>,
    out: &mut Out,
) -> anyhow::Result<i32> {
    let request = &args.request;
    let mut views = context.client()?.call(request)?.items;
    if !args.jobs.is_empty() {
        views = chosen(views, &args.jobs)?;
    }
    if out.wants_json() {
        out.data(&views)?;
        return Ok(DONE);
    }
    if args.quiet || form == Some(Form::Name) {
        for view in &views {
            out.line(&view.job.name)?;
        }
        return Ok(DONE);
    }
    if views.is_empty() {
        if *request == List::default() {
            print_message(
                "no jobs; `jobs add` adds one, `jobs import crontab FILE` takes over a crontab",
            );
        } else {
            print_message("no such jobs");
        }
        return Ok(DONE);
    }
    let mut table = Table::new(&[
        Column::number("ID").rank(5),
        Column::new("NAME"),
        Column::new("STATE").rank(3),
        Column::new("SCHEDULE").rank(4),
        Column::new("NEXT RUN").rank(1),
        Column::new("LAST RUN").rank(4),
        Column::new("LAST").rank(2),
        Column::number("TOOK").rank(6),
        Column::new("WORK").rank(7).shortest(20),
    ]);
    let now = now();
    for view in &views {
        table.push(row(view, now));
    }
    table.print(out)?;
    if views.iter().any(|view| view.queued > 0) {
        for wait in context.client()?.call(&Status {})?.waits {
            print_message(&waits::in_words(&wait));
        }
    }
    Ok(DONE)
}

/// The jobs that are named, by name, id or pattern, each once and in the order of the list.
///
/// # Errors
///
/// [`Error::NoSuchJob`] when a name or a pattern fits no job.
pub fn chosen(views: Vec<JobView>, names: &[String]) -> Result<Vec<JobView>> {
    let mut is_chosen = vec![false; views.len()];
    for name in names {
        let reference = JobRef::from(name.as_str());
        let pattern = Pattern::parse(name)?;
        let mut is_found = false;
        for (index, view) in views.iter().enumerate() {
            let fits = match (reference.id(), &pattern) {
                (Some(id), _) => view.job.id == id,
                (None, _) if view.job.name == *name => true,
                (None, Some(pattern)) => pattern.fits(&view.job.name),
                (None, None) => false,
            };
            is_found |= fits;
            is_chosen[index] |= fits;
        }
        if !is_found {
            return Err(Error::NoSuchJob(name.clone()));
        }
    }
    Ok(views
        .into_iter()
        .zip(is_chosen)
        .filter_map(|(view, is_chosen)| is_chosen.then_some(view))
        .collect())
}

/// A pattern for names, in which `*`, `?` and `[...]` have the meaning that a shell gives them.
struct Pattern(globset::GlobMatcher);

impl Pattern {
    /// The pattern; absent when the text has none of its characters.
    fn parse(text: &str) -> Result<Option<Pattern>> {
        if !text.contains(['*', '?', '[']) {
            return Ok(None);
        }
        let glob = globset::Glob::new(text).map_err(|error| {
            Error::invalid("job", format!("`{text}` is no pattern: {}", error.kind()))
        })?;
        Ok(Some(Pattern(glob.compile_matcher())))
    }

    fn fits(&self, name: &str) -> bool {
        self.0.is_match(name)
    }
}

fn row(view: &JobView, now: Time) -> Vec<Cell> {
    let job = &view.job;
    let next = match job.next_at {
        Some(at) => time_forms(at, now, view.paused),
        None => Cell::new("-"),
    };
    let (last_run, last, took) = match &view.last {
        Some(last) => (
            Cell::new(text::relative(last.scheduled_at, now)),
            Cell::new(last.status.to_string()).highlight(text::highlight(last.status)),
            last.duration_ms
                .map_or_else(|| "-".to_string(), text::duration),
        ),
        None => (Cell::new("-"), Cell::new("-"), "-".to_string()),
    };
    vec![
        Cell::number(job.id),
        Cell::new(&job.name),
        Cell::new(view.state.as_str()).highlight(state_highlight(view.state)),
        Cell::new(&job.cron_expr),
        next,
        last_run,
        last,
        Cell::new(took),
        Cell::new(work(job)),
    ]
}

/// A next run in forms of different length. During a pause of the scheduler it says so, because the job is not due then.
fn time_forms(at: Time, now: Time, is_paused: bool) -> Cell {
    let zone = Zone::system();
    let relative = text::relative(at, now);
    let short = text::short_clock(at, now, &zone);
    let long = at.local(&zone);
    if is_paused {
        let forms = [
            format!("paused ({long})"),
            format!("paused ({short})"),
            "paused".to_string(),
        ];
        Cell::with_forms(forms).highlight(Some(Highlight::Warn))
    } else {
        Cell::with_forms([
            format!("{long} ({relative})"),
            format!("{short} ({relative})"),
            relative,
        ])
    }
}

/// The work of a job on one line.
fn work(job: &Job) -> String {
    Work::parse(job.mode, &job.command).map_or_else(|_| job.command.clone(), |work| work.summary())
}

fn state_highlight(state: State) -> Option<Highlight> {
    match state {
        State::Waiting => None,
        State::Running => Some(Highlight::Good),
        State::Stopped => Some(Highlight::Dim),
    }
}

pub fn show(context: &Context, request: &Show, out: &mut Out) -> anyhow::Result<i32> {
    let mut client = context.client()?;
    let view = client.call(request)?;
    if out.wants_json() {
        out.data(&view)?;
        return Ok(DONE);
    }
    let failed = match &view.last {
        Some(last) if executions::may_explain(last.status, last.exit_code) => {
            output_of(&mut client, last.exec_id)?
        }
        Some(_) | None => None,
    };
    for (key, value) in facts(&view, failed.as_ref()) {
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

/// An execution with its output. `None` when the history was pruned meanwhile.
fn output_of(client: &mut Client, exec_id: ExecId) -> anyhow::Result<Option<Execution>> {
    let request = History {
        exec_id: Some(exec_id),
        ..History::default()
    };
    match client.call(&request) {
        Ok(executions) => Ok(executions.into_iter().next()),
        Err(ClientError::Remote {
            code: code::NO_SUCH_EXECUTION,
            ..
        }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// All fields of a job, as `jobs show` prints them. `failed`: its latest execution, when its output may say why it failed.
fn facts(view: &JobView, failed: Option<&Execution>) -> Vec<(&'static str, String)> {
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
        facts.push(("last", executions::summary(last, failed, now)));
    }
    if let Some(mailto) = &job.mailto {
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
