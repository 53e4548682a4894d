//! The clock: the time now, whether somebody has set it, the time by which things are old, and sleeping until an instant. The clock of tests is in `scheduler`.

mod age;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use jobs_error::Result;
use jobs_schedule::Time;

pub use age::{AgeClock, Aged};

/// The wall clock.
pub fn now() -> Time {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    Time::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The clocks that the scheduler reads: those of the machine, or in a test those of the test.
pub trait Clock: Send + Sync {
    /// Both clocks, now.
    fn read(&self) -> Reading;

    /// The wall clock, now.
    fn now(&self) -> Time {
        self.read().wall
    }

    /// The id of this boot of the machine: the next boot has another one. Empty where the system has no such id.
    fn boot_id(&self) -> String;

    /// A timer to sleep with. Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// When the system has no timer for it.
    fn alarm(&self) -> Result<Box<dyn Sleep>>;
}

/// Sleeps until an instant of the wall clock, and wakes at once when somebody sets that clock.
pub trait Sleep: Send {
    /// Returns at `until`, or when the clock was set; without an instant only when the clock was set.
    fn sleep(&mut self, until: Option<Time>) -> BoxFuture<'_>;
}

/// The future that [`Sleep::sleep`] returns.
pub type BoxFuture<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// The clocks of the machine.
pub struct SystemClock;

impl Clock for SystemClock {
    fn read(&self) -> Reading {
        Reading::take()
    }

    fn now(&self) -> Time {
        now()
    }

    fn boot_id(&self) -> String {
        std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
            .map(|id| id.trim().to_string())
            .unwrap_or_default()
    }

    fn alarm(&self) -> Result<Box<dyn Sleep>> {
        Ok(Box::new(Alarm::new()?))
    }
}

impl Sleep for Alarm {
    fn sleep(&mut self, until: Option<Time>) -> BoxFuture<'_> {
        Box::pin(self.wait(until))
    }
}

/// A change of the wall clock beyond the time that went by: somebody has set the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    /// A small one or none: forward by at most five minutes, as after a time of heavy load, or backward by less than a minute,
    /// which the scheduler waits out so that nothing runs twice.
    None,
    /// Forward by more, but less than three hours.
    Forward,
    /// Backward by more, but less than three hours.
    Backward,
    /// Forward by three hours or more: a new time.
    FarForward,
    /// Backward by three hours or more: a new time.
    FarBackward,
}

/// The jump of the wall clock from `before` to `after`, while the machine counted `elapsed` (suspension included).
pub fn jump(before: Time, after: Time, elapsed: Duration) -> Jump {
    const FORWARD_MS: i64 = 5 * 60_000;
    const BACKWARD_MS: i64 = 60_000;
    const NEW_TIME_MS: i64 = 3 * 3_600_000;
    let elapsed = i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX);
    let difference = after
        .millis()
        .saturating_sub(before.millis())
        .saturating_sub(elapsed);
    if (-BACKWARD_MS + 1..=FORWARD_MS).contains(&difference) {
        Jump::None
    } else if difference >= NEW_TIME_MS {
        Jump::FarForward
    } else if difference > 0 {
        Jump::Forward
    } else if difference > -NEW_TIME_MS {
        Jump::Backward
    } else {
        Jump::FarBackward
    }
}

/// Both clocks at one moment. The clock of the machine cannot be set: two readings show whether the wall clock was.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The time of the wall clock.
    pub wall: Time,
    /// Time since the machine booted, suspension included.
    pub machine: Duration,
}

impl Reading {
    /// Reads both clocks; again when the process was held up between the two.
    fn take() -> Reading {
        const HELD_UP: Duration = Duration::from_millis(100);
        loop {
            let before = machine_time();
            let wall = now();
            let machine = machine_time();
            if machine.saturating_sub(before) < HELD_UP {
                return Reading { wall, machine };
            }
        }
    }

    /// Both clocks at the later time `wall`, if nobody sets the wall clock before.
    pub fn at(&self, wall: Time) -> Reading {
        Reading {
            wall,
            machine: self.machine + wall.since(self.wall),
        }
    }

    /// The time that the wall clock would have if nobody had set it since an earlier reading.
    pub fn unset_since(&self, earlier: &Reading) -> Time {
        earlier
            .wall
            .plus(self.machine.saturating_sub(earlier.machine))
    }

    /// The jump of the wall clock since an earlier reading.
    pub fn jump_since(&self, earlier: &Reading) -> Jump {
        jump(
            earlier.wall,
            self.wall,
            self.machine.saturating_sub(earlier.machine),
        )
    }
}

