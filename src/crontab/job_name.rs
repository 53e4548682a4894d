//! Derives a readable job name from a command.

use super::shell_words::tokens;
use super::simple_commands::simple_commands;

/// Upper bound on a derived name, in characters.
const MAX_CHARS: usize = 40;

/// A job name for a command: the program that does the work, and an argument if the program alone says too little. When
/// the command says nothing, the name is `file`, the name of the crontab. Only `a-z 0-9 . _ -`, at most 40 characters,
/// never empty, never only digits.
pub fn name_for(command: &str, file: Option<&str>) -> String {
    let name = program_name(command, 0).or_else(|| file.and_then(file_stem));
    name.unwrap_or_else(|| "crontab".to_string())
}

/// The part of the path of a crontab that tells it from others: `php` for `/etc/cron.d/php`. `None` for standard input and
/// for names that each crontab may have.
pub fn file_stem(path: &str) -> Option<String> {
    let (folder, name) = path.rsplit_once('/')?;
    let is_of_account = ["/crontabs", "/cron", "/tabs"]
        .iter()
        .any(|end| folder.ends_with(end));
    let name = name.strip_suffix(".crontab").unwrap_or(name);
    let name = cleaned(name.strip_suffix(".cron").unwrap_or(name));
    let says_nothing = ["", "crontab", "cron", "tab", "table"].contains(&name.as_str());
    (!is_of_account && !says_nothing).then_some(name)
}

/// The name with a number appended, for a name that is taken: `name-2`, `name-3`, ...
pub fn numbered(name: &str, number: u64) -> String {
    format!("{name}-{number}")
}

/// Programs that run another program, with their options that have a value, and the number of words before the other
/// program.
pub(super) const WRAPPERS: &[(&str, &[&str], usize)] = &[
    ("catchsegv", &[], 0),
    ("chpst", &["-u", "-b", "-e"], 0),
    ("chronic", &[], 0),
    ("chrt", &[], 1),
    ("command", &[], 0),
    ("cpulimit", &["-l"], 0),
    ("cronic", &[], 0),
    ("cronitor", &["--env"], 2),
    ("doas", &["-u"], 0),
    ("env", &["-u", "-C", "-S"], 0),
    ("exec", &["-a"], 0),
    ("flock", &["-w", "--timeout", "-E"], 1),
    ("gosu", &[], 1),
    ("ionice", &["-c", "-n", "--class", "--classdata"], 0),
    ("lckdo", &["-W"], 1),
    ("nice", &["-n", "--adjustment"], 0),
    ("nohup", &[], 0),
    ("runitor", &["-uuid", "-slug", "-api-url"], 0),
    ("runuser", &["-u", "-g", "-s"], 0),
    ("setlock", &[], 1),
    ("setsid", &[], 0),
    ("softlimit", &["-m", "-t"], 0),
    ("solo", &[], 0),
    ("stdbuf", &["-i", "-o", "-e"], 0),
    ("sudo", &["-u", "-g", "-h", "-p", "-r", "-t", "-D", "-R"], 0),
    ("systemd-cat", &["-t", "-p", "--identifier"], 0),
    ("systemd-inhibit", &[], 0),
    ("systemd-run", &["-p", "-u", "--unit", "--slice"], 0),
    ("taskset", &[], 1),
    ("time", &["-f", "-o"], 0),
    ("timeout", &["-k", "-s", "--kill-after", "--signal"], 1),
    ("torsocks", &[], 0),
    ("unbuffer", &[], 0),
    ("xvfb-run", &["-s", "-n", "-e"], 0),
];

/// Programs that run the file that is their first argument.
pub(super) const INTERPRETERS: [&str; 10] = [
    "java", "node", "nodejs", "perl", "php", "python", "python2", "python3", "Rscript", "ruby",
];

const SHELLS: [&str; 6] = ["bash", "sh", "zsh", "dash", "ksh", "ash"];

