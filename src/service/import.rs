//! Taking over a crontab: each line becomes a job, is recognised again, or is refused with the reason.

use std::collections::HashSet;
use std::path::Path;

use super::{Service, change};
use crate::api::{Import, ImportLine, ImportReport, Imported};
use crate::crontab::{self, Entry, Refused};
use crate::error::{Error, Result};
use crate::model::{Job, Mode};
use crate::schedule::{Schedule, Time, Zone};
use crate::scheduler::{clock, rules};
use crate::store::Tx;
use crate::work::{Command, Work};

/// Marks the origin of a job whose line is gone: should the line come back, so does the job with its history.
const GONE: &str = "gone:";

impl Service {
    pub(super) fn import_crontab(&self, ask: Import) -> Result<ImportReport> {
        if ask.origin.is_empty() || ask.origin.starts_with(GONE) {
            return Err(Error::invalid(
                "origin",
                format!("`{}` names no crontab", ask.origin),
            ));
        }
        let zone = self.scheduler.settings().zone.clone();
        let report = self
            .store
            .write(move |tx| take_over(tx, &ask, &zone, clock::now()))?;
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
        })
    }
}

/// The refused lines of a crontab, as sentences.
pub(super) fn refusals(report: &ImportReport) -> Vec<String> {
    let refused = report
        .lines
        .iter()
        .filter(|line| line.result == Imported::Refused);
    refused
        .map(|line| {
            let reason = line.reason.as_deref().unwrap_or_default();
            format!("line {} of the crontab was refused: {reason}", line.line)
        })
        .collect()
}

/// What a line asks for, before it has a job.
struct Wanted {
    line: usize,
    text: String,
    cron_expr: String,
    timezone: Option<String>,
    command: String,
    base_name: String,
    mailto: Option<String>,
    warnings: Vec<String>,
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
    for line in crontab::parse(&ask.text, false) {
        match line
            .map_err(refused)
            .and_then(|entry| read(entry, zone, now))
        {
            Ok(line) => wanted.push(Some(line)),
            Err(line) => import.lines.push(line),
        }
    }
    // What is just so first, so that a line that has changed can't take the job of one that has not.
    for likeness in [Likeness::Same, Likeness::SameWork, Likeness::SameTime] {
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
        import.stop_missing(tx)?;
    }
    Ok(ImportReport {
        dry_run: ask.dry_run,
        lines: import.lines,
    })
}

/// How a line is like a job that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Likeness {
    Same,
    SameWork,
    /// Another command at the same time, that goes by the same name.
    SameTime,
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
        self.existing.iter().position(|job| {
            let same_work = job.command == line.command;
            let same_time = job.cron_expr == line.cron_expr && job.timezone == line.timezone;
            match likeness {
                Likeness::Same => same_work && same_time && job.mailto == line.mailto,
                Likeness::SameWork => same_work,
                Likeness::SameTime => {
                    same_time && base_name(&job.command).as_deref() == Some(&line.base_name)
                }
            }
        })
    }

    fn recognise(&mut self, tx: &mut Tx<'_>, line: Wanted, likeness: Likeness) -> Result<()> {
        let Some(index) = self.find(&line, likeness) else {
            return self.add(tx, line);
        };
        let mut job = self.existing.remove(index);
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
        if job.command != line.command {
            changes.push("command or its environment".to_string());
            job.command.clone_from(&line.command);
        }
        if job.mailto != line.mailto {
            changes.push("MAILTO".to_string());
            job.mailto.clone_from(&line.mailto);
        }
        let name = job.name.clone();
        if !changes.is_empty() && !self.ask.dry_run {
            job.updated_at = self.now;
            rules::set_next(&mut job, self.zone, self.now)?;
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
                command: line.command.clone(),
                mailto: line.mailto.clone(),
                origin: Some(self.ask.origin.clone()),
                ..Job::named(name.clone(), self.now)
            };
            rules::set_next(&mut job, self.zone, self.now)?;
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
            self.lines.push(ImportLine {
                line: 0,
                text: format!("{} {}", job.cron_expr, job.command),
                result: Imported::Stopped,
                job: Some(job.name.clone()),
                reason: Some("its line is gone".to_string()),
                warnings: Vec::new(),
            });
            if !self.ask.dry_run {
                job.origin = Some(format!("{GONE}{}", self.ask.origin));
                job.stopped = true;
                job.next_at = None;
                job.scheduled_at = None;
                job.updated_at = self.now;
                tx.update_job(&job)?;
            }
        }
        Ok(())
    }
}

impl Wanted {
    fn report(self, result: Imported, job: Option<String>, reason: Option<String>) -> ImportLine {
        ImportLine {
            line: self.line,
            text: self.text,
            result,
            job,
            reason,
            warnings: self.warnings,
        }
    }
}

fn refused(line: Refused) -> ImportLine {
    ImportLine {
        line: line.line,
        text: line.text,
        result: Imported::Refused,
        job: None,
        reason: Some(line.reason),
        warnings: Vec::new(),
    }
}

/// What an entry asks for, or why it can't be had.
fn read(entry: Entry, daemon: &Zone, now: Time) -> Result<Wanted, ImportLine> {
    let line = entry.line;
    let text = entry.text.clone();
    wanted(entry, daemon, now).map_err(|error| {
        refused(Refused {
            line,
            text,
            reason: error.to_string(),
        })
    })
}

fn wanted(entry: Entry, daemon: &Zone, now: Time) -> Result<Wanted> {
    let base_name = crontab::name_for(&entry.command);
    let schedule = Schedule::parse_for(&entry.schedule, &base_name)?;
    let zone = match &entry.zone {
        Some(name) => Zone::find(name)?,
        None => daemon.clone(),
    };
    let work = Work::Command(Command {
        command: entry.command,
        workdir: None,
        env: entry.env,
        // cron kills nothing.
        timeout: Some(0),
        times: 0,
        interval: 0,
        stdin: entry.stdin,
        shell: entry.shell,
        user: None,
    });
    let command = work.text();
    // What can't be read back must not be stored.
    if Work::parse(Mode::Command, &command)? != work {
        return Err(Error::invalid(
            "command",
            "it can't be kept in the bracket format (a line of it begins with `【`)",
        ));
    }
    Ok(Wanted {
        line: entry.line,
        text: entry.text,
        warnings: schedule
            .doubts(&zone, now)
            .iter()
            .map(ToString::to_string)
            .collect(),
        timezone: entry.zone.is_some().then(|| zone.name().to_string()),
        cron_expr: entry.schedule,
        command,
        base_name,
        mailto: entry.mailto,
    })
}

/// The name that the command of a job would get.
fn base_name(command: &str) -> Option<String> {
    match Work::parse(Mode::Command, command) {
        Ok(Work::Command(work)) => Some(crontab::name_for(&work.command)),
        Ok(Work::Http(_) | Work::Func(_)) | Err(_) => None,
    }
}
