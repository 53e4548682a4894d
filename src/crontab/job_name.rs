//! Derives a readable job name from a command.

/// Upper bound on a derived name, in characters.
const MAX_CHARS: usize = 40;

/// Programs that run another program: the name comes from the program after them.
const WRAPPERS: [&str; 24] = [
    "sudo", "nice", "ionice", "env", "exec", "nohup", "time", "timeout", "flock", "chronic",
    "setsid", "stdbuf", "bash", "sh", "zsh", "dash", "python", "python3", "php", "perl", "ruby",
    "node", "command", "cronic",
];

/// A job name for a command: the program, and its first argument if the program alone says too little. Only `a-z 0-9
/// . _ -`, at most 40 characters, never empty, never only digits.
pub fn name_for(command: &str) -> String {
    let part = main_part(command);
    let mut words = part.split_whitespace().filter(|word| !is_redirection(word));
    let mut name = words
        .by_ref()
        .find(|word| !is_preamble(word))
        .map(stem)
        .unwrap_or_default();
    if name.len() <= 4 || NEEDS_ARGUMENT.contains(&name.as_str()) {
        let second = words
            .find(|word| !word.starts_with('-'))
            .map(stem)
            .unwrap_or_default();
        if !second.is_empty() {
            name = format!("{name}-{second}");
        }
    }
    let name: String = name.chars().take(MAX_CHARS).collect();
    let name = name.trim_matches(['-', '.', '_']);
    if name.is_empty() {
        return "job".to_string();
    }
    if name.bytes().all(|byte| byte.is_ascii_digit()) {
        return format!("job-{name}");
    }
    name.to_string()
}

/// Programs whose name is too general: the first argument is added.
const NEEDS_ARGUMENT: [&str; 8] = [
    "run-parts",
    "artisan",
    "rsync",
    "certbot",
    "logger",
    "systemctl",
    "manage",
    "console",
];

/// The name with a number appended, for a name that is taken: `name-2`, `name-3`, ...
pub fn numbered(name: &str, number: u64) -> String {
    format!("{name}-{number}")
}

/// The part of a shell line that does the work: not the test before it, not the `cd`, not the program that its output
/// is piped into.
fn main_part(command: &str) -> &str {
    let separators = ["&&", "||", ";", "|", "\n"];
    let mut parts = Vec::new();
    let mut rest = command;
    while let Some((at, separator)) = separators
        .iter()
        .filter_map(|separator| rest.find(separator).map(|at| (at, *separator)))
        .min_by_key(|(at, separator)| (*at, std::cmp::Reverse(separator.len())))
    {
        parts.push(&rest[..at]);
        rest = &rest[at + separator.len()..];
    }
    parts.push(rest);
    let is_work = |part: &&&str| {
        let first = part
            .trim_matches(|c: char| c.is_whitespace() || "(){}".contains(c))
            .split_whitespace()
            .next();
        !matches!(
            first,
            None | Some(
                "cd" | "["
                    | "[["
                    | "test"
                    | "."
                    | "source"
                    | "export"
                    | "set"
                    | "umask"
                    | "true"
                    | ":"
                    | "sleep"
            )
        )
    };
    parts.iter().find(is_work).copied().unwrap_or(command)
}

fn is_preamble(word: &str) -> bool {
    let bare = word.trim_matches(['(', ')', '{', '}', '"', '\'']);
    let is_assignment = bare.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    });
    let program = bare.rsplit('/').next().unwrap_or(bare);
    bare.is_empty()
        || is_assignment
        || bare.starts_with('-')
        || WRAPPERS.contains(&program)
        || bare.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_redirection(word: &str) -> bool {
    word.contains(['>', '<', '&', '$'])
}

/// The distinctive part of a word: the last part of a path without its extension, or the host of an address.
fn stem(word: &str) -> String {
    let word = word.trim_matches(['(', ')', '{', '}', '"', '\'', ';', '`']);
    let word = match word.split_once("://") {
        Some((_, rest)) => rest.split(['/', '?', ':']).next().unwrap_or(rest),
        None => {
            let last = word
                .trim_end_matches('/')
                .rsplit('/')
                .next()
                .unwrap_or(word);
            ["sh", "bash", "py", "pl", "php", "rb", "js", "exe"]
                .iter()
                .find_map(|extension| last.strip_suffix(extension)?.strip_suffix('.'))
                .unwrap_or(last)
        }
    };
    let mut name = String::new();
    for c in word.chars().flat_map(char::to_lowercase) {
        let c = if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') {
            c
        } else {
            '-'
        };
        if c != '-' || !name.ends_with('-') {
            name.push(c);
        }
    }
    name.trim_matches(['-', '.']).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_for_command_names_program() {
        for (command, name) in [
            ("/usr/local/bin/backup.sh --full >/dev/null 2>&1", "backup"),
            (
                "cd /srv/app && php artisan schedule:run >> /dev/null 2>&1",
                "artisan-schedule-run",
            ),
            (
                "test -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.daily )",
                "run-parts-cron.daily",
            ),
            ("curl -fsS https://hc-ping.com/x", "curl-hc-ping.com"),
            (
                "[ -x /usr/bin/certbot ] && certbot -q renew",
                "certbot-renew",
            ),
            ("FOO=1 BAR=2 nice -n 10 /opt/report.py monthly", "report"),
            ("python3 /opt/clean.py", "clean"),
            ("echo hello", "echo-hello"),
            ("12345", "job"),
            ("备份", "job"),
            ("", "job"),
            (">/dev/null", "job"),
            ("/opt/42", "job-42"),
        ] {
            assert_eq!(name_for(command), name, "{command}");
        }
    }

    #[test]
    fn name_for_odd_text_is_valid() {
        for command in [
            "((((",
            "|||",
            "a | b",
            "-----",
            "$(date)",
            "\"\"",
            "x".repeat(500).as_str(),
            "é",
            "`x`",
            "- -",
        ] {
            let name = name_for(command);
            assert!(
                !name.is_empty() && name.len() <= MAX_CHARS,
                "{command}: {name}"
            );
            assert!(
                name.bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)),
                "{command}: {name}"
            );
            assert!(
                !name.starts_with('-') && !name.bytes().all(|b| b.is_ascii_digit()),
                "{command}: {name}"
            );
        }
    }
}
