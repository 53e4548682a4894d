//! `jobs import crontab`: takes over a crontab and reports every line.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::out::{Highlight, Out, warn};
use super::{Context, DONE, FAILED, absolute, text};
use jobs_api::{Import, ImportReport, Imported};

#[derive(Args, Debug)]
pub struct ImportArgs {
    #[command(subcommand)]
    pub verb: ImportVerb,
}

#[derive(Subcommand, Debug)]
pub enum ImportVerb {
    /// Import a crontab; importing it again changes only what has changed
    #[command(
        after_help = "Examples:\n  jobs import crontab /etc/my.crontab --dry-run\n  jobs import crontab --system /etc/crontab\n  jobs import crontab --user alice"
    )]
    Crontab {
        /// The file, or - for standard input [default with --user: where cron keeps the crontab of that account]
        #[arg(required_unless_present = "user")]
        file: Option<PathBuf>,
        /// The lines have a column with the account, as in /etc/crontab and /etc/cron.d
        #[arg(long)]
        system: bool,
        /// It is the crontab of this account; its commands run as that account
        #[arg(long, value_name = "NAME", conflicts_with = "system")]
        user: Option<String>,
        /// Only report; change nothing
        #[arg(long)]
        dry_run: bool,
        /// Stop the jobs that came from the same file and whose lines are gone; nothing is stopped while a line is
        /// refused
        #[arg(long)]
        stop_missing: bool,
        /// The name of the source, instead of its path (or `-`); the next import recognises lines by it
        #[arg(long, value_name = "NAME")]
        origin: Option<String>,
    },
}

pub fn import(context: &Context, verb: &ImportVerb, out: &mut Out) -> anyhow::Result<i32> {
    let ImportVerb::Crontab {
        file,
        system,
        user,
        dry_run,
        stop_missing,
        origin,
    } = verb;
    let file = match (file, user) {
        (Some(file), _) => file.clone(),
        (None, Some(user)) => crontab_of(user)?,
        (None, None) => PathBuf::from("-"),
    };
    let (bytes, place) = read(&file)?;
    let origin = origin.clone().unwrap_or(place);
    if std::str::from_utf8(&bytes).is_err() {
        warn("the crontab is not UTF-8; lines that are not UTF-8 are refused");
    }
    let report = context.client()?.call(&Import {
        text: String::from_utf8_lossy(&bytes).into_owned(),
        origin,
        dry_run: *dry_run,
        stop_missing: *stop_missing,
        system: *system,
        user: user.clone(),
    })?;
    let is_whole = report
        .lines
        .iter()
        .all(|line| line.result != Imported::Refused);
    if out.wants_json() {
        out.data(&report)?;
    } else {
        show(&report, out)?;
    }
    Ok(if is_whole { DONE } else { FAILED })
}

/// The path at which cron keeps the crontab of an account.
fn crontab_of(user: &str) -> anyhow::Result<PathBuf> {
    // The name becomes a part of a path.
    anyhow::ensure!(
        !user.is_empty() && !user.contains('/') && !user.starts_with('.'),
        "user: `{user}` is not a name of an account"
    );
    let places =
        ["/var/spool/cron/crontabs", "/var/spool/cron"].map(|folder| Path::new(folder).join(user));
    places
        .iter()
        .find(|place| place.is_file())
        .cloned()
        .with_context(|| {
            format!(
                "`{user}` has no crontab at `{}` or `{}`; give the file",
                places[0].display(),
                places[1].display()
            )
        })
}

fn read(file: &Path) -> anyhow::Result<(Vec<u8>, String)> {
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin()
            .read_to_end(&mut bytes)
            .context("standard input can't be read")?;
        return Ok((bytes, "-".to_string()));
    }
    let bytes = std::fs::read(file)
        .with_context(|| format!("the crontab `{}` can't be read", file.display()))?;
    Ok((bytes, canonical_origin(file)?.display().to_string()))
}

/// The canonical path of a crontab, so that `..` and links to folders do not make another origin of the same file. A link
/// in the last part of the path stays.
pub fn canonical_origin(file: &Path) -> anyhow::Result<PathBuf> {
    let file = absolute(file)?;
    let named = file
        .parent()
        .zip(file.file_name())
        .and_then(|(folder, name)| Some(folder.canonicalize().ok()?.join(name)));
    Ok(named.unwrap_or(file))
}

fn show(report: &ImportReport, out: &mut Out) -> anyhow::Result<()> {
    for line in &report.lines {
        let (word, highlight) = match line.result {
            Imported::Imported => ("imported", Highlight::Good),
            Imported::Changed => ("changed", Highlight::Good),
            Imported::Unchanged => ("unchanged", Highlight::Dim),
            Imported::Refused => ("refused", Highlight::Bad),
            Imported::Stopped => ("stopped", Highlight::Warn),
        };
        let place = if line.line == 0 {
            "gone".to_string()
        } else {
            format!("line {}", line.line)
        };
        let what = match (&line.job, line.result) {
            (Some(job), _) => format!("`{}`: {}", text::visible(job), text::visible(&line.text)),
            (None, _) => text::visible(&line.text),
        };
        out.line(&format!(
            "{place:>9}  {}  {what}",
            out.paint(highlight, &format!("{word:<9}"))
        ))?;
        for (index, reason) in line
            .reason
            .iter()
            .flat_map(|reason| reason.split('\n'))
            .enumerate()
        {
            let mark = if index == 0 { "-> " } else { "   " };
            out.line(&format!("{:22}{mark}{}", "", text::visible(reason)))?;
        }
        for warning in &line.warnings {
            out.line(&format!(
                "{:22}{} {}",
                "",
                out.paint(Highlight::Warn, "warning:"),
                text::visible(warning)
            ))?;
        }
    }
    let count = |result| {
        report
            .lines
            .iter()
            .filter(|line| line.result == result)
            .count()
    };
    out.line(&format!(
        "{}{} imported, {} changed, {} unchanged, {} stopped, {} refused",
        if report.dry_run {
            "only a report, nothing was changed: "
        } else {
            ""
        },
        count(Imported::Imported),
        count(Imported::Changed),
        count(Imported::Unchanged),
        count(Imported::Stopped),
        count(Imported::Refused),
    ))?;
    Ok(())
}
