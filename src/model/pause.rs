//! The pause of the scheduler.

use jobs_schedule::Time;

/// State of the scheduler's pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// Jobs are due.
    Off,
    /// No job is due until an operator ends the pause.
    On {
        /// When the pause began.
        since: Time,
    },
    /// Jobs are due again, but the scheduler has still to record the occurrences that were missed during the pause.
    Over {
        /// When the pause ended.
        at: Time,
    },
}

impl Pause {
    /// Whether no job is due.
    pub const fn is_on(self) -> bool {
        matches!(self, Pause::On { .. })
    }

    /// The pause after an operator has begun or ended one at `now`. A second beginning or end changes nothing.
    pub const fn changed(self, is_on: bool, now: Time) -> Pause {
        match (self, is_on) {
            (Pause::Off | Pause::Over { .. }, true) => Pause::On { since: now },
            (Pause::On { .. }, false) => Pause::Over { at: now },
            (Pause::On { .. }, true) | (Pause::Off | Pause::Over { .. }, false) => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pause_begins_and_ends_once() {
        const EARLY: Time = Time::from_millis(1_000);
        const LATE: Time = Time::from_millis(2_000);
        const ON: Pause = Pause::On { since: EARLY };
        const OVER: Pause = Pause::Over { at: EARLY };
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
}
