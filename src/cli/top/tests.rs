//! Tests of the screen without a terminal and without a daemon.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use serde_json::{Value, json};

use super::draw::draw;
use super::log::Part;
use super::state::{Action, Effect, Message, Mode, State};
use jobs_api::{EventDigest, JobPage};
use jobs_model::{Job, JobSort, JobsOnly};
use jobs_schedule::Time;

const NOW: i64 = 1_000_000_000_000;

fn row(id: i64, name: &str, changes: Value) -> Value {
    let job = Job {
        id,
        cron_expr: "0 30 2 * * *".into(),
        ..Job::named(name.into(), Time::from_millis(NOW - 1_000))
    };
    let mut row = serde_json::to_value(job).unwrap();
    let fields = json!({"state": 0, "running": 0, "queued": 0, "last": null, "paused": false});
    for (key, value) in fields
        .as_object()
        .into_iter()
        .chain(changes.as_object())
        .flatten()
    {
        row[key] = value.clone();
    }
    row
}

fn page(number: u32, total: u64, items: Vec<Value>) -> JobPage {
    serde_json::from_value(json!({
        "items": items, "total": total, "page": number, "pages_total": 1, "page_size": 100,
        "counts": {"all": total, "failing": 1, "running": 1, "missed": 0, "slower": 0, "stopped": 0, "never": 0},
    }))
    .unwrap()
}

/// A screen with jobs, of which the first page has come.
fn screen(items: Vec<Value>) -> State {
    let mut state = State::new(Time::from_millis(NOW));
    state.fit(20);
    assert_eq!(state.begin(), [Effect::Load(state.query.clone(), 1)]);
    let page = page(1, items.len() as u64, items);
    assert!(
        state
            .take(Message::Page(state.query.clone(), page))
            .is_empty()
    );
    state
}

fn key(state: &mut State, code: KeyCode) -> Vec<Effect> {
    state.take(Message::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    keys.chars()
        .flat_map(|char| key(state, KeyCode::Char(char)))
        .collect()
}

fn drawn(state: &mut State, width: u16, height: u16) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, state)).unwrap();
    let buffer = terminal.backend().buffer();
    (0..height)
        .map(|y| {
            (0..width)
                .map(|x| buffer[(x, y)].symbol())
                .collect::<String>()
        })
        .collect()
}

fn failed() -> Value {
    json!({
        "streak": 4,
        "last": {"exec_id": 7, "status": "failed", "scheduled_at": "2001-09-09T01:40:00Z", "ended_at": null,
                 "duration_ms": 65_000, "exit_code": 2, "error": "exit 2", "cpu_ms": null, "max_rss_bytes": null},
        "strip": [{"exec_id": 6, "status": "success", "duration_ms": 10, "ended_at": null}, {"exec_id": 7, "status": "failed", "duration_ms": 65_000, "ended_at": null}],
        "usual_ms": 20_000,
    })
}

#[test]
fn row_shows_status_strip_and_usual_duration_in_80_columns() {
    let mut state = screen(vec![
        row(1, "backup-orders", failed()),
        row(
            2,
            "reindex",
            json!({"state": 1, "running": 1, "running_exec": 9, "usual_ms": 660_000,
                   "running_since": "2001-09-09T01:40:40Z", "next_run": "2001-09-09T01:47:11Z"}),
        ),
    ]);
    let lines = drawn(&mut state, 80, 24);
    assert_eq!(lines.len(), 24);
    for part in ["✗ backup-orders", "failed ×4", "1 min of ~20 s", "✗"] {
        assert!(lines[3].contains(part), "{part}: {}", lines[3]);
    }
    for part in ["▶ reindex", "running", "6 min of ~11 min", "in 31 s"] {
        assert!(lines[4].contains(part), "{part}: {}", lines[4]);
    }
    assert!(lines[1].contains("2 failing 1"), "{}", lines[1]);
    let wide = drawn(&mut state, 140, 24);
    assert!(wide[3].contains("0 30 2 * * *"), "{}", wide[3]);
    // A narrow screen and a flat one do not fail.
    for (width, height) in [(1, 1), (20, 4), (79, 2)] {
        drawn(&mut state, width, height);
    }
}

