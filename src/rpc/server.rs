//! The daemon's side: a task per connection, a line at a time, nobody held up by another.

use std::sync::Arc;
use std::time::Duration;

use interprocess::local_socket::tokio::Stream;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::protocol::{self, Asked, Fault, Request};
use super::transport::{self, Listener};
use super::{IMPORT_MAX, LINE_MAX, code};
use crate::api::{Answered, Call, Caller, Calls, Form};
use crate::error::Result;
use crate::memory;

/// How many connections there may be.
const CONNECTIONS: usize = 1_024;

/// How many calls are worked on at once.
const QUICK: usize = 32;

/// How many calls may wait for output at once. They have places of their own, so that they hold up nobody.
const WAITING: usize = 256;

/// How many calls may wait at once for an execution to end that they have cancelled.
const CANCELLING: usize = 64;

/// How long a client may take to read an answer.
const READ_WITHIN: Duration = Duration::from_secs(30);

/// How long the rest of a line of more than [`LINE_MAX`] may take: others may wait to send one.
const LONG_WITHIN: Duration = Duration::from_secs(10);

/// How long calls that are under way may take when the door closes.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What all connections share.
struct Door {
    calls: Arc<dyn Calls>,
    quick: Semaphore,
    waiting: Semaphore,
    cancelling: Semaphore,
    /// The one place for a line of more than [`LINE_MAX`], from there until it is answered.
    long: Semaphore,
    stop: CancellationToken,
}

/// Answers on the socket until `stop`.
pub async fn serve(
    listener: Listener,
    calls: Arc<dyn Calls>,
    stop: CancellationToken,
) -> Result<()> {
    let door = Arc::new(Door {
        calls,
        quick: Semaphore::new(QUICK),
        waiting: Semaphore::new(WAITING),
        cancelling: Semaphore::new(CANCELLING),
        long: Semaphore::new(1),
        stop: stop.clone(),
    });
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok(stream) if connections.len() >= CONNECTIONS => {
                connections.spawn(turn_away(stream));
            }
            Ok(stream) => {
                connections.spawn(door.clone().attend(stream));
            }
            Err(error) => {
                // Out of descriptors, say: the next try must not come at once.
                tracing::warn!(%error, "a connection can't be taken");
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = tokio::time::sleep(Duration::from_millis(100)) => {}
                }
            }
        }
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(LAST_WORDS, connections.wait())
        .await
        .is_err()
    {
        tracing::debug!(
            connections = connections.len(),
            "the door closes on calls that are under way"
        );
    }
    Ok(())
}

async fn turn_away(mut stream: Stream) {
    let fault = Fault::new(
        code::SYSTEM,
        format!("there are {CONNECTIONS} connections already"),
    );
    write(
        &mut stream,
        protocol::answer(&protocol::no_id(), Err(fault)),
    )
    .await;
}

/// Writes an answer; false when the client has gone or does not read.
async fn write(stream: &mut Stream, mut answer: Vec<u8>) -> bool {
    answer.push(b'\n');
    write_text(stream, &answer).await
}

async fn write_text(stream: &mut Stream, text: &[u8]) -> bool {
    let written = tokio::time::timeout(READ_WITHIN, stream.write_all(text)).await;
    matches!(written, Ok(Ok(())))
}

/// What came in.
enum Line {
    Whole,
    /// More than so many bytes, which is the most; the rest of it was thrown away.
    TooLong(usize),
    /// More than [`LINE_MAX`], and the rest did not come in time.
    TooSlow,
    End,
}

impl Door {
    async fn attend(self: Arc<Door>, stream: Stream) {
        let caller = Arc::new(transport::caller(&stream));
        let mut stream = BufReader::new(stream);
        let mut line = Vec::new();
        loop {
            let mut place = None;
            let read = tokio::select! {
                () = self.stop.cancelled() => return,
                read = self.read_line(&mut stream, &mut line, &mut place) => read,
            };
            let request = match read {
                Ok(Line::Whole) if line.trim_ascii().is_empty() => continue,
                Ok(Line::Whole) => protocol::read(&line),
                Ok(Line::TooLong(most)) => Err(protocol::too_long(most)),
                Ok(Line::TooSlow) => Err(protocol::too_slow(LONG_WITHIN)),
                Ok(Line::End) | Err(_) => return,
            };
            // A long line must not keep its memory while the connection is idle.
            let mut longest = line.len();
            line.clear();
            line.shrink_to(4096);
            let is_there = self
                .answer(&caller, request, stream.get_mut(), &mut longest)
                .await;
            if longest > LINE_MAX {
                // Nor must what it led to.
                memory::give_back_soon();
            }
            if !is_there {
                return;
            }
        }
    }

