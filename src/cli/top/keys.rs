//! The meaning of each key.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::log::LogView;
use super::state::{Action, Effect, FILTERS, Mode, SORTS, State};
use crate::text::visible;
use jobs_api::JobView;
use jobs_model::{ExecId, JobSort, JobsOnly};

/// Upper bound on the keys that wait for rows.
const HELD_MAX: usize = 64;

impl State {
    /// Obeys a key, or keeps it until the rows that it is meant for have come.
    pub fn key(&mut self, key: KeyEvent) -> Vec<Effect> {
        let has_control = key.modifiers.contains(KeyModifiers::CONTROL);
        if has_control && key.code == KeyCode::Char('c') {
            return vec![Effect::Quit(crate::DONE)];
        }
        if has_control && key.code == KeyCode::Char('z') {
            return vec![Effect::Suspend];
        }
        // Keys keep their order: behind one that waits, all wait.
        if self.held.is_empty() && !self.must_wait(key) {
            return self.obey(key);
        }
        if self.held.len() < HELD_MAX {
            self.held.push_back(key);
        }
        Vec::new()
    }

    /// Obeys the keys that have waited, up to one that must wait still.
    pub fn release(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        while let Some(key) = self.held.front().copied() {
            if self.must_wait(key) {
                break;
            }
            self.held.pop_front();
            effects.extend(self.obey(key));
        }
        effects
    }

