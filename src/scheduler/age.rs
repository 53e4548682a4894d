//! The time by which the history, the audit and the log files are deleted for their age.

use std::time::Duration;

use super::Scheduler;
use jobs_clock::{AgeClock, Reading};
use jobs_error::Result;
use jobs_schedule::Time;
use jobs_store::Fact;

/// How often the state of the clock is stored, as the machine counts. The next daemon misses no more than this.
const STORED_EVERY: Duration = Duration::from_secs(3_600);

/// The clock of ages, since the first use.
pub(super) struct Age {
    clock: AgeClock,
    /// The machine's time when the state was stored last; absent before.
    stored_at: Option<Duration>,
    /// Whether the wall clock was doubted at the last use, so that a change is logged once.
    is_doubted: bool,
}

impl Scheduler {
    /// The time by which things are old. It differs from the wall clock after that has jumped far, until it was steady for a day.
    ///
    /// # Errors
    ///
    /// When the store can't be read at the first use.
    pub fn age_time(&self) -> Result<Time> {
        self.advance_age(self.clock.read()).map(|(time, _)| time)
    }

    /// As [`Scheduler::age_time`]. Stores the state of the clock from time to time.
    pub(super) async fn age_time_stored(&self) -> Result<Time> {
        let reading = self.clock.read();
        let (time, must_store) = self.advance_age(reading)?;
        if must_store && let Some(fact) = self.age_fact() {
            self.store.write_async(move |tx| tx.set_fact(&fact)).await?;
            if let Some(age) = &mut *self.age.lock() {
                age.stored_at = Some(reading.machine);
            }
        }
        Ok(time)
    }

    /// The state of the clock as a fact; absent before its first use.
    pub(super) fn age_fact(&self) -> Option<Fact> {
        let age = self.age.lock();
        age.as_ref().map(|age| Fact::Aged(age.clock.aged()))
    }

    /// The time by which things are old at a reading, and whether the state is to be stored.
    fn advance_age(&self, reading: Reading) -> Result<(Time, bool)> {
        let mut age = self.age.lock();
        let age = match &mut *age {
            Some(age) => age,
            none => {
                let (before, newest) = self
                    .store
                    .read(|reader| Ok((reader.aged()?, reader.clock_last_seen()?)))?;
                none.insert(Age {
                    clock: AgeClock::start(before, newest, reading),
                    stored_at: None,
                    is_doubted: false,
                })
            }
        };
        let time = age.clock.advance(reading);
        let is_doubted = age.clock.is_doubted();
        let has_changed = is_doubted != age.is_doubted;
        if has_changed && is_doubted {
            tracing::warn!(
                "the clock has jumped far: nothing is deleted for its age until the clock was steady for a day"
            );
        } else if has_changed {
            tracing::info!("the clock is believed again: what is too old is deleted");
        }
        age.is_doubted = is_doubted;
        let is_due = age
            .stored_at
            .is_none_or(|at| reading.machine.saturating_sub(at) >= STORED_EVERY);
        Ok((time, is_due || has_changed))
    }
}
