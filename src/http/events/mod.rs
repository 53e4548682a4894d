//! `GET /jobs/events`: what happens, as Server-Sent Events, to be resumed with `Last-Event-ID`.
//!
//! | event | when | data |
//! |---|---|---|
//! | `job` | a job was added, changed, removed, stopped, restarted | [`JobChange`](crate::api::JobChange) |
//! | `started` | the work of an execution has begun | [`Started`](crate::api::Started) |
//! | `finished` | it is over and all that it printed was told, or it was found not to run | [`Finished`](crate::api::Finished) |
//! | `output` | it has printed something; only when asked for | [`OutputPart`](crate::api::OutputPart) |
//! | `unfollowed` | what it prints is not told here | [`Unfollowed`](crate::api::Unfollowed) |
//! | `reset` | events are lost: read the lists again | [`Reset`](crate::api::Reset) |
//! | `bye` | the stream ends | [`Bye`](crate::api::Bye) |

mod follow;
mod mark;
mod places;
mod stream;
mod tell;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::IntoResponse;
use axum::response::sse::{self, KeepAlive, Sse};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::Door;
use super::answer::{self, Answer, Fault};
use super::guard::welcome;
use super::params::Params;
use super::work::address;
use crate::api::{Call, Caller, History, JobRef, Listen, Reply, Show};
use crate::error::Error;
use crate::model::{ExecId, Execution, Role};
use mark::{Mark, Place};
#[cfg(test)]
use places::Periods;
pub(super) use places::Streams;
use places::{Own, STREAMS, STREAMS_OF_ONE, full};
use stream::{Stream, Wanted};

/// How many threads may wait for output at once, for all streams together.
const THREADS: usize = 128;

/// How many executions one stream follows at once.
const FOLLOWED: usize = 32;

/// How many events may wait for a client that reads slowly.
const AHEAD: usize = 1;

/// The header with the id of the last event that a client has had.
const LAST_EVENT_ID: &str = "last-event-id";

/// Begins a stream.
pub(super) async fn events(State(door): State<Arc<Door>>, request: Request) -> Answer {
    let mut who = None;
    let answered = async {
        let (headers, from) = (request.headers().clone(), address(request.extensions())?);
        let (caller, sent) = door.open(request, Some(Role::Viewer)).await?;
        who = Some(caller.who.clone());
        let events = door.calls.events(&caller).map_err(of)?;
        let listen = asked(sent.read()?)?;
        let last = last_event_id(&headers)?;
        let place = door.events.places.clone().try_acquire_owned();
        let Ok(place) = place else {
            return Err(full(StatusCode::SERVICE_UNAVAILABLE, STREAMS));
        };
        let Some(own) = Own::of(&door.events.own, &caller.who) else {
            return Err(full(StatusCode::TOO_MANY_REQUESTS, STREAMS_OF_ONE));
        };
        let wanted = door.wanted(&caller, &listen).await?;
        if let (Wanted::Execution(exec_id), Some(Ok(mark))) = (&wanted, &last)
            && mark.followed.get(exec_id) == Some(&Place::Over)
        {
            // A browser asks again and again until it hears this.
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        let welcome = welcome(&door, headers, from);
        let alive = door.events.periods.alive;
        let (out, coming) = mpsc::channel::<Result<sse::Event, Infallible>>(AHEAD);
        let stream = Stream::new(door, caller, Arc::new(welcome), wanted, events, out);
        tokio::spawn(async move {
            stream.run(last).await;
            drop((place, own));
        });
        let body = Sse::new(ReceiverStream::new(coming));
        let mut answer = body
            .keep_alive(KeepAlive::new().interval(alive))
            .into_response();
        // What stands between here and a client must not gather events.
        answer
            .headers_mut()
            .insert("x-accel-buffering", HeaderValue::from_static("no"));
        Ok(answer)
    };
    let mut answer = answered.await.unwrap_or_else(|fault| answer::fault(&fault));
    // For the system log.
    if let Some(who) = who {
        answer.extensions_mut().insert(who);
    }
    answer
}

impl Door {
    /// What is wanted, by number: what does not exist is told now.
    async fn wanted(self: &Arc<Door>, caller: &Caller, listen: &Listen) -> Result<Wanted, Fault> {
        match (&listen.job, listen.exec_id) {
            (Some(_), Some(_)) => Err(Fault::field("exec_id", "give either `exec_id` or `job`")),
            (None, Some(exec_id)) => {
                let ask = History {
                    exec_id: Some(exec_id),
                    ..History::default()
                };
                self.history(caller, ask).await?;
                Ok(Wanted::Execution(exec_id))
            }
            (Some(job), None) => {
                let ask = Show { job: job.clone() };
                match self.call(caller, Call::Show(ask), str::to_string).await? {
                    Reply::Show(view) => Ok(Wanted::Job(view.job.id)),
                    _ => Err(Fault::broken("the answer is not one of `show`")),
                }
            }
            (None, None) => Ok(Wanted::Everything {
                output: listen.output,
            }),
        }
    }

    async fn history(
        self: &Arc<Door>,
        caller: &Caller,
        ask: History,
    ) -> Result<Vec<Execution>, Fault> {
        match self
            .call(caller, Call::History(ask), str::to_string)
            .await?
        {
            Reply::History(executions) => Ok(*executions),
            _ => Err(Fault::broken("the answer is not one of `history`")),
        }
    }
}

fn of(error: Error) -> Fault {
    Fault::of(error, str::to_string)
}

/// The id of the last event that the client has had; one that can't be read is an error of its own kind, not a refusal.
fn last_event_id(headers: &HeaderMap) -> Result<Option<Result<Mark, mark::NoMark>>, Fault> {
    let mut given = headers.get_all(LAST_EVENT_ID).iter();
    let (first, second) = (given.next(), given.next());
    if second.is_some() {
        return Err(Fault::field(LAST_EVENT_ID, "there is more than one"));
    }
    let text = first.map(|value| value.to_str().unwrap_or("?"));
    // A browser that has had no id yet sends none or an empty one.
    Ok(text.filter(|text| !text.is_empty()).map(str::parse))
}

/// What the parameters ask for.
fn asked(params: Params) -> Result<Listen, Fault> {
    let mut listen = Listen::default();
    for (name, value) in params {
        let Value::String(text) = value else {
            return Err(Fault::field(&name, "there is more than one"));
        };
        match (name.as_str(), text.as_str()) {
            ("output" | "job" | "exec_id", "") => {}
            ("output", "true" | "1" | "on") => listen.output = true,
            ("output", "false" | "0" | "off") => listen.output = false,
            ("output", _) => {
                let problem = format!("`{text}` is neither true nor false");
                return Err(Fault::field("output", problem));
            }
            ("job", _) => listen.job = Some(JobRef::from(text)),
            ("exec_id", _) => {
                let exec_id: Result<ExecId, _> = text.parse();
                let exec_id = exec_id
                    .map_err(|_| Fault::field("exec_id", format!("`{text}` is no number")))?;
                listen.exec_id = Some(exec_id);
            }
            _ => return Err(Fault::field(&name, "no such parameter here")),
        }
    }
    Ok(listen)
}
