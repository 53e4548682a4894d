//! Commands on existing jobs: list, show, skip, and those that answer with the jobs that they changed.

use comfy_table::Cell;

use super::out::{Highlight, Out, print_message};
use super::{Context, DONE, table, text};
use jobs_api::{JobView, List, Request, Show, Skip};
use jobs_clock::now;
use jobs_model::{Job, State};
use jobs_schedule::{Language, Schedule, Time, Zone};
use jobs_work::Work;

/// Calls an operation that changes several jobs and answers with them. `stops_what_runs`: the operation also ends running
/// executions, which may take long.
pub fn each<A: Request<Answer = Vec<JobView>>>(
    context: &Context,
    request: &A,
    what: &str,
    stops_what_runs: bool,
    out: &mut Out,
) -> anyhow::Result<i32> {
    let views = context.client()?.call(request)?;
    if out.wants_json() {
        out.data(&views)?;
        return Ok(DONE);
    }
    for view in views {
        let running = match (view.running, stops_what_runs) {
            (0, _) => String::new(),
            (1, false) => " (1 execution still runs)".to_string(),
            (number, false) => format!(" ({number} executions still run)"),
            (1, true) => " (1 execution is being stopped)".to_string(),
            (number, true) => format!(" ({number} executions are being stopped)"),
        };
        let until = view
            .job
            .stopped_until
            .map(|until| format!(" until {}", instant(until, view.job.timezone.as_deref())))
            .unwrap_or_default();
        out.line(&format!(
            "{what} `{}`{until}{running}",
            text::visible(&view.job.name)
        ))?;
    }
    Ok(DONE)
}

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

pub fn list(context: &Context, request: &List, out: &mut Out) -> anyhow::Result<i32> {
    let views = context.client()?.call(request)?.items;
    if out.wants_json() {
        out.data(&views)?;
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
    let room = match table::width(out) {
        Some(width) if width < 100 => Room::Narrow,
        Some(width) if width < 130 => Room::Usual,
        Some(_) | None => Room::Wide,
    };
    let mut columns = vec![
        "ID", "NAME", "STATE", "SCHEDULE", "NEXT RUN", "LAST", "TOOK",
    ];
    if room == Room::Wide {
        columns.push("COMMAND");
    }
    let mut table = table::table(out, &columns);
    let now = now();
    for view in &views {
        table.add_row(row(view, now, room, out));
    }
    if room == Room::Narrow {
        table::narrow(&mut table);
    }
    out.line(&table.trim_fmt())?;
    Ok(DONE)
}

/// The columns that fit on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    /// 80 columns: names and times are shortened.
    Narrow,
    Usual,
    /// The work of the jobs is shown too; in a pipe in full length.
    Wide,
}

fn row(view: &JobView, now: Time, room: Room, out: &Out) -> Vec<Cell> {
    let job = &view.job;
    let (name_room, schedule_room) = match room {
        _ if !out.is_terminal() => (usize::MAX, usize::MAX),
        Room::Narrow => (14, 15),
        Room::Usual | Room::Wide => (32, 32),
    };
    let next = match job.next_at {
        Some(at) => {
            let clock = if room == Room::Narrow {
                text::short_clock(at, now, &Zone::system())
            } else {
                at.local(&Zone::system())
            };
            format!("{clock} ({})", text::relative(at, now))
        }
        None => "-".to_string(),
    };
    let (last, highlight, took) = match &view.last {
        Some(last) => (
            last.status.to_string(),
            text::highlight(last.status),
            last.duration_ms
                .map_or_else(|| "-".to_string(), text::duration),
        ),
        None => ("-".to_string(), None, "-".to_string()),
    };
    let mut cells = vec![
        Cell::new(job.id),
        Cell::new(text::ellipsis(&text::visible(&job.name), name_room)),
        table::cell(out, view.state.as_str(), state_highlight(view.state)),
        Cell::new(text::ellipsis(
            &text::visible(&job.cron_expr),
            schedule_room,
        )),
        Cell::new(next),
        table::cell(out, &last, highlight),
        Cell::new(took),
    ];
    if room == Room::Wide {
        let room = if out.is_terminal() { 60 } else { usize::MAX };
        cells.push(Cell::new(text::ellipsis(
            &text::visible(&command(job)),
            room,
        )));
    }
    cells
}

/// The work of a job as text; of a command without its other fields.
fn command(job: &Job) -> String {
    match Work::parse(job.mode, &job.command) {
        Ok(Work::Command(work)) => work.command,
        Ok(Work::Http(_) | Work::Func(_)) | Err(_) => job.command.clone(),
    }
}

fn state_highlight(state: State) -> Option<Highlight> {
    match state {
        State::Waiting => None,
        State::Running => Some(Highlight::Good),
        State::Stopped => Some(Highlight::Dim),
    }
}

pub fn show(context: &Context, request: &Show, out: &mut Out) -> anyhow::Result<i32> {
    let view = context.client()?.call(request)?;
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
    facts.push(("schedule", format!("{} ({in_words})", job.cron_expr)));
    facts.push(("zone", zone.unwrap_or("the daemon's").to_string()));
    facts.push((
        "next run",
        match job.next_at {
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
        let took = last
            .duration_ms
            .map(|millis| format!(" in {}", text::duration(millis)))
            .unwrap_or_default();
        let error = last
            .error
            .as_deref()
            .map(|error| format!(": {error}"))
            .unwrap_or_default();
        facts.push((
            "last",
            format!("#{} {}{took}{error}", last.exec_id, last.status),
        ));
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
