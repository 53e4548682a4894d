//! The daemon's side: a task per connection that reads a line, answers it, and reads the next.

use std::sync::Arc;
use std::time::Duration;

use interprocess::local_socket::tokio::Stream;
use tokio::io::AsyncWriteExt;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;

use super::clients::{Bounds, Client, Clients};
use super::line::{Line, LineReader};
use super::peer;
use super::protocol::{self, IncomingCall, Message, RpcError};
use super::socket::Listener;
use super::{LINE_MAX, code};
use jobs_api::{Call, Caller, Form, Handler, SharedAnswer};
use jobs_error::Result;
use jobs_gate::{self as gate, Connections, Failure, Gate, Limits, accept_connections};
use jobs_memory as memory;

/// How many calls run at once.
const LIMITS: Limits = Limits {
    quick: 32,
    waiting: 256,
    cancelling: 64,
    logins: None,
    heavy: 2,
};

/// How long a client may take to read an answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// The state that all connections share.
struct RpcServer {
    gate: Gate,
    clients: Arc<Clients>,
    /// The permit to answer a line of more than [`LINE_MAX`], which takes several times its memory. There is one.
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
        clients: Clients::new(Bounds::USUAL),
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

    type Permit = Client;

    fn admit(self: &Arc<Self>, stream: &Stream) -> Option<Client> {
        self.clients.admit(peer::account(stream))
    }

    async fn serve(self: Arc<Self>, stream: Stream, client: Client) {
        self.serve_connection(stream, &client).await;
    }

    async fn turn_away(self: Arc<Self>, mut stream: Stream) {
        let error = RpcError::new(
            code::SYSTEM,
            "there are too many connections of this account, and calls run on all of them",
        );
        write_error(&mut stream, error).await;
    }
}

impl RpcServer {
    /// Answers line after line until the client disconnects or the server stops.
    async fn serve_connection(&self, stream: Stream, client: &Client) {
        let caller = peer::caller(&stream);
        let mut reader = LineReader::new(stream, client);
        loop {
            let line = tokio::select! {
                () = self.stop.cancelled() => return,
                why = client.closed() => {
                    write_error(reader.stream(), RpcError::new(code::SYSTEM, why)).await;
                    return;
                }
                line = reader.next() => line,
            };
            let mut long_line = None;
            let message = match line {
                Ok(Line::Whole) if reader.is_blank() => {
                    reader.clear();
                    client.release();
                    continue;
                }
                Ok(Line::Whole) => {
                    client.set_busy(true);
                    if reader.line().len() > LINE_MAX {
                        long_line = self.long_line.acquire().await.ok();
                    }
                    protocol::read(reader.line())
                }
                Ok(Line::TooLong(max)) => Err(protocol::too_long(max)),
                Ok(Line::TooSlow(within)) => Err(protocol::too_slow(within)),
                Ok(Line::NoMemory) => Err(protocol::no_memory()),
                Ok(Line::End) | Err(_) => return,
            };
            // The size of the longest text that this line led to, the line included.
            let mut longest = reader.clear();
            let mut answering = Answering {
                caller: &caller,
                client,
                stream: reader.stream(),
                longest: &mut longest,
            };
            let is_connected = self.answer(&mut answering, message, long_line).await;
            client.release();
            if longest > LINE_MAX {
                memory::give_back_soon();
            }
            if !is_connected {
                return;
            }
        }
    }

    /// Answers a message; false when the client has disconnected or does not read. Of a batch, one answer at a time is in
    /// memory. `long_line` is released before the answer is written, since its client may not read.
    async fn answer(
        &self,
        to: &mut Answering<'_>,
        message: Result<Message, RpcError>,
        long_line: Option<SemaphorePermit<'_>>,
    ) -> bool {
        match message {
            Err(error) => {
                let answer = protocol::answer(&protocol::no_id(), Err(error));
                to.write(answer, b"\n").await
            }
            Ok(Message::Single(call)) => {
                let answer = self.call(to, *call).await;
                drop(long_line);
                match answer {
                    Some(answer) => to.write(answer, b"\n").await,
                    None => true,
                }
            }
            Ok(Message::Batch(calls)) => {
                let mut before = b'[';
                for call in calls {
                    let Some(mut answer) = self.call(to, call).await else {
                        continue;
                    };
                    answer.insert(0, before);
                    if !to.write(answer, b"").await {
                        return false;
                    }
                    before = b',';
                }
                // A batch of notifications only gets no answer, not even an empty array.
                before == b'[' || to.write(b"]".to_vec(), b"\n").await
            }
        }
    }

    /// Answers one call; `None` for a notification.
    async fn call(&self, to: &Answering<'_>, incoming: IncomingCall) -> Option<Vec<u8>> {
        to.client.set_busy(true);
        let result = match incoming.call {
            Ok(call) => self.text_of(to.caller, call).await,
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

/// The state of one answer.
struct Answering<'a> {
    caller: &'a Caller,
    client: &'a Client,
    stream: &'a mut Stream,
    /// Size of the longest text that the line led to.
    longest: &'a mut usize,
}

impl Answering<'_> {
    /// Writes an answer; false when the client has disconnected or does not read, or the connection is closed for others meanwhile.
    async fn write(&mut self, mut answer: Vec<u8>, end: &[u8]) -> bool {
        answer.extend_from_slice(end);
        *self.longest = answer.len().max(*self.longest);
        self.client.set_busy(false);
        tokio::select! {
            _ = self.client.closed() => false,
            is_written = write(self.stream, &answer, WRITE_TIMEOUT) => is_written,
        }
    }
}

/// Tells a client why its connection is closed. The daemon does not wait for a client that does not read.
async fn write_error(stream: &mut Stream, error: RpcError) {
    const BRIEFLY: Duration = Duration::from_millis(100);
    let mut answer = protocol::answer(&protocol::no_id(), Err(error));
    answer.push(b'\n');
    write(stream, &answer, BRIEFLY).await;
}

async fn write(stream: &mut Stream, text: &[u8], within: Duration) -> bool {
    let written = tokio::time::timeout(within, stream.write_all(text)).await;
    matches!(written, Ok(Ok(())))
}
