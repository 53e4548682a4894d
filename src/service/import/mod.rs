//! Import of a crontab: each line becomes a job, is recognised as the line of a job, or is refused with the reason.

mod accounts;
mod file;
mod likeness;
mod line;
mod naming;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use super::{Cx, Service, job_input};
use jobs_api::{Import, ImportLine, ImportReport, Imported};
use jobs_crontab as crontab;
use jobs_error::{Error, Result};
use jobs_mask as mask;
use jobs_model::{Job, JobAlerts, Mode};
use jobs_schedule::{Time, Zone};
use jobs_scheduler::Settings;
use jobs_scheduler::rules::{self, Rules};
use jobs_store::Tx;
use jobs_work::Work;
use likeness::{Existing, Kind, claims, has_fields_of_line, with_fields_of_line};
use line::{LineParser, ParsedLine, refused};
use naming::Naming;

/// Marks the origin of a job whose line is gone. If the line comes back, the job goes on with its history.
const GONE: &str = "gone:";

/// Upper bound on the lines of a crontab. The report has an entry for each of them, so memory grows by some 700 bytes a line.
const LINES_MAX: usize = 500_000;

/// Upper bound on the commands and variables of all lines together, in bytes. Each job has a copy of the variables above its line.
const WORK_MAX: usize = 256 * 1024 * 1024;

impl Service {
    pub(super) fn import(&self, cx: &Cx, mut request: Import) -> Result<ImportReport> {
        if request.system && request.user.is_some() {
            return Err(Error::invalid(
                "user",
                "a table of the system has its accounts in a column",
            ));
        }
        if request.origin.is_empty() || request.origin.starts_with(GONE) {
            return Err(Error::invalid(
                "origin",
                format!("`{}` names no crontab", request.origin),
            ));
        }
        let settings = self.scheduler.settings();
        let zone = settings.zone.clone();
        // Parse before the transaction: while it runs, the scheduler claims nothing.
        let lines = read(&request, &settings, cx.now)?;
        request.text = String::new();
        let report = if request.dry_run {
            let now = cx.now;
            self.write(cx, move |tx| take_over(tx, &request, lines, &zone, now))?
        } else {
            self.change_jobs(cx, move |tx, _, now| {
                take_over(tx, &request, lines, &zone, now)
            })?
        };
        self.scheduler.poke();
        Ok(report)
    }
}

/// The warnings of an import for an operator: refused lines and stopped jobs.
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

/// The jobs that the lines describe, and the refused lines.
type Lines = (Vec<ParsedLine>, Vec<ImportLine>);

fn read(request: &Import, settings: &Settings, now: Time) -> Result<Lines> {
    let number = request.text.lines().take(LINES_MAX + 1).count();
    if number > LINES_MAX {
        return Err(Error::invalid(
            "text",
            format!("the crontab has more than {LINES_MAX} lines"),
        )
        .hint("import it in parts, each with an origin of its own"));
    }
    let mut size = 0_usize;
    let mut reading = LineParser::new(request, settings, now);
    let (mut wanted, mut refusals) = (Vec::new(), Vec::new());
    for line in crontab::parse(&request.text, request.system) {
        if let Ok(entry) = &line {
            let variables = entry
                .env
                .iter()
                .map(|(name, value)| name.len() + value.len());
            size = size.saturating_add(entry.command.len() + variables.sum::<usize>());
        }
        if size > WORK_MAX {
            return Err(Error::invalid(
                "text",
                format!(
                    "the commands of the crontab and their variables have more than {WORK_MAX} bytes in all"
                ),
            )
            .hint("each job has a copy of the variables above its line"));
        }
        match line.map_err(refused).and_then(|entry| reading.read(entry)) {
            Ok(line) => wanted.push(line),
            Err(line) => refusals.push(line),
        }
    }
    Ok((wanted, refusals))
}

