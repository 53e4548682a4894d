//! `jobs import`: takes over crontabs and reports every line, or imports a list of jobs that `jobs export` has printed.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::cron_places::{self, Table};
use super::cron_rules::Rules;
use super::habits::UsageError;
use super::out::{Highlight, Out, print_message, warn};
use super::{Context, DONE, FAILED, absolute, definitions, text};
use jobs_api::{Import, ImportReport, Imported};
use jobs_error::Error;
use jobs_rpc::Client;

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ImportArgs {
    #[command(subcommand)]
    pub verb: Option<ImportVerb>,
    /// A list of jobs from `jobs export`, or a crontab; - for standard input
    pub file: Option<PathBuf>,
    /// Only report; change nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Subcommand, Debug)]
pub enum ImportVerb {
    /// Import crontabs; importing them again changes only what has changed
    #[command(
        after_help = "Examples:\n  jobs import crontab /etc/my.crontab --dry-run\n  jobs import crontab --system /etc/crontab\n  jobs import crontab --system            every crontab that cron reads\n  jobs import crontab --user alice\n  crontab -l | jobs import crontab -"
    )]
    Crontab(CrontabArgs),
}

#[derive(Args, Debug, Default)]
pub struct CrontabArgs {
    /// The files, folders with crontabs, or - for standard input [default with --user: where cron keeps the crontab of that
    /// account; with --system: all crontabs that cron reads]
    #[arg(value_name = "FILE", required_unless_present_any = ["user", "system"])]
    pub files: Vec<PathBuf>,
    /// The lines have a column with the account, as in /etc/crontab and /etc/cron.d
    #[arg(long)]
    pub system: bool,
    /// The crontab is that of this account; its commands run as that account
    #[arg(long, value_name = "NAME", conflicts_with = "system")]
    pub user: Option<String>,
    /// Only report; change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Stop the jobs that came from the same file and whose lines are gone; nothing is stopped while a line is refused
    #[arg(long)]
    pub stop_missing: bool,
    /// The name of the source, instead of its path (or `-`); the next import recognises lines by it
    #[arg(long, value_name = "NAME")]
    pub origin: Option<String>,
}

pub fn import(context: &Context, args: ImportArgs, out: &mut Out) -> anyhow::Result<i32> {
    match (args.verb, args.file) {
        (Some(ImportVerb::Crontab(args)), _) => {
            let tables = tables(&args)?;
            import_crontabs(context, &args, tables, out)
        }
        (None, Some(file)) => import_file(context, &file, args.dry_run, out),
        (None, None) => {
            let problem = "`jobs import` needs a file".to_string();
            Err(UsageError::of("import", &["MISSING".to_string()], problem).into())
        }
    }
}

/// Imports a file whose kind its text says.
fn import_file(
    context: &Context,
    file: &Path,
    dry_run: bool,
    out: &mut Out,
) -> anyhow::Result<i32> {
    let args = CrontabArgs {
        files: vec![file.to_path_buf()],
        dry_run,
        ..CrontabArgs::default()
    };
    if file.is_dir() {
        let tables = tables(&args)?;
        return import_crontabs(context, &args, tables, out);
    }
    let table = Table::of(file);
    let (bytes, place) = match read(&table, &args)? {
        Found::Read { bytes, place } => (bytes, place),
        Found::LeftOut(reason) => return Err(reason),
    };
    if let Ok(text) = std::str::from_utf8(&bytes)
        && definitions::is_list_of_jobs(text)
    {
        return definitions::import(context, text, &place, dry_run, out);
    }
    if table.is_system {
        print_message(&format!(
            "`{place}` is read as a crontab of the system (--system)"
        ));
    }
    let mut client = context.client()?;
    let report = import_table(&mut client, &args, &table, bytes, place)?;
    if out.wants_json() {
        out.data(&report)?;
    } else {
        show(&report, out)?;
    }
    Ok(status(&report))
}

/// The crontabs that the arguments name.
fn tables(args: &CrontabArgs) -> anyhow::Result<Vec<Table>> {
    let mut tables = Vec::new();
    match (args.files.as_slice(), &args.user) {
        ([], Some(user)) => tables.push(Table::of_account(&crontab_of(user)?, user)),
        ([], None) => {
            tables = cron_places::of_system(Path::new("/"))?;
            if tables.is_empty() {
                return Err(
                    Error::invalid("system", "cron has no crontab on this machine")
                        .hint("give the files: `jobs import crontab --system FILE`")
                        .into(),
                );
            }
        }
        (files, user) => {
            for file in files {
                if file.is_dir() {
                    tables.extend(cron_places::in_folder(file)?);
                } else {
                    tables.push(Table::plain(file));
                }
            }
            for table in &mut tables {
                table.is_system |= args.system;
                if let Some(user) = user {
                    table.user = Some(user.clone());
                }
            }
        }
    }
    if args.origin.is_some() && tables.len() > 1 {
        return Err(Error::invalid(
            "origin",
            format!("{} crontabs can't have one origin", tables.len()),
        )
        .into());
    }
    Ok(tables)
}