#[test]
fn hostile_name_is_shown_without_what_a_terminal_obeys() {
    let mut state = screen(vec![row(1, "\u{1b}]0;owned\u{7}\u{202e}evil", json!({}))]);
    let lines = drawn(&mut state, 80, 24);
    assert!(
        !lines[3].contains(['\u{1b}', '\u{7}', '\u{202e}']),
        "{}",
        lines[3]
    );
}

#[test]
fn change_needs_a_yes() {
    let mut state = screen(vec![row(
        1,
        "a",
        json!({"next_run": "2001-09-09T02:00:00Z"}),
    )]);
    for (char, action) in [('r', Action::Run), ('s', Action::Stop), ('n', Action::Skip)] {
        assert!(press(&mut state, &char.to_string()).is_empty());
        assert!(matches!(state.mode, Mode::Confirm(..)), "{char}");
        assert!(press(&mut state, "x").is_empty());
        assert_eq!(state.mode, Mode::List);
        press(&mut state, &char.to_string());
        assert_eq!(press(&mut state, "y"), [Effect::Act(action, 1)]);
    }
    // Nothing runs.
    press(&mut state, "c");
    assert_eq!(state.mode, Mode::List);
    assert!(state.said.as_ref().unwrap().0.contains("no execution"));
}

#[test]
fn pages_are_read_where_the_cursor_goes() {
    let items = (0..100).map(|id| row(id, &format!("job-{id}"), json!({})));
    let mut state = State::new(Time::from_millis(NOW));
    state.fit(20);
    state.begin();
    let first = page(1, 100_000, items.collect());
    state.take(Message::Page(state.query.clone(), first));
    assert_eq!(
        press(&mut state, "G"),
        [Effect::Load(state.query.clone(), 1_000)]
    );
    assert_eq!(state.cursor, 99_999);
    // The page is asked for once.
    assert!(press(&mut state, "k").is_empty());
    assert_eq!(press(&mut state, "g"), []);
    // An answer to another list is not shown.
    let mut other = state.query.clone();
    other.text = "x".into();
    state.take(Message::Page(other, page(1, 1, vec![])));
    assert_eq!(state.total, 100_000);
    // A change reads the page on the screen again, a quiet second does not.
    let digest = EventDigest {
        changed: vec![5],
        ..EventDigest::default()
    };
    assert_eq!(
        state.take(Message::Changed(digest)),
        [Effect::Load(state.query.clone(), 1)]
    );
    assert!(
        state
            .take(Message::Changed(EventDigest::default()))
            .is_empty()
    );
}

#[test]
fn filter_search_and_order_begin_another_list() {
    let mut state = screen(vec![row(1, "a", json!({}))]);
    let effects = press(&mut state, "2");
    assert_eq!(state.query.filter, Some(JobsOnly::Failing));
    assert_eq!(effects, [Effect::Load(state.query.clone(), 1)]);
    press(&mut state, "/pg");
    assert_eq!(state.query.text, "pg");
    key(&mut state, KeyCode::Backspace);
    key(&mut state, KeyCode::Enter);
    assert_eq!(
        (state.mode.clone(), state.query.text.as_str()),
        (Mode::List, "p")
    );
    press(&mut state, "/");
    assert!(key(&mut state, KeyCode::Esc).is_empty());
    assert_eq!(state.query.text, "p");
    key(&mut state, KeyCode::Esc);
    assert_eq!(state.query.text, "");
    press(&mut state, "oO");
    assert_eq!((state.query.sort, state.query.desc), (JobSort::Name, true));
    assert_eq!(key(&mut state, KeyCode::Esc), [Effect::Quit(0)]);
}

