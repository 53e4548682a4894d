//! Taking over a crontab: each line becomes a job, is recognised again, or is refused with the reason.

mod accounts;
mod likeness;
mod line;
mod naming;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::Path;

use super::{Service, change};
use crate::api::{Import, ImportLine, ImportReport, Imported};
use crate::crontab;
use crate::error::{Error, Result};
use crate::mask;
use crate::model::{Job, Mode};
use crate::schedule::{Time, Zone};
use crate::scheduler::clock;
use crate::scheduler::rules::{self, Rules};
use crate::store::Tx;
use crate::work::Work;
use likeness::{Existing, Kind, claims, is_as_the_line_says, with_what_no_line_says};
use line::{Reading, Wanted, refuse_damaged, refused};
use naming::Naming;

/// Marks the origin of a job whose line is gone: should the line come back, so does the job with its history.
const GONE: &str = "gone:";

impl Service {
    pub(super) fn import_crontab(&self, mut ask: Import) -> Result<ImportReport> {
        if ask.system && ask.user.is_some() {
            return Err(Error::invalid(
                "user",
                "a table of the system has its accounts in a column",
            ));
        }
        if ask.origin.is_empty() || ask.origin.starts_with(GONE) {
            return Err(Error::invalid(
                "origin",
                format!("`{}` names no crontab", ask.origin),
            ));
        }
        let zone = self.scheduler.settings().zone.clone();
        // Before the transaction: while one writes, nothing is claimed.
        let lines = read(&ask, &zone, clock::now());
        ask.text = String::new();
        let report = if ask.dry_run {
            self.write(move |tx| take_over(tx, &ask, lines, &zone, clock::now()))?
        } else {
            self.change_jobs(move |tx, _| take_over(tx, &ask, lines, &zone, clock::now()))?
        };
        self.scheduler.poke();
        Ok(report)
    }
}

impl Service {
    /// Takes the crontab of `start --crontab` over: what is gone from it stops.
    pub fn take_over(&self, crontab: &Path) -> Result<ImportReport> {
        let bytes = std::fs::read(crontab).map_err(|error| {
            Error::io(
                format!("cannot read the crontab `{}`", crontab.display()),
                error,
            )
        })?;
        self.import_crontab(Import {
            text: String::from_utf8_lossy(&bytes).into_owned(),
            origin: crontab.display().to_string(),
            dry_run: false,
            stop_missing: true,
            ..Import::default()
        })
    }
}

/// What an operator who reads a crontab again must know of it: lines that are refused, jobs that are stopped.
pub(super) fn news(report: &ImportReport) -> Vec<String> {
    report
        .lines
        .iter()
        .filter_map(|line| {
            let reason = line.reason.as_deref().unwrap_or_default();
            let job = line.job.as_deref().unwrap_or_default();
            match (line.result, line.line) {
                (Imported::Refused, number) => Some(format!(
                    "line {number} of the crontab was refused: {reason}"
                )),
                (Imported::Stopped, _) => Some(format!("`{job}` was stopped: {reason}")),
                (Imported::Unchanged, 0) => Some(format!("`{job}`: {reason}")),
                (Imported::Imported | Imported::Changed | Imported::Unchanged, _) => None,
            }
        })
        .collect()
}

/// What the lines ask for, and those that are refused.
type Lines = (Vec<Wanted>, Vec<ImportLine>);

fn read(ask: &Import, zone: &Zone, now: Time) -> Lines {
    let mut reading = Reading::new(ask.user.as_deref(), zone, now);
    let (mut wanted, mut refusals) = (Vec::new(), Vec::new());
    for line in crontab::parse(&ask.text, ask.system) {
        match line
            .and_then(refuse_damaged)
            .map_err(refused)
            .and_then(|entry| reading.read(entry))
        {
            Ok(line) => wanted.push(line),
            Err(line) => refusals.push(line),
        }
    }
    (wanted, refusals)
}

fn take_over(
    tx: &mut Tx<'_>,
    ask: &Import,
    (wanted, refusals): Lines,
    zone: &Zone,
    now: Time,
) -> Result<ImportReport> {
    let mut jobs = tx.jobs_from(&ask.origin)?;
    jobs.extend(tx.jobs_from(&format!("{GONE}{}", ask.origin))?);
    let existing: Vec<Existing> = jobs.into_iter().map(Existing::from).collect();
    let mut import = Importing {
        ask,
        zone,
        now,
        replayed_until: tx.replayed_until()?,
        kind: Kind {
            is_file: ask.origin != "-",
            says_user: ask.system || ask.user.is_some(),
        },
        naming: Naming::default(),
        due: HashMap::new(),
        lines: refusals,
    };
    let claims = claims(&existing, &wanted, import.kind);
    let mut existing: Vec<Option<Existing>> = existing.into_iter().map(Some).collect();
    let mut new = Vec::new();
    for (line, claim) in wanted.into_iter().zip(claims) {
        match claim.and_then(|index| existing[index].take()) {
            Some(existing) => import.recognise(tx, line, existing)?,
            None => new.push(line),
        }
    }
    for line in new {
        import.add(tx, line)?;
    }
    import.lines.sort_by_key(|line| line.line);
    if ask.stop_missing {
        let missing = existing
            .into_iter()
            .flatten()
            .filter(|existing| existing.job.origin.as_ref() == Some(&ask.origin));
        if import.has_refused() {
            // A line that is refused may be that of a job that runs well: nobody must lose a job by a slip of the pen.
            import.keep_missing(missing);
        } else {
            import.stop_missing(tx, missing)?;
        }
    }
    Ok(ImportReport {
        dry_run: ask.dry_run,
        lines: import.lines.into_iter().map(shown).collect(),
    })
}

