//! Calls the daemon for the screen, on threads of its own: one for lists and actions, one that waits for changes, one for a log.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use super::log::Part;
use super::state::{Action, Effect, Message, PAGE, Query};
use crate::{Context, is_unreachable};
use jobs_api::{
    Cancel, Digest, EventDigest, JobRef, JobView, List, LogChunk, Logs, Restart, Run, Skip, Stop,
};
use jobs_error::Error;
use jobs_model::{ExecId, JobId};
use jobs_rpc::{Client, ClientError};

/// The longest wait of a call for changes, in seconds. Then it calls again.
const WAIT: u64 = 30;

/// The same for output. A log that was closed leaves a call waiting for so long.
const WAIT_FOR_OUTPUT: u64 = 5;

/// After a lost connection the next one is tried so much later.
const RETRY: Duration = Duration::from_secs(1);

/// The threads that call the daemon.
pub struct Feed {
    context: Context,
    calls: Sender<Effect>,
    messages: Sender<Message>,
    /// Set when the log that is shown is closed.
    log_is_closed: Arc<AtomicBool>,
}

impl Feed {
    /// Starts the threads.
    ///
    /// # Errors
    ///
    /// When the system starts no more threads.
    pub fn start(context: &Context, messages: &Sender<Message>) -> std::io::Result<Feed> {
        let (calls, effects) = mpsc::channel();
        let (of_lists, to_lists) = (context.clone(), messages.clone());
        spawn("top-lists", move || {
            answer_calls(&of_lists, &effects, &to_lists)
        })?;
        let (of_changes, to_changes) = (context.clone(), messages.clone());
        spawn("top-changes", move || {
            wait_for_changes(&of_changes, &to_changes)
        })?;
        Ok(Feed {
            context: context.clone(),
            calls,
            messages: messages.clone(),
            log_is_closed: Arc::default(),
        })
    }

    /// Hands effects to the threads.
    pub fn apply(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Load(..) | Effect::Act(..) => {
                    // Without the thread, which has panicked, nothing can be read any more.
                    if self.calls.send(effect.clone()).is_err() {
                        let said = Message::Said("the reader of lists has ended".into(), true);
                        let _ = self.messages.send(said);
                    }
                }
                Effect::Follow(exec) => self.follow(*exec),
                Effect::Unfollow => self.log_is_closed.store(true, Ordering::Relaxed),
                Effect::Suspend | Effect::Quit(_) => {}
            }
        }
    }

    fn follow(&mut self, exec: ExecId) {
        self.log_is_closed.store(true, Ordering::Relaxed);
        self.log_is_closed = Arc::default();
        let (context, messages) = (self.context.clone(), self.messages.clone());
        let is_closed = self.log_is_closed.clone();
        let started = spawn("top-log", move || {
            if let Err(error) = follow(&context, exec, &is_closed, &messages) {
                let _ = messages.send(Message::Said(sentence(&error), true));
            }
        });
        if let Err(error) = started {
            let said = Message::Said(format!("the log can't be read: {error}"), true);
            let _ = self.messages.send(said);
        }
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    thread::Builder::new()
        .name(name.into())
        .spawn(body)
        .map(drop)
}

/// Answers reads and actions in their order, until the screen is closed.
fn answer_calls(context: &Context, effects: &Receiver<Effect>, messages: &Sender<Message>) {
    let mut client = None;
    while let Ok(first) = effects.recv() {
        let mut waiting = vec![first];
        waiting.extend(effects.try_iter());
        // Typed letters come faster than answers: only the last list is read.
        let last = waiting.iter().rev().find_map(|effect| match effect {
            Effect::Load(query, _) => Some(query.clone()),
            _ => None,
        });
        waiting.retain(|effect| match effect {
            Effect::Load(query, _) => Some(query) == last.as_ref(),
            _ => true,
        });
        waiting.dedup();
        for effect in waiting {
            let message = match call(context, &mut client, &effect) {
                Ok(message) => message,
                Err(error) => {
                    if !matches!(error.downcast_ref(), Some(ClientError::Remote { .. })) {
                        client = None;
                    }
                    failure(&error)
                }
            };
            if messages.send(message).is_err() {
                return;
            }
        }
    }
}

fn call(
    context: &Context,
    client: &mut Option<Client>,
    effect: &Effect,
) -> anyhow::Result<Message> {
    let client = match client {
        Some(client) => client,
        None => client.insert(context.client()?),
    };
    match effect {
        Effect::Load(query, page) => {
            let page = client.call(&list(query, *page))?;
            Ok(Message::Page(query.clone(), page))
        }
        Effect::Act(action, job) => Ok(Message::Said(act(client, action, *job)?, false)),
        Effect::Follow(_) | Effect::Unfollow | Effect::Suspend | Effect::Quit(_) => {
            anyhow::bail!("not a call")
        }
    }
}

