//! Completions in a shell: commands and flags, and from the daemon the names of jobs and the numbers of executions.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use clap::Command;
use clap_complete::Shell;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};
use jobs_api::{ChannelList, ChannelPresets, History, List};
use jobs_clock::now;

use super::{Context, generate, text};

/// The script of [`script`] sets this variable to the name of the shell when it asks for completions.
const VARIABLE: &str = "_JOBS_COMPLETE";

/// The time limit for the answer of the daemon. After it, no job is offered.
const PATIENCE: Duration = Duration::from_secs(1);

/// The number of executions that are offered.
const EXECUTIONS: u32 = 50;

/// The script that registers the completions in a shell. It calls the program named `jobs` in the `PATH`.
pub fn script(shell: Shell) -> anyhow::Result<String> {
    let name = shell.to_string();
    let mut script = Vec::new();
    Shells::builtins()
        .completer(&name)
        .ok_or_else(|| anyhow::anyhow!("there are no completions for `{name}`"))?
        .write_registration(VARIABLE, "jobs", "jobs", "jobs", &mut script)?;
    let mut script = String::from_utf8(script)?;
    script.truncate(script.trim_end().len());
    Ok(format!("{}\n", script.trim_start()))
}

/// Answers a request of the shell for completions. `false`: the program was called for something else.
pub fn complete(typed: &[OsString]) -> bool {
    if std::env::var_os(VARIABLE).is_none() {
        return false;
    }
    let context = context(typed);
    let current_dir = std::env::current_dir().ok();
    CompleteEnv::with_factory(move || with_values(generate::command(), &context))
        .var(VARIABLE)
        .try_complete(typed.to_vec(), current_dir.as_deref())
        // The shell shows nothing of a problem.
        .unwrap_or(true)
}

/// The daemon that the words on the command line name.
fn context(typed: &[OsString]) -> Context {
    let path = |flag: &str| {
        let mut words = typed.iter().skip_while(|word| *word != "--");
        let separate = words
            .find(|word| *word == flag)
            .and_then(|_| words.next())
            .map(PathBuf::from);
        let prefix = format!("{flag}=");
        let joined = || {
            typed
                .iter()
                .find_map(|word| word.to_str()?.strip_prefix(&prefix).map(PathBuf::from))
        };
        separate.or_else(joined)
    };
    Context {
        home: path("--home"),
        config: path("--config"),
    }
}

/// Adds the completions of the arguments that name a job or an execution.
fn with_values(mut command: Command, context: &Context) -> Command {
    let arguments: Vec<_> = command
        .get_arguments()
        .map(|arg| {
            let id = arg.get_id().clone();
            let name = arg
                .get_value_names()
                .and_then(|names| names.first())
                .map_or_else(|| id.as_str().to_uppercase(), ToString::to_string);
            (id, name)
        })
        .collect();
    for (id, name) in arguments {
        let context = context.clone();
        let completer = match name.as_str() {
            "JOB" | "JOB|EXPR" | "JOB|EXEC" => {
                ArgValueCompleter::new(move |typed: &OsStr| jobs(&context, typed))
            }
            "CHANNEL" => ArgValueCompleter::new(move |typed: &OsStr| channels(&context, typed)),
            "PRESET" => ArgValueCompleter::new(move |typed: &OsStr| presets(&context, typed)),
            "EXEC" => ArgValueCompleter::new(move |typed: &OsStr| executions(&context, typed)),
            _ => continue,
        };
        command = command.mut_arg(id, |arg| arg.add(completer));
    }
    let names: Vec<String> = command
        .get_subcommands()
        .map(|command| command.get_name().to_string())
        .collect();
    for name in names {
        command = command.mut_subcommand(name, |command| with_values(command, context));
    }
    command
}

