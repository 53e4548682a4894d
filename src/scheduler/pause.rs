//! Begins and ends the pause of the scheduler. After a pause, missed occurrences are treated as if the daemon had been down.

use super::plan::Cause;
use jobs_error::Result;
use jobs_events::{Event, PauseChange};
use jobs_model::Pause;
use jobs_schedule::Time;
use jobs_store::{Fact, Tx};

/// Begins or ends the pause. Returns the pause unchanged if it has begun or ended already.
pub fn set(tx: &mut Tx<'_>, is_on: bool, now: Time) -> Result<Pause> {
    let before = tx.pause()?;
    let after = before.changed(is_on, now);
    if after != before {
        tx.set_fact(&Fact::Pause(after))?;
        if after.is_on() != before.is_on() {
            tx.tell(Event::Pause(PauseChange {
                paused: after.is_on(),
            }));
        }
    }
    Ok(after)
}

/// Sets the pause from `Over` to `Off`: all occurrences that were missed during the pause are recorded.
pub(super) fn forget(tx: &mut Tx<'_>) -> Result<()> {
    tx.set_fact(&Fact::Pause(Pause::Off))
}

/// The cause for which the clock is past a due occurrence: the pause, or else `clock`. None: no job is due during the pause.
pub fn cause(pause: Pause, clock: Cause) -> Option<Cause> {
    match (pause, clock) {
        (Pause::On { .. }, _) => None,
        (Pause::Off, clock) => Some(clock),
        // The daemon was down after the end of the pause.
        (Pause::Over { .. }, Cause::Down { since }) => Some(Cause::Down { since }),
        (
            Pause::Over { at },
            Cause::Elapsed
            | Cause::Stepped { .. }
            | Cause::Paused { .. }
            | Cause::SetForward { .. }
            | Cause::NewTime { .. },
        ) => Some(Cause::Paused { until: at }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cause_of_missed_occurrences_is_the_pause_or_the_clock() {
        const EARLY: Time = Time::from_millis(1_000);
        const LATE: Time = Time::from_millis(2_000);
        const ON: Pause = Pause::On { since: EARLY };
        const OVER: Pause = Pause::Over { at: EARLY };
        let down = Cause::Down { since: LATE };
        let paused = Cause::Paused { until: EARLY };
        for (pause, clock, expected) in [
            (Pause::Off, Cause::Elapsed, Some(Cause::Elapsed)),
            (Pause::Off, down, Some(down)),
            (ON, Cause::Elapsed, None),
            (ON, down, None),
            (ON, Cause::NewTime { to: LATE }, None),
            (OVER, Cause::Elapsed, Some(paused)),
            (OVER, Cause::SetForward { to: LATE }, Some(paused)),
            (OVER, Cause::NewTime { to: LATE }, Some(paused)),
            (OVER, down, Some(down)),
        ] {
            assert_eq!(cause(pause, clock), expected, "{pause:?} {clock:?}");
        }
    }
}