#[test]
fn log_follows_until_it_is_scrolled() {
    let mut state = screen(vec![row(1, "a", failed())]);
    assert_eq!(key(&mut state, KeyCode::Enter), [Effect::Follow(7)]);
    let chunk = |stdout: &str, done: bool| {
        let chunk = json!({
            "execution": null, "stdout": stdout, "stderr": "", "stdout_next": 0, "stderr_next": 0,
            "stdout_cut": 0, "stderr_cut": 0, "done": done,
        });
        Message::Log(Part {
            exec_id: 7,
            chunk: serde_json::from_value(chunk).unwrap(),
        })
    };
    let lines: String = (1..=60).map(|n| format!("line {n}\n")).collect();
    state.take(chunk(&lines, false));
    state.take(chunk("\u{1b}[31mred\u{1b}[0m \u{1b}[2Jand", false));
    let shown = drawn(&mut state, 80, 24);
    assert!(shown[1].contains("60 lines, following"), "{}", shown[1]);
    assert!(shown[22].contains("line 60"), "{}", shown[22]);
    press(&mut state, "k");
    state.take(chunk(" more\n", true));
    let shown = drawn(&mut state, 80, 24);
    assert!(shown[22].contains("line 59"), "{}", shown[22]);
    press(&mut state, "G");
    let shown = drawn(&mut state, 80, 24);
    assert!(shown[22].contains("red and more"), "{}", shown[22]);
    assert_eq!(press(&mut state, "q"), [Effect::Unfollow]);
}

#[test]
fn lost_daemon_is_told_and_read_anew_when_it_is_back() {
    let mut state = screen(vec![row(1, "a", json!({}))]);
    state.take(Message::Lost("gone".into()));
    let lines = drawn(&mut state, 80, 24);
    assert!(lines[0].contains("no word from the daemon"), "{}", lines[0]);
    let effects = state.take(Message::Changed(EventDigest::default()));
    assert_eq!(effects, [Effect::Load(state.query.clone(), 1)]);
    assert!(state.lost.is_none());
    assert_eq!(state.take(Message::Signal(15)), [Effect::Quit(143)]);
}

#[test]
fn keys_pressed_while_a_list_is_read_act_when_it_has_come() {
    let mut state = screen(vec![row(1, "a", json!({})), row(2, "b", json!({}))]);
    // Another order, one row down, run it, yes: pressed before the list has come.
    assert_eq!(
        press(&mut state, "ojry"),
        [Effect::Load(state.query.clone(), 1)]
    );
    assert_eq!((state.cursor, &state.mode), (0, &Mode::List));
    let rows = vec![row(1, "a", json!({})), row(2, "b", json!({}))];
    // The answer to the list of before brings no row of this one.
    let mut before = state.query.clone();
    before.sort = JobSort::Next;
    state.take(Message::Page(before, page(1, 2, rows.clone())));
    assert!(state.pages.is_empty());
    let effects = state.take(Message::Page(state.query.clone(), page(1, 2, rows)));
    assert_eq!(effects, [Effect::Act(Action::Run, 2)]);
    assert_eq!(state.cursor, 1);
    // A row of a page that has not come: the key waits for it, and those behind it too.
    let first = (0..100).map(|id| row(id, &format!("job-{id}"), json!({})));
    state.take(Message::Page(
        state.query.clone(),
        page(1, 200, first.collect()),
    ));
    assert_eq!(
        press(&mut state, "Gsyk"),
        [Effect::Load(state.query.clone(), 2)]
    );
    let second = (100..200).map(|id| row(id, &format!("job-{id}"), json!({})));
    let second = page(2, 200, second.collect());
    let effects = state.take(Message::Page(state.query.clone(), second));
    assert_eq!(effects, [Effect::Act(Action::Stop, 199)]);
    assert_eq!(state.cursor, 198);
}

#[test]
fn keys_that_wait_are_dropped_when_the_list_does_not_come() {
    let ends: [fn() -> Message; 2] = [
        || Message::Lost("gone".into()),
        || Message::Said("refused".into(), true),
    ];
    for end in ends {
        let mut state = screen(vec![row(1, "a", json!({}))]);
        press(&mut state, "or");
        state.take(end());
        assert!(state.held.is_empty());
        // Ctrl-C never waits.
        press(&mut state, "or");
        let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(state.take(Message::Key(control_c)), [Effect::Quit(0)]);
    }
    // A list without rows: the keys find none, and the next ones do not wait.
    let mut state = screen(vec![row(1, "a", json!({}))]);
    press(&mut state, "2jr");
    state.take(Message::Page(state.query.clone(), page(1, 0, Vec::new())));
    assert!(state.held.is_empty() && state.mode == Mode::List);
    assert_eq!(press(&mut state, "jrq"), [Effect::Quit(0)]);
}
