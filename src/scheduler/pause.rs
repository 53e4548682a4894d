//! The pause of the scheduler: a fact in the store, so that it survives the daemon. When it ends, what was missed is
//! treated as if the daemon had been down.

use super::plan::Cause;
use crate::error::Result;
use crate::schedule::Time;
use crate::store::{Reader, Tx};

/// The fact that holds it.
const PAUSE: &str = "pause";

/// Whether jobs are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// They are.
    Off,
    /// They are not until somebody ends it.
    On {
        /// When it began.
        since: Time,
    },
    /// They are again, but what was missed has not been looked at yet.
    Over {
        /// When it ended.
        at: Time,
    },
}

impl Pause {
    /// What the store says.
    pub fn of(reader: &mut Reader<'_>) -> Result<Pause> {
        Ok(read(reader.fact(PAUSE)?.as_deref().unwrap_or_default()))
    }

    /// Begins or ends it; one that has begun already, or has ended, stays as it is.
    pub fn set(tx: &mut Tx<'_>, is_on: bool, now: Time) -> Result<Pause> {
        let before = Pause::of(tx)?;
        let after = before.changed(is_on, now);
        if after != before {
            tx.set_fact(PAUSE, &after.text())?;
        }
        Ok(after)
    }

    /// What was missed has been looked at.
    pub(super) fn forget(tx: &mut Tx<'_>) -> Result<()> {
        tx.set_fact(PAUSE, &Pause::Off.text())
    }

    /// Whether no job is due.
    pub const fn is_on(self) -> bool {
        matches!(self, Pause::On { .. })
    }

    /// Why the clock stands past what is due, when the clock alone says `clock`; nothing when nothing is due at all.
    pub fn cause(self, clock: Cause) -> Option<Cause> {
        match (self, clock) {
            (Pause::On { .. }, _) => None,
            (Pause::Off, clock) => Some(clock),
            // It was down after that, and later than that.
            (Pause::Over { .. }, Cause::Down { since }) => Some(Cause::Down { since }),
            (Pause::Over { at }, _) => Some(Cause::Paused { until: at }),
        }
    }

    const fn changed(self, is_on: bool, now: Time) -> Pause {
        match (self, is_on) {
            (Pause::Off | Pause::Over { .. }, true) => Pause::On { since: now },
            (Pause::On { .. }, false) => Pause::Over { at: now },
            (Pause::On { .. }, true) | (Pause::Off | Pause::Over { .. }, false) => self,
        }
    }

    fn text(self) -> String {
        match self {
            Pause::Off => String::new(),
            Pause::On { since } => format!("on {}", since.millis()),
            Pause::Over { at } => format!("over {}", at.millis()),
        }
    }
}

/// What [`Pause::text`] wrote.
fn read(text: &str) -> Pause {
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

    const EARLY: Time = Time::from_millis(1_000);
    const LATE: Time = Time::from_millis(2_000);
    const ON: Pause = Pause::On { since: EARLY };
    const OVER: Pause = Pause::Over { at: EARLY };

    #[test]
    fn it_begins_and_ends_once() {
        for (before, is_on, after) in [
            (Pause::Off, true, Pause::On { since: LATE }),
            (Pause::Off, false, Pause::Off),
            (ON, true, ON),
            (ON, false, Pause::Over { at: LATE }),
            (OVER, true, Pause::On { since: LATE }),
            (OVER, false, OVER),
        ] {
            assert_eq!(before.changed(is_on, LATE), after, "{before:?} {is_on}");
        }
    }

    #[test]
    fn what_was_missed_has_its_cause() {
        let down = Cause::Down { since: LATE };
        let paused = Cause::Paused { until: EARLY };
        for (pause, clock, cause) in [
            (Pause::Off, Cause::Elapsed, Some(Cause::Elapsed)),
            (Pause::Off, down, Some(down)),
            (ON, Cause::Elapsed, None),
            (ON, down, None),
            (ON, Cause::NewTime, None),
            (OVER, Cause::Elapsed, Some(paused)),
            (OVER, Cause::SetForward, Some(paused)),
            (OVER, Cause::NewTime, Some(paused)),
            (OVER, down, Some(down)),
        ] {
            assert_eq!(pause.cause(clock), cause, "{pause:?} {clock:?}");
        }
    }

    #[test]
    fn it_survives_being_written() {
        for pause in [Pause::Off, ON, OVER] {
            assert_eq!(read(&pause.text()), pause);
        }
        assert_eq!(read("nonsense"), Pause::Off);
    }
}