/// The names of the jobs that begin with the typed text. A job whose name a shell would take apart is offered by its number.
fn jobs(context: &Context, typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let listed = within_patience(context, |context| {
        let jobs = context.client().ok()?.call(&List::default()).ok()?;
        Some(jobs.items)
    });
    listed
        .unwrap_or_default()
        .into_iter()
        .filter_map(|view| {
            let job = view.job;
            let (value, help) = if is_one_word(&job.name) {
                (job.name, job.cron_expr)
            } else {
                (job.id.to_string(), job.name)
            };
            value
                .starts_with(&*typed)
                .then(|| CompletionCandidate::new(value).help(Some(text::visible(&help).into())))
        })
        .collect()
}

/// The names of the channels that begin with the typed text.
fn channels(context: &Context, typed: &OsStr) -> Vec<CompletionCandidate> {
    let listed = within_patience(context, |context| {
        context.client().ok()?.call(&ChannelList {}).ok()
    });
    let named = listed.unwrap_or_default().into_iter();
    candidates(named.map(|channel| (channel.name, channel.about)), typed)
}

/// The names of the presets that begin with the typed text.
fn presets(context: &Context, typed: &OsStr) -> Vec<CompletionCandidate> {
    let listed = within_patience(context, |context| {
        let request = ChannelPresets::default();
        context.client().ok()?.call(&request).ok()
    });
    let presets = listed.map(|listed| listed.presets).unwrap_or_default();
    let named = presets.into_iter();
    candidates(named.map(|preset| (preset.name, preset.about)), typed)
}

/// The names that begin with the typed text, each with a few words on it.
fn candidates(
    named: impl Iterator<Item = (String, String)>,
    typed: &OsStr,
) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    named
        .filter(|(name, _)| name.starts_with(&*typed))
        .map(|(name, about)| {
            CompletionCandidate::new(name).help(Some(text::visible(&about).into()))
        })
        .collect()
}

/// The numbers of the latest executions that begin with the typed text.
fn executions(context: &Context, typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let listed = within_patience(context, |context| {
        let request = History {
            limit: Some(EXECUTIONS),
            ..History::default()
        };
        context.client().ok()?.call(&request).ok()
    });
    listed
        .unwrap_or_default()
        .into_iter()
        .filter_map(|execution| {
            let value = execution.exec_id.to_string();
            value.starts_with(&*typed).then(|| {
                let help = format!(
                    "{} {} {}",
                    text::visible(&execution.job_name),
                    execution.status,
                    text::relative(execution.scheduled_at, now())
                );
                CompletionCandidate::new(value).help(Some(help.into()))
            })
        })
        .collect()
}

/// Whether every shell takes the name as one word without quotes.
fn is_one_word(name: &str) -> bool {
    !name.starts_with('-')
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '@' | '+' | ','))
}

/// Asks the daemon in a thread, so that a daemon that hangs does not hang the shell.
fn within_patience<T: Send + 'static>(
    context: &Context,
    ask: impl FnOnce(&Context) -> Option<T> + Send + 'static,
) -> Option<T> {
    let context = context.clone();
    let (sender, answer) = mpsc::channel();
    std::thread::spawn(move || {
        // The receiver is gone when the time is over.
        let _ = sender.send(ask(&context));
    });
    answer.recv_timeout(PATIENCE).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_that_a_shell_takes_apart_is_not_one_word() {
        for (name, expected) in [
            ("backup", true),
            ("db/备份-1.2", true),
            ("my job", false),
            ("it's", false),
            ("a;b", false),
            ("$(x)", false),
            ("-x", false),
            ("a*", false),
        ] {
            assert_eq!(is_one_word(name), expected, "{name}");
        }
    }

    #[test]
    fn context_is_that_of_the_typed_flags() {
        for (typed, home) in [
            (&["jobs", "--", "jobs", "show", ""][..], None),
            (
                &["jobs", "--", "jobs", "--home", "/a", "show", ""],
                Some("/a"),
            ),
            (&["jobs", "--", "jobs", "--home=/b", "show"], Some("/b")),
        ] {
            let typed: Vec<OsString> = typed.iter().map(OsString::from).collect();
            assert_eq!(context(&typed).home, home.map(PathBuf::from));
        }
    }
}
