//! Matches the lines of a crontab with the jobs that an earlier import of the same crontab added.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};

use super::line::ParsedLine;
use jobs_crontab as crontab;
use jobs_model::Job;
use jobs_work::{Command, Work};

/// How a line matches an existing job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Likeness {
    /// The same schedule, zone, command and mail address.
    Same,
    /// The same command on another schedule.
    SameWork,
    /// The same schedule and another command from which the same job name is made.
    SameTime,
    /// Another command on another schedule, but the job has the name that the line would get.
    SameName,
}

/// Exact matches come first, so that a changed line cannot take the job of an unchanged line.
const MATCH_ORDER: [Likeness; 4] = [
    Likeness::Same,
    Likeness::SameWork,
    Likeness::SameTime,
    Likeness::SameName,
];

/// The properties of a crontab that decide how its lines are matched.
#[derive(Clone, Copy)]
pub(super) struct Kind<'a> {
    /// The name of the crontab when it is a file. Standard input may be any crontab, so there a changed command must at
    /// least start the same program.
    pub(super) file: Option<&'a str>,
    /// Whether its lines name the account that the command runs as.
    pub(super) says_user: bool,
}

/// A job that was imported from the same crontab. `work` is absent unless the job runs a command.
pub(super) struct Existing {
    pub(super) job: Job,
    pub(super) work: Option<Command>,
}

impl From<Job> for Existing {
    fn from(job: Job) -> Existing {
        Existing {
            work: command_of(&job),
            job,
        }
    }
}

/// The key of a hash table that finds the jobs which match a line in one way. Comparing each line with each job would take
/// hours for large crontabs.
#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Same(Time<'a>, LineFields<'a>, Option<&'a str>),
    SameWork(LineFields<'a>),
    SameTime(Time<'a>, Option<Cow<'a, str>>),
    SameName(&'a str),
}

/// A schedule and its time zone.
type Time<'a> = (&'a str, Option<&'a str>);

/// The fields of a command that a crontab line can set. The account counts only if [`Kind::says_user`].
#[derive(PartialEq, Eq, Hash)]
struct LineFields<'a> {
    command: &'a str,
    env: &'a [(String, String)],
    stdin: Option<&'a str>,
    shell: Option<&'a str>,
    user: Option<&'a str>,
}

impl<'a> LineFields<'a> {
    fn of(work: &'a Command, kind: Kind<'_>) -> LineFields<'a> {
        LineFields {
            command: &work.command,
            env: &work.env,
            stdin: work.stdin.as_deref(),
            shell: work.shell.as_deref(),
            user: work.user.as_deref().filter(|_| kind.says_user),
        }
    }
}

impl Likeness {
    fn of_job<'a>(self, existing: &'a Existing, kind: Kind<'_>) -> Option<Key<'a>> {
        let Existing { job, work } = existing;
        let work = work.as_ref()?;
        let time = (job.cron_expr.as_str(), job.timezone.as_deref());
        let named = || Cow::Owned(crontab::name_for(&work.command, kind.file));
        self.key(
            kind,
            time,
            work,
            job.alerts.mailto.as_deref(),
            named,
            &job.name,
        )
    }

    fn of_line<'a>(self, line: &'a ParsedLine, kind: Kind<'_>) -> Option<Key<'a>> {
        let time = (line.cron_expr.as_str(), line.timezone.as_deref());
        let named = || Cow::Borrowed(line.base_name.as_str());
        let mailto = line.mailto.as_deref();
        self.key(kind, time, &line.work, mailto, named, &line.base_name)
    }

    fn key<'a>(
        self,
        kind: Kind<'_>,
        time: Time<'a>,
        work: &'a Command,
        mailto: Option<&'a str>,
        named: impl FnOnce() -> Cow<'a, str>,
        name: &'a str,
    ) -> Option<Key<'a>> {
        match self {
            Likeness::Same => Some(Key::Same(time, LineFields::of(work, kind), mailto)),
            Likeness::SameWork => Some(Key::SameWork(LineFields::of(work, kind))),
            Likeness::SameTime if kind.file.is_some() => Some(Key::SameTime(time, Some(named()))),
            Likeness::SameTime => {
                let program = program(&work.command).map(Cow::Borrowed);
                Some(Key::SameTime(time, program))
            }
            Likeness::SameName => kind.file.is_some().then_some(Key::SameName(name)),
        }
    }
}

/// Which job each line claims, as an index into `existing`; each job is claimed once.
pub(super) fn claims(
    existing: &[Existing],
    lines: &[ParsedLine],
    kind: Kind<'_>,
) -> Vec<Option<usize>> {
    let mut claims = vec![None; lines.len()];
    let mut is_claimed = vec![false; existing.len()];
    let mut left = lines.len().min(existing.len());
    for likeness in MATCH_ORDER {
        if left == 0 {
            break;
        }
        let mut alike: HashMap<Key<'_>, VecDeque<usize>> = HashMap::new();
        for (index, existing) in existing.iter().enumerate() {
            if !is_claimed[index]
                && let Some(key) = likeness.of_job(existing, kind)
            {
                alike.entry(key).or_default().push_back(index);
            }
        }
        for (claim, line) in claims.iter_mut().zip(lines) {
            if claim.is_none()
                && let Some(key) = likeness.of_line(line, kind)
                && let Some(index) = alike.get_mut(&key).and_then(VecDeque::pop_front)
            {
                *claim = Some(index);
                is_claimed[index] = true;
                left -= 1;
            }
        }
    }
    claims
}

/// The command of a job of that mode.
fn command_of(job: &Job) -> Option<Command> {
    match Work::parse(job.mode, &job.command) {
        Ok(Work::Command(work)) => Some(work),
        Ok(Work::Http(_) | Work::Func(_)) | Err(_) => None,
    }
}

/// Whether a command has the fields of a line. Fields that a line cannot set, such as the timeout, are not compared.
pub(super) fn has_fields_of_line(work: &Command, line: &ParsedLine, kind: Kind<'_>) -> bool {
    LineFields::of(work, kind) == LineFields::of(&line.work, kind)
}

/// The fields of a line, with the other fields, which an operator may have set, from `added`.
pub(super) fn with_fields_of_line(line: &ParsedLine, added: Command, kind: Kind<'_>) -> Command {
    let fields = &line.work;
    Command {
        command: fields.command.clone(),
        env: fields.env.clone(),
        stdin: fields.stdin.clone(),
        shell: fields.shell.clone(),
        user: if kind.says_user {
            fields.user.clone()
        } else {
            added.user.clone()
        },
        ..added
    }
}

/// The first word of a command.
fn program(command: &str) -> Option<&str> {
    command.split_whitespace().next()
}