    /// Answers a request; false when the client has gone or does not read. Of a batch only one answer is in memory at
    /// any time, however many and however long they are; `longest` becomes the size of the longest.
    async fn answer(
        self: &Arc<Door>,
        caller: &Arc<Caller>,
        request: Result<Request, Fault>,
        stream: &mut Stream,
        longest: &mut usize,
    ) -> bool {
        match request {
            Err(fault) => write(stream, protocol::answer(&protocol::no_id(), Err(fault))).await,
            Ok(Request::One(asked)) => match self.call(caller, *asked).await {
                Some(answer) => {
                    *longest = answer.len().max(*longest);
                    write(stream, answer).await
                }
                None => true,
            },
            Ok(Request::Batch(batch)) => {
                let mut before = b'[';
                for asked in batch {
                    let Some(mut answer) = self.call(caller, asked).await else {
                        continue;
                    };
                    *longest = answer.len().max(*longest);
                    answer.insert(0, before);
                    if !write_text(stream, &answer).await {
                        return false;
                    }
                    before = b',';
                }
                // Notifications alone get no answer, not even an empty one.
                before == b'[' || write_text(stream, b"]\n").await
            }
        }
    }

    async fn call(self: &Arc<Door>, caller: &Arc<Caller>, asked: Asked) -> Option<Vec<u8>> {
        let result = match asked.call {
            Ok(call) => self.work(caller, call).await,
            Err(fault) => Err(fault),
        };
        asked.id.map(|id| protocol::answer(&id, result))
    }

    /// Hands a call to the operations: on a thread that may block, unless the answer is at hand.
    async fn work(
        self: &Arc<Door>,
        caller: &Arc<Caller>,
        mut call: Call,
    ) -> Result<Arc<[u8]>, Fault> {
        if let Some(answered) = self.calls.at_hand(caller, &call) {
            return text(&answered);
        }
        let broken =
            |what: &str| Fault::new(code::INTERNAL_ERROR, format!("internal error: {what}"));
        let mut place = None;
        if let Call::Logs(ask) = &mut call
            && ask.wait > 0
        {
            place = self.waiting.try_acquire().ok();
            if place.is_none() {
                // All places to wait in are taken: this one is told what there is now, and asks again.
                tokio::time::sleep(Duration::from_secs(1)).await;
                ask.wait = 0;
            }
        }
        if place.is_none() {
            let places = match &call {
                Call::Cancel(_) => &self.cancelling,
                _ => &self.quick,
            };
            place = places.acquire().await.ok();
        }
        let Some(_place) = place else {
            return Err(broken("the door is closed"));
        };
        let method = call.method();
        let (door, caller) = (self.clone(), caller.clone());
        let done = tokio::task::spawn_blocking(move || {
            let answered = door.calls.tell(&caller, call)?;
            text(&answered)
        });
        match done.await {
            Ok(result) => result,
            Err(error) => {
                tracing::error!(%error, method, "an operation broke");
                Err(broken("the operation broke; the system log tells more"))
            }
        }
    }

    /// Reads a line into `line`, which holds no more than [`LINE_MAX`] bytes, whatever is sent; with the place for a long one
    /// no more than [`IMPORT_MAX`]. What comes before the end of the stream without a line break is a line too.
    async fn read_line<'d>(
        &'d self,
        stream: &mut BufReader<Stream>,
        line: &mut Vec<u8>,
        place: &mut Option<SemaphorePermit<'d>>,
    ) -> std::io::Result<Line> {
        let read = read_up_to(LINE_MAX, stream, line).await?;
        if !matches!(read, Line::TooLong(_)) {
            return Ok(read);
        }
        *place = self.long.acquire().await.ok();
        let rest = read_up_to(IMPORT_MAX, stream, line);
        let read = match tokio::time::timeout(LONG_WITHIN, rest).await {
            Ok(read) => read?,
            Err(_) => Line::TooSlow,
        };
        if let Line::TooLong(_) | Line::TooSlow = read {
            *place = None;
            *line = Vec::new();
            throw_away(stream).await?;
        }
        Ok(read)
    }
}

/// An answer as JSON.
fn text(answered: &Answered) -> Result<Arc<[u8]>, Fault> {
    answered
        .text(Form::Bare, serde_json::to_vec)
        .map_err(|error| Fault::new(code::INTERNAL_ERROR, error.to_string()))
}

/// Reads on until `line` is whole, or would be longer than `most`: then the rest is not read.
async fn read_up_to(
    most: usize,
    stream: &mut BufReader<Stream>,
    line: &mut Vec<u8>,
) -> std::io::Result<Line> {
    loop {
        let available = stream.fill_buf().await?;
        if available.is_empty() {
            return Ok(if line.is_empty() {
                Line::End
            } else {
                Line::Whole
            });
        }
        let end = available.iter().position(|byte| *byte == b'\n');
        let part = end.map_or(available, |end| &available[..end]);
        if line.len() + part.len() > most {
            return Ok(Line::TooLong(most));
        }
        line.extend_from_slice(part);
        let used = end.map_or(available.len(), |end| end + 1);
        stream.consume(used);
        if end.is_some() {
            return Ok(Line::Whole);
        }
    }
}

/// Reads up to the end of a line, and keeps nothing of it.
async fn throw_away(stream: &mut BufReader<Stream>) -> std::io::Result<()> {
    loop {
        let available = stream.fill_buf().await?;
        let end = available.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(available.len(), |end| end + 1);
        let is_over = end.is_some() || available.is_empty();
        stream.consume(used);
        if is_over {
            return Ok(());
        }
    }
}
