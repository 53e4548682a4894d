//! How a line of a crontab is told to be the line of a job that is there.

use super::line::Wanted;
use crate::crontab;
use crate::model::Job;
use crate::work::{Command, Work};

/// How a line is like a job that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    Same,
    SameWork,
    /// Another command at the same time, that goes by the same name.
    SameTime,
    /// Another command at another time, but the name that its job has is the one that the line would get.
    SameName,
}

impl Likeness {
    /// Whether a job is like a line in this way. `is_file` tells a crontab with a path from standard input, which may be
    /// anybody's: there only the very program is the same.
    pub(super) fn holds(self, job: &Job, line: &Wanted, is_file: bool) -> bool {
        let Some(work) = command_of(job) else {
            return false;
        };
        let same_work = is_as_the_line_says(&work, line);
        let same_time = job.cron_expr == line.cron_expr && job.timezone == line.timezone;
        match self {
            Likeness::Same => same_work && same_time && job.mailto == line.mailto,
            Likeness::SameWork => same_work,
            Likeness::SameTime if is_file => {
                same_time && crontab::name_for(&work.command) == line.base_name
            }
            Likeness::SameTime => {
                same_time && program(&work.command) == program(&line.work.command)
            }
            Likeness::SameName => is_file && job.name == line.base_name,
        }
    }
}

/// The command of a job of that mode.
pub(super) fn command_of(job: &Job) -> Option<Command> {
    match Work::parse(job.mode, &job.command) {
        Ok(Work::Command(work)) => Some(work),
        Ok(Work::Http(_) | Work::Func(_)) | Err(_) => None,
    }
}

/// Whether work is what the line of a crontab says; what no line can say, such as a timeout, does not matter.
pub(super) fn is_as_the_line_says(work: &Command, line: &Wanted) -> bool {
    *work == with_what_no_line_says(line, work.clone())
}

/// What a line says, with what an operator has added that no line can say.
pub(super) fn with_what_no_line_says(line: &Wanted, added: Command) -> Command {
    let said = &line.work;
    Command {
        command: said.command.clone(),
        env: said.env.clone(),
        stdin: said.stdin.clone(),
        shell: said.shell.clone(),
        user: if line.says_user {
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
