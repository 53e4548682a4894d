//! `jobs events`: prints what happens, as it happens.

use clap::Args;

use super::out::{Highlight, Out, warn};
use super::{Context, text};
use jobs_api::{Change, EventEntry, EventPage, JobRef, NewEvents, Show};
use jobs_clock::now;
use jobs_model::JobId;
use jobs_rpc::{Client, ClientError};
use jobs_schedule::Zone;

/// The longest wait of one call, in seconds. Then the client calls again.
const WAIT: u64 = 30;

#[derive(Args, Debug)]
pub struct EventsArgs {
    /// Only events of this job, by name or id
    pub job: Option<JobRef>,
}

/// Reads events one page after the other.
pub struct Listener {
    position: String,
}

impl Listener {
    /// Listens for the events after now.
    pub fn subscribe(client: &mut Client) -> Result<Listener, ClientError> {
        let page = client.call(&NewEvents::default())?;
        Ok(Listener {
            position: page.position,
        })
    }

    /// Waits for the next events; a page without events when none came for a while.
    pub fn next(&mut self, client: &mut Client) -> Result<EventPage, ClientError> {
        let page = client.call(&NewEvents {
            after: Some(self.position.clone()),
            wait: WAIT,
        })?;
        self.position.clone_from(&page.position);
        Ok(page)
    }
}

pub fn events(context: &Context, args: &EventsArgs, out: &mut Out) -> anyhow::Result<i32> {
    let mut client = context.client()?;
    let job_id = match &args.job {
        None => None,
        Some(job) => Some(
            client
                .call(&Show {
                    job: job.clone(),
                    ..Show::default()
                })?
                .job
                .id,
        ),
    };
    let mut listener = Listener::subscribe(&mut client)?;
    loop {
        let page = listener.next(&mut client)?;
        if page.lost {
            warn("some events are lost: this client was too slow, or the daemon was started again");
        }
        for event in page.events.iter().filter(|event| is_of(event, job_id)) {
            if out.wants_json() {
                out.data_line(event)?;
            } else {
                let (words, highlight) = in_words(event);
                let line = format!("{}  {words}", now().local(&Zone::system()));
                let line = highlight.map_or(line.clone(), |highlight| out.paint(highlight, &line));
                out.line(&line)?;
            }
        }
        out.flush()?;
    }
}

/// Whether an event is of a job; any event when no job is given.
fn is_of(event: &EventEntry, job_id: Option<JobId>) -> bool {
    let of = match event {
        EventEntry::Job(change) => change.job_id,
        EventEntry::Started(started) => Some(started.job_id),
        EventEntry::Finished(finished) => Some(finished.job_id),
        EventEntry::Pause(_) => return job_id.is_none(),
    };
    job_id.is_none() || of == job_id || of.is_none()
}

fn in_words(event: &EventEntry) -> (String, Option<Highlight>) {
    match event {
        EventEntry::Job(change) => {
            let name = change
                .name
                .as_deref()
                .map(text::visible)
                .unwrap_or_default();
            let words = match change.change {
                Change::Added => format!("added      {name}"),
                Change::Changed => format!("changed    {name}"),
                Change::Removed => format!("removed    {name}"),
                Change::Stopped => format!("stopped    {name}"),
                Change::Restarted => format!("restarted  {name}"),
                Change::Many => "changed    many jobs".to_string(),
            };
            (words, Some(Highlight::Dim))
        }
        EventEntry::Pause(pause) => {
            let words = if pause.paused {
                "paused     the scheduler"
            } else {
                "resumed    the scheduler"
            };
            (words.to_string(), Some(Highlight::Dim))
        }
        EventEntry::Started(started) => {
            let words = format!(
                "started    {} #{} ({})",
                text::visible(&started.job_name),
                started.exec_id,
                started.source.as_str()
            );
            (words, None)
        }
        EventEntry::Finished(finished) => {
            let took = finished
                .duration_ms
                .map(|millis| format!(" in {}", text::duration(millis)))
                .unwrap_or_default();
            let error = finished
                .error
                .as_deref()
                .map(|error| format!(": {}", text::visible(error)))
                .unwrap_or_default();
            let words = format!(
                "{:<9}  {} #{}{took}{error}",
                finished.status.to_string(),
                text::visible(&finished.job_name),
                finished.exec_id
            );
            (words, text::highlight(finished.status))
        }
    }
}
