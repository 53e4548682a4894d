//! Which job a line claims.

use super::likeness::{Existing, Kind, claims};
use super::line::ParsedLine;
use jobs_crontab as crontab;
use jobs_model::{Job, Mode};
use jobs_schedule::Time;
use jobs_work::{Command, Work};

fn command(text: &str, user: Option<&str>) -> Command {
    Command {
        command: text.to_string(),
        timeout: Some(0),
        user: user.map(str::to_string),
        ..Command::default()
    }
}

fn line(cron: &str, text: &str) -> ParsedLine {
    ParsedLine {
        line: 1,
        text: String::new(),
        cron_expr: cron.to_string(),
        timezone: None,
        work: command(text, None),
        base_name: crontab::name_for(text, None),
        mailto: None,
        warnings: Vec::new(),
    }
}

fn job(name: &str, cron: &str, text: &str, user: Option<&str>) -> Existing {
    Existing::from(Job {
        cron_expr: cron.to_string(),
        mode: Mode::Command,
        command: Work::Command(command(text, user)).text(),
        ..Job::named(name.to_string(), Time::from_millis(0))
    })
}

const FILE: Kind<'static> = Kind {
    file: Some("/etc/cron.d/x"),
    says_user: false,
};

#[test]
fn the_most_alike_is_claimed_first_and_each_once() {
    let jobs = [
        job("backup", "1 * * * *", "/bin/backup --full", None),
        job("backup-2", "2 * * * *", "/bin/backup --full", None),
        job("report", "3 * * * *", "/bin/report a", Some("alice")),
        job("sweep", "4 * * * *", "/bin/sweep", None),
    ];
    let lines = [
        // The same work at another time: it must not take the job of the line below.
        line("9 * * * *", "/bin/backup --full"),
        line("1 * * * *", "/bin/backup --full"),
        // Another argument at the same time; who it runs as, no line says.
        line("3 * * * *", "/bin/report b"),
        // Only the name is left.
        line("5 * * * *", "/bin/sweep --all"),
        line("6 * * * *", "/bin/another"),
        line("1 * * * *", "/bin/backup --full"),
    ];
    let expected = [Some(1), Some(0), Some(2), Some(3), None, None];
    assert_eq!(claims(&jobs, &lines, FILE), expected);
}

#[test]
fn who_it_runs_as_counts_where_lines_say_so() {
    let jobs = [job("a", "1 * * * *", "/bin/a", Some("alice"))];
    let lines = [line("2 * * * *", "/bin/a")];
    let says_user = Kind {
        file: None,
        says_user: true,
    };
    assert_eq!(claims(&jobs, &lines, says_user), [None]);
    let is_input = Kind {
        file: None,
        says_user: false,
    };
    assert_eq!(claims(&jobs, &lines, is_input), [Some(0)]);
}

#[test]
fn of_standard_input_only_the_very_program_is_the_same() {
    let jobs = [job("report", "3 * * * *", "/bin/report a", None)];
    let other = [line("3 * * * *", "/usr/bin/report b")];
    let is_input = Kind {
        file: None,
        says_user: false,
    };
    assert_eq!(claims(&jobs, &other, is_input), [None]);
    assert_eq!(claims(&jobs, &other, FILE), [Some(0)]);
    let same = [line("3 * * * *", "/bin/report b")];
    assert_eq!(claims(&jobs, &same, is_input), [Some(0)]);
}
