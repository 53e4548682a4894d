//! A generation counter per running execution, and a condvar that wakes the followers of its output.

use std::collections::HashMap;
use std::time::Instant;

use parking_lot::{Condvar, Mutex, MutexGuard};

use jobs_model::ExecId;

/// The generation counters of all running executions.
#[derive(Default)]
pub(super) struct Generations {
    state: Mutex<State>,
    changed: Condvar,
}

/// No generation is used twice: a follower that looked before the execution began must not take its end for that
/// state.
#[derive(Default)]
struct State {
    running: HashMap<ExecId, u64>,
    /// Generation of executions that do not run. It changes whenever an execution begins or ends.
    absent: u64,
    last: u64,
}

impl State {
    fn current(&self, exec_id: ExecId) -> u64 {
        self.running.get(&exec_id).copied().unwrap_or(self.absent)
    }

    fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}

impl Generations {
    pub(super) fn begin(&self, exec_id: ExecId) {
        let mut state = self.lock();
        state.absent = state.next();
        let current = state.next();
        state.running.entry(exec_id).or_insert(current);
        self.changed.notify_all();
    }

    pub(super) fn notify(&self, exec_id: ExecId) {
        let mut state = self.lock();
        let next = state.next();
        if let Some(current) = state.running.get_mut(&exec_id) {
            *current = next;
        }
        self.changed.notify_all();
    }

    pub(super) fn end(&self, exec_id: ExecId) {
        let mut state = self.lock();
        state.absent = state.next();
        state.running.remove(&exec_id);
        self.changed.notify_all();
    }

    pub(super) fn generation(&self, exec_id: ExecId) -> u64 {
        self.lock().current(exec_id)
    }

    pub(super) fn wait(&self, exec_id: ExecId, seen: u64, deadline: Instant) -> u64 {
        let mut state = self.lock();
        loop {
            let current = state.current(exec_id);
            let left = deadline.saturating_duration_since(Instant::now());
            if current != seen || left.is_zero() {
                return current;
            }
            self.changed.wait_for(&mut state, left);
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
    fn generation_after_end_differs_from_all_before() {
        let generations = Generations::default();
        let before = generations.generation(7);
        generations.begin(7);
        let during = generations.generation(7);
        generations.notify(7);
        let later = generations.generation(7);
        generations.end(7);
        let after = generations.generation(7);
        let all = std::collections::BTreeSet::from([before, during, later, after]);
        assert_eq!(all.len(), 4, "{all:?}");
        // A follower that looked before the execution began does not wait.
        let long = Instant::now() + std::time::Duration::from_secs(60);
        assert_eq!(generations.wait(7, before, long), after);
    }
}
