//! Answers that are given again while they are what would be answered: nothing was committed since, by whomever.
//!
//! An answer is kept with the [`Version`] of the store that it was made of, and given at that very version only. So there is
//! nothing that somebody who changes something could forget to throw away.

use std::collections::VecDeque;

use parking_lot::Mutex;

use super::{Service, jobs};
use crate::api::{Answered, Call, JobView, List, Reply, Show};
use crate::error::Result;
use crate::scheduler::clock;
use crate::store::{Reader, Version};

/// How many are kept: what a few clients ask for again and again.
const MOST: usize = 64;

/// An answer about more jobs, or with more bytes of text in it, is not kept.
const MOST_JOBS: usize = 50;
const LONGEST: usize = 32 * 1024;

/// What is kept, the latest first.
#[derive(Default)]
pub(super) struct Kept(Mutex<VecDeque<(Version, Asked, Answered)>>);

impl Kept {
    fn find(&self, version: Version, asked: &Asked) -> Option<Answered> {
        let kept = self.0.lock();
        kept.iter()
            .find(|(at, known, _)| *at == version && known == asked)
            .map(|(_, _, answered)| answered.clone())
    }

    fn keep(&self, version: Version, asked: Asked, answered: Answered) {
        let mut kept = self.0.lock();
        kept.retain(|(at, _, _)| !at.is_superseded_by(version));
        kept.truncate(MOST - 1);
        kept.push_front((version, asked, answered));
    }
}

/// What is asked for, where the answer may be kept.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Asked {
    Show(Show),
    List(List),
}

impl Asked {
    pub(super) fn of(call: &Call) -> Option<Asked> {
        match call {
            Call::Show(ask) => Some(Asked::Show(ask.clone())),
            // By the clock alone one that is stopped for a time is in another state later on.
            Call::List(ask) if ask.state.is_none() => Some(Asked::List(ask.clone())),
            _ => None,
        }
    }

    fn answer(&self, reader: &mut Reader<'_>) -> Result<Reply> {
        let now = clock::now();
        Ok(match self {
            Asked::Show(ask) => Reply::Show(Box::new(jobs::show(reader, ask, now)?)),
            Asked::List(ask) => Reply::List(Box::new(jobs::list(reader, ask, now)?)),
        })
    }
}

/// Whether nothing but the store has a part in what a reply says, and it is small.
fn lasts(reply: &Reply) -> bool {
    let views = match reply {
        Reply::Show(view) => std::slice::from_ref(&**view),
        Reply::List(page) => page.items.as_slice(),
        _ => return false,
    };
    // One that is stopped for a time goes on when that is over, without a change of the store.
    let is_timeless = |view: &JobView| view.job.stopped_until.is_none();
    views.len() <= MOST_JOBS
        && views.iter().all(is_timeless)
        && views.iter().map(text_in).sum::<usize>() <= LONGEST
}

/// How many bytes of text are in it that may be long.
fn text_in(view: &JobView) -> usize {
    let job = &view.job;
    let error = view.last.as_ref().and_then(|last| last.error.as_ref());
    [&job.name, &job.desc, &job.cron_expr, &job.command]
        .into_iter()
        .chain(
            [&job.timezone, &job.mailto, &job.origin]
                .into_iter()
                .flatten(),
        )
        .chain(error)
        .map(String::len)
        .sum()
}

impl Service {
    /// The answer to what was asked, if it is kept.
    pub(super) fn kept_answer(&self, asked: &Asked) -> Option<Answered> {
        let version = self.store.version()?;
        self.kept.find(version, asked)
    }

    /// The answer to what was asked, which is kept from now on.
    pub(super) fn answer_and_keep(&self, asked: Asked) -> Result<Answered> {
        let (version, reply) = self
            .store
            .read_versioned(|reader, version| Ok((version, asked.answer(reader)?)))?;
        let lasts = lasts(&reply);
        let answered = Answered::from(reply);
        if lasts {
            self.kept.keep(version, asked, answered.clone());
        }
        Ok(answered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Job, State};
    use crate::schedule::Time;

    fn view(change: impl FnOnce(&mut Job)) -> JobView {
        let mut job = Job::named("a".into(), Time::from_millis(0));
        change(&mut job);
        JobView {
            job,
            state: State::Waiting,
            running: 0,
            queued: 0,
            last: None,
        }
    }

    fn list(views: Vec<JobView>) -> Reply {
        Reply::List(Box::new(crate::api::Page::whole(views)))
    }

    #[test]
    fn what_is_large_or_depends_on_the_clock_is_not_kept() {
        let plain = || view(|_| ());
        let paused = view(|job| job.stopped_until = Some(Time::from_millis(1)));
        let long = view(|job| job.command = "x".repeat(LONGEST));
        for (what, reply, expected) in [
            ("one", Reply::Show(Box::new(plain())), true),
            ("a page", list(vec![plain(); MOST_JOBS]), true),
            ("many", list(vec![plain(); MOST_JOBS + 1]), false),
            ("a pause", list(vec![plain(), paused.clone()]), false),
            ("a pause", Reply::Show(Box::new(paused)), false),
            ("a long one", Reply::Show(Box::new(long)), false),
        ] {
            assert_eq!(lasts(&reply), expected, "{what}");
        }
        let list = |state| {
            Call::List(List {
                state,
                ..List::default()
            })
        };
        assert!(Asked::of(&list(None)).is_some());
        assert_eq!(Asked::of(&list(Some(2))), None, "it waits by itself again");
    }

    #[test]
    fn what_is_past_goes_and_no_more_than_so_many_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let store = crate::store::Store::open(&folder.path().join("jobs.db")).unwrap();
        let version = || store.read_versioned(|_, version| Ok(version)).unwrap();
        let kept = Kept::default();
        let len = || kept.0.lock().len();
        let asked = |name: usize| {
            Asked::Show(Show {
                job: name.to_string().as_str().into(),
            })
        };
        let answered = || Answered::from(Reply::Show(Box::new(view(|_| ()))));
        let first = version();
        for name in 0..2 * MOST {
            kept.keep(first, asked(name), answered());
        }
        assert_eq!(len(), MOST);
        assert!(kept.find(first, &asked(2 * MOST - 1)).is_some());
        assert!(kept.find(first, &asked(0)).is_none(), "the oldest has gone");

        store
            .write(|tx| tx.set_fact(&crate::store::Fact::Probe(1)))
            .unwrap();
        let second = version();
        assert!(kept.find(second, &asked(2 * MOST - 1)).is_none());
        kept.keep(second, asked(0), answered());
        assert_eq!(len(), 1);
    }
}