/// Programs and words of the shell that prepare, test or wait. The work is in another command of the line.
const PREPARATIONS: [&str; 37] = [
    ".", ":", "[", "[[", "break", "case", "cd", "declare", "done", "esac", "exit", "export",
    "false", "fi", "for", "function", "hash", "in", "local", "popd", "pushd", "read", "return",
    "select", "set", "shift", "shopt", "sleep", "source", "test", "trap", "true", "type", "ulimit",
    "umask", "unset", "wait",
];

/// Programs that mostly prepare or report. They give the name when the line has no other program.
const SIDE_WORK: [&str; 12] = [
    "cat", "chgrp", "chmod", "chown", "date", "echo", "logger", "mkdir", "printf", "tee", "touch",
    "yes",
];

/// Words of the shell before a command.
const PREFIXES: [&str; 11] = [
    "!", "{", "}", "if", "then", "else", "elif", "while", "until", "do", "do;",
];

/// Programs whose name is too general: arguments are added, as many as stand here.
const NEEDS_ARGUMENTS: [(&str, usize); 22] = [
    ("artisan", 1),
    ("bundle", 2),
    ("certbot", 1),
    ("composer", 1),
    ("console", 1),
    ("docker", 2),
    ("docker-compose", 2),
    ("drush", 1),
    ("git", 1),
    ("invoke-rc.d", 1),
    ("kubectl", 2),
    ("logger", 1),
    ("manage", 1),
    ("npm", 2),
    ("occ", 1),
    ("podman", 2),
    ("rails", 1),
    ("rclone", 1),
    ("rsync", 1),
    ("run-parts", 1),
    ("service", 2),
    ("systemctl", 2),
];

/// Upper bound on shells inside of shells.
const MAX_DEPTH: usize = 4;

/// How much of the work of a line a command does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Main,
    Side,
}

/// The name of the first command that does work.
fn program_name(command: &str, depth: usize) -> Option<String> {
    let tokens = tokens(command);
    let mut side = None;
    for words in simple_commands(&tokens) {
        match of_simple_command(&words, depth) {
            Some((name, Role::Main)) => return Some(name),
            Some((name, Role::Side)) => side = side.or(Some(name)),
            None => {}
        }
    }
    side
}

/// The name of one command; `None` when it only prepares, tests or waits.
fn of_simple_command(words: &[&str], depth: usize) -> Option<(String, Role)> {
    let mut words = words;
    loop {
        let (first, rest) = words.split_first()?;
        let program = last_part(first);
        let is_of_system = !first.contains('/') || first.contains("bin/");
        if PREFIXES.contains(first) || is_assignment(first) || *first == "--" {
            words = rest;
        } else if program == "command" && rest.first().is_some_and(|word| word.starts_with("-v")) {
            return None;
        } else if program == "env" && rest.is_empty() {
            return Some((program.to_string(), Role::Side));
        } else if let Some((_, valued, skipped)) =
            WRAPPERS.iter().find(|(name, ..)| *name == program)
        {
            words = after_options(rest, valued).get(*skipped..)?;
            if let ["-c" | "--command", text, ..] = words {
                return inner_name(text, depth);
            }
        } else if program == "su" {
            let at = rest
                .iter()
                .position(|word| matches!(*word, "-c" | "--command"))?;
            return inner_name(rest.get(at + 1)?, depth);
        } else if SHELLS.contains(&program) {
            words = after_options(rest, &["-o", "-O"]);
            let options = &rest[..rest.len() - words.len()];
            if options
                .iter()
                .any(|word| word.ends_with('c') && !word.starts_with("--"))
            {
                return inner_name(words.first()?, depth);
            }
        } else if INTERPRETERS.contains(&program) {
            return of_interpreter(program, rest).map(|name| (name, Role::Main));
        } else if is_of_system && PREPARATIONS.contains(&program) {
            return None;
        } else {
            let role = match is_of_system && SIDE_WORK.contains(&program) {
                true => Role::Side,
                false => Role::Main,
            };
            return named(first, rest).map(|name| (name, role));
        }
    }
}