    /// Whether a key is meant for a row that was asked for and has not come. A move within the list needs only the number of rows.
    fn must_wait(&self, key: KeyEvent) -> bool {
        if self.mode != Mode::List || !self.is_waiting() {
            return false;
        }
        let has_control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('d' | 'u') => has_control && self.total == 0,
            KeyCode::Down
            | KeyCode::Up
            | KeyCode::PageDown
            | KeyCode::PageUp
            | KeyCode::Home
            | KeyCode::End
            | KeyCode::Char('j' | 'k' | 'g' | 'G' | ' ') => self.total == 0,
            KeyCode::Enter | KeyCode::Char('f' | 'l' | 'r' | 'c' | 's' | 'n') => {
                self.chosen().is_none()
            }
            _ => false,
        }
    }

    fn obey(&mut self, key: KeyEvent) -> Vec<Effect> {
        let has_control = key.modifiers.contains(KeyModifiers::CONTROL);
        self.said = None;
        match self.mode.clone() {
            Mode::List => self.key_of_list(key, has_control),
            Mode::Search(before) => self.key_of_search(key, before),
            Mode::Confirm(action, job, _) => {
                self.mode = Mode::List;
                if matches!(key.code, KeyCode::Char('y' | 'Y') | KeyCode::Enter) {
                    vec![Effect::Act(action, job)]
                } else {
                    self.said = Some(("nothing was done".to_string(), false));
                    Vec::new()
                }
            }
            Mode::Help => {
                self.mode = Mode::List;
                Vec::new()
            }
            Mode::Log => self.key_of_log(key),
        }
    }

    fn key_of_list(&mut self, key: KeyEvent, has_control: bool) -> Vec<Effect> {
        let page = self.height.saturating_sub(1).max(1);
        match key.code {
            KeyCode::Char('q') | KeyCode::Esc if self.query.text.is_empty() => {
                return vec![Effect::Quit(crate::DONE)];
            }
            KeyCode::Char('q') => return vec![Effect::Quit(crate::DONE)],
            KeyCode::Esc => {
                self.query.text.clear();
                return self.list_anew();
            }
            KeyCode::Char('d') if has_control => self.cursor = self.cursor.saturating_add(page / 2),
            KeyCode::Char('u') if has_control => self.cursor = self.cursor.saturating_sub(page / 2),
            KeyCode::Down | KeyCode::Char('j') => self.cursor = self.cursor.saturating_add(1),
            KeyCode::Up | KeyCode::Char('k') => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::PageDown | KeyCode::Char(' ') => {
                self.cursor = self.cursor.saturating_add(page);
            }
            KeyCode::PageUp => self.cursor = self.cursor.saturating_sub(page),
            KeyCode::Home | KeyCode::Char('g') => self.cursor = 0,
            KeyCode::End | KeyCode::Char('G') => self.cursor = u64::MAX,
            KeyCode::Char('/') => self.mode = Mode::Search(self.query.text.clone()),
            KeyCode::Char('?') => self.mode = Mode::Help,
            KeyCode::Char('o') => {
                let at = SORTS.iter().position(|sort| *sort == self.query.sort);
                self.query.sort = SORTS[at.map_or(0, |at| (at + 1) % SORTS.len())];
                self.query.desc = matches!(self.query.sort, JobSort::Ended | JobSort::Took);
                return self.list_anew();
            }
            KeyCode::Char('O') => {
                self.query.desc = !self.query.desc;
                return self.list_anew();
            }
            KeyCode::Tab | KeyCode::BackTab => {
                let at = FILTERS
                    .iter()
                    .position(|filter| *filter == self.query.filter);
                let step = if key.code == KeyCode::Tab {
                    1
                } else {
                    FILTERS.len() - 1
                };
                return self.filter(FILTERS[(at.unwrap_or(0) + step) % FILTERS.len()]);
            }
            KeyCode::Char(digit @ '1'..='7') => {
                return self.filter(FILTERS[usize::from(digit as u8 - b'1')]);
            }
            KeyCode::Enter | KeyCode::Char('f' | 'l') => return self.open_log(),
            KeyCode::Char('r') => self.ask(|_| Some(Action::Run), ""),
            KeyCode::Char('c') => self.ask(
                |row| row.running_exec.map(Action::Cancel),
                "no execution of it runs",
            ),
            KeyCode::Char('s') => self.ask(
                |row| {
                    Some(match row.state {
                        jobs_model::State::Stopped => Action::Restart,
                        jobs_model::State::Waiting | jobs_model::State::Running => Action::Stop,
                    })
                },
                "",
            ),
            KeyCode::Char('n') => self.ask(
                |row| row.job.next_at.map(|_| Action::Skip),
                "it has no next run",
            ),
            _ => {}
        }
        self.clamp();
        self.missing()
    }

    fn filter(&mut self, filter: Option<JobsOnly>) -> Vec<Effect> {
        self.query.filter = filter;
        self.list_anew()
    }

    /// Asks whether an action on the chosen job is meant, or says why it is not possible.
    fn ask(&mut self, action: impl Fn(&JobView) -> Option<Action>, why_not: &str) {
        let Some(row) = self.chosen() else { return };
        let name = visible(&row.job.name);
        match action(row) {
            Some(action) => {
                let question = action.question(&name);
                self.mode = Mode::Confirm(action, row.job.id, question);
            }
            None => self.said = Some((format!("`{name}`: {why_not}"), true)),
        }
    }

    fn key_of_search(&mut self, key: KeyEvent, before: String) -> Vec<Effect> {
        match key.code {
            KeyCode::Enter => self.mode = Mode::List,
            KeyCode::Esc => {
                self.mode = Mode::List;
                if self.query.text != before {
                    self.query.text = before;
                    return self.list_anew();
                }
            }
            KeyCode::Backspace => {
                self.query.text.pop();
                return self.list_anew();
            }
            KeyCode::Char(char) if !key.modifiers.contains(KeyModifiers::CONTROL) => {
                self.query.text.push(char);
                return self.list_anew();
            }
            _ => {}
        }
        Vec::new()
    }

    fn open_log(&mut self) -> Vec<Effect> {
        let Some(row) = self.chosen() else {
            return Vec::new();
        };
        let name = visible(&row.job.name);
        let Some(exec) = shown_exec(row) else {
            self.said = Some((format!("`{name}` has not run yet"), true));
            return Vec::new();
        };
        self.log = Some(LogView::new(exec, name));
        self.mode = Mode::Log;
        vec![Effect::Follow(exec)]
    }

    fn key_of_log(&mut self, key: KeyEvent) -> Vec<Effect> {
        let Some(log) = &mut self.log else {
            self.mode = Mode::List;
            return Vec::new();
        };
        match key.code {
            KeyCode::Char('q' | 'h') | KeyCode::Esc | KeyCode::Left => {
                self.log = None;
                self.mode = Mode::List;
                return vec![Effect::Unfollow];
            }
            KeyCode::Down | KeyCode::Char('j') => log.scroll(1),
            KeyCode::Up | KeyCode::Char('k') => log.scroll(-1),
            KeyCode::PageDown | KeyCode::Char(' ') => log.scroll(log.page()),
            KeyCode::PageUp => log.scroll(-log.page()),
            KeyCode::Home | KeyCode::Char('g') => log.scroll(i64::MIN),
            KeyCode::End | KeyCode::Char('G' | 'f') => log.follow(),
            _ => {}
        }
        Vec::new()
    }
}

/// The execution whose log a person means: the one that runs, else the last one.
fn shown_exec(row: &JobView) -> Option<ExecId> {
    row.running_exec
        .or_else(|| row.last.as_ref().map(|last| last.exec_id))
}
