//! Jobs as definitions: `edit` in an editor, `rename`, `copy`, `export`, and the import of what `export` prints.

use clap::Args;
use serde_json::{Map, Value};

use super::editor::{self, Verdict};
use super::job_input::{changed_word, show_change};
use super::list::chosen;
use super::out::{Highlight, Out, paint, print_message, warn};
use super::{Context, DONE, FAILED, job_fields, text, yaml};
use jobs_api::{self as api, CopyJob, JobRef, JobView, List, Show};
use jobs_error::Error;
use jobs_rpc::{Client, ClientError};

/// Stands for a secret in what the daemon shows.
const MASK: &str = "***";

#[derive(Args, Debug)]
pub struct RenameArgs {
    /// The job, by name or id
    pub job: JobRef,
    /// The new name
    #[arg(value_name = "NAME")]
    pub name: String,
}

#[derive(Args, Debug)]
pub struct ExportArgs {
    /// Only these jobs, by name, id, pattern ('etl-*') or tag (@TAG)
    #[arg(value_name = "JOB")]
    pub jobs: Vec<String>,
}

pub fn rename(context: &Context, args: RenameArgs, out: &mut Out) -> anyhow::Result<i32> {
    let changed = context.client()?.call(&api::Edit {
        job: args.job,
        name: Some(args.name),
        ..api::Edit::default()
    })?;
    show_change(&changed, "renamed to", out)
}

pub fn copy(context: &Context, request: &CopyJob, out: &mut Out) -> anyhow::Result<i32> {
    let added = context.client()?.call(request)?;
    show_change(&added, "added", out)
}

/// Opens a job in the editor, and stores what was changed; a dry run only reports it.
pub fn edit(
    context: &Context,
    job: &JobRef,
    is_dry_run: bool,
    out: &mut Out,
) -> anyhow::Result<i32> {
    editor::require("edit")?;
    let mut client = context.client()?;
    let view = client.call(&Show {
        job: job.clone(),
        ..Show::default()
    })?;
    let id = JobRef::from(view.job.id);
    let old = job_fields::of(&view);
    let begin = format!(
        "# The job `{}`. Lines that begin with # are explanations. A field that you remove stays as it is.\n{}",
        text::visible(&view.job.name),
        job_fields::explained(&old)
    );
    let changed = editor::edit(&begin, ".yaml", |edited| {
        let new = job_fields::read(&yaml::read(edited, "the job")?, "the job")?;
        let Some(request) = job_fields::edit(id.clone(), &old, &new, "the job")? else {
            return Ok(Some(None));
        };
        if is_dry_run {
            let request = api::Edit {
                dry_run: true,
                ..request
            };
            return Ok(Some(Some(client.call(&request)?)));
        }
        show_difference(&old, &new);
        match editor::ask()? {
            Verdict::Store => Ok(Some(Some(client.call(&request)?))),
            Verdict::EditAgain => Ok(None),
            Verdict::Abandon => Ok(Some(None)),
        }
    })?;
    match changed {
        Some(changed) => show_change(&changed, changed_word(is_dry_run), out),
        None => {
            print_message("nothing was changed");
            if out.wants_json() {
                out.data(&view)?;
            }
            Ok(DONE)
        }
    }
}

/// Prints the difference to stderr.
fn show_difference(old: &Map<String, Value>, new: &Map<String, Value>) {
    for (is_new, line) in job_fields::difference(old, new) {
        let (sign, highlight) = match is_new {
            true => ("+", Highlight::Good),
            false => ("-", Highlight::Bad),
        };
        let line = format!("{sign} {}", text::visible(&line));
        print_message(&match super::out::has_colour_on_stderr() {
            true => paint(highlight, &line),
            false => line,
        });
    }
}