/// The name of a command that is the argument of a shell.
fn inner_name(text: &str, depth: usize) -> Option<(String, Role)> {
    let name = (depth < MAX_DEPTH).then(|| program_name(text, depth + 1))?;
    name.map(|name| (name, Role::Main))
}

/// The name of a script that an interpreter runs; `None` when the code is on the line.
fn of_interpreter(program: &str, arguments: &[&str]) -> Option<String> {
    let mut words = arguments;
    loop {
        let (first, rest) = words.split_first()?;
        match (program, *first) {
            (_, "--") => words = rest,
            ("java", "-jar") | ("php", "-f") => words = rest,
            ("python" | "python2" | "python3", "-m") => words = rest,
            ("php", "-c" | "-d") | ("python3", "-W" | "-X") | ("perl", "-I") => {
                words = rest.get(1..)?;
            }
            ("java", "-cp" | "-classpath") => words = rest.get(1..)?,
            (_, "-c" | "-e" | "-E" | "-r" | "-p" | "-ne" | "-pe" | "-") => return None,
            (_, option) if option.starts_with('-') => words = rest,
            _ => return named(first, rest),
        }
    }
}

/// The name of a program with its arguments.
fn named(program: &str, arguments: &[&str]) -> Option<String> {
    if last_part(program).contains('$') {
        return None;
    }
    let mut name = stem(program);
    let needed = NEEDS_ARGUMENTS
        .iter()
        .find(|(general, _)| *general == name)
        .map_or(usize::from(name.len() <= 4), |(_, number)| *number);
    let is_option = |word: &&&str| word.starts_with(['-', '+']) || word.contains('$');
    let arguments = arguments.iter().filter(|word| !is_option(word));
    for argument in arguments.take(needed) {
        let argument = stem(argument);
        if !argument.is_empty() {
            name = format!("{name}-{argument}");
        }
    }
    let name: String = name.chars().take(MAX_CHARS).collect();
    let name = name.trim_matches(['-', '.', '_']);
    if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()) {
        let folder = program.trim_end_matches('/').rsplit('/').nth(1)?;
        let folder = stem(folder);
        return (!folder.is_empty()).then(|| format!("{folder}-{name}"));
    }
    (!name.is_empty()).then(|| name.to_string())
}

/// The words after the options. An option in `valued` has the next word as its value.
pub(super) fn after_options<'w, 't>(words: &'w [&'t str], valued: &[&str]) -> &'w [&'t str] {
    let mut words = words;
    while let Some((first, rest)) = words.split_first() {
        if *first == "--" {
            return rest;
        } else if valued.contains(first) {
            words = rest.get(1..).unwrap_or_default();
        } else if first.starts_with('-') || is_assignment(first) {
            words = rest;
        } else {
            break;
        }
    }
    words
}

pub(super) fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

fn last_part(word: &str) -> &str {
    let word = word.trim_end_matches('/');
    word.rsplit('/').next().unwrap_or(word)
}

/// The distinctive part of a word: the last part of a path without its extension, or the host of an address.
fn stem(word: &str) -> String {
    let word = match word.split_once("://") {
        Some((_, rest)) => rest.split(['/', '?', ':']).next().unwrap_or(rest),
        None => {
            let last = last_part(word);
            [
                "sh", "bash", "py", "pl", "php", "rb", "js", "exe", "jar", "ts", "mjs", "R",
            ]
            .iter()
            .find_map(|extension| last.strip_suffix(extension)?.strip_suffix('.'))
            .unwrap_or(last)
        }
    };
    cleaned(word)
}

/// The text in lower case, with `-` for all but `a-z 0-9 . _`.
fn cleaned(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        let c = if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') {
            c
        } else {
            '-'
        };
        if c != '-' || !name.ends_with('-') {
            name.push(c);
        }
    }
    let name = name.trim_matches(['-', '.', '_']);
    name.chars().take(MAX_CHARS).collect()
}