fn import_crontabs(
    context: &Context,
    args: &CrontabArgs,
    tables: Vec<Table>,
    out: &mut Out,
) -> anyhow::Result<i32> {
    let is_single = tables.len() == 1;
    let mut client = context.client()?;
    let mut code = DONE;
    let mut reports = Vec::new();
    for table in &tables {
        let result = read(table, args).and_then(|found| match found {
            Found::LeftOut(reason) => Ok(Err(reason)),
            Found::Read { bytes, place } => {
                let place = args.origin.clone().unwrap_or(place);
                let report = import_table(&mut client, args, table, bytes, place.clone())?;
                Ok(Ok((report, place)))
            }
        });
        let (report, place) = match result {
            Ok(Ok(done)) => done,
            Ok(Err(reason)) if is_single => return Err(reason),
            // Cron leaves it out as well.
            Ok(Err(reason)) => {
                warn(&format!("{reason:#}"));
                continue;
            }
            Err(error) if is_single || super::is_unreachable(&error) => return Err(error),
            Err(error) => {
                warn(&format!(
                    "`{}` was not imported: {error:#}",
                    table.file.display()
                ));
                code = FAILED;
                continue;
            }
        };
        if !out.wants_json() {
            if !is_single {
                out.line(&out.paint(Highlight::Dim, &format!("==> {place} <==")))?;
            }
            show(&report, out)?;
        }
        code = code.max(status(&report));
        reports.push((place, report));
    }
    if reports.is_empty() {
        code = FAILED;
    }
    if out.wants_json() {
        match reports.as_slice() {
            [(_, report)] if is_single => out.data(report)?,
            reports => {
                let reports: Vec<_> = reports
                    .iter()
                    .map(|(origin, report)| serde_json::json!({ "origin": origin, "report": report }))
                    .collect();
                out.data(&reports)?;
            }
        }
    }
    Ok(code)
}

fn import_table(
    client: &mut Client,
    args: &CrontabArgs,
    table: &Table,
    bytes: Vec<u8>,
    origin: String,
) -> anyhow::Result<ImportReport> {
    if std::str::from_utf8(&bytes).is_err() {
        warn("the crontab is not UTF-8; lines that are not UTF-8 are refused");
    }
    Ok(client.call(&Import {
        text: String::from_utf8_lossy(&bytes).into_owned(),
        origin,
        dry_run: args.dry_run,
        stop_missing: args.stop_missing,
        system: table.is_system,
        user: table.user.clone(),
    })?)
}

/// The exit status of a report: whether a line was refused.
fn status(report: &ImportReport) -> i32 {
    let is_whole = report
        .lines
        .iter()
        .all(|line| line.result != Imported::Refused);
    if is_whole { DONE } else { FAILED }
}

/// The path at which cron keeps the crontab of an account.
fn crontab_of(user: &str) -> anyhow::Result<PathBuf> {
    // The name becomes a part of a path.
    anyhow::ensure!(
        !user.is_empty() && !user.contains('/') && !user.starts_with('.'),
        "user: `{user}` is not a name of an account"
    );
    let places = cron_places::SPOOLS.map(|folder| Path::new("/").join(folder).join(user));
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

/// A crontab that was looked at.
enum Found {
    Read {
        bytes: Vec<u8>,
        place: String,
    },
    /// Cron ignores it, for this reason.
    LeftOut(anyhow::Error),
}

fn read(table: &Table, args: &CrontabArgs) -> anyhow::Result<Found> {
    let file = table.file.as_path();
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin()
            .read_to_end(&mut bytes)
            .context("standard input can't be read")?;
        let place = "-".to_string();
        return Ok(Found::Read { bytes, place });
    }
    let unreadable = || format!("the crontab `{}` can't be read", file.display());
    let opened = jobs_fs::open_input(file).with_context(unreadable)?;
    let metadata = opened.metadata().with_context(unreadable)?;
    if let Some(distrust) = table.rules.distrust(file, &metadata, args.user.as_deref()) {
        let (path, mend) = (text::visible(&file.display().to_string()), distrust.mend);
        let reason = distrust.reason;
        match table.rules {
            Rules::System | Rules::Account(_) => {
                return Ok(Found::LeftOut(anyhow::anyhow!(
                    "`{path}` is left out, because cron ignores it: {reason}\nhint: {mend}; or give the file by its path, once you have read it"
                )));
            }
            Rules::Named => warn(&format!(
                "`{path}`: {reason}, so other accounts decide what its jobs do\nhint: {mend}"
            )),
        }
    }
    let bytes = jobs_fs::read_at_most(opened, u64::MAX).with_context(unreadable)?;
    let place = canonical_origin(file)?.display().to_string();
    Ok(Found::Read { bytes, place })
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