pub fn export(context: &Context, args: &ExportArgs, out: &mut Out) -> anyhow::Result<i32> {
    let mut views = context.client()?.call(&List::default())?.items;
    if !args.jobs.is_empty() {
        views = chosen(views, &args.jobs)?;
    }
    views.sort_by_key(|view| view.job.id);
    let jobs: Vec<Map<String, Value>> = views.iter().map(job_fields::of).collect();
    let masked: Vec<&str> = views
        .iter()
        .filter(|view| view.job.command.contains(MASK))
        .map(|view| view.job.name.as_str())
        .collect();
    if !masked.is_empty() {
        warn(&format!(
            "secrets are printed as {MASK}; an import keeps them in a job that is there, and refuses a new one: {}",
            text::visible(&masked.join(", "))
        ));
    }
    if out.wants_json() {
        out.data(&jobs)?;
        return Ok(DONE);
    }
    out.line("# Jobs, for `jobs import FILE`.")?;
    if jobs.is_empty() {
        out.line("[]")?;
    }
    for job in &jobs {
        out.raw(job_fields::as_member(job).as_bytes())?;
    }
    Ok(DONE)
}

/// Whether a text is a list of jobs and not a crontab: no line of a crontab begins with `- ` or `[`.
pub fn is_list_of_jobs(text: &str) -> bool {
    text.lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with('#'))
        .is_some_and(|line| {
            line.starts_with("- ") || line == "-" || line == "---" || line.starts_with('[')
        })
}

/// Adds the jobs of a list that are not there, and changes those that are. A job that is refused does not keep the others from
/// being imported.
pub fn import(
    context: &Context,
    list: &str,
    place: &str,
    dry_run: bool,
    out: &mut Out,
) -> anyhow::Result<i32> {
    let Value::Array(members) = yaml::read(list, place)? else {
        return Err(Error::invalid(place, "it is not a list of jobs")
            .hint("`jobs export` prints such a list")
            .into());
    };
    let mut client = context.client()?;
    let mut report = Vec::new();
    for (index, member) in members.iter().enumerate() {
        let name = member.get("name").and_then(Value::as_str);
        let name = name.map_or_else(|| format!("job {}", index + 1), str::to_string);
        let (result, problem) = match import_job(&mut client, member, &name, dry_run) {
            Ok(result) => (result, None),
            Err(error) if super::is_unreachable(&error) => return Err(error),
            Err(error) => ("refused", Some(format!("{error:#}"))),
        };
        if !out.wants_json() {
            let highlight = match result {
                "refused" => Highlight::Bad,
                "unchanged" => Highlight::Dim,
                _ => Highlight::Good,
            };
            let word = out.paint(highlight, &format!("{result:<9}"));
            out.line(&format!("{word}  `{}`", text::visible(&name)))?;
            for line in problem.iter().flat_map(|problem| problem.lines()) {
                out.line(&format!("           {}", text::visible(line)))?;
            }
        }
        report.push(serde_json::json!({ "job": name, "result": result, "reason": problem }));
    }
    if out.wants_json() {
        out.data(&report)?;
    } else if dry_run {
        out.line("only a report, nothing was changed")?;
    }
    let is_whole = report.iter().all(|job| job["result"] != "refused");
    Ok(if is_whole { DONE } else { FAILED })
}

fn import_job(
    client: &mut Client,
    member: &Value,
    name: &str,
    dry_run: bool,
) -> anyhow::Result<&'static str> {
    let fields = job_fields::read(member, name)?;
    if !fields.contains_key("name") {
        return Err(Error::invalid(name, "`name` is missing").into());
    }
    let present = existing(client, name)?;
    match present {
        Some(view) => {
            let old = job_fields::of(&view);
            let request = job_fields::edit(JobRef::from(view.job.id), &old, &fields, name)?;
            let Some(request) = request else {
                return Ok("unchanged");
            };
            let request = api::Edit { dry_run, ..request };
            warnings(&client.call(&request)?.warnings, name);
            Ok("changed")
        }
        None => {
            let request = api::Add {
                dry_run,
                ..job_fields::add(&fields, name)?
            };
            warnings(&client.call(&request)?.warnings, name);
            Ok("added")
        }
    }
}

/// The job of this name. A name of digits only is refused by the operation that adds it.
fn existing(client: &mut Client, name: &str) -> Result<Option<JobView>, ClientError> {
    let job = JobRef::from(name);
    if job.id().is_some() {
        return Ok(None);
    }
    match client.call(&Show {
        job,
        ..Show::default()
    }) {
        Ok(view) => Ok(Some(view)),
        Err(error) if error.is_no_such_job() => Ok(None),
        Err(error) => Err(error),
    }
}

fn warnings(warnings: &[String], name: &str) {
    for warning in warnings {
        warn(&format!("`{}`: {warning}", text::visible(name)));
    }
}
