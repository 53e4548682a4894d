//! Draws the state of the screen. It fits 80 columns; on a wider screen the schedule is shown too.

use jobs_api::JobView;
use jobs_model::{JobsOnly, Status};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};
use unicode_width::UnicodeWidthStr;

use super::log::LogView;
use super::parts::{fit, right, short, sign, strip, style};
use super::state::{FILTERS, Mode, State};
use crate::text::{duration, relative, visible};

/// Executions that the daemon is asked for in each strip.
pub const STRIP: u32 = 30;

const DIM: Style = Style::new().fg(Color::DarkGray);
const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);
const HEAD: Style = Style::new().add_modifier(Modifier::REVERSED);

const HELP: &[(&str, &str)] = &[
    ("j k ↓ ↑", "next, previous"),
    ("g G  PgUp PgDn", "first, last, a page"),
    (
        "1 … 7  Tab",
        "all, failing, running, missed, slower, stopped, never ran",
    ),
    (
        "/",
        "search in names, commands, descriptions, schedules; Esc ends it",
    ),
    ("o  O", "another order, the other way round"),
    (
        "Enter f",
        "log of the execution that runs, or of the last one",
    ),
    ("r", "run now"),
    ("s", "stop, or start again"),
    ("n", "skip the next run"),
    ("c", "cancel the execution that runs"),
    ("Ctrl-Z", "back to the shell for a while"),
    ("q Ctrl-C", "quit"),
];

pub fn draw(frame: &mut Frame<'_>, state: &mut State) {
    let area = frame.area();
    let [head, filters, body, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
    ])
    .areas(area);
    frame.render_widget(Paragraph::new(heading(state, head.width)), head);
    if let Some(log) = &mut state.log {
        draw_log(frame, log, filters, body, &state.now);
    } else {
        frame.render_widget(Paragraph::new(chips(state)), filters);
        draw_jobs(frame, state, body);
    }
    frame.render_widget(Paragraph::new(footer(state)), foot);
    if state.mode == Mode::Help {
        draw_help(frame, area);
    }
}

/// The first line: how the daemon is, and what comes.
fn heading(state: &State, width: u16) -> Line<'static> {
    if let Some((reason, since)) = &state.lost {
        let text = format!(
            " no word from the daemon since {} ({reason}); trying again",
            relative(*since, state.now)
        );
        return Line::styled(
            fit(&text, width.into()),
            Style::new().fg(Color::White).bg(Color::Red),
        );
    }
    let mut spans = vec![Span::styled(" jobs ", BOLD)];
    if let Some(digest) = &state.digest {
        if digest.paused {
            let paused = Style::new().fg(Color::Black).bg(Color::Yellow);
            spans.push(Span::styled(
                " paused: no job is due until `jobs resume` ",
                paused,
            ));
        }
        spans.push(Span::raw(format!(" {} running", digest.running)));
        if digest.queued > 0 {
            let queued = format!("  {} queued", digest.queued);
            spans.push(Span::styled(queued, Style::new().fg(Color::Yellow)));
        }
    }
    let order = format!(
        "  by {}{}",
        state.query.sort,
        if state.query.desc { ", last first" } else { "" }
    );
    spans.push(Span::styled(order, DIM));
    Line::from(spans)
}

/// The filters with the numbers of their jobs.
fn chips(state: &State) -> Line<'static> {
    let mut spans = vec![Span::raw(" ")];
    for (index, filter) in FILTERS.into_iter().enumerate() {
        let number = state.counts.of(filter);
        let style = match (filter == state.query.filter, number) {
            (true, _) => HEAD,
            (false, 0) => DIM,
            (false, _) if filter == Some(JobsOnly::Failing) => Style::new().fg(Color::Red),
            (false, _) => Style::new(),
        };
        spans.push(Span::styled(
            format!(
                "{} {} {number}",
                index + 1,
                filter.map_or("all", JobsOnly::as_str)
            ),
            style,
        ));
        spans.push(Span::raw(" "));
    }
    Line::from(spans)
}

/// The widths of the columns after the name, for a width of the screen.
struct Widths {
    name: usize,
    schedule: usize,
    strip: usize,
}

const LAST: usize = 13;
const TOOK: usize = 19;
const NEXT: usize = 10;

