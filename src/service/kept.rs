//! Answers that are given again while they are what would be answered: nothing was committed since, by whomever.
//!
//! An answer is kept with the [`Moment`] of the store that it was made of, and given at that very moment only. So there is
//! nothing that somebody who changes something could forget to throw away.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::{Service, jobs};
use crate::api::{Answered, Call, JobView, List, Reply, Show};
use crate::error::Result;
use crate::scheduler::clock;
use crate::store::{Moment, Reader};

/// How many are kept: what a few clients ask for again and again.
const MOST: usize = 64;

/// An answer about more jobs, or with more bytes of text in it, is not kept.
const MOST_JOBS: usize = 50;
const LONGEST: usize = 32 * 1024;

/// What is kept, the latest first.
#[derive(Default)]
pub(super) struct Kept(Mutex<VecDeque<(Moment, Asked, Answered)>>);

impl Kept {
    fn find(&self, moment: Moment, asked: &Asked) -> Option<Answered> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter()
            .find(|(at, known, _)| *at == moment && known == asked)
            .map(|(_, _, answered)| answered.clone())
    }

    fn keep(&self, moment: Moment, asked: Asked, answered: Answered) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(at, _, _)| !at.is_past_at(moment));
        kept.truncate(MOST - 1);
        kept.push_front((moment, asked, answered));
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
        let moment = self.store.moment()?;
        self.kept.find(moment, asked)
    }

    /// The answer to what was asked, which is kept from now on.
    pub(super) fn answer_and_keep(&self, asked: Asked) -> Result<Answered> {
        let (moment, reply) = self
            .store
            .read_at(|reader, moment| Ok((moment, asked.answer(reader)?)))?;
        let lasts = lasts(&reply);
        let answered = Answered::from(reply);
        if lasts {
            self.kept.keep(moment, asked, answered.clone());
        }
        Ok(answered)
    }
}
