//! Who follows what: a number per execution that changes when something is written, and a bell.

use std::collections::HashMap;
use std::time::Instant;

use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::model::ExecId;

/// The executions that run, each with its number.
#[derive(Default)]
pub(super) struct Lives {
    state: Mutex<State>,
    bell: Condvar,
}

/// No number is given twice: who has looked before an execution began must not take its end for what was seen.
#[derive(Default)]
struct State {
    numbers: HashMap<ExecId, u64>,
    /// The number of what is not there, or not any more; another one whenever something comes or goes.
    absent: u64,
    last: u64,
}

impl State {
    fn number(&self, exec_id: ExecId) -> u64 {
        self.numbers.get(&exec_id).copied().unwrap_or(self.absent)
    }

    fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}

impl Lives {
    pub(super) fn begin(&self, exec_id: ExecId) {
        let mut state = self.lock();
        state.absent = state.next();
        let number = state.next();
        state.numbers.entry(exec_id).or_insert(number);
        self.bell.notify_all();
    }

    pub(super) fn ring(&self, exec_id: ExecId) {
        let mut state = self.lock();
        let next = state.next();
        if let Some(number) = state.numbers.get_mut(&exec_id) {
            *number = next;
        }
        self.bell.notify_all();
    }

    pub(super) fn end(&self, exec_id: ExecId) {
        let mut state = self.lock();
        state.absent = state.next();
        state.numbers.remove(&exec_id);
        self.bell.notify_all();
    }

    pub(super) fn generation(&self, exec_id: ExecId) -> u64 {
        self.lock().number(exec_id)
    }

    pub(super) fn wait(&self, exec_id: ExecId, seen: u64, deadline: Instant) -> u64 {
        let mut state = self.lock();
        loop {
            let number = state.number(exec_id);
            let left = deadline.saturating_duration_since(Instant::now());
            if number != seen || left.is_zero() {
                return number;
            }
            self.bell.wait_for(&mut state, left);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_not_taken_for_what_was_before_the_beginning() {
        let lives = Lives::default();
        let before = lives.generation(7);
        lives.begin(7);
        let during = lives.generation(7);
        lives.ring(7);
        let later = lives.generation(7);
        lives.end(7);
        let after = lives.generation(7);
        let all = std::collections::BTreeSet::from([before, during, later, after]);
        assert_eq!(all.len(), 4, "{all:?}");
        // Whoever saw it before it began is not kept waiting.
        let long = Instant::now() + std::time::Duration::from_secs(60);
        assert_eq!(lives.wait(7, before, long), after);
    }
}