/// Time since the machine booted, suspension included.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn machine_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn machine_time() -> Duration {
    static START: std::sync::LazyLock<std::time::Instant> =
        std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed()
}

use alarm::Alarm;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod alarm {
    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };

    use jobs_error::{Error, Result};
    use jobs_fs::Readable;
    use jobs_schedule::Time;

    /// Sleeps until an instant of the wall clock, and wakes at once when somebody sets that clock.
    pub struct Alarm(Readable);

    impl Alarm {
        /// A timer of the kernel. Needs a tokio runtime.
        pub fn new() -> Result<Alarm> {
            let doing = "cannot make a timer";
            let fd = timerfd_create(
                TimerfdClockId::Realtime,
                TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC,
            )
            .map_err(|error| Error::io(doing, error))?;
            Readable::new(fd)
                .map(Alarm)
                .map_err(|error| Error::io(doing, error))
        }

        /// Returns at `until`, or when the clock was set; without an instant only when the clock was set.
        pub async fn wait(&mut self, until: Option<Time>) -> Result<()> {
            let doing = "cannot wait for the timer";
            // The kernel watches for a set clock only while a timer is armed, so no instant means a very late one.
            const FAR: i64 = 1 << 52;
            let millis = until.map_or(FAR, |time| time.millis().clamp(1, FAR));
            let at = Itimerspec {
                it_interval: Timespec {
                    tv_sec: 0,
                    tv_nsec: 0,
                },
                it_value: Timespec {
                    tv_sec: millis / 1000,
                    tv_nsec: (millis % 1000) * 1_000_000,
                },
            };
            let flags = TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET;
            match timerfd_settime(&self.0, flags, &at) {
                Ok(_) => {}
                // The clock was set since the timer was armed before, and that is not told again.
                Err(rustix::io::Errno::CANCELED) => return Ok(()),
                Err(error) => return Err(Error::io(doing, error)),
            }
            loop {
                let mut ready = self
                    .0
                    .wait()
                    .await
                    .map_err(|error| Error::io(doing, error))?;
                let mut ticks = [0; 8];
                match rustix::io::read(&self.0, &mut ticks) {
                    Ok(_) | Err(rustix::io::Errno::CANCELED) => return Ok(()),
                    Err(rustix::io::Errno::AGAIN) => ready.clear_ready(),
                    Err(rustix::io::Errno::INTR) => {}
                    Err(error) => return Err(Error::io(doing, error)),
                }
            }
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod alarm {
    use std::time::Duration;

    use jobs_error::Result;
    use jobs_schedule::Time;

    /// Sleeps until an instant of the wall clock, but looks at it every 30 seconds: somebody may set it.
    pub struct Alarm(());

    impl Alarm {
        /// Nothing is needed for it here.
        pub fn new() -> Result<Alarm> {
            Ok(Alarm(()))
        }

        /// Returns at `until`, or after 30 seconds.
        pub async fn wait(&mut self, until: Option<Time>) -> Result<()> {
            const LOOK: Duration = Duration::from_secs(30);
            let left = until.map_or(LOOK, |time| time.since(super::now()));
            tokio::time::sleep(left.min(LOOK)).await;
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jump_is_the_change_that_time_does_not_explain() {
        const HOUR: i64 = 3_600_000;
        for (before, after, elapsed_ms, expected) in [
            (0, 10_000, 10_000, Jump::None),
            (0, 310_000, 10_000, Jump::None),
            (0, 310_001, 10_000, Jump::Forward),
            (0, 10_000, 69_999, Jump::None),
            (0, 10_000, 70_000, Jump::Backward),
            (0, 8 * HOUR, 8 * HOUR, Jump::None),
            (0, 2 * HOUR, 1_000, Jump::Forward),
            (0, HOUR / 10, 1_000, Jump::Forward),
            (0, 3 * HOUR + 1_000, 1_000, Jump::FarForward),
            (5 * HOUR, 4 * HOUR, 1_000, Jump::Backward),
            (5 * HOUR, 2 * HOUR, 0, Jump::FarBackward),
            (9 * HOUR, 0, 0, Jump::FarBackward),
        ] {
            let seen = jump(
                Time::from_millis(before),
                Time::from_millis(after),
                Duration::from_millis(elapsed_ms as u64),
            );
            assert_eq!(seen, expected, "{before} to {after} in {elapsed_ms} ms");
        }
    }
}
