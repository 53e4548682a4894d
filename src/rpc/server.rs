//! The daemon's side: a task per connection that reads a line, answers it, and reads the next.

use std::sync::Arc;
use std::time::Duration;

use interprocess::local_socket::tokio::Stream;
use tokio::io::AsyncWriteExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::line::{Line, LineReader};
use super::peer;
use super::protocol::{self, IncomingCall, Message, RpcError};
use super::socket::Listener;
use super::{LINE_MAX, code};
use jobs_api::{Call, Caller, Form, Handler, SharedAnswer};
use jobs_error::Result;
use jobs_gate::{self as gate, Connections, Failure, Gate, Limits, accept_connections};
use jobs_memory as memory;

/// Upper bound on open connections.
const CONNECTIONS: usize = 1_024;

/// How many calls run at once.
const LIMITS: Limits = Limits {
    quick: 32,
    waiting: 256,
    cancelling: 64,
    logins: None,
};

/// How long a client may take to read an answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// The state that all connections share.
struct RpcServer {
    gate: Gate,
    connections: Arc<Semaphore>,
    /// The permit to read a line of more than [`LINE_MAX`]. There is one, held until the line is answered.
    long_line: Semaphore,
    stop: CancellationToken,
}

/// Serves JSON-RPC on the socket until `stop`. Connections that are still open 2 s later are left to the runtime: a call
/// that waits for an execution is answered while the daemon ends its executions.
pub async fn serve(
    listener: Listener,
    handler: Arc<dyn Handler>,
    stop: CancellationToken,
) -> Result<()> {
    let server = Arc::new(RpcServer {
        gate: Gate::new(handler, LIMITS),
        connections: Arc::new(Semaphore::new(CONNECTIONS)),
        long_line: Semaphore::new(1),
        stop: stop.clone(),
    });
    accept_connections(listener, server, stop).await;
    Ok(())
}

impl gate::Listen for Listener {
    type Connection = Stream;

    async fn accept(&self) -> std::io::Result<Stream> {
        Listener::accept(self).await
    }
}

impl Connections<Stream> for RpcServer {
    const NAME: &'static str = "socket";
    const GRACE: Duration = Duration::from_secs(2);

    type Permit = OwnedSemaphorePermit;

    fn admit(self: &Arc<Self>, _: &Stream) -> Option<OwnedSemaphorePermit> {
        self.connections.clone().try_acquire_owned().ok()
    }

    async fn serve(self: Arc<Self>, stream: Stream, _permit: OwnedSemaphorePermit) {
        self.serve_connection(stream).await;
    }

    async fn turn_away(self: Arc<Self>, mut stream: Stream) {
        let error = RpcError::new(
            code::SYSTEM,
            format!("there are {CONNECTIONS} connections already"),
        );
        write_line(
            &mut stream,
            protocol::answer(&protocol::no_id(), Err(error)),
        )
        .await;
    }
}

impl RpcServer {
    /// Answers line after line until the client disconnects or the server stops.
    async fn serve_connection(&self, stream: Stream) {
        let caller = peer::caller(&stream);
        let mut reader = LineReader::new(stream, &self.long_line);
        loop {
            let line = tokio::select! {
                () = self.stop.cancelled() => return,
                line = reader.next() => line,
            };
            let (message, _long_line) = match line {
                Ok(Line::Whole(_)) if reader.is_blank() => {
                    reader.clear();
                    continue;
                }
                Ok(Line::Whole(long_line)) => (protocol::read(reader.line()), long_line),
                Ok(Line::TooLong(max)) => (Err(protocol::too_long(max)), None),
                Ok(Line::TooSlow(within)) => (Err(protocol::too_slow(within)), None),
                Ok(Line::End) | Err(_) => return,
            };
            // The size of the longest text that this line led to, the line included.
            let mut longest = reader.clear();
            let is_connected = self
                .answer(&caller, message, reader.stream(), &mut longest)
                .await;
            if longest > LINE_MAX {
                memory::give_back_soon();
            }
            if !is_connected {
                return;
            }
        }
    }

    /// Answers a message; false when the client has disconnected or does not read. Of a batch, one answer at a time is in
    /// memory. `longest` becomes the size of the longest answer, if that is longer.
    async fn answer(
        &self,
        caller: &Caller,
        message: Result<Message, RpcError>,
        stream: &mut Stream,
        longest: &mut usize,
    ) -> bool {
        match message {
            Err(error) => {
                write_line(stream, protocol::answer(&protocol::no_id(), Err(error))).await
            }
            Ok(Message::Single(call)) => match self.call(caller, *call).await {
                Some(answer) => {
                    *longest = answer.len().max(*longest);
                    write_line(stream, answer).await
                }
                None => true,
            },
            Ok(Message::Batch(calls)) => {
                let mut before = b'[';
                for call in calls {
                    let Some(mut answer) = self.call(caller, call).await else {
                        continue;
                    };
                    *longest = answer.len().max(*longest);
                    answer.insert(0, before);
                    if !write(stream, &answer).await {
                        return false;
                    }
                    before = b',';
                }
                // A batch of notifications only gets no answer, not even an empty array.
                before == b'[' || write(stream, b"]\n").await
            }
        }
    }

    /// Answers one call; `None` for a notification.
    async fn call(&self, caller: &Caller, incoming: IncomingCall) -> Option<Vec<u8>> {
        let result = match incoming.call {
            Ok(call) => self.text_of(caller, call).await,
            Err(error) => Err(error),
        };
        incoming.id.map(|id| protocol::answer(&id, result))
    }

    /// The answer to a call, as JSON.
    async fn text_of(&self, caller: &Caller, call: Call) -> Result<Arc<[u8]>, RpcError> {
        match self.gate.answer(caller, call, text).await {
            Ok(text) => text,
            Err(Failure::Failed(error)) => Err(error.into()),
            Err(panicked @ Failure::Panicked) => Err(RpcError::new(
                code::INTERNAL_ERROR,
                format!("internal error: {panicked}"),
            )),
        }
    }
}

/// An answer as JSON.
fn text(answered: &SharedAnswer) -> Result<Arc<[u8]>, RpcError> {
    answered
        .text(Form::Bare, serde_json::to_vec)
        .map_err(|error| RpcError::new(code::INTERNAL_ERROR, error.to_string()))
}

/// Writes an answer and a line break; false when the client has disconnected or does not read.
async fn write_line(stream: &mut Stream, mut answer: Vec<u8>) -> bool {
    answer.push(b'\n');
    write(stream, &answer).await
}

async fn write(stream: &mut Stream, text: &[u8]) -> bool {
    let written = tokio::time::timeout(WRITE_TIMEOUT, stream.write_all(text)).await;
    matches!(written, Ok(Ok(())))
}
