//! The operation `explain`: a schedule in words, before a job has it.

use super::{Cx, Service};
use jobs_api::{Explain, ScheduleInWords};
use jobs_error::{Error, Result};
use jobs_schedule::{Schedule, Warning, Zone};

/// Number of runs by default, and the upper bound.
const RUNS: u32 = 5;
const MOST: u32 = 50;

impl Service {
    pub(super) fn explain(&self, cx: &Cx, request: Explain) -> Result<ScheduleInWords> {
        let runs = request.runs.unwrap_or(RUNS);
        if !(1..=MOST).contains(&runs) {
            return Err(Error::invalid(
                "runs",
                format!("`{runs}` is not in 1 to {MOST}"),
            ));
        }
        let name = request.name.as_deref().filter(|name| !name.is_empty());
        let schedule = match name {
            Some(name) => Schedule::parse_for(&request.expr, name),
            None => Schedule::parse(&request.expr),
        }
        .map_err(|error| error.in_field("expr"))?;
        let zone = match request.timezone.as_deref().map(str::trim) {
            None | Some("") => self.scheduler.settings().zone.clone(),
            Some(name) => Zone::find(name)?,
        };
        let language = request.lang.unwrap_or_default();
        let explained = schedule.explain(&zone, cx.now, runs as usize, language);
        let mut warnings = explained.warnings;
        if let Some(first) = explained.next.first() {
            let others = self.store.read(|reader| {
                let own = name.map(|name| reader.job_named(name)).transpose()?;
                let own = own.flatten().map_or(0, |job| job.id);
                reader.jobs_scheduled_at(first.at, own)
            })?;
            let crowd =
                Warning::crowded(&schedule, name.unwrap_or_default(), others, first.at, &zone);
            warnings.extend(crowd.map(|warning| warning.in_words(language)));
        }
        let (next, notes) = explained
            .next
            .into_iter()
            .map(|run| (run.at, run.note.unwrap_or_default()))
            .unzip();
        Ok(ScheduleInWords {
            canonical: explained.canonical,
            words: explained.words,
            timezone: zone.name().to_string(),
            next,
            notes,
            warnings,
        })
    }
}
