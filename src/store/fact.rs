//! Facts: single values about the whole that survive a restart, one of each kind.

use std::borrow::Cow;

use super::reader::{Link, Reader};
use super::{Owner, Tx};
use jobs_clock::Aged;
use jobs_error::Result;
use jobs_model::{ExecId, Pause};
use jobs_schedule::Time;

/// A fact and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The time by which things are deleted for their age, and what is known about the wall clock.
    Aged(Aged),
    /// The boot of the machine for which `@reboot` jobs have run.
    BootId(String),
    /// The wall clock when the daemon ended.
    ClockAtEnd(Time),
    /// The networks that the configuration named when it was taken over last, a line each.
    ConfiguredNetworks(Vec<String>),
    /// The last times in which the daemon was down, the oldest first: from its end, or its last sign of life, to its next start.
    Gaps(Vec<(Time, Time)>),
    /// Whether a daemon works on the database: still set when the last one ended without having been asked to.
    IsUp(bool),
    /// The limit per job by which the history was pruned last.
    HistoryLimitPerJob(u64),
    /// Files of output up to this number are kept although they have no row: their rows were lost with a database.
    KeepsFilesUpTo(ExecId),
    /// The instance of the daemon that owns the leases made from now on.
    Owner(Owner),
    /// Whether the scheduler is paused.
    Pause(Pause),
    /// A value without a meaning: writing it shows that the store can be written.
    Probe(u64),
    /// After the clock was set back: occurrences up to here have run already.
    ReplayedUntil(Option<Time>),
    /// The name of the daemon's zone in which the next runs were computed.
    Zone(String),
}

// Keys of the table; databases of released versions have them.
const AGED: &str = "aged";
const BOOT_ID: &str = "boot_id";
const CLOCK_AT_END: &str = "clock_at_end";
const CONFIGURED_NETWORKS: &str = "ip_control";
const GAPS: &str = "gaps";
const HISTORY_LIMIT_PER_JOB: &str = "history_limit_per_job";
const IS_UP: &str = "is_up";
const KEEPS_FILES_UP_TO: &str = "keeps_files_up_to";
const OWNER: &str = "owner";
const PAUSE: &str = "pause";
const PROBE: &str = "probe";
const REPLAYED_UNTIL: &str = "held_until";
const ZONE: &str = "zone";

impl Fact {
    pub(super) const fn key(&self) -> &'static str {
        match self {
            Fact::Aged(_) => AGED,
            Fact::BootId(_) => BOOT_ID,
            Fact::ClockAtEnd(_) => CLOCK_AT_END,
            Fact::ConfiguredNetworks(_) => CONFIGURED_NETWORKS,
            Fact::Gaps(_) => GAPS,
            Fact::HistoryLimitPerJob(_) => HISTORY_LIMIT_PER_JOB,
            Fact::IsUp(_) => IS_UP,
            Fact::KeepsFilesUpTo(_) => KEEPS_FILES_UP_TO,
            Fact::Owner(_) => OWNER,
            Fact::Pause(_) => PAUSE,
            Fact::Probe(_) => PROBE,
            Fact::ReplayedUntil(_) => REPLAYED_UNTIL,
            Fact::Zone(_) => ZONE,
        }
    }

    /// The value as a backend stores it.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Fact::Aged(aged) => aged.text().into(),
            Fact::BootId(text) | Fact::Zone(text) => Cow::Borrowed(text),
            Fact::ClockAtEnd(at) => at.millis().to_string().into(),
            Fact::ConfiguredNetworks(lines) => lines.join("\n").into(),
            Fact::Gaps(gaps) => gaps_text(gaps).into(),
            Fact::HistoryLimitPerJob(limit) => limit.to_string().into(),
            Fact::IsUp(is_up) => if *is_up { "1" } else { "" }.into(),
            Fact::KeepsFilesUpTo(last) => last.to_string().into(),
            Fact::Owner(owner) => owner.0.to_string().into(),
            Fact::Pause(pause) => pause_text(*pause).into(),
            Fact::Probe(value) => value.to_string().into(),
            Fact::ReplayedUntil(until) => until
                .map(|until| until.millis().to_string())
                .unwrap_or_default()
                .into(),
        }
    }
}

