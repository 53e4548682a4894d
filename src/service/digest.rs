//! The digest of events: small however much happens, for lists that are kept up to date.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::events::{check_wait, position};
use super::{Cx, Service};
use jobs_api::{Digest, EventDigest};
use jobs_error::{Error, Result};
use jobs_events::{Batch, Event, JobChange, Reader};

/// Upper bound on the jobs of one digest.
const JOBS_MAX: usize = 500;

/// Upper bound on the events that are read at a time.
const BATCH: usize = 256;

/// A client that asks again at once gets one answer in this time.
const PERIOD: Duration = Duration::from_secs(1);

/// How long events are gathered after the first one, when the client has waited for longer than [`PERIOD`].
const GATHER: Duration = Duration::from_millis(100);

impl Service {
    pub(super) fn digest(&self, _: &Cx, request: Digest) -> Result<EventDigest> {
        check_wait(request.wait)?;
        let events = self.store.events();
        let Some(after) = &request.after else {
            return self.present(&events.subscribe(), Gathered::default());
        };
        let after = position(after)?;
        let Some(mut reader) = events.subscribe_after(after) else {
            let gathered = Gathered {
                is_lost: true,
                ..Gathered::default()
            };
            return self.present(&events.subscribe(), gathered);
        };
        let gathered = gather(&mut reader, Duration::from_secs(request.wait))?;
        self.present(&reader, gathered)
    }

    /// The digest with the present counts.
    fn present(&self, reader: &Reader, gathered: Gathered) -> Result<EventDigest> {
        let (live, is_paused) = self
            .store
            .read(|reader| Ok((reader.live_total()?, reader.pause()?.is_on())))?;
        Ok(EventDigest {
            position: reader.position().to_string(),
            lost: gathered.is_lost,
            more: gathered.has_more,
            changed: gathered.jobs.into_iter().collect(),
            running: u64::from(live.running),
            queued: u64::from(live.queued),
            paused: is_paused,
            ..gathered.digest
        })
    }
}

/// The events that were read, in sums.
#[derive(Default)]
struct Gathered {
    jobs: BTreeSet<i64>,
    has_more: bool,
    is_lost: bool,
    digest: EventDigest,
}

impl Gathered {
    fn take(&mut self, event: &Event) {
        let job = match event {
            Event::Pause(_) => None,
            Event::Job(JobChange { job_id, .. }) => {
                self.digest.jobs_changed = true;
                self.has_more |= job_id.is_none();
                *job_id
            }
            Event::Started(started) => {
                self.digest.started += 1;
                Some(started.job_id)
            }
            Event::Finished(finished) => {
                let number = u64::try_from(finished.count).unwrap_or(0);
                *self.digest.ended.entry(finished.status).or_default() += number;
                Some(finished.job_id)
            }
        };
        let Some(job) = job else { return };
        if self.jobs.len() < JOBS_MAX || self.jobs.contains(&job) {
            self.jobs.insert(job);
        } else {
            self.has_more = true;
        }
    }
}

/// Waits for the first event, then gathers those that follow shortly.
fn gather(reader: &mut Reader, wait: Duration) -> Result<Gathered> {
    let called = Instant::now();
    let mut deadline = called + wait;
    let mut gathered = Gathered::default();
    let mut is_first = true;
    loop {
        match reader.next_before(BATCH, deadline) {
            None => return Ok(gathered),
            Some(Batch::Events(events)) => {
                for (_, event) in &events {
                    gathered.take(event);
                }
            }
            Some(Batch::Lost) => gathered.is_lost = true,
            Some(Batch::Closed) if is_first => return Err(Error::ShuttingDown),
            Some(Batch::Closed) => return Ok(gathered),
        }
        if std::mem::take(&mut is_first) {
            let soon = (called + PERIOD).max(Instant::now() + GATHER);
            deadline = soon.min(deadline.max(Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jobs_events::{Change, Events, Finished};
    use jobs_model::{Mode, Status};

    fn changed(job: i64) -> Event {
        Event::Job(JobChange {
            change: Change::Changed,
            job_id: Some(job),
            name: None,
        })
    }

    #[test]
    fn digest_is_bounded_and_sums_up() {
        let events = Events::new();
        let mut reader = events.subscribe();
        for job in 0..600 {
            events.publish(changed(job));
        }
        events.publish(Event::Finished(Finished {
            exec_id: 1,
            job_id: 3,
            job_name: "a".into(),
            mode: Mode::Command,
            status: Status::Missed,
            exit_code: None,
            duration_ms: None,
            error: None,
            count: 12,
        }));
        let gathered = gather(&mut reader, Duration::ZERO).unwrap();
        assert_eq!(gathered.jobs.len(), JOBS_MAX);
        assert!(gathered.has_more && gathered.digest.jobs_changed && !gathered.is_lost);
        assert_eq!(gathered.digest.ended[&Status::Missed], 12);
        // More events than the hub keeps.
        for job in 0..10_000 {
            events.publish(changed(job));
        }
        assert!(gather(&mut reader, Duration::ZERO).unwrap().is_lost);
    }

    #[test]
    fn digest_comes_once_a_second_and_at_once_after_quiet() {
        let events = Events::new();
        let mut reader = events.subscribe();
        let begun = Instant::now();
        events.publish(changed(1));
        let ends = {
            let events = events.clone();
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(300));
                events.publish(changed(2));
            })
        };
        let gathered = gather(&mut reader, Duration::from_secs(20)).unwrap();
        assert_eq!(gathered.jobs.len(), 2);
        let took = begun.elapsed();
        assert!(took >= PERIOD && took < 10 * PERIOD, "{took:?}");
        ends.join().unwrap();
        events.close();
        assert!(gather(&mut reader, Duration::from_secs(20)).is_err());
    }
}
