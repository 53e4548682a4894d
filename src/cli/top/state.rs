//! The state of the screen and its changes: no terminal, no daemon, no clock.

use std::collections::{BTreeMap, VecDeque};

use crossterm::event::KeyEvent;
use jobs_api::{EventDigest, JobPage, JobView};
use jobs_model::{ExecId, JobId, JobSort, JobsOnly, ListCounts};
use jobs_schedule::Time;

use super::log::LogView;

/// Jobs of one page of `list`.
pub const PAGE: u32 = 100;

/// The filters, in the order of their keys; the first is that of all jobs.
pub const FILTERS: [Option<JobsOnly>; 7] = [
    None,
    Some(JobsOnly::Failing),
    Some(JobsOnly::Running),
    Some(JobsOnly::Missed),
    Some(JobsOnly::Slower),
    Some(JobsOnly::Stopped),
    Some(JobsOnly::Never),
];

/// The orders, in turn by the key `o`.
pub const SORTS: [JobSort; 5] = [
    JobSort::Next,
    JobSort::Name,
    JobSort::Ended,
    JobSort::Took,
    JobSort::Last,
];

/// The list that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    pub filter: Option<JobsOnly>,
    pub text: String,
    pub sort: JobSort,
    pub desc: bool,
}

/// A change that a key asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    Run,
    /// Ends the executions that run, and leaves the schedule as it is.
    Cancel(ExecId),
    Stop,
    Restart,
    Skip,
}

impl Action {
    /// The question before it is done.
    pub fn question(&self, name: &str) -> String {
        match self {
            Action::Run => format!("run `{name}` now?"),
            Action::Cancel(exec) => format!("cancel execution {exec} of `{name}`?"),
            Action::Stop => format!("stop `{name}`? it is not due again until `jobs restart`"),
            Action::Restart => format!("start `{name}` again?"),
            Action::Skip => format!("skip the next run of `{name}`?"),
        }
    }
}

/// The present meaning of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    List,
    /// Text of the search is typed; the text before it, for Esc.
    Search(String),
    /// A question waits for `y`.
    Confirm(Action, JobId, String),
    Help,
    Log,
}

/// The events that the main thread waits for.
#[derive(Debug)]
pub enum Message {
    Key(KeyEvent),
    Resized,
    /// A page of the list, and the query that it answers.
    Page(Query, JobPage),
    /// Something has happened.
    Changed(EventDigest),
    /// The daemon does not answer; the reason.
    Lost(String),
    /// An action was done or refused: a sentence, and whether it is an error.
    Said(String, bool),
    /// More of the log of an execution.
    Log(super::log::Part),
    /// A signal ends the program.
    Signal(i32),
}

/// The acts that the state leaves to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    Load(Query, u32),
    Act(Action, JobId),
    /// Follow the output of an execution.
    Follow(ExecId),
    Unfollow,
    Suspend,
    Quit(i32),
}

/// The state of the screen.
pub struct State {
    pub now: Time,
    pub query: Query,
    pub mode: Mode,
    pub total: u64,
    pub counts: ListCounts,
    pub pages: BTreeMap<u32, Vec<JobView>>,
    /// The chosen row, from 0.
    pub cursor: u64,
    /// The first row on the screen.
    pub first: u64,
    /// Rows that fit; set when the screen is drawn.
    pub height: u64,
    pub digest: Option<EventDigest>,
    pub said: Option<(String, bool)>,
    /// Why the daemon does not answer, and since when.
    pub lost: Option<(String, Time)>,
    pub log: Option<LogView>,
    /// Pages that were asked for and have not come.
    waited: Vec<u32>,
    /// Keys that wait for the rows of such a page, the first pressed first.
    pub held: VecDeque<KeyEvent>,
}

impl State {
    pub fn new(now: Time) -> State {
        State {
            now,
            query: Query {
                filter: None,
                text: String::new(),
                sort: SORTS[0],
                desc: false,
            },
            mode: Mode::List,
            total: 0,
            counts: ListCounts::default(),
            pages: BTreeMap::new(),
            cursor: 0,
            first: 0,
            height: 1,
            digest: None,
            said: None,
            lost: None,
            log: None,
            waited: Vec::new(),
            held: VecDeque::new(),
        }
    }

    /// The first effects.
    pub fn begin(&mut self) -> Vec<Effect> {
        self.missing()
    }

    /// Whether a time on the screen changes each second.
    pub fn is_counting(&self) -> bool {
        let soon = |row: &JobView| {
            row.running > 0
                || row
                    .job
                    .next_at
                    .is_some_and(|at| at >= self.now && at.since(self.now).as_secs() < 120)
        };
        self.lost.is_some() || self.visible().any(|(_, row)| row.is_some_and(soon))
    }

