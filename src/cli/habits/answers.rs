//! The table of answers: lines that this program has no command for, or that have two meanings, with the commands that do
//! it. Here are the lines that begin with a command of this program; `foreign.rs` has those of other programs.

use super::foreign::FOREIGN;

/// Stands for any word that is no flag.
pub const WORD: &str = "WORD";

/// Stands for a word that is missing.
pub const MISSING: &str = "MISSING";

/// Stands for a value of the wrong kind.
pub const VALUE: &str = "VALUE";

/// The commands that answer a line.
pub struct Answer {
    /// Why there is more than one command, or none; may be empty.
    pub because: &'static str,
    /// Each command without `jobs`, and what it does. JOB stands for the name that was typed.
    pub commands: &'static [(&'static str, &'static str)],
}

/// A row: the commands to which it belongs; what must follow them (nothing: anything); why; and the commands that do it.
pub(super) type Row = (
    &'static [&'static str],
    &'static [&'static str],
    &'static str,
    &'static [(&'static str, &'static str)],
);

/// The answer to a command (or to a flag in its place) that is followed by these words: the first row that fits.
pub fn find(verb: &str, rest: &[&str]) -> Option<Answer> {
    OWN.iter()
        .chain(FOREIGN)
        .find(|(verbs, with, _, _)| {
            verbs.contains(&verb)
                && (with.is_empty() || rest.iter().any(|word| with.contains(word)))
        })
        .map(|(_, _, because, commands)| Answer { because, commands })
}

/// The answer to a command of which something is missing or has the wrong kind: only a row that names this mark fits.
pub fn find_marked(verb: &str, mark: &str) -> Option<Answer> {
    OWN.iter()
        .find(|(verbs, with, _, _)| verbs.contains(&verb) && with.contains(&mark))
        .map(|(_, _, because, commands)| Answer { because, commands })
}

const STOP: (&str, &str) = ("stop JOB", "keeps the job, which is not due any more");
pub(super) const STOP_RUNNING: (&str, &str) = (
    "stop JOB --running",
    "stops the job and its running executions",
);
pub(super) const RESTART: (&str, &str) = ("restart JOB", "starts a stopped job again");
pub(super) const CANCEL: (&str, &str) = ("cancel EXEC", "stops one execution");
pub(super) const RM: (&str, &str) = ("rm JOB", "removes the job and its history");
pub(super) const RUN: (&str, &str) = ("run JOB", "runs the job once, now");
pub(super) const LIST: (&str, &str) = ("list", "lists the jobs");
pub(super) const SHOW: (&str, &str) = ("show JOB", "shows the job and its state");
pub(super) const EDIT: (&str, &str) = ("edit JOB", "opens the job in $EDITOR");
pub(super) const HISTORY: (&str, &str) = ("history", "lists executions");
const STATUS: (&str, &str) = ("status", "shows the daemon");
pub(super) const START: (&str, &str) = ("start -d", "starts the daemon in the background");
pub(super) const SHUTDOWN: (&str, &str) = ("shutdown", "ends the daemon");
pub(super) const PAUSE: (&str, &str) = ("pause", "pauses all jobs until `jobs resume`");
const ADD: (&str, &str) = ("add NAME --cron EXPR -- COMMAND", "adds a job");
pub(super) const IMPORT: (&str, &str) = ("import crontab FILE", "takes over a crontab");
pub(super) const EXPORT: (&str, &str) = ("export", "prints the jobs as YAML");
pub(super) const KEEPS: (&str, &str) = (
    "config get jobs.history_days",
    "shows how long the daemon keeps the history",
);

/// Lines that begin with a command of this program, or with a flag.
const OWN: &[Row] = &[
    (
        &["start"],
        &[WORD],
        "`start` starts the daemon",
        &[RUN, RESTART],
    ),
    (
        &["restart"],
        &[MISSING],
        "",
        &[
            RESTART,
            ("restart --all", "starts all stopped jobs again"),
            ("shutdown && jobs start -d", "restarts the daemon"),
        ],
    ),
    (
        &["cancel"],
        &[VALUE],
        "it takes the number of an execution",
        &[
            STOP_RUNNING,
            ("history JOB", "lists the executions of the job"),
        ],
    ),
    (
        &["enable"],
        &[],
        "`enable` has two meanings",
        &[RESTART, ("resume", "ends the pause of the scheduler")],
    ),
    (
        &["disable", "deactivate", "mask"],
        &[],
        "it has two meanings",
        &[STOP, RM],
    ),
    (&["unmask", "activate"], &[], "", &[RESTART]),
    (
        &["kill", "terminate", "abort"],
        &[],
        "it has two meanings",
        &[CANCEL, STOP_RUNNING],
    ),
    (
        &["rm", "delete", "remove", "del"],
        &["--all", "-a", "*"],
        "each job is named",
        &[
            RM,
            ("stop --all", "stops all jobs and keeps them"),
            ("list -q", "prints the names, one on each line"),
        ],
    ),
    (
        &["rm", "delete", "remove", "del"],
        &["-r", "-rf", "-fr", "--recursive", "-i"],
        "",
        &[RM, ("rm -f JOB", "is done also when there is no such job")],
    ),
    (
        &["rm", "delete", "remove", "del"],
        &[MISSING],
        "",
        &[RM, LIST],
    ),
    (
        &["stop", "suspend", "hold"],
        &[MISSING],
        "",
        &[STOP, ("stop --all", "stops all jobs"), PAUSE, SHUTDOWN],
    ),
    (&["run", "trigger"], &[MISSING], "", &[RUN, START]),
    (
        &["run", "trigger"],
        &[],
        "the command of a job is its own",
        &[
            RUN,
            ("add NAME --at now+1s -- COMMAND", "runs a new command once"),
        ],
    ),
    (&["edit"], &[MISSING], "", &[EDIT, LIST]),
    (
        &["edit"],
        &[WORD],
        "the new command follows `--`",
        &[
            ("edit JOB -- COMMAND", "changes the command"),
            ("edit JOB --cron EXPR", "changes the schedule"),
        ],
    ),
    (
        &["add", "new", "create"],
        &["job", "cronjob", "cj", MISSING],
        "",
        &[ADD, ("add NAME EXPR COMMAND", "does the same")],
    ),
    (
        &["add", "new", "create"],
        &[],
        "the command and its own flags follow `--`",
        &[ADD],
    ),
    (
        &["import"],
        &[WORD, MISSING],
        "",
        &[
            IMPORT,
            (
                "import FILE",
                "takes over a crontab or a file of `jobs export`",
            ),
        ],
    ),
    (
        &["config"],
        &["ls", "list", "cat", "view", "dump"],
        "",
        &[("config show", "prints every key with its value")],
    ),
    (
        &["config"],
        &["unset", "rm", "delete", "reset"],
        "",
        &[("config edit", "opens the configuration in $EDITOR")],
    ),
    (
        &["logs", "log", "tail"],
        &[WORD],
        "",
        &[
            ("logs JOB", "shows the output of one job"),
            ("logs", "shows the output of all jobs"),
        ],
    ),
    (
        &["logs", "log", "tail", "journal"],
        &["--since", "--until", "-S", "-U"],
        "",
        &[
            ("history --before EXEC", "lists earlier executions"),
            ("logs --exec EXEC", "prints the output of one of them"),
        ],
    ),
    (
        &["show", "info", "describe", "inspect"],
        &[MISSING],
        "",
        &[SHOW, LIST, STATUS],
    ),
];