impl Reader<'_> {
    /// [`Fact::Aged`]; absent before the first pass over the history.
    pub fn aged(&mut self) -> Result<Option<Aged>> {
        Ok(self.fact(AGED)?.as_deref().and_then(Aged::parse))
    }

    /// [`Fact::BootId`]; absent before the first start.
    pub fn boot_id(&mut self) -> Result<Option<String>> {
        self.fact(BOOT_ID)
    }

    /// The latest time that the wall clock is known to have shown: [`Fact::ClockAtEnd`], or when the latest execution began or
    /// ended.
    pub fn clock_last_seen(&mut self) -> Result<Option<Time>> {
        let at_end = self.number(CLOCK_AT_END)?.map(Time::from_millis);
        let of_executions = match self.link() {
            Link::Sqlite(session) => session.last_seen(),
        }?;
        Ok(at_end.max(of_executions))
    }

    /// [`Fact::ConfiguredNetworks`]; absent before a configuration was taken over.
    pub fn configured_networks(&mut self) -> Result<Option<Vec<String>>> {
        let text = self.fact(CONFIGURED_NETWORKS)?;
        Ok(text.map(|text| text.lines().map(str::to_string).collect()))
    }

    /// [`Fact::Gaps`]; none before the first.
    pub fn gaps(&mut self) -> Result<Vec<(Time, Time)>> {
        Ok(self
            .fact(GAPS)?
            .map_or_else(Vec::new, |text| read_gaps(&text)))
    }

    /// [`Fact::HistoryLimitPerJob`]; absent before the first pass over the history.
    pub fn history_limit_per_job(&mut self) -> Result<Option<u64>> {
        self.number(HISTORY_LIMIT_PER_JOB)
    }

    /// [`Fact::IsUp`]; false before the first start.
    pub fn is_up(&mut self) -> Result<bool> {
        Ok(self.fact(IS_UP)?.is_some_and(|text| text == "1"))
    }

    /// [`Fact::KeepsFilesUpTo`]; 0 before a database was lost.
    pub fn keeps_files_up_to(&mut self) -> Result<ExecId> {
        Ok(self.number(KEEPS_FILES_UP_TO)?.unwrap_or_default())
    }

    /// [`Fact::Owner`]; absent before the first start.
    pub fn owner(&mut self) -> Result<Option<Owner>> {
        Ok(self.number(OWNER)?.map(Owner))
    }

    /// [`Fact::Pause`].
    pub fn pause(&mut self) -> Result<Pause> {
        Ok(self
            .fact(PAUSE)?
            .map_or(Pause::Off, |text| read_pause(&text)))
    }

    /// [`Fact::ReplayedUntil`].
    pub fn replayed_until(&mut self) -> Result<Option<Time>> {
        Ok(self.number(REPLAYED_UNTIL)?.map(Time::from_millis))
    }

    /// [`Fact::Zone`]; absent before the first start.
    pub fn zone(&mut self) -> Result<Option<String>> {
        self.fact(ZONE)
    }

    fn number<T: std::str::FromStr>(&mut self, key: &str) -> Result<Option<T>> {
        Ok(self.fact(key)?.and_then(|text| text.parse().ok()))
    }

    fn fact(&mut self, key: &str) -> Result<Option<String>> {
        match self.link() {
            Link::Sqlite(session) => session.fact(key),
        }
    }
}

impl Tx<'_> {
    /// Stores the owner of the leases that this store gives, so that an operator can tell which instance runs what.
    pub fn take_ownership(&mut self) -> Result<()> {
        let owner = Fact::Owner(self.lease().owner);
        self.set_fact(&owner)
    }
}

fn gaps_text(gaps: &[(Time, Time)]) -> String {
    let lines = gaps
        .iter()
        .map(|(from, until)| format!("{} {}", from.millis(), until.millis()));
    lines.collect::<Vec<_>>().join("\n")
}

/// Reads what [`gaps_text`] wrote; leaves out other lines.
fn read_gaps(text: &str) -> Vec<(Time, Time)> {
    text.lines()
        .filter_map(|line| {
            let (from, until) = line.split_once(' ')?;
            let time = |millis: &str| millis.parse().ok().map(Time::from_millis);
            Some((time(from)?, time(until)?))
        })
        .collect()
}

fn pause_text(pause: Pause) -> String {
    match pause {
        Pause::Off => String::new(),
        Pause::On { since } => format!("on {}", since.millis()),
        Pause::Over { at } => format!("over {}", at.millis()),
    }
}

/// Reads what [`pause_text`] wrote; another text is [`Pause::Off`].
fn read_pause(text: &str) -> Pause {
    let (word, millis) = text.split_once(' ').unwrap_or((text, ""));
    let time = Time::from_millis(millis.parse().unwrap_or_default());
    match word {
        "on" => Pause::On { since: time },
        "over" => Pause::Over { at: time },
        _ => Pause::Off,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_written_are_read_again() {
        let at = Time::from_millis;
        let gaps = vec![(at(-5), at(10)), (at(20), at(30))];
        assert_eq!(read_gaps(&gaps_text(&gaps)), gaps);
        assert_eq!(read_gaps("nonsense\n1 x"), []);
    }

    #[test]
    fn pause_written_is_read_again() {
        let at = Time::from_millis(1_000);
        for pause in [Pause::Off, Pause::On { since: at }, Pause::Over { at }] {
            assert_eq!(read_pause(&pause_text(pause)), pause);
        }
        assert_eq!(read_pause("nonsense"), Pause::Off);
    }
}
