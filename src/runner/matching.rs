//! Matches lines of output with the expressions of a job, so that the execution can be ended while a match takes long.
//!
//! The time of a match is in proportion to the length of the line and to the states of the expression, and the library cannot
//! interrupt it. So a match that may take longer than about half a second runs on a thread of its own, which is left behind when nobody
//! waits for the judgement any more. All slow matches take turns, one at a time: they leave the other cores to the daemon,
//! and at most one thread is left behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use jobs_output::Watch;
use jobs_work::LinePattern;

/// The expressions of a job.
#[derive(Default)]
pub(super) struct Expressions {
    pub(super) expect: Option<LinePattern>,
    pub(super) fail_on: Option<LinePattern>,
}

impl Expressions {
    fn is_large(&self) -> bool {
        let is_large = |pattern: &Option<LinePattern>| {
            let pattern = pattern.as_ref();
            pattern.is_some_and(|pattern| pattern.is_large)
        };
        is_large(&self.expect) || is_large(&self.fail_on)
    }
}

/// The matches among the lines of one attempt so far.
pub(super) struct Findings {
    shared: Arc<Shared>,
    is_large: bool,
    /// Whether the last match whose time was taken was slow.
    is_slow: AtomicBool,
    /// Number of bytes since the time of a match was taken.
    untimed: AtomicUsize,
    /// Whether nobody waits for the judgement any more.
    is_abandoned: AtomicBool,
    /// Whether a line was not matched, because the judgement was abandoned.
    has_skipped: AtomicBool,
}

/// The part that a thread uses which may be left behind.
struct Shared {
    expressions: Arc<Expressions>,
    is_expected: AtomicBool,
    is_failure: AtomicBool,
}

/// Longest line that a large expression matches on the thread of the reader, in bytes.
const SHORT_LINE: usize = 4 * 1024;

/// The time of a match is taken once in this many bytes.
const TIMED_EVERY: usize = 8 * 1024;

/// A match is slow when it takes longer than this per byte. A usual expression takes a hundredth.
const SLOW_PER_BYTE: Duration = Duration::from_micros(2);

/// A line counts as this long at least: a short one takes longer per byte.
const TIMED_LINE_MIN: usize = 256;

impl Findings {
    pub(super) fn new(expressions: Arc<Expressions>) -> Findings {
        Findings {
            is_large: expressions.is_large(),
            shared: Arc::new(Shared {
                expressions,
                is_expected: AtomicBool::new(false),
                is_failure: AtomicBool::new(false),
            }),
            is_slow: AtomicBool::new(false),
            untimed: AtomicUsize::new(0),
            is_abandoned: AtomicBool::new(false),
            has_skipped: AtomicBool::new(false),
        }
    }

    /// Whether a line matches `expect`.
    pub(super) fn is_expected(&self) -> bool {
        self.shared.is_expected.load(Ordering::Relaxed)
    }

    /// Whether a line matches `fail_on`.
    pub(super) fn is_failure(&self) -> bool {
        self.shared.is_failure.load(Ordering::Relaxed)
    }

    /// Whether lines are missing that could change the judgement.
    pub(super) fn is_incomplete(&self) -> bool {
        self.has_skipped.load(Ordering::SeqCst)
    }

    fn is_abandoned(&self) -> bool {
        self.is_abandoned.load(Ordering::SeqCst)
    }

    fn match_timed(&self, line: &[u8]) {
        let start = thread_time();
        self.shared.match_line(line);
        let length = u32::try_from(line.len().max(TIMED_LINE_MIN)).unwrap_or(u32::MAX);
        let took = thread_time().saturating_sub(start);
        let is_slow = took > SLOW_PER_BYTE.saturating_mul(length);
        self.is_slow.store(is_slow, Ordering::Relaxed);
        self.untimed.store(0, Ordering::Relaxed);
    }

    fn match_on_thread(&self, line: &[u8]) {
        let Some(turn) = Turn::take(&self.is_abandoned) else {
            return self.has_skipped.store(true, Ordering::SeqCst);
        };
        let is_done = Arc::new(AtomicBool::new(false));
        let (shared, line, done) = (self.shared.clone(), line.to_vec(), is_done.clone());
        let thread = std::thread::Builder::new().name("match".to_string());
        let started = thread.spawn(move || {
            shared.match_line(&line);
            done.store(true, Ordering::SeqCst);
            drop(turn);
        });
        if let Err(error) = started {
            tracing::warn!(%error, "a thread for matching the output of a job can't be started");
            return self.has_skipped.store(true, Ordering::SeqCst);
        }
        let mut is_taken = TURNS.is_taken.lock();
        while !is_done.load(Ordering::SeqCst) && !self.is_abandoned() {
            TURNS.changed.wait(&mut is_taken);
        }
        drop(is_taken);
        if !is_done.load(Ordering::SeqCst) {
            self.has_skipped.store(true, Ordering::SeqCst);
        }
    }
}

