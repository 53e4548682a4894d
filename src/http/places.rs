//! Limits of downloads and streams: how many there are at once, how many of them one caller has, and how many only admins get.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use jobs_api::Caller;
use jobs_model::Role;

/// Upper bounds.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlaceLimits {
    /// For all callers together.
    pub all: usize,
    /// For one caller.
    pub per_caller: usize,
    /// For admins when `all` are taken, so that other callers together can't keep an admin out.
    pub for_admins: usize,
}

/// Why a caller gets no permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// All permits are taken.
    ForAll,
    /// The caller has as many as one caller may have.
    ForCaller,
}

type Counts = Arc<Mutex<HashMap<String, usize>>>;

/// Permits for one kind of long answer.
pub(super) struct Places {
    limits: PlaceLimits,
    shared: Arc<Semaphore>,
    for_admins: Arc<Semaphore>,
    by_caller: Counts,
}

impl Places {
    pub(super) fn new(limits: PlaceLimits) -> Places {
        Places {
            limits,
            shared: Arc::new(Semaphore::new(limits.all)),
            for_admins: Arc::new(Semaphore::new(limits.for_admins)),
            by_caller: Counts::default(),
        }
    }

    /// A permit for a caller, which counts until it is dropped.
    pub(super) fn take(&self, caller: &Caller) -> Result<PlacePermit, Full> {
        let of_caller = self.count(caller).ok_or(Full::ForCaller)?;
        let permit = match self.shared.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) if caller.role == Some(Role::Admin) => {
                let reserved = self.for_admins.clone().try_acquire_owned();
                reserved.map_err(|_| Full::ForAll)?
            }
            Err(_) => return Err(Full::ForAll),
        };
        Ok(PlacePermit {
            _permit: permit,
            _of_caller: of_caller,
        })
    }

    fn count(&self, caller: &Caller) -> Option<CallerCount> {
        let who = caller.who.to_string();
        let mut counts = self.by_caller.lock();
        let count = counts.entry(who.clone()).or_default();
        if *count >= self.limits.per_caller {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(CallerCount {
            counts: self.by_caller.clone(),
            who,
        })
    }

    pub(super) fn limits(&self) -> PlaceLimits {
        self.limits
    }
}

/// Counts one download or stream.
pub(super) struct PlacePermit {
    _permit: OwnedSemaphorePermit,
    _of_caller: CallerCount,
}

struct CallerCount {
    counts: Counts,
    who: String,
}

impl Drop for CallerCount {
    fn drop(&mut self) {
        let mut counts = self.counts.lock();
        if let Some(count) = counts.get_mut(&self.who) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jobs_api::{Transport, Who};

    fn caller(name: &str, role: Role) -> Caller {
        Caller {
            who: Who::Token {
                id: 1,
                name: name.into(),
            },
            transport: Transport::Http,
            role: Some(role),
            address: None,
            session: None,
        }
    }

    #[test]
    fn one_caller_and_all_viewers_together_leave_places_for_others() {
        let places = Places::new(PlaceLimits {
            all: 4,
            per_caller: 2,
            for_admins: 1,
        });
        let (a, b) = (caller("a", Role::Viewer), caller("b", Role::Viewer));
        let (c, admin) = (caller("c", Role::Operator), caller("d", Role::Admin));
        let mut taken: Vec<PlacePermit> = [&a, &a, &b, &b]
            .map(|caller| places.take(caller).ok().unwrap())
            .into();
        assert_eq!(places.take(&a).err(), Some(Full::ForCaller));
        assert_eq!(places.take(&c).err(), Some(Full::ForAll));
        let reserved = places.take(&admin).ok().unwrap();
        assert_eq!(places.take(&admin).err(), Some(Full::ForAll));
        taken.pop();
        assert!(places.take(&c).is_ok(), "the permit came back");
        drop((taken, reserved));
        assert!(places.by_caller.lock().is_empty());
    }
}