impl Widths {
    fn of(width: usize) -> Widths {
        let schedule = if width >= 120 { 24 } else { 0 };
        let strip = if width >= 110 { STRIP as usize } else { 8 };
        let gaps = if schedule > 0 { 5 } else { 4 };
        let used = 2 + schedule + strip + LAST + TOOK + NEXT + gaps;
        Widths {
            name: width.saturating_sub(used).max(8),
            schedule,
            strip,
        }
    }
}

fn draw_jobs(frame: &mut Frame<'_>, state: &mut State, area: Rect) {
    let width = usize::from(area.width);
    let widths = Widths::of(width);
    state.fit(u64::from(area.height.saturating_sub(1)));
    let mut head = vec![fit("  NAME", widths.name + 2)];
    if widths.schedule > 0 {
        head.push(fit("SCHEDULE", widths.schedule));
    }
    head.push(fit("RUNS", widths.strip));
    head.push(fit("LAST", LAST));
    head.push(right("TOOK", TOOK));
    head.push(right("NEXT", NEXT));
    let mut lines = vec![Line::styled(fit(&head.join(" "), width), HEAD)];
    if state.total == 0 && state.pages.contains_key(&1) {
        let none = match (state.query.filter, state.query.text.is_empty()) {
            (None, true) => {
                "  no jobs yet: `jobs add` adds one, `jobs import --system` takes over the crontabs here"
            }
            _ => "  no such jobs; Esc and 1 show all",
        };
        lines.push(Line::styled(none, DIM));
    }
    for (number, row) in state.visible() {
        let line = match row {
            Some(row) => job_line(row, &widths, state),
            None => Line::styled("  …", DIM),
        };
        lines.push(if number == state.cursor {
            line.style(Style::new().add_modifier(Modifier::REVERSED))
        } else {
            line
        });
    }
    frame.render_widget(Paragraph::new(lines), area);
}

fn job_line(row: &JobView, widths: &Widths, state: &State) -> Line<'static> {
    let (sign, sign_style) = sign_of(row);
    let is_stopped = row.state == jobs_model::State::Stopped;
    let name_style = if is_stopped { DIM } else { Style::new() };
    let mut spans = vec![
        Span::styled(format!("{sign} "), sign_style),
        Span::styled(fit(&visible(&row.job.name), widths.name), name_style),
        Span::raw(" "),
    ];
    if widths.schedule > 0 {
        let schedule = fit(&visible(&row.job.cron_expr), widths.schedule);
        spans.push(Span::styled(schedule, DIM));
        spans.push(Span::raw(" "));
    }
    spans.extend(strip(
        row.strip.as_deref().unwrap_or_default(),
        widths.strip,
    ));
    spans.push(Span::raw(" "));
    let (last, last_style) = last(row);
    spans.push(Span::styled(fit(&last, LAST), last_style));
    spans.push(Span::raw(" "));
    let (took, took_style) = took(row, state);
    spans.push(Span::styled(right(&took, TOOK), took_style));
    spans.push(Span::raw(" "));
    let next = match row.job.next_at {
        Some(_) if row.paused => "paused".to_string(),
        Some(at) => relative(at, state.now),
        None if is_stopped => "stopped".to_string(),
        None => "-".to_string(),
    };
    spans.push(Span::styled(right(&next, NEXT), name_style));
    Line::from(spans)
}

fn sign_of(row: &JobView) -> (char, Style) {
    match (row.running > 0, row.queued > 0, &row.last) {
        (true, _, _) => ('▶', Style::new().fg(Color::Blue)),
        (false, true, _) => ('…', Style::new().fg(Color::Yellow)),
        (false, false, Some(last)) => (sign(last.status), style(last.status)),
        (false, false, None) => ('·', DIM),
    }
}

fn last(row: &JobView) -> (String, Style) {
    match &row.last {
        _ if row.running > 1 => (format!("{} running", row.running), style(Status::Running)),
        _ if row.running == 1 => ("running".to_string(), style(Status::Running)),
        Some(last) if row.streak > 1 => (
            format!("{} ×{}", last.status, row.streak),
            style(last.status),
        ),
        Some(last) => (last.status.to_string(), style(last.status)),
        None => ("never ran".to_string(), DIM),
    }
}

