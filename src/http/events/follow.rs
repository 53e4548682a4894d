//! What executions print, read by the operation `logs` on threads that may block, of which there are only so many.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::FOLLOWED;
use super::mark::Place;
use crate::api::{Call, Caller, Calls, Finished, LogChunk, Logs, Reply};
use crate::error::{Error, Result};
use crate::model::ExecId;

/// How long one look waits for something new, in seconds.
const WAIT: u64 = 10;

/// How long to wait before a look that does not, because all threads are taken.
const PAUSE: Duration = Duration::from_secs(1);

/// The executions that one stream follows. Dropped, it lets go of them.
pub(super) struct Followers {
    calls: Arc<dyn Calls>,
    caller: Caller,
    threads: Arc<Semaphore>,
    followed: BTreeMap<ExecId, Follower>,
    /// Those whose end was told before it came as an event, which is not to be told again.
    over: BTreeSet<ExecId>,
    looks: JoinSet<Look>,
}

/// One execution that is followed.
#[derive(Default)]
pub(super) struct Follower {
    /// The name of its job, as far as it is known.
    pub job_name: Option<String>,
    pub stdout: Side,
    pub stderr: Side,
    /// How it ended, to be told after all that it printed.
    pub finished: Option<Finished>,
}

/// One of the two streams of an execution.
#[derive(Default)]
pub(super) struct Side {
    /// The offset of what is read next.
    next: u64,
    /// The beginning of a character whose rest is still to come.
    rest: Vec<u8>,
}

/// What a look has found.
pub(super) struct Look {
    pub exec_id: ExecId,
    pub found: Result<Box<LogChunk>>,
    /// Given back only when what was found has been told: so it bounds what is in memory too.
    _thread: Option<OwnedSemaphorePermit>,
}

impl Followers {
    pub(super) fn new(calls: Arc<dyn Calls>, caller: Caller, threads: Arc<Semaphore>) -> Followers {
        Followers {
            calls,
            caller,
            threads,
            followed: BTreeMap::new(),
            over: BTreeSet::new(),
            looks: JoinSet::new(),
        }
    }

    /// Follows an execution from a place on. Whether there is room for it, or it is followed already.
    pub(super) fn add(&mut self, exec_id: ExecId, follower: Follower) -> bool {
        if self.followed.contains_key(&exec_id) {
            return true;
        }
        if self.followed.len() >= FOLLOWED {
            return false;
        }
        self.followed.insert(exec_id, follower);
        self.look(exec_id);
        true
    }

    /// Looks for what an execution that is followed prints next.
    pub(super) fn look(&mut self, exec_id: ExecId) {
        let Some(follower) = self.followed.get(&exec_id) else {
            return;
        };
        let ask = Logs {
            exec_id: Some(exec_id),
            stdout_offset: follower.stdout.next,
            stderr_offset: follower.stderr.next,
            wait: WAIT,
            ..Logs::default()
        };
        let (calls, caller) = (self.calls.clone(), self.caller.clone());
        self.looks
            .spawn(look(calls, caller, self.threads.clone(), exec_id, ask));
    }

    /// What was found next; nothing when nothing is followed. Nothing is lost when the wait is given up.
    pub(super) async fn next(&mut self) -> Option<Look> {
        loop {
            match self.looks.join_next().await? {
                Ok(look) => return Some(look),
                Err(error) => tracing::error!(%error, "an execution can't be followed any more"),
            }
        }
    }

    pub(super) fn of(&mut self, exec_id: ExecId) -> Option<&mut Follower> {
        self.followed.get_mut(&exec_id)
    }

    /// The end of an execution is told before it came as an event.
    pub(super) fn set_over(&mut self, exec_id: ExecId) {
        self.over.insert(exec_id);
        if self.over.len() > FOLLOWED {
            self.over.pop_first();
        }
    }

    /// The end of an execution comes as an event. Whether it was told already.
    pub(super) fn was_over(&mut self, exec_id: ExecId) -> bool {
        self.over.remove(&exec_id)
    }

    /// Some ends will not come as events.
    pub(super) fn forget_ends(&mut self) {
        self.over.clear();
    }

