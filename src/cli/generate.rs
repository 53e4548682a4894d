//! The manual page, generated from the definition of the command line.

use clap::CommandFactory;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::args::Cli;

/// The manual page `jobs(1)`.
pub fn man_page() -> String {
    let command = command();
    let mut page = Vec::new();
    let written = write_page(&command, &mut page);
    written.expect("a vector takes all that is written");
    String::from_utf8_lossy(&page).into_owned()
}

/// The definition of the command line with the arguments of all subcommands.
pub fn command() -> clap::Command {
    let mut command = Cli::command();
    command.build();
    command
}

fn write_page(command: &clap::Command, page: &mut Vec<u8>) -> std::io::Result<()> {
    let man = Man::new(command.clone());
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    let mut roff = Roff::new();
    roff.control("SH", ["COMMANDS"]);
    describe(command, "", &mut roff);
    for (title, entries) in SECTIONS {
        roff.control("SH", [*title]);
        for (term, text) in *entries {
            roff.control("TP", []);
            roff.text([bold(*term)]);
            roff.text([roman(*text)]);
        }
    }
    page.extend_from_slice(roff.render().as_bytes());
    Ok(())
}

fn describe(parent: &clap::Command, prefix: &str, roff: &mut Roff) {
    for command in parent
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
    {
        let name = format!("{prefix}{}", command.get_name());
        let about = command
            .get_about()
            .map(ToString::to_string)
            .unwrap_or_default();
        roff.control("SS", [usage(command, &name).as_str()]);
        roff.text([roman(about)]);
        for arg in command.get_arguments() {
            if arg.is_hide_set() || arg.is_global_set() || arg.get_id() == "help" {
                continue;
            }
            roff.control("TP", []);
            let short = arg
                .get_short()
                .filter(|_| arg.get_long().is_some())
                .map(|short| format!("-{short}, "))
                .unwrap_or_default();
            roff.text([bold(format!("{short}{arg}"))]);
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let values: Vec<String> = arg
                .get_possible_values()
                .iter()
                .map(|value| value.get_name().to_string())
                .collect();
            let takes_words = arg.get_action().takes_values() && !values.is_empty();
            let words = if takes_words {
                let end = if help.ends_with(['.', ')']) { "" } else { "." };
                format!("{end} One of: {}.", values.join(", "))
            } else {
                String::new()
            };
            roff.text([roman(format!("{help}{words}"))]);
        }
        if let Some(more) = command.get_after_help() {
            paragraphs(&more.to_string(), roff);
        }
        describe(command, &format!("{name} "), roff);
    }
}

/// Text whose lines are filled. Lines that begin with a blank are examples and stay as they are.
fn paragraphs(text: &str, roff: &mut Roff) {
    let mut is_example = false;
    roff.control("PP", []);
    for line in text.lines() {
        if line.starts_with(' ') != is_example {
            is_example = !is_example;
            roff.control(if is_example { "nf" } else { "fi" }, []);
            if !is_example {
                roff.control("PP", []);
            }
        }
        if line.is_empty() {
            roff.control("PP", []);
        } else {
            roff.text([roman(line)]);
        }
    }
    if is_example {
        roff.control("fi", []);
    }
}

fn usage(command: &clap::Command, name: &str) -> String {
    let arguments: Vec<String> = command.get_positionals().map(ToString::to_string).collect();
    let flags = if command
        .get_opts()
        .any(|arg| !arg.is_global_set() && !arg.is_hide_set())
    {
        " [OPTIONS]"
    } else {
        ""
    };
    let arguments = if arguments.is_empty() {
        String::new()
    } else {
        format!(" {}", arguments.join(" "))
    };
    format!("jobs {name}{flags}{arguments}")
}

/// A section: its title, and terms with what they mean.
type Section = (&'static str, &'static [(&'static str, &'static str)]);

const SECTIONS: &[Section] = &[
    (
        "SCHEDULES",
        &[
            (
                "sec min hour dom month dow",
                "Six fields; with five, as in a crontab, the second is 0. `*` `,` `-` `/` everywhere, `?` in the two day fields, names (JAN, mon), 0 and 7 for Sunday, L, L-3, LW, 15W, FRI#3, 5L. H, H(1-5), H/15: a fixed value that is calculated from the name of the job.",
            ),
            (
                "@yearly @monthly @weekly @daily @hourly",
                "The words of cron, in upper or lower case.",
            ),
            (
                "@every 90s",
                "At a fixed interval, counted from the time at which the job was added.",
            ),
            ("@at 2026-12-01T10:00:00", "Once."),
            ("@reboot", "Once per boot of the machine."),
            (
                "TZ=Asia/Shanghai ...",
                "Before any of these: the time zone of the schedule. It is used instead of --tz.",
            ),
            (
                "0 9 * * *; 30 17 * * FRI",
                "Several schedules, separated by `;`. Where two of them meet, the job runs once.",
            ),
        ],
    ),
    (
        "THE SHELL'S OWN JOBS",
        &[(
            "alias jobs=/usr/bin/jobs",
            "Shells have a builtin command of the same name and choose it before the program. An alias is chosen before the builtin. In scripts and in the commands of jobs, write the whole path.",
        )],
    ),
    (
        "FILES",
        &[
            (
                "config.yaml, data/, runtime/, jobs.sock",
                "In the folder JOBS_HOME or --home, when one is given.",
            ),
            (
                "/etc/jobs/config.yaml, /var/lib/jobs, /var/log/jobs, /run/jobs",
                "For root: configuration, data, system log, socket and lock.",
            ),
            (
                "$XDG_CONFIG_HOME/jobs, $XDG_DATA_HOME/jobs, $XDG_STATE_HOME/jobs, $XDG_RUNTIME_DIR/jobs",
                "For all other accounts.",
            ),
        ],
    ),
    (
        "ENVIRONMENT",
        &[
            (
                "JOBS_HOME",
                "The folder of the daemon: configuration, data, socket.",
            ),
            ("JOBS_CONFIG", "Another configuration file."),
            (
                "JOBS_<PATH>",
                "Overrides a key of the configuration: JOBS_JOBS_KILL_GRACE is jobs.kill_grace.",
            ),
            ("NO_COLOR", "No colours, even on a terminal that has them."),
            (
                "JOBS_JOB_ID, JOBS_JOB_NAME, JOBS_EXEC_ID, JOBS_SCHEDULED_AT, JOBS_SOURCE, JOBS_SOCKET, JOBS_DAEMON_ID",
                "Variables that a command gets about its execution.",
            ),
        ],
    ),
    (
        "EXIT STATUS",
        &[
            ("0", "Done."),
            ("1", "Failed."),
            ("2", "Wrong usage, or a value that is not valid."),
            ("3", "The daemon cannot be reached."),
            ("4", "There is no such job, or no such execution."),
            (
                "run --wait",
                "The exit status of the command; 124 when it timed out.",
            ),
        ],
    ),
];
