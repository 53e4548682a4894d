//! Follows the output of executions by the operation `logs`, on a bounded number of blocking threads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::FOLLOWED;
use super::cursor::Offsets;
use jobs_api::{Answer, Call, Caller, Finished, Handler, LogChunk, Logs};
use jobs_error::{Error, Result};
use jobs_model::ExecId;

/// How long one read waits for output, in seconds.
const WAIT: u64 = 10;

/// How long a read that may not wait is delayed, because all threads are taken.
const PAUSE: Duration = Duration::from_secs(1);

/// The executions that one stream follows. Dropping it ends the reads.
pub(super) struct Followers {
    calls: Arc<dyn Handler>,
    caller: Caller,
    threads: Arc<Semaphore>,
    followed: BTreeMap<ExecId, Follower>,
    /// Executions whose end was sent before its event came. The event must not be sent again.
    over: BTreeSet<ExecId>,
    reads: JoinSet<ReadOutput>,
}

/// An execution that is followed.
#[derive(Default)]
pub(super) struct Follower {
    /// The name of its job, once it is known.
    pub job_name: Option<String>,
    pub stdout: Side,
    pub stderr: Side,
    /// Its end, which is sent after all its output.
    pub finished: Option<Finished>,
}

/// How far stdout or stderr of an execution was read.
#[derive(Default)]
pub(super) struct Side {
    /// The offset of the next read.
    next: u64,
    /// The first bytes of a character that was not read to its end.
    rest: Vec<u8>,
}

/// The result of one read.
pub(super) struct ReadOutput {
    pub exec_id: ExecId,
    pub found: Result<Box<LogChunk>>,
    /// Released only when the output was sent: so it also bounds the memory for output.
    _thread: Option<OwnedSemaphorePermit>,
}

impl Followers {
    pub(super) fn new(
        calls: Arc<dyn Handler>,
        caller: Caller,
        threads: Arc<Semaphore>,
    ) -> Followers {
        Followers {
            calls,
            caller,
            threads,
            followed: BTreeMap::new(),
            over: BTreeSet::new(),
            reads: JoinSet::new(),
        }
    }

    /// Follows an execution from the offsets of `follower` on. False when the stream follows too many already.
    pub(super) fn add(&mut self, exec_id: ExecId, follower: Follower) -> bool {
        if self.followed.contains_key(&exec_id) {
            return true;
        }
        if self.followed.len() >= FOLLOWED {
            return false;
        }
        self.followed.insert(exec_id, follower);
        self.read(exec_id);
        true
    }

    /// Starts the next read of a followed execution.
    pub(super) fn read(&mut self, exec_id: ExecId) {
        let Some(follower) = self.followed.get(&exec_id) else {
            return;
        };
        let request = Logs {
            exec_id: Some(exec_id),
            stdout_offset: follower.stdout.next,
            stderr_offset: follower.stderr.next,
            wait: WAIT,
            ..Logs::default()
        };
        let (calls, caller) = (self.calls.clone(), self.caller.clone());
        self.reads
            .spawn(read(calls, caller, self.threads.clone(), exec_id, request));
    }

    /// Waits for the next read to end; `None` when there is none. Nothing is lost when the future is dropped.
    pub(super) async fn next(&mut self) -> Option<ReadOutput> {
        loop {
            match self.reads.join_next().await? {
                Ok(read) => return Some(read),
                Err(error) => tracing::error!(%error, "an execution can't be followed any more"),
            }
        }
    }

    pub(super) fn of(&mut self, exec_id: ExecId) -> Option<&mut Follower> {
        self.followed.get_mut(&exec_id)
    }

    /// Remembers that the end of an execution was sent before its event came.
    pub(super) fn set_over(&mut self, exec_id: ExecId) {
        self.over.insert(exec_id);
        if self.over.len() > FOLLOWED {
            self.over.pop_first();
        }
    }

    /// The event of an execution's end has come. Returns whether its end was sent already.
    pub(super) fn was_over(&mut self, exec_id: ExecId) -> bool {
        self.over.remove(&exec_id)
    }