/// How long it runs or took, and how long it usually takes.
fn took(row: &JobView, state: &State) -> (String, Style) {
    let took = match row.running_since {
        Some(since) if row.running > 0 => i64::try_from(state.now.since(since).as_millis()).ok(),
        _ => row.last.as_ref().and_then(|last| last.duration_ms),
    };
    let Some(took) = took else {
        return ("-".to_string(), DIM);
    };
    match row.usual_ms {
        Some(usual) if took > usual.saturating_mul(2) && took - usual >= 1_000 => {
            let text = format!("{} of ~{}", short(took), short(usual));
            (text, Style::new().fg(Color::Yellow))
        }
        Some(usual) if row.running > 0 => (
            format!("{} of ~{}", short(took), short(usual)),
            Style::new(),
        ),
        _ => (short(took), Style::new()),
    }
}

fn draw_log(
    frame: &mut Frame<'_>,
    log: &mut LogView,
    head: Rect,
    body: Rect,
    now: &jobs_schedule::Time,
) {
    log.fit(body.height.into());
    let (from, lines) = log.shown();
    let to = from + lines.len().max(1) - 1;
    let mut facts = format!(" {} · execution {}", log.job, log.exec_id);
    if let Some(execution) = &log.execution {
        facts.push_str(&format!(" · {}", execution.status));
        match (execution.duration_ms, execution.started_at) {
            (Some(took), _) => facts.push_str(&format!(" · took {}", duration(took))),
            (None, Some(at)) => facts.push_str(&format!(" · began {}", relative(at, *now))),
            (None, None) => {}
        }
    }
    if log.cut > 0 {
        facts.push_str(&format!(" · {} bytes are not kept", log.cut));
    }
    let place = match (log.number(), log.is_following && !log.is_done) {
        (0, _) if log.is_done => "no output".to_string(),
        (0, _) => "no output yet".to_string(),
        (number, true) => format!("{number} lines, following"),
        (number, false) => format!("lines {from} to {to} of {number}"),
    };
    let width = usize::from(head.width);
    let left = fit(&facts, width.saturating_sub(place.width() + 2));
    frame.render_widget(
        Paragraph::new(Line::styled(format!("{left} {place} "), HEAD)),
        head,
    );
    frame.render_widget(Paragraph::new(lines), body);
}

/// The last line: a question, a message, what is typed, or the keys.
fn footer(state: &State) -> Line<'static> {
    match (&state.mode, &state.said) {
        (Mode::Confirm(_, _, question), _) => {
            Line::styled(format!(" {question}  y yes, any other key no"), BOLD)
        }
        (Mode::Search(_), _) => Line::from(vec![
            Span::styled(" / ", BOLD),
            Span::raw(visible(&state.query.text)),
            Span::styled("▏", DIM),
        ]),
        (Mode::List | Mode::Help | Mode::Log, Some((said, true))) => {
            Line::styled(format!(" {said}"), Style::new().fg(Color::Red))
        }
        (Mode::List | Mode::Help | Mode::Log, Some((said, false))) => {
            Line::styled(format!(" {said}"), Style::new())
        }
        (Mode::Log, None) => Line::styled(
            " ↑↓ scroll  f follow  q back; a line of stderr begins with !",
            DIM,
        ),
        (Mode::List | Mode::Help, None) => Line::styled(
            " Enter log  r run  s stop  n skip  c cancel  / search  o order  ? help  q quit",
            DIM,
        ),
    }
}

fn draw_help(frame: &mut Frame<'_>, area: Rect) {
    let height = u16::try_from(HELP.len() + 2)
        .unwrap_or(u16::MAX)
        .min(area.height);
    let place = Rect {
        x: 0,
        y: area.height.saturating_sub(height + 1),
        width: area.width,
        height,
    };
    let mut lines = vec![Line::styled(fit(" keys", area.width.into()), HEAD)];
    for (keys, meaning) in HELP {
        lines.push(Line::from(vec![
            Span::styled(fit(&format!("  {keys}"), 20), BOLD),
            Span::raw(*meaning),
        ]));
    }
    frame.render_widget(Clear, place);
    frame.render_widget(Paragraph::new(lines), place);
}
