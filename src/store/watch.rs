//! Whether anything is watched for alerts, and when something about alerts is to be looked at: kept in memory, so that a daemon
//! without alerts pays one check for each end of an execution.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use tokio::sync::Notify;

use jobs_schedule::Time;

/// The facts about alerts that the daemon knows without reading the database.
#[derive(Debug)]
pub struct Watch {
    is_on: AtomicBool,
    next: AtomicI64,
    /// Notified when [`Watch::next`] became earlier.
    pub earlier: Notify,
    /// Notified when notices were committed.
    pub outbox: Notify,
}

impl Default for Watch {
    fn default() -> Self {
        Watch {
            is_on: AtomicBool::new(false),
            next: AtomicI64::new(i64::MAX),
            earlier: Notify::new(),
            outbox: Notify::new(),
        }
    }
}

impl Watch {
    /// Whether a rule exists, a job has settings about alerts, or an alert is open. It may be true without any of them.
    pub fn is_on(&self) -> bool {
        self.is_on.load(Ordering::Acquire)
    }

    pub(super) fn set(&self, is_on: bool) {
        self.is_on.store(is_on, Ordering::Release);
    }

    /// The instant at which something about alerts is to be looked at. It may be too early, never too late.
    pub fn next(&self) -> Option<Time> {
        match self.next.load(Ordering::Acquire) {
            i64::MAX => None,
            at => Some(Time::from_millis(at)),
        }
    }

    /// Sets the instant after a look at what was due.
    pub(super) fn set_next(&self, at: Option<Time>) {
        let at = at.map_or(i64::MAX, Time::millis);
        self.next.store(at, Ordering::Release);
    }

    pub(super) fn note_time(&self, at: Time) {
        if self.next.fetch_min(at.millis(), Ordering::AcqRel) > at.millis() {
            self.earlier.notify_one();
        }
    }
}
