//! Taking over a crontab: each line becomes a job, is recognised again, or is refused with the reason.

mod accounts;
mod likeness;
mod line;

use std::collections::HashSet;
use std::path::Path;

use super::{Service, change};
use crate::api::{Import, ImportLine, ImportReport, Imported};
use crate::crontab;
use crate::error::{Error, Result};
use crate::mask;
use crate::model::{Job, Mode};
use crate::schedule::{Time, Zone};
use crate::scheduler::rules::{self, Rules};
use crate::scheduler::{clock, tick};
use crate::store::Tx;
use crate::work::Work;
use likeness::{Likeness, command_of, is_as_the_line_says, with_what_no_line_says};
use line::{Wanted, read, refuse_damaged, refused};

/// Marks the origin of a job whose line is gone: should the line come back, so does the job with its history.
const GONE: &str = "gone:";

impl Service {
    pub(super) fn import_crontab(&self, ask: Import) -> Result<ImportReport> {
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
        let report = self.write(move |tx| take_over(tx, &ask, &zone, clock::now()))?;
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

fn take_over(tx: &mut Tx<'_>, ask: &Import, zone: &Zone, now: Time) -> Result<ImportReport> {
    let mut existing = tx.jobs_from(&ask.origin)?;
    existing.extend(tx.jobs_from(&format!("{GONE}{}", ask.origin))?);
    let mut import = Importing {
        ask,
        zone,
        now,
        existing,
        names: HashSet::new(),
        lines: Vec::new(),
    };
    let mut wanted = Vec::new();
    for line in crontab::parse(&ask.text, ask.system) {
        match line
            .and_then(refuse_damaged)
            .map_err(refused)
            .and_then(|entry| read(entry, ask.user.as_deref(), zone, now))
        {
            Ok(line) => wanted.push(Some(line)),
            Err(line) => import.lines.push(line),
        }
    }
    // What is just so first, so that a line that has changed can't take the job of one that has not.
    for likeness in [
        Likeness::Same,
        Likeness::SameWork,
        Likeness::SameTime,
        Likeness::SameName,
    ] {
        for slot in &mut wanted {
            if let Some(line) = slot.take_if(|line| import.find(line, likeness).is_some()) {
                import.recognise(tx, line, likeness)?;
            }
        }
    }
    for line in wanted.into_iter().flatten() {
        import.add(tx, line)?;
    }
    import.lines.sort_by_key(|line| line.line);
    if ask.stop_missing {
        if import.has_refused() {
            // A line that is refused may be that of a job that runs well: nobody must lose a job by a slip of the pen.
            import.keep_missing();
        } else {
            import.stop_missing(tx)?;
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
    /// Jobs from the same crontab that no line has claimed yet.
    existing: Vec<Job>,
    /// Names that this import has given.
    names: HashSet<String>,
    lines: Vec<ImportLine>,
}

impl Importing<'_> {
    fn find(&self, line: &Wanted, likeness: Likeness) -> Option<usize> {
        let is_file = self.ask.origin != "-";
        self.existing
            .iter()
            .position(|job| likeness.holds(job, line, is_file))
    }

    fn has_refused(&self) -> bool {
        self.lines
            .iter()
            .any(|line| line.result == Imported::Refused)
    }

    /// Tells which jobs would be stopped, were there no mistake in the crontab.
    fn keep_missing(&mut self) {
        for job in std::mem::take(&mut self.existing) {
            if job.origin.as_deref() == Some(&self.ask.origin) && !job.stopped {
                self.lines.push(gone(
                    &job,
                    Imported::Unchanged,
                    "its line is gone or refused; it goes on, for nothing is stopped while a line is refused",
                ));
            }
        }
    }

    fn recognise(&mut self, tx: &mut Tx<'_>, line: Wanted, likeness: Likeness) -> Result<()> {
        let Some(index) = self.find(&line, likeness) else {
            return self.add(tx, line);
        };
        let mut job = self.existing.remove(index);
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
        if let Some(work) = command_of(&job).filter(|work| !is_as_the_line_says(work, &line)) {
            changes.push("command or its environment".to_string());
            job.command = Work::Command(with_what_no_line_says(&line, work)).text();
        }
        if job.mailto != line.mailto {
            changes.push("MAILTO".to_string());
            job.mailto.clone_from(&line.mailto);
        }
        let name = job.name.clone();
        if !changes.is_empty() && !self.ask.dry_run {
            job.updated_at = self.now;
            let held = tick::held(tx)?;
            if had_ended {
                // Its time was past; the line has another one now.
                job.stopped = Rules::of(&job, self.zone, None)?.has_ended(self.now);
            }
            rules::set_next(&mut job, self.zone, self.now, held)?;
            tx.update_job(&job)?;
        }
        let result = if changes.is_empty() {
            Imported::Unchanged
        } else {
            Imported::Changed
        };
        let reason = (!changes.is_empty()).then(|| changes.join(", "));
        self.lines.push(line.report(result, Some(name), reason));
        Ok(())
    }

    fn add(&mut self, tx: &mut Tx<'_>, mut line: Wanted) -> Result<()> {
        let mut broken = None;
        let name = crontab::unique(&line.base_name, |name| {
            self.names.contains(name)
                || tx
                    .job_named(name)
                    .map(|job| job.is_some())
                    .unwrap_or_else(|error| {
                        broken.get_or_insert(error);
                        false
                    })
        });
        if let Some(error) = broken {
            return Err(error);
        }
        self.names.insert(name.clone());
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
            line.warnings.extend(change::crowd(tx, &job, self.zone)?);
            tx.insert_job(&job)?;
        }
        self.lines
            .push(line.report(Imported::Imported, Some(name), None));
        Ok(())
    }

    fn stop_missing(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        for mut job in std::mem::take(&mut self.existing) {
            if job.origin.as_deref() != Some(&self.ask.origin) {
                continue;
            }
            self.lines
                .push(gone(&job, Imported::Stopped, "its line is gone"));
            if !self.ask.dry_run {
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
fn gone(job: &Job, result: Imported, why: &str) -> ImportLine {
    let command = command_of(job).map_or_else(|| job.command.clone(), |work| work.command);
    ImportLine {
        line: 0,
        text: format!("{} {command}", job.cron_expr),
        result,
        job: Some(job.name.clone()),
        reason: Some(why.to_string()),
        warnings: Vec::new(),
    }
}
