//! How a line of a crontab is told to be the line of a job that is there.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};

use super::line::Wanted;
use jobs_crontab as crontab;
use jobs_model::Job;
use jobs_work::{Command, Work};

/// How a line is like a job that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Likeness {
    Same,
    SameWork,
    /// Another command at the same time, that goes by the same name.
    SameTime,
    /// Another command at another time, but the name that its job has is the one that the line would get.
    SameName,
}

/// What is just so first, so that a line that has changed can't take the job of one that has not.
const IN_THIS_ORDER: [Likeness; 4] = [
    Likeness::Same,
    Likeness::SameWork,
    Likeness::SameTime,
    Likeness::SameName,
];

/// What kind of crontab it is, as far as that matters here.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    /// Whether it has a path, rather than being standard input, which may be anybody's: there only the very program is the
    /// same.
    pub(super) is_file: bool,
    /// Whether its lines say as which account they run.
    pub(super) says_user: bool,
}

/// A job from the same crontab, and its command if that is what it does.
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

/// What a line and a job have in common that are alike in one way: it is the same text. Of many of each, those of a kind
/// are found by it, where comparing each with each would take hours.
#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Same(Time<'a>, Said<'a>, Option<&'a str>),
    SameWork(Said<'a>),
    SameTime(Time<'a>, Option<Cow<'a, str>>),
    SameName(&'a str),
}

/// When something runs: its schedule and its zone.
type Time<'a> = (&'a str, Option<&'a str>);

/// What a line can say of a command; the account only where lines say one.
#[derive(PartialEq, Eq, Hash)]
struct Said<'a> {
    command: &'a str,
    env: &'a [(String, String)],
    stdin: Option<&'a str>,
    shell: Option<&'a str>,
    user: Option<&'a str>,
}

impl<'a> Said<'a> {
    fn of(work: &'a Command, kind: Kind) -> Said<'a> {
        Said {
            command: &work.command,
            env: &work.env,
            stdin: work.stdin.as_deref(),
            shell: work.shell.as_deref(),
            user: work.user.as_deref().filter(|_| kind.says_user),
        }
    }
}

impl Likeness {
    fn of_job(self, existing: &Existing, kind: Kind) -> Option<Key<'_>> {
        let Existing { job, work } = existing;
        let work = work.as_ref()?;
        let time = (job.cron_expr.as_str(), job.timezone.as_deref());
        let named = || Cow::Owned(crontab::name_for(&work.command));
        self.key(kind, time, work, job.mailto.as_deref(), named, &job.name)
    }

    fn of_line(self, line: &Wanted, kind: Kind) -> Option<Key<'_>> {
        let time = (line.cron_expr.as_str(), line.timezone.as_deref());
        let named = || Cow::Borrowed(line.base_name.as_str());
        let mailto = line.mailto.as_deref();
        self.key(kind, time, &line.work, mailto, named, &line.base_name)
    }

    fn key<'a>(
        self,
        kind: Kind,
        time: Time<'a>,
        work: &'a Command,
        mailto: Option<&'a str>,
        named: impl FnOnce() -> Cow<'a, str>,
        name: &'a str,
    ) -> Option<Key<'a>> {
        match self {
            Likeness::Same => Some(Key::Same(time, Said::of(work, kind), mailto)),
            Likeness::SameWork => Some(Key::SameWork(Said::of(work, kind))),
            Likeness::SameTime if kind.is_file => Some(Key::SameTime(time, Some(named()))),
            Likeness::SameTime => {
                let program = program(&work.command).map(Cow::Borrowed);
                Some(Key::SameTime(time, program))
            }
            Likeness::SameName => kind.is_file.then_some(Key::SameName(name)),
        }
    }
}

/// Which job each line claims, as an index into `existing`; each job is claimed once.
pub(super) fn claims(existing: &[Existing], lines: &[Wanted], kind: Kind) -> Vec<Option<usize>> {
    let mut claims = vec![None; lines.len()];
    let mut is_claimed = vec![false; existing.len()];
    let mut left = lines.len().min(existing.len());
    for likeness in IN_THIS_ORDER {
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

/// Whether work is what the line of a crontab says; what no line can say, such as a timeout, does not matter.
pub(super) fn is_as_the_line_says(work: &Command, line: &Wanted, kind: Kind) -> bool {
    Said::of(work, kind) == Said::of(&line.work, kind)
}

/// What a line says, with what an operator has added that no line can say.
pub(super) fn with_what_no_line_says(line: &Wanted, added: Command, kind: Kind) -> Command {
    let said = &line.work;
    Command {
        command: said.command.clone(),
        env: said.env.clone(),
        stdin: said.stdin.clone(),
        shell: said.shell.clone(),
        user: if kind.says_user {
            said.user.clone()
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
