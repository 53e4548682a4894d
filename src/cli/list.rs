//! The command `list`, and the choice of jobs by name, pattern or tag.

use clap::Args;

use super::args::Form;
use super::out::{Highlight, Out, print_message};
use super::table::{Cell, Column, Table};
use super::{Context, DONE, text, waits};
use jobs_api::{JobRef, JobView, List, Status};
use jobs_clock::now;
use jobs_error::{Error, Result};
use jobs_model::{Job, JobsOnly, State};
use jobs_rpc::{Client, ClientError};
use jobs_schedule::{Time, Zone};
use jobs_work::Work;

#[derive(Args, Debug)]
pub struct ListArgs {
    /// Only these jobs, by name, id, pattern ('etl-*') or tag (@TAG)
    #[arg(value_name = "JOB")]
    pub jobs: Vec<String>,
    #[command(flatten)]
    pub request: List,
    /// Only jobs whose last run failed, timed out or was interrupted
    #[arg(long, alias = "failing", group = "only")]
    pub failed: bool,
    /// Only jobs of which an execution runs
    #[arg(long, group = "only")]
    pub running: bool,
    /// Only jobs whose last occurrence was missed
    #[arg(long, group = "only")]
    pub missed: bool,
    /// Only jobs whose last run, or one that runs now, takes more than twice as long as usual
    #[arg(long, group = "only")]
    pub slower: bool,
    /// Only stopped jobs
    #[arg(long, group = "only")]
    pub stopped: bool,
    /// Only jobs of which no execution has run to its end
    #[arg(long, group = "only")]
    pub never: bool,
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
    let request = &List {
        only: only(args),
        ..args.request.clone()
    };
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

/// The choice of the flags.
fn only(args: &ListArgs) -> Option<JobsOnly> {
    let chosen = [
        (args.failed, JobsOnly::Failing),
        (args.running, JobsOnly::Running),
        (args.missed, JobsOnly::Missed),
        (args.slower, JobsOnly::Slower),
        (args.stopped, JobsOnly::Stopped),
        (args.never, JobsOnly::Never),
    ];
    chosen
        .into_iter()
        .find_map(|(is_given, only)| is_given.then_some(only))
}

/// The references, with the ids of the jobs that have the tag in the place of each `@TAG`.
pub fn expanded(client: &mut Client, jobs: &[JobRef]) -> Result<Vec<JobRef>, ClientError> {
    let mut all = Vec::with_capacity(jobs.len());
    for job in jobs {
        let tagged = match job.as_str().strip_prefix('@') {
            Some(tag) => client.call(&List {
                tag: Some(tag.to_string()),
                ..List::default()
            })?,
            None => {
                all.push(job.clone());
                continue;
            }
        };
        if tagged.items.is_empty() {
            // A job of that name, or none: the call that follows tells.
            all.push(job.clone());
        }
        all.extend(tagged.items.iter().map(|view| JobRef::from(view.job.id)));
    }
    Ok(all)
}

/// The jobs that are named, by name, id, pattern or tag, each once and in the order of the list.
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
                (None, _)
                    if name
                        .strip_prefix('@')
                        .is_some_and(|tag| view.job.tags.iter().any(|it| it == tag)) =>
                {
                    true
                }
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
        state(view),
        schedule(job),
        next,
        last_run,
        last,
        Cell::new(took),
        Cell::new(work(job)),
    ]
}

/// The schedule, with the zone of a job that has one of its own.
fn schedule(job: &Job) -> Cell {
    match &job.timezone {
        None => Cell::new(&job.cron_expr),
        Some(zone) => {
            let short = zone.rsplit('/').next().unwrap_or(zone).replace('_', " ");
            Cell::with_forms([
                format!("{} {zone}", job.cron_expr),
                format!("{} ({short})", job.cron_expr),
            ])
        }
    }
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

/// The state. A job that is not running may have executions that wait.
fn state(view: &JobView) -> Cell {
    match (view.queued, view.state) {
        (0, state) => Cell::new(state.as_str()).highlight(state_highlight(state)),
        (queued, State::Waiting) => {
            Cell::with_forms([format!("queued ({queued})"), "queued".to_string()])
                .highlight(Some(Highlight::Warn))
        }
        (queued, state @ (State::Running | State::Stopped)) => Cell::with_forms([
            format!("{state} ({queued} queued)", state = state.as_str()),
            format!("{state} +{queued}", state = state.as_str()),
        ])
        .highlight(Some(Highlight::Warn)),
    }
}

fn state_highlight(state: State) -> Option<Highlight> {
    match state {
        State::Waiting => None,
        State::Running => Some(Highlight::Good),
        State::Stopped => Some(Highlight::Dim),
    }
}