fn take_over(
    tx: &mut Tx<'_>,
    request: &Import,
    (wanted, refusals): Lines,
    zone: &Zone,
    now: Time,
) -> Result<ImportReport> {
    let mut jobs = tx.jobs_from(&request.origin)?;
    jobs.extend(tx.jobs_from(&format!("{GONE}{}", request.origin))?);
    let existing: Vec<Existing> = jobs.into_iter().map(Existing::from).collect();
    let mut import = Importing {
        request,
        zone,
        now,
        replayed_until: tx.replayed_until()?,
        kind: Kind {
            file: Some(request.origin.as_str()).filter(|origin| *origin != "-"),
            says_user: request.system || request.user.is_some(),
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
    if request.stop_missing {
        let missing = existing
            .into_iter()
            .flatten()
            .filter(|existing| existing.job.origin.as_ref() == Some(&request.origin));
        if import.has_refused() {
            // A refused line may be a mistyped line of a running job, so no job is stopped.
            import.keep_missing(missing);
        } else {
            import.stop_missing(tx, missing)?;
        }
    }
    Ok(ImportReport {
        dry_run: request.dry_run,
        lines: import.lines.into_iter().map(shown).collect(),
    })
}

/// A line with secrets masked.
fn shown(line: ImportLine) -> ImportLine {
    ImportLine {
        text: mask::text(&line.text).into_owned(),
        reason: line.reason.map(|reason| mask::text(&reason).into_owned()),
        ..line
    }
}

struct Importing<'a> {
    request: &'a Import,
    zone: &'a Zone,
    now: Time,
    /// Up to where fixed times have run already, on a clock that was set back.
    replayed_until: Option<Time>,
    kind: Kind<'a>,
    naming: Naming,
    /// Due jobs per instant, for the instants at which this import adds jobs.
    due: HashMap<Time, u64>,
    lines: Vec<ImportLine>,
}

impl Importing<'_> {
    fn has_refused(&self) -> bool {
        self.lines
            .iter()
            .any(|line| line.result == Imported::Refused)
    }

    /// Reports the jobs that go on only because a line of the crontab was refused.
    fn keep_missing(&mut self, missing: impl Iterator<Item = Existing>) {
        for existing in missing.filter(|existing| !existing.job.stopped) {
            self.lines.push(gone(
                &existing,
                Imported::Unchanged,
                "its line is gone or refused; it goes on, for nothing is stopped while a line is refused",
            ));
        }
    }

    fn recognise(&mut self, tx: &mut Tx<'_>, line: ParsedLine, existing: Existing) -> Result<()> {
        let Existing { mut job, work } = existing;
        let had_ended = rules::is_over(&job, self.zone, self.now);
        let mut changes = Vec::new();
        if job.origin.as_deref() != Some(&self.request.origin) {
            changes.push("the line is back".to_string());
            job.origin = Some(self.request.origin.clone());
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
        if let Some(work) = work.filter(|work| !has_fields_of_line(work, &line, self.kind)) {
            changes.push("command or its environment".to_string());
            job.command = Work::Command(with_fields_of_line(&line, work, self.kind)).text();
        }
        if job.alerts.mailto != line.mailto {
            changes.push("MAILTO".to_string());
            job.alerts.mailto.clone_from(&line.mailto);
        }
        if !changes.is_empty() && !self.request.dry_run {
            job.updated_at = self.now;
            if had_ended {
                // The end of the job was past; the line has another schedule now.
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

    fn add(&mut self, tx: &mut Tx<'_>, mut line: ParsedLine) -> Result<()> {
        let name = self.naming.give(tx, &line.base_name)?;
        if name != line.base_name {
            line.warnings.extend(self.twin(tx, &line, &name)?);
        }
        if !self.request.dry_run {
            let mut job = Job {
                cron_expr: line.cron_expr.clone(),
                timezone: line.timezone.clone(),
                mode: Mode::Command,
                command: Work::Command(line.work.clone()).text(),
                alerts: JobAlerts {
                    mailto: line.mailto.clone(),
                    ..JobAlerts::default()
                },
                origin: Some(self.request.origin.clone()),
                ..Job::named(name.clone(), self.now)
            };
            rules::set_next(&mut job, self.zone, self.now, None)?;
            let others = self.due_with(tx, &job)?;
            line.warnings
                .extend(job_input::crowd_of(others, &job, self.zone)?);
            tx.insert_job(&job)?;
        }
        self.lines
            .push(line.report(Imported::Imported, Some(name), None));
        Ok(())
    }

    /// The warning that a job of another origin, which has the name of this line, does the same at the same times.
    fn twin(&self, tx: &mut Tx<'_>, line: &ParsedLine, name: &str) -> Result<Option<String>> {
        let Some(other) = tx.job_named(&line.base_name)? else {
            return Ok(None);
        };
        let is_from_here = other.origin.as_deref() == Some(self.request.origin.as_str());
        let does_the_same = !is_from_here
            && !other.stopped
            && other.cron_expr == line.cron_expr
            && other.timezone == line.timezone
            && Existing::from(other.clone())
                .work
                .is_some_and(|work| work.command == line.work.command);
        Ok(does_the_same.then(|| {
            let place = other.origin.map_or_else(
                || "was added by hand".to_string(),
                |origin| format!("comes from `{origin}`"),
            );
            format!(
                "`{}` runs the same command at the same times and {place}: both would run; `jobs rm {}` removes this one",
                other.name,
                jobs_text::shell_word(name)
            )
        }))
    }

    /// The number of other jobs that are due at the instant of a job to be added.
    fn due_with(&mut self, tx: &mut Tx<'_>, job: &Job) -> Result<u64> {
        let Some(at) = job.scheduled_at else {
            return Ok(0);
        };
        let others = match self.due.get(&at) {
            Some(others) => *others,
            // Ask the store once per instant, not once per job.
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
            if !self.request.dry_run {
                let mut job = existing.job;
                job.origin = Some(format!("{GONE}{}", self.request.origin));
                job.stopped = true;
                rules::set_never(&mut job);
                job.updated_at = self.now;
                tx.update_job(&job)?;
            }
        }
        Ok(())
    }
}

/// The report about a job whose line is gone.
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