    /// The rows on the screen by number; a row that has not come yet is absent.
    pub fn visible(&self) -> impl Iterator<Item = (u64, Option<&JobView>)> {
        let end = self.total.min(self.first + self.height);
        (self.first..end).map(|number| (number, self.row(number)))
    }

    pub fn row(&self, number: u64) -> Option<&JobView> {
        let (page, index) = place(number);
        self.pages.get(&page)?.get(index)
    }

    pub fn chosen(&self) -> Option<&JobView> {
        self.row(self.cursor)
    }

    /// Takes a message; returns what is to be done.
    pub fn take(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Key(key) => self.key(key),
            Message::Resized => self.missing(),
            Message::Page(query, page) => self.page(query, page),
            Message::Changed(digest) => self.changed(digest),
            Message::Lost(reason) => {
                let since = self.lost.take().map_or(self.now, |(_, since)| since);
                self.lost = Some((reason, since));
                self.give_up();
                Vec::new()
            }
            Message::Said(text, is_error) => {
                if is_error {
                    self.give_up();
                }
                self.said = Some((text, is_error));
                Vec::new()
            }
            Message::Log(part) => {
                if let Some(log) = &mut self.log {
                    log.take(part);
                }
                Vec::new()
            }
            Message::Signal(number) => vec![Effect::Quit(128 + number)],
        }
    }

    fn page(&mut self, query: Query, page: JobPage) -> Vec<Effect> {
        if query != self.query {
            return Vec::new();
        }
        self.waited.retain(|number| *number != page.page);
        self.total = page.total;
        if let Some(counts) = page.counts {
            self.counts = counts;
        }
        self.pages.insert(page.page, page.items);
        self.lost = None;
        self.clamp();
        let mut effects = self.missing();
        effects.extend(self.release());
        effects
    }

    /// A call has failed, perhaps one for a page: nothing is waited for. Keys that were pressed before the error was seen are dropped.
    fn give_up(&mut self) {
        self.waited.clear();
        self.held.clear();
    }

    /// Whether a page was asked for that has not come.
    pub fn is_waiting(&self) -> bool {
        !self.waited.is_empty()
    }

    /// Reads the pages on the screen again when one of their jobs, or the list itself, may have changed.
    fn changed(&mut self, digest: EventDigest) -> Vec<Effect> {
        let was_lost = self.lost.take().is_some() || digest.lost;
        let is_quiet = digest.changed.is_empty() && !digest.jobs_changed && !was_lost;
        self.digest = Some(digest);
        if is_quiet {
            return Vec::new();
        }
        let (from, _) = place(self.first);
        self.pages.retain(|page, _| page.abs_diff(from) <= 1);
        self.on_screen()
            .into_iter()
            .map(|page| self.load(page))
            .collect()
    }

    fn load(&mut self, page: u32) -> Effect {
        if !self.waited.contains(&page) {
            self.waited.push(page);
        }
        Effect::Load(self.query.clone(), page)
    }

    /// The pages of the rows on the screen.
    fn on_screen(&self) -> Vec<u32> {
        let (from, _) = place(self.first);
        let (to, _) = place(self.first + self.height.max(1) - 1);
        (from..=to).collect()
    }

    /// Asks for the pages on the screen that are neither there nor asked for.
    pub fn missing(&mut self) -> Vec<Effect> {
        let is_within =
            |page: &u32| *page == 1 || u64::from(page - 1) * u64::from(PAGE) < self.total;
        let missing: Vec<u32> = self
            .on_screen()
            .into_iter()
            .filter(|page| !self.pages.contains_key(page) && !self.waited.contains(page))
            .filter(is_within)
            .collect();
        missing.into_iter().map(|page| self.load(page)).collect()
    }

    /// Begins another list.
    pub fn list_anew(&mut self) -> Vec<Effect> {
        self.pages.clear();
        self.waited.clear();
        self.total = 0;
        self.cursor = 0;
        self.first = 0;
        self.missing()
    }

    pub fn clamp(&mut self) {
        self.cursor = self.cursor.min(self.total.saturating_sub(1));
        let last_first = self.total.saturating_sub(self.height);
        self.first = self.first.min(self.cursor).min(last_first);
        if self.cursor >= self.first + self.height {
            self.first = self.cursor + 1 - self.height;
        }
    }

    /// Sets how many rows fit.
    pub fn fit(&mut self, height: u64) {
        self.height = height.max(1);
        self.clamp();
    }
}

/// The page and the index in it of a row.
fn place(number: u64) -> (u32, usize) {
    let page = u32::try_from(number / u64::from(PAGE) + 1).unwrap_or(u32::MAX);
    // Less than PAGE.
    let index = usize::try_from(number % u64::from(PAGE)).unwrap_or_default();
    (page, index)
}
