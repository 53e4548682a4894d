//! A schedule for a person who is about to use it: in words, with its next runs and the warnings about it.

use super::{Language, Schedule, Time, Zone};

/// A schedule in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// [`Schedule::canonical`].
    pub canonical: String,
    /// [`Schedule::describe`].
    pub words: String,
    /// The next runs.
    pub next: Vec<ExplainedRun>,
    /// [`Schedule::warnings`], as sentences.
    pub warnings: Vec<String>,
}

/// A run of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedRun {
    pub at: Time,
    /// [`Schedule::note`], as a sentence.
    pub note: Option<String>,
}

impl Schedule {
    /// Explains the schedule, with at most `runs` runs after `from`. `@every` counts from `from`, as if the job were added then.
    pub fn explain(&self, zone: &Zone, from: Time, runs: usize, language: Language) -> Explanation {
        Explanation {
            canonical: self.canonical(),
            words: self.describe(language),
            next: self
                .explained_runs(zone, from, language)
                .take(runs)
                .collect(),
            warnings: self
                .warnings(zone, from)
                .iter()
                .map(|warning| warning.in_words(language))
                .collect(),
        }
    }

    /// The runs after `from` with their notes. `@every` counts from `from`.
    pub fn explained_runs(
        &self,
        zone: &Zone,
        from: Time,
        language: Language,
    ) -> impl Iterator<Item = ExplainedRun> {
        let mut after = from;
        std::iter::from_fn(move || {
            let at = self.next_after(after, zone, from)?;
            after = at;
            let note = self.note(at, zone, from);
            Some(ExplainedRun {
                at,
                note: note.map(|note| note.in_words(language)),
            })
        })
    }
}