/// A line as it may be shown.
fn shown(line: ImportLine) -> ImportLine {
    ImportLine {
        text: mask::text(&line.text).into_owned(),
        reason: line.reason.map(|reason| mask::text(&reason).into_owned()),
        ..line
    }
}

struct Importing<'a> {
    ask: &'a Import,
    zone: &'a Zone,
    now: Time,
    /// Up to where fixed times have run already, on a clock that was set back.
    replayed_until: Option<Time>,
    kind: Kind,
    naming: Naming,
    /// How many jobs are due at an instant, of those at which this import adds some.
    due: HashMap<Time, u64>,
    lines: Vec<ImportLine>,
}

impl Importing<'_> {
    fn has_refused(&self) -> bool {
        self.lines
            .iter()
            .any(|line| line.result == Imported::Refused)
    }

    /// Tells which jobs would be stopped, were there no mistake in the crontab.
    fn keep_missing(&mut self, missing: impl Iterator<Item = Existing>) {
        for existing in missing.filter(|existing| !existing.job.stopped) {
            self.lines.push(gone(
                &existing,
                Imported::Unchanged,
                "its line is gone or refused; it goes on, for nothing is stopped while a line is refused",
            ));
        }
    }

    fn recognise(&mut self, tx: &mut Tx<'_>, line: Wanted, existing: Existing) -> Result<()> {
        let Existing { mut job, work } = existing;
        let had_ended = rules::is_over(&job, self.zone, self.now);
        let mut changes = Vec::new();
        if job.origin.as_deref() != Some(&self.ask.origin) {
            changes.push("the line is back".to_string());
            job.origin = Some(self.ask.origin.clone());
            job.stopped = false;
        }
        if job.cron_expr != line.cron_expr {
            changes.push(format!("schedule was `{}`", job.cron_expr));
            job.cron_expr.clone_from(&line.cron_expr);
            job.anchor_at = self.now;
        }
        if job.timezone != line.timezone {
            changes.push(format!(
                "zone was `{}`",
                job.timezone.as_deref().unwrap_or("the daemon's")
            ));
            job.timezone.clone_from(&line.timezone);
        }
        if let Some(work) = work.filter(|work| !is_as_the_line_says(work, &line, self.kind)) {
            changes.push("command or its environment".to_string());
            job.command = Work::Command(with_what_no_line_says(&line, work, self.kind)).text();
        }
        if job.mailto != line.mailto {
            changes.push("MAILTO".to_string());
            job.mailto.clone_from(&line.mailto);
        }
        if !changes.is_empty() && !self.ask.dry_run {
            job.updated_at = self.now;
            if had_ended {
                // Its time was past; the line has another one now.
                job.stopped = Rules::of(&job, self.zone, None)?.has_ended(self.now);
            }
            rules::set_next(&mut job, self.zone, self.now, self.replayed_until)?;
            tx.update_job(&job)?;
        }
        let result = if changes.is_empty() {
            Imported::Unchanged
        } else {
            Imported::Changed
        };
        let reason = (!changes.is_empty()).then(|| changes.join(", "));
        self.lines.push(line.report(result, Some(job.name), reason));
        Ok(())
    }

    fn add(&mut self, tx: &mut Tx<'_>, mut line: Wanted) -> Result<()> {
        let name = self.naming.give(tx, &line.base_name)?;
        if !self.ask.dry_run {
            let mut job = Job {
                cron_expr: line.cron_expr.clone(),
                timezone: line.timezone.clone(),
                mode: Mode::Command,
                command: Work::Command(line.work.clone()).text(),
                mailto: line.mailto.clone(),
                origin: Some(self.ask.origin.clone()),
                ..Job::named(name.clone(), self.now)
            };
            rules::set_next(&mut job, self.zone, self.now, None)?;
            let others = self.due_with(tx, &job)?;
            line.warnings
                .extend(change::crowd_of(others, &job, self.zone)?);
            tx.insert_job(&job)?;
        }
        self.lines
            .push(line.report(Imported::Imported, Some(name), None));
        Ok(())
    }

    /// How many other jobs are due when this one is, which is to be added.
    fn due_with(&mut self, tx: &mut Tx<'_>, job: &Job) -> Result<u64> {
        let Some(at) = job.scheduled_at else {
            return Ok(0);
        };
        let others = match self.due.get(&at) {
            Some(others) => *others,
            // Once for each instant: counting them for each job would count the same ones again and again.
            None => tx.jobs_scheduled_at(at, job.id)?,
        };
        self.due.insert(at, others + 1);
        Ok(others)
    }

    fn stop_missing(
        &mut self,
        tx: &mut Tx<'_>,
        missing: impl Iterator<Item = Existing>,
    ) -> Result<()> {
        for existing in missing {
            self.lines
                .push(gone(&existing, Imported::Stopped, "its line is gone"));
            if !self.ask.dry_run {
                let mut job = existing.job;
                job.origin = Some(format!("{GONE}{}", self.ask.origin));
                job.stopped = true;
                rules::set_never(&mut job);
                job.updated_at = self.now;
                tx.update_job(&job)?;
            }
        }
        Ok(())
    }
}

/// What became of a job that no line speaks of.
fn gone(existing: &Existing, result: Imported, why: &str) -> ImportLine {
    let Existing { job, work } = existing;
    let command = work.as_ref().map_or(&job.command, |work| &work.command);
    ImportLine {
        line: 0,
        text: format!("{} {command}", job.cron_expr),
        result,
        job: Some(job.name.clone()),
        reason: Some(why.to_string()),
        warnings: Vec::new(),
    }
}