/// The request for a page of the list.
fn list(query: &Query, page: u32) -> List {
    List {
        page: Some(page),
        size: Some(PAGE),
        sort: Some(query.sort),
        desc: query.desc,
        only: query.filter,
        text: Some(query.text.clone()).filter(|text| !text.is_empty()),
        strip: super::draw::STRIP,
        counts: page == 1 || query.filter.is_some(),
        ..List::default()
    }
}

fn act(client: &mut Client, action: &Action, job: JobId) -> anyhow::Result<String> {
    let reference = JobRef::from(job);
    let name = |views: &[JobView]| {
        let name = views.first().map(|view| view.job.name.clone());
        crate::text::visible(&name.unwrap_or_default())
    };
    Ok(match action {
        Action::Run => {
            let ran = client.call(&Run { job: reference })?;
            match ran.reason {
                Some(reason) => format!("execution {} is {}: {reason}", ran.exec_id, ran.status),
                None => format!("execution {} has begun", ran.exec_id),
            }
        }
        Action::Cancel(exec_id) => {
            let ended = client.call(&Cancel { exec_id: *exec_id })?;
            format!("execution {exec_id}: {}", ended.status)
        }
        Action::Stop => {
            let stop = Stop {
                jobs: vec![reference],
                ..Stop::default()
            };
            format!("`{}` is stopped", name(&client.call(&stop)?))
        }
        Action::Restart => {
            let restart = Restart {
                jobs: vec![reference],
                ..Restart::default()
            };
            format!("`{}` goes on", name(&client.call(&restart)?))
        }
        Action::Skip => {
            let skip = Skip {
                job: reference,
                count: None,
            };
            let view = client.call(&skip)?;
            format!("the next run of `{}` is skipped", name(&[view]))
        }
    })
}

/// Waits for changes until the screen is closed, and comes back when the daemon does.
fn wait_for_changes(context: &Context, messages: &Sender<Message>) {
    let mut position: Option<String> = None;
    let mut client: Option<Client> = None;
    loop {
        let mut digest = || -> anyhow::Result<EventDigest> {
            let client = match &mut client {
                Some(client) => client,
                None => client.insert(context.client()?),
            };
            Ok(client.call(&Digest {
                after: position.clone(),
                wait: if position.is_some() { WAIT } else { 0 },
            })?)
        };
        let message = match digest() {
            Ok(digest) => {
                position = Some(digest.position.clone());
                Message::Changed(digest)
            }
            Err(error) => {
                client = None;
                // The next answer is the present, and the screen is read anew.
                position = None;
                thread::sleep(RETRY);
                failure(&error)
            }
        };
        if messages.send(message).is_err() {
            return;
        }
    }
}

/// Reads the output of an execution until it has ended or the log is closed.
fn follow(
    context: &Context,
    exec_id: ExecId,
    is_closed: &AtomicBool,
    messages: &Sender<Message>,
) -> anyhow::Result<()> {
    let mut client = context.client()?;
    let mut request = Logs {
        exec_id: Some(exec_id),
        ..Logs::default()
    };
    while !is_closed.load(Ordering::Relaxed) {
        let chunk: LogChunk = client.call(&request)?;
        request.stdout_offset = chunk.stdout_next;
        request.stderr_offset = chunk.stderr_next;
        request.wait = WAIT_FOR_OUTPUT;
        let is_done = chunk.done;
        if is_closed.load(Ordering::Relaxed)
            || messages
                .send(Message::Log(Part {
                    exec_id,
                    chunk: Box::new(chunk),
                }))
                .is_err()
            || is_done
        {
            return Ok(());
        }
    }
    Ok(())
}

/// The message about an error: a refusal, or that the daemon does not answer.
fn failure(error: &anyhow::Error) -> Message {
    match error.downcast_ref() {
        Some(ClientError::Remote { .. }) => Message::Said(sentence(error), true),
        Some(_) | None if is_unreachable(error) => {
            Message::Lost("no daemon answers on the socket".to_string())
        }
        Some(_) | None => Message::Lost(sentence(error)),
    }
}

/// The first line of an error.
fn sentence(error: &anyhow::Error) -> String {
    let text = match error.downcast_ref::<Error>() {
        Some(error) => error.to_string(),
        None => format!("{error:#}"),
    };
    let line = text.lines().next().unwrap_or_default();
    crate::text::visible(line)
}
