//! Leases: who runs a claimed execution, and until when.

use jobs_schedule::Time;

/// An instance of the daemon: one start of one process. Made at its start, never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner(pub(super) i64);

impl Owner {
    /// A number that no other instance has: 63 random bits.
    pub(super) fn new() -> Owner {
        Owner(fastrand::i64(1..))
    }
}

/// The claim of an execution. No other owner may start or end the execution while the lease holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The instance that runs the execution, or ran it.
    pub owner: Owner,
    /// When the lease ends unless it is renewed. Absent: it holds as long as the owner lives.
    pub until: Option<Time>,
}
