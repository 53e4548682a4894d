//! Sets of job ids: the jobs that pass a filter, found once and then compared with each job of an order.

use jobs_model::JobId;

/// Ids for each of which [`Ids`] spends a bit at most this many times.
const BITS_PER_ID: usize = 64;

/// A set of ids: a bit for each number in its range, or a sorted list when they are far apart.
pub(super) enum Ids {
    Bits {
        first: JobId,
        words: Vec<u64>,
        number: usize,
    },
    Sorted(Vec<JobId>),
}

impl Ids {
    pub(super) fn of(mut ids: Vec<JobId>) -> Ids {
        ids.sort_unstable();
        ids.dedup();
        let (Some(first), Some(last)) = (ids.first().copied(), ids.last()) else {
            return Ids::Sorted(ids);
        };
        let span = usize::try_from(last - first).unwrap_or(usize::MAX);
        if span / BITS_PER_ID > ids.len() {
            return Ids::Sorted(ids);
        }
        let mut words = vec![0; span / 64 + 1];
        for id in &ids {
            let at = (id - first) as usize;
            words[at / 64] |= 1 << (at % 64);
        }
        Ids::Bits {
            first,
            words,
            number: ids.len(),
        }
    }

    pub(super) const fn len(&self) -> usize {
        match self {
            Ids::Bits { number, .. } => *number,
            Ids::Sorted(ids) => ids.len(),
        }
    }

    /// The ids, rising.
    pub(super) fn list(&self) -> Vec<JobId> {
        match self {
            Ids::Bits { first, words, .. } => (*first..)
                .take(words.len() * 64)
                .filter(|id| self.contains(*id))
                .collect(),
            Ids::Sorted(ids) => ids.clone(),
        }
    }

    pub(super) fn contains(&self, id: JobId) -> bool {
        match self {
            Ids::Bits { first, words, .. } => usize::try_from(id - first)
                .ok()
                .and_then(|at| Some(words.get(at / 64)? >> (at % 64) & 1 == 1))
                .unwrap_or(false),
            Ids::Sorted(ids) => ids.binary_search(&id).is_ok(),
        }
    }
}

/// The jobs that pass a filter.
pub(super) enum Passing {
    All,
    /// All but these.
    Without(Ids),
    Only(Ids),
}

impl Passing {
    pub(super) fn contains(&self, id: JobId) -> bool {
        match self {
            Passing::All => true,
            Passing::Without(ids) => !ids.contains(id),
            Passing::Only(ids) => ids.contains(id),
        }
    }

    /// Those of the jobs that pass.
    pub(super) fn of(&self, mut ids: Vec<JobId>) -> Vec<JobId> {
        ids.retain(|id| self.contains(*id));
        ids
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_of_near_and_of_far_ids_contains_what_was_given() {
        for ids in [
            vec![],
            vec![7],
            vec![3, 1, 2, 64, 65, 128, 3],
            vec![-5, 0, 5],
            vec![1, 1_000_000_000],
            vec![i64::MIN / 4, i64::MAX / 4],
        ] {
            let set = Ids::of(ids.clone());
            let sorted: std::collections::BTreeSet<JobId> = ids.iter().copied().collect();
            assert_eq!(set.len(), sorted.len(), "{ids:?}");
            assert_eq!(set.list(), sorted.into_iter().collect::<Vec<_>>());
            for id in -200..200 {
                assert_eq!(set.contains(id), ids.contains(&id), "{id} in {ids:?}");
            }
            assert!(ids.iter().all(|id| set.contains(*id)), "{ids:?}");
        }
    }
}
