//! Who follows what: a number per execution that rises when something is written, and a bell.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::model::ExecId;

/// The executions that run, each with its number.
#[derive(Default)]
pub(super) struct Lives {
    numbers: Mutex<HashMap<ExecId, u64>>,
    bell: Condvar,
}

/// The number of an execution that is not there (any more).
const ABSENT: u64 = 0;

impl Lives {
    pub(super) fn begin(&self, exec_id: ExecId) {
        self.lock().entry(exec_id).or_insert(ABSENT + 1);
        self.bell.notify_all();
    }

    pub(super) fn ring(&self, exec_id: ExecId) {
        if let Some(number) = self.lock().get_mut(&exec_id) {
            *number += 1;
        }
        self.bell.notify_all();
    }

    pub(super) fn end(&self, exec_id: ExecId) {
        self.lock().remove(&exec_id);
        self.bell.notify_all();
    }

    pub(super) fn generation(&self, exec_id: ExecId) -> u64 {
        self.lock().get(&exec_id).copied().unwrap_or(ABSENT)
    }

    pub(super) fn wait(&self, exec_id: ExecId, seen: u64, deadline: Instant) -> u64 {
        let mut numbers = self.lock();
        loop {
            let number = numbers.get(&exec_id).copied().unwrap_or(ABSENT);
            let left = deadline.saturating_duration_since(Instant::now());
            if number != seen || left.is_zero() {
                return number;
            }
            numbers = self
                .bell
                .wait_timeout(numbers, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ExecId, u64>> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