    /// An execution is not followed any more.
    pub(super) fn remove(&mut self, exec_id: ExecId) -> Option<Follower> {
        self.followed.remove(&exec_id)
    }

    /// Up to where has been told what each of them printed.
    pub(super) fn places(&self) -> BTreeMap<ExecId, Place> {
        let place = |follower: &Follower| Place::At {
            stdout: follower.stdout.told(),
            stderr: follower.stderr.told(),
        };
        let followed = self.followed.iter();
        let over = self.over.iter();
        followed
            .map(|(exec_id, follower)| (*exec_id, place(follower)))
            .chain(over.map(|exec_id| (*exec_id, Place::Over)))
            .collect()
    }
}

async fn look(
    calls: Arc<dyn Calls>,
    caller: Caller,
    threads: Arc<Semaphore>,
    exec_id: ExecId,
    mut ask: Logs,
) -> Look {
    let thread = match threads.clone().try_acquire_owned() {
        Ok(thread) => Ok(thread),
        Err(_) => {
            tokio::time::sleep(PAUSE).await;
            ask.wait = 0;
            threads.acquire_owned().await
        }
    };
    let Ok(thread) = thread else {
        return Look {
            exec_id,
            found: Err(Error::ShuttingDown),
            _thread: None,
        };
    };
    let work = move || {
        let found = calls.answer(&caller, Call::Logs(ask));
        // The thread is free only when it is: whoever waited for this may have gone meanwhile.
        (found, thread)
    };
    let (found, thread) = match tokio::task::spawn_blocking(work).await {
        Ok((Ok(Reply::Logs(chunk)), thread)) => (Ok(chunk), Some(thread)),
        Ok((Ok(_), thread)) => (Err(broken("the answer is not one of `logs`")), Some(thread)),
        Ok((Err(error), thread)) => (Err(error), Some(thread)),
        Err(error) => (Err(broken(&error.to_string())), None),
    };
    Look {
        exec_id,
        found,
        _thread: thread,
    }
}

fn broken(what: &str) -> Error {
    Error::Io(format!("the output can't be read: {what}"))
}

impl Side {
    pub(super) fn at(offset: u64) -> Side {
        Side {
            next: offset,
            rest: Vec::new(),
        }
    }

    /// Up to where it has been told.
    fn told(&self) -> u64 {
        self.next.saturating_sub(self.rest.len() as u64)
    }

    /// Takes what was read; returns what can be told of it, which is not torn within a character.
    pub(super) fn take(&mut self, bytes: &[u8], next: u64, is_last: bool) -> String {
        let mut all = std::mem::take(&mut self.rest);
        all.extend_from_slice(bytes);
        if !is_last {
            self.rest = all.split_off(all.len() - torn(&all));
        }
        self.next = next;
        String::from_utf8_lossy(&all).into_owned()
    }
}

/// How many bytes at the end are the beginning of a character that is not whole.
fn torn(bytes: &[u8]) -> usize {
    for back in 1..=bytes.len().min(3) {
        let length = match bytes[bytes.len() - back] {
            0x80..=0xbf => continue,
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => 0,
        };
        return if back < length { back } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_not_torn() {
        let text = "a ü 中 🦀 z\n";
        for split in 0..=text.len() {
            let mut side = Side::at(10);
            let (first, second) = text.as_bytes().split_at(split);
            let mut told = side.take(first, 10 + split as u64, false);
            assert!(text.starts_with(&told), "{split}: {told:?}");
            assert_eq!(side.told(), 10 + told.len() as u64, "{split}");
            told += &side.take(second, 10 + text.len() as u64, true);
            assert_eq!(told, text, "{split}");
        }
    }

    #[test]
    fn what_is_no_text_is_told_all_the_same() {
        let mut side = Side::default();
        assert_eq!(
            side.take(b"a\xff\x80\x80\x80\x80", 6, false),
            "a\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}"
        );
        assert_eq!(side.take(b"\xe4\xb8", 8, false), "");
        assert_eq!(side.told(), 6);
        assert_eq!(side.take(b"", 8, true), "\u{fffd}");
        assert_eq!(side.told(), 8);
    }
}