    /// Events were lost, so the events of those ends may never come.
    pub(super) fn forget_ends(&mut self) {
        self.over.clear();
    }

    /// Stops following an execution.
    pub(super) fn remove(&mut self, exec_id: ExecId) -> Option<Follower> {
        self.followed.remove(&exec_id)
    }

    /// How much of each execution was sent.
    pub(super) fn offsets(&self) -> BTreeMap<ExecId, Offsets> {
        let offsets = |follower: &Follower| Offsets::At {
            stdout: follower.stdout.sent(),
            stderr: follower.stderr.sent(),
        };
        let followed = self.followed.iter();
        let over = self.over.iter();
        followed
            .map(|(exec_id, follower)| (*exec_id, offsets(follower)))
            .chain(over.map(|exec_id| (*exec_id, Offsets::Over)))
            .collect()
    }
}

async fn read(
    calls: Arc<dyn Handler>,
    caller: Caller,
    threads: Arc<Semaphore>,
    exec_id: ExecId,
    mut request: Logs,
) -> ReadOutput {
    let thread = match threads.clone().try_acquire_owned() {
        Ok(thread) => Ok(thread),
        Err(_) => {
            tokio::time::sleep(PAUSE).await;
            request.wait = 0;
            threads.acquire_owned().await
        }
    };
    let Ok(thread) = thread else {
        return ReadOutput {
            exec_id,
            found: Err(Error::ShuttingDown),
            _thread: None,
        };
    };
    let work = move || {
        let found = calls.answer(&caller, Call::Logs(request));
        // The permit is held until the thread is free, even when nobody waits for the result any more.
        (found, thread)
    };
    let (found, thread) = match tokio::task::spawn_blocking(work).await {
        Ok((Ok(Answer::Logs(chunk)), thread)) => (Ok(chunk), Some(thread)),
        Ok((Ok(_), thread)) => (Err(broken("the answer is not one of `logs`")), Some(thread)),
        Ok((Err(error), thread)) => (Err(error), Some(thread)),
        Err(error) => (Err(broken(&error.to_string())), None),
    };
    ReadOutput {
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

    /// Up to which offset output was sent.
    fn sent(&self) -> u64 {
        self.next.saturating_sub(self.rest.len() as u64)
    }

    /// Adds what was read, and returns the text to send. A character that is not complete is kept for the next read.
    pub(super) fn take(&mut self, bytes: &[u8], next: u64, is_last: bool) -> String {
        let mut all = std::mem::take(&mut self.rest);
        all.extend_from_slice(bytes);
        if !is_last {
            self.rest = all.split_off(all.len() - incomplete(&all));
        }
        self.next = next;
        String::from_utf8_lossy(&all).into_owned()
    }
}

/// How many bytes at the end belong to a character that is not complete.
fn incomplete(bytes: &[u8]) -> usize {
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
    fn take_keeps_an_incomplete_character() {
        let text = "a ü 中 🦀 z\n";
        for split in 0..=text.len() {
            let mut side = Side::at(10);
            let (first, second) = text.as_bytes().split_at(split);
            let mut text_sent = side.take(first, 10 + split as u64, false);
            assert!(text.starts_with(&text_sent), "{split}: {text_sent:?}");
            assert_eq!(side.sent(), 10 + text_sent.len() as u64, "{split}");
            text_sent += &side.take(second, 10 + text.len() as u64, true);
            assert_eq!(text_sent, text, "{split}");
        }
    }

    #[test]
    fn take_replaces_what_is_not_utf8() {
        let mut side = Side::default();
        assert_eq!(
            side.take(b"a\xff\x80\x80\x80\x80", 6, false),
            "a\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}"
        );
        assert_eq!(side.take(b"\xe4\xb8", 8, false), "");
        assert_eq!(side.sent(), 6);
        assert_eq!(side.take(b"", 8, true), "\u{fffd}");
        assert_eq!(side.sent(), 8);
    }
}
