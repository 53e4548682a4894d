//! `GET /jobs/events`: a stream of Server-Sent Events, which a client resumes with `Last-Event-ID`.
//!
//! | event | when | data |
//! |---|---|---|
//! | `job` | a job was added, changed, removed, stopped or restarted | [`JobChange`](jobs_api::JobChange) |
//! | `started` | an execution has begun | [`Started`](jobs_api::Started) |
//! | `finished` | an execution has ended and all its output was sent, or it was found not to run | [`Finished`](jobs_api::Finished) |
//! | `output` | an execution has printed something; only if the client asks for output | [`OutputPart`](jobs_api::OutputPart) |
//! | `unfollowed` | the output of an execution is not sent on this stream | [`Unfollowed`](jobs_api::Unfollowed) |
//! | `reset` | events were lost: the client must read the lists again | [`Reset`](jobs_api::Reset) |
//! | `bye` | the stream ends | [`Bye`](jobs_api::Bye) |

mod cursor;
mod follow;
mod limits;
mod send;
mod stream;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::Server;
use super::auth::still_has_access;
use super::calls::{Need, client, is_compatible};
use super::params::{self, Params};
use super::response::{self, HttpError};
use cursor::{Cursor, Offsets};
use jobs_api::{Answer, Call, Caller, History, JobRef, Listen, Show};
use jobs_error::Error;
use jobs_model::Execution;
#[cfg(test)]
use limits::Periods;
pub(super) use limits::Streams;
use limits::full;
use stream::{Filter, Stream};

/// Upper bound on threads that wait for output, for all streams together.
const THREADS: usize = 128;

/// Upper bound on executions that one stream follows at once.
const FOLLOWED: usize = 32;

/// Capacity of the queue of events that wait for a slow client.
const QUEUE: usize = 1;

/// The header with the id of the last event that a client has received.
const LAST_EVENT_ID: &str = "last-event-id";

/// Opens a stream.
pub(super) async fn events(State(server): State<Arc<Server>>, request: Request) -> Response {
    let mut who = None;
    let compatible = is_compatible(request.extensions());
    let answered = async {
        let (headers, from) = (request.headers().clone(), client(request.extensions())?);
        let need = Need::viewer("events");
        let (caller, sent) = server.authenticate(request, need).await?;
        who = Some(caller.who.clone());
        let events = server.handler().events(&caller).map_err(of)?;
        let listen = parse(sent.params()?, compatible)?;
        let last = last_event_id(&headers)?;
        let places = &server.streams.places;
        let permit = places.take(&caller);
        let permit = permit.map_err(|why| full(why, places.limits()))?;
        let filter = server.filter(&caller, &listen).await?;
        if let (Filter::Execution(exec_id), Some(Ok(cursor))) = (&filter, &last)
            && cursor.followed.get(exec_id) == Some(&Offsets::Over)
        {
            // All was sent before. A browser reconnects again and again until it gets this status.
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        let has_access = still_has_access(&server, headers, from);
        let alive = server.streams.periods.alive;
        let (out, coming) = mpsc::channel::<Result<sse::Event, Infallible>>(QUEUE);
        let stream = Stream::new(server, caller, Arc::new(has_access), filter, events, out);
        tokio::spawn(async move {
            stream.run(last).await;
            drop(permit);
        });
        let body = Sse::new(ReceiverStream::new(coming));
        let mut answer = body
            .keep_alive(KeepAlive::new().interval(alive))
            .into_response();
        // Tells proxies such as nginx not to buffer events.
        answer
            .headers_mut()
            .insert("x-accel-buffering", HeaderValue::from_static("no"));
        Ok(answer)
    };
    let mut answer = answered
        .await
        .unwrap_or_else(|fault| response::error_for(compatible, &fault));
    // For the access log.
    if let Some(who) = who {
        answer.extensions_mut().insert(who);
    }
    answer
}

impl Server {
    /// The filter of a stream, with ids instead of names. A job or an execution that does not exist is an error.
    async fn filter(&self, caller: &Caller, listen: &Listen) -> Result<Filter, HttpError> {
        match (&listen.job, listen.exec_id) {
            (Some(_), Some(_)) => Err(HttpError::field(
                "exec_id",
                "give either `exec_id` or `job`",
            )),
            (None, Some(exec_id)) => {
                let request = History {
                    exec_id: Some(exec_id),
                    ..History::default()
                };
                self.history(caller, request).await?;
                Ok(Filter::Execution(exec_id))
            }
            (Some(job), None) => {
                let request = Show {
                    job: job.clone(),
                    ..Show::default()
                };
                match self.call(caller, Call::Show(request)).await? {
                    Answer::Show(view) => Ok(Filter::Job(view.job.id)),
                    _ => Err(HttpError::internal("the answer is not one of `show`")),
                }
            }
            (None, None) => Ok(Filter::Everything {
                output: listen.output,
            }),
        }
    }

    async fn history(
        &self,
        caller: &Caller,
        request: History,
    ) -> Result<Vec<Execution>, HttpError> {
        match self.call(caller, Call::History(request)).await? {
            Answer::History(executions) => Ok(*executions),
            _ => Err(HttpError::internal("the answer is not one of `history`")),
        }
    }
}

fn of(error: Error) -> HttpError {
    HttpError::of(error, str::to_string)
}

/// The id of the last event that the client has received. An id that can't be parsed is not refused: the stream begins with
/// `reset`.
fn last_event_id(
    headers: &HeaderMap,
) -> Result<Option<Result<Cursor, cursor::InvalidCursor>>, HttpError> {
    let mut given = headers.get_all(LAST_EVENT_ID).iter();
    let (first, second) = (given.next(), given.next());
    if second.is_some() {
        return Err(HttpError::field(LAST_EVENT_ID, "there is more than one"));
    }
    let text = first.map(|value| value.to_str().unwrap_or("?"));
    // A browser that has received no id yet sends none or an empty one.
    Ok(text.filter(|text| !text.is_empty()).map(str::parse))
}

/// Parses the parameters.
fn parse(params: Params, compatible: bool) -> Result<Listen, HttpError> {
    let mut listen = Listen::default();
    for (name, value) in params {
        let Value::String(text) = value else {
            return Err(HttpError::field(&name, "there is more than one"));
        };
        match (name.as_str(), text.as_str()) {
            ("output" | "job" | "exec_id", "") => {}
            ("output", "true" | "1" | "on") => listen.output = true,
            ("output", "false" | "0" | "off") => listen.output = false,
            ("output", _) => {
                let problem = format!("`{text}` is neither true nor false");
                return Err(HttpError::field("output", problem));
            }
            ("job", _) => listen.job = Some(JobRef::from(text)),
            ("exec_id", _) => {
                listen.exec_id = Some(params::exec_id(&text)?);
            }
            _ if compatible => {}
            _ => return Err(HttpError::field(&name, "no such parameter here")),
        }
    }
    Ok(listen)
}
