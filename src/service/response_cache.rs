//! Response cache for `show` and `list`. An entry is valid only for the store version that it was made from.
//!
//! Every commit, of this process or of another one, gives the store a new version. So no write has to invalidate entries.

use std::collections::VecDeque;

use parking_lot::Mutex;

use super::{Service, jobs, list};
use jobs_api::{Answer, Call, JobView, List, SharedAnswer, Show};
use jobs_error::Result;
use jobs_schedule::Time;
use jobs_store::{Reader, Version};

/// Upper bound on entries: enough for a few clients that poll.
const ENTRIES: usize = 64;

/// Answers with more jobs, or with more bytes of text, are not cached.
const JOBS_MAX: usize = 50;
const TEXT_MAX: usize = 32 * 1024;

/// About as many bytes of text is an execution of a strip.
const STRIP_RUN: usize = 100;

/// The entries, the newest first.
#[derive(Default)]
pub(super) struct ResponseCache(Mutex<VecDeque<(Version, CacheableRequest, SharedAnswer)>>);

impl ResponseCache {
    fn find(&self, version: Version, request: &CacheableRequest) -> Option<SharedAnswer> {
        let cache = self.0.lock();
        cache
            .iter()
            .find(|(at, known, _)| *at == version && known == request)
            .map(|(_, _, answer)| answer.clone())
    }

    fn insert(&self, version: Version, request: CacheableRequest, answer: SharedAnswer) {
        let mut cache = self.0.lock();
        cache.retain(|(at, _, _)| !at.is_superseded_by(version));
        cache.truncate(ENTRIES - 1);
        cache.push_front((version, request, answer));
    }
}

/// A request whose answer may be cached.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum CacheableRequest {
    Show(Show),
    List(List),
}

impl CacheableRequest {
    pub(super) fn of(call: &Call) -> Option<CacheableRequest> {
        if let Call::Show(request) = call
            && !request.work
        {
            return Some(CacheableRequest::Show(request.clone()));
        }
        // These depend on the clock: a job that is stopped until some time changes its state without a commit, and a running
        // execution becomes slower than usual.
        if let Call::List(request) = call
            && request.state.is_none()
            && request.only.is_none()
            && !request.counts
        {
            return Some(CacheableRequest::List(request.clone()));
        }
        None
    }

    /// Makes the answer; says whether it may be cached.
    fn answer(&self, reader: &mut Reader<'_>, now: Time) -> Result<(Answer, bool)> {
        Ok(match self {
            CacheableRequest::Show(request) => {
                let view = jobs::show(reader, request, now)?;
                let is_cacheable = is_cacheable(std::slice::from_ref(&view));
                (Answer::Show(Box::new(view)), is_cacheable)
            }
            CacheableRequest::List(request) => {
                let page = list::list(reader, request, now)?;
                let is_cacheable = is_cacheable(&page.items);
                (Answer::List(Box::new(page)), is_cacheable)
            }
        })
    }
}

/// Whether an answer depends on the store alone, and is small.
fn is_cacheable(views: &[JobView]) -> bool {
    // A job that is stopped until some time changes its state without a commit.
    let is_timeless = |view: &JobView| view.job.stopped_until.is_none();
    views.len() <= JOBS_MAX
        && views.iter().all(is_timeless)
        && views.iter().map(text_in).sum::<usize>() <= TEXT_MAX
}

/// Bytes of the texts of a job that may be long.
fn text_in(view: &JobView) -> usize {
    let job = &view.job;
    let error = view.last.as_ref().and_then(|last| last.error.as_ref());
    [&job.name, &job.desc, &job.cron_expr, &job.command]
        .into_iter()
        .chain(
            [&job.timezone, &job.alerts.mailto, &job.origin]
                .into_iter()
                .flatten(),
        )
        .chain(error)
        .map(String::len)
        .sum::<usize>()
        + view
            .strip
            .as_ref()
            .map_or(0, |strip| strip.len() * STRIP_RUN)
}

impl Service {
    /// The cached answer, if there is one for the present store version.
    pub(super) fn cached_answer(&self, request: &CacheableRequest) -> Option<SharedAnswer> {
        let version = self.store.version()?;
        self.responses.find(version, request)
    }

    /// Makes the answer and caches it.
    pub(super) fn answer_and_cache(&self, request: CacheableRequest) -> Result<SharedAnswer> {
        let now = self.now();
        let (version, (answer, is_cacheable)) = self
            .store
            .read_versioned(|reader, version| Ok((version, request.answer(reader, now)?)))?;
        let answer = SharedAnswer::from(answer);
        if is_cacheable {
            self.responses.insert(version, request, answer.clone());
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jobs_model::{Job, State};

    fn view(change: impl FnOnce(&mut Job)) -> JobView {
        let mut job = Job::named("a".into(), Time::from_millis(0));
        change(&mut job);
        JobView {
            job,
            state: State::Waiting,
            running: 0,
            queued: 0,
            last: None,
            paused: false,
            strip: None,
            usual_ms: None,
            streak: 0,
            failing_since: None,
            running_since: None,
            running_exec: None,
            work: None,
        }
    }

    #[test]
    fn answers_large_or_dependent_on_the_clock_are_not_cached() {
        let plain = || view(|_| ());
        let paused = view(|job| job.stopped_until = Some(Time::from_millis(1)));
        let long = view(|job| job.command = "x".repeat(TEXT_MAX));
        for (what, views, expected) in [
            ("one", vec![plain()], true),
            ("a page", vec![plain(); JOBS_MAX], true),
            ("many", vec![plain(); JOBS_MAX + 1], false),
            ("a pause among others", vec![plain(), paused.clone()], false),
            ("a pause", vec![paused], false),
            ("a long one", vec![long], false),
        ] {
            assert_eq!(is_cacheable(&views), expected, "{what}");
        }
        let list = |state| {
            Call::List(List {
                state,
                ..List::default()
            })
        };
        assert!(CacheableRequest::of(&list(None)).is_some());
        assert_eq!(
            CacheableRequest::of(&list(Some(2))),
            None,
            "it waits by itself again"
        );
    }

    #[test]
    fn entries_of_an_old_version_and_beyond_the_bound_are_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let store = jobs_store::Store::open(&folder.path().join("jobs.db")).unwrap();
        let version = || store.read_versioned(|_, version| Ok(version)).unwrap();
        let cache = ResponseCache::default();
        let len = || cache.0.lock().len();
        let request = |name: usize| {
            CacheableRequest::Show(Show {
                job: name.to_string().as_str().into(),
                ..Show::default()
            })
        };
        let answer = || SharedAnswer::from(Answer::Show(Box::new(view(|_| ()))));
        let first = version();
        for name in 0..2 * ENTRIES {
            cache.insert(first, request(name), answer());
        }
        assert_eq!(len(), ENTRIES);
        assert!(cache.find(first, &request(2 * ENTRIES - 1)).is_some());
        assert!(
            cache.find(first, &request(0)).is_none(),
            "the oldest has gone"
        );

        store
            .write(|tx| tx.set_fact(&jobs_store::Fact::Probe(1)))
            .unwrap();
        let second = version();
        assert!(cache.find(second, &request(2 * ENTRIES - 1)).is_none());
        cache.insert(second, request(0), answer());
        assert_eq!(len(), 1);
    }
}
