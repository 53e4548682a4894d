//! The operation `explain`: a schedule in words, before a job has it.

use super::{Cx, Service};
use jobs_api::{Explain, ScheduleInWords, SelfOverlap};
use jobs_error::{Error, Result};
use jobs_schedule::{Language, Schedule, Time, Warning, Zone};

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
        let overlap = match name {
            Some(name) => self.overlap(name, &schedule, &zone, cx.now)?,
            None => None,
        };
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
            overlap,
        })
    }

    /// Whether the job of that name would usually still run when it is due again.
    fn overlap(
        &self,
        name: &str,
        schedule: &Schedule,
        zone: &Zone,
        now: Time,
    ) -> Result<Option<SelfOverlap>> {
        let usual = self.store.read(|reader| {
            let Some(job) = reader.job_named(name)? else {
                return Ok(None);
            };
            let runs = reader.job_runs(&[job.id])?;
            Ok(runs.get(&job.id).and_then(|runs| runs.usual_ms))
        })?;
        let Some(usual_ms) = usual else {
            return Ok(None);
        };
        let mut runs = schedule.explained_runs(zone, now, Language::English);
        let mut before = runs.next().map(|run| run.at);
        let mut interval_ms = i64::MAX;
        for run in runs.take(MOST as usize) {
            if let Some(before) = before.replace(run.at) {
                interval_ms = interval_ms.min(run.at.millis() - before.millis());
            }
        }
        Ok((usual_ms > interval_ms).then_some(SelfOverlap {
            usual_ms,
            interval_ms,
        }))
    }
}