/// The CPU time of this thread: on a busy machine the time of the clock would make each expression slow.
#[cfg(unix)]
fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}

#[cfg(not(unix))]
fn thread_time() -> Duration {
    static START: std::sync::LazyLock<std::time::Instant> =
        std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed()
}

impl Watch for Findings {
    fn line(&self, line: &[u8]) {
        if self.shared.is_decided() {
            return;
        }
        if self.is_abandoned() {
            return self.has_skipped.store(true, Ordering::SeqCst);
        }
        if self.is_large && line.len() > SHORT_LINE {
            return self.match_on_thread(line);
        }
        if self.is_slow.load(Ordering::Relaxed) {
            return match Turn::take(&self.is_abandoned) {
                Some(_turn) => self.match_timed(line),
                None => self.has_skipped.store(true, Ordering::SeqCst),
            };
        }
        let untimed = self.untimed.fetch_add(line.len(), Ordering::Relaxed);
        if untimed >= TIMED_EVERY || line.len() >= TIMED_EVERY {
            self.match_timed(line);
        } else {
            self.shared.match_line(line);
        }
    }

    fn may_take_long(&self, bytes: usize) -> bool {
        self.is_large || bytes > SHORT_LINE || self.is_slow.load(Ordering::Relaxed)
    }

    fn abandon(&self) {
        // With the lock held: a thread that waits has either seen the flag or is notified.
        let _is_taken = TURNS.is_taken.lock();
        self.is_abandoned.store(true, Ordering::SeqCst);
        TURNS.changed.notify_all();
    }
}

impl Shared {
    fn match_line(&self, line: &[u8]) {
        let look = |pattern: &Option<LinePattern>, found: &AtomicBool| {
            if let Some(pattern) = pattern
                && !found.load(Ordering::Relaxed)
                && pattern.regex.is_match(line)
            {
                found.store(true, Ordering::Relaxed);
            }
        };
        look(&self.expressions.expect, &self.is_expected);
        look(&self.expressions.fail_on, &self.is_failure);
    }

    /// Whether no further line can change the judgement: one that must fail has failed, or all that is wanted was found.
    fn is_decided(&self) -> bool {
        let expressions = &self.expressions;
        self.is_failure.load(Ordering::Relaxed)
            || (expressions.fail_on.is_none() && self.is_expected.load(Ordering::Relaxed))
    }
}

/// The right to match slowly. Dropping it passes it on.
struct Turn;

struct Turns {
    is_taken: Mutex<bool>,
    /// Notified when a turn has ended, and when a judgement is abandoned.
    changed: Condvar,
}

static TURNS: Turns = Turns {
    is_taken: Mutex::new(false),
    changed: Condvar::new(),
};

impl Turn {
    /// Waits for a turn. None when the judgement is abandoned before.
    fn take(is_abandoned: &AtomicBool) -> Option<Turn> {
        let mut is_taken = TURNS.is_taken.lock();
        while *is_taken {
            if is_abandoned.load(Ordering::SeqCst) {
                return None;
            }
            TURNS.changed.wait(&mut is_taken);
        }
        *is_taken = true;
        Some(Turn)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut is_taken = TURNS.is_taken.lock();
        *is_taken = false;
        TURNS.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jobs_work::SuccessRules;

    /// Takes minutes in a debug build, and seconds in an optimised one.
    fn slow() -> Findings {
        let rules = SuccessRules {
            fail_on: Some("[ab]*a[ab]{9000}c".to_string()),
            ..SuccessRules::default()
        };
        let [expect, fail_on] = rules.patterns().unwrap();
        Findings::new(Arc::new(Expressions { expect, fail_on }))
    }

    fn long_line() -> Vec<u8> {
        let mut random = fastrand::Rng::with_seed(1);
        (0..60_000).map(|_| b'a' + random.u8(0..2)).collect()
    }

    #[test]
    fn abandoned_match_of_a_long_line_returns_and_is_incomplete() {
        let findings = Arc::new(slow());
        let matching = findings.clone();
        let reader = std::thread::spawn(move || matching.line(&long_line()));
        while !*TURNS.is_taken.lock() {
            std::thread::yield_now();
        }
        let before = std::time::Instant::now();
        findings.abandon();
        reader.join().unwrap();
        assert!(before.elapsed() < Duration::from_secs(2));
        assert!(findings.is_incomplete());
        // The first one still runs: the second one waits for its turn, and is abandoned there.
        let second = Arc::new(slow());
        let matching = second.clone();
        let reader = std::thread::spawn(move || matching.line(&long_line()));
        second.abandon();
        reader.join().unwrap();
        assert!(second.is_incomplete());
    }
}
