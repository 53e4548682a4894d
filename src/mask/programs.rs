//! Finds secrets in the arguments of well-known programs, whose flags do not say that a secret follows: `curl -u user:password`.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::program_table::{Flag, Form, PROGRAMS, Part, switches};
use super::{MASK, positional, regex};

/// One of the programs, with a blank behind it.
static PROGRAM: LazyLock<Regex> = LazyLock::new(|| {
    let mut names: Vec<&str> = PROGRAMS
        .iter()
        .flat_map(|(names, _)| names.iter().copied())
        .collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    regex(&format!(
        r#"(?:^|[\s;|&(`"'/$=])(?P<name>{})[ \t]"#,
        names.join("|")
    ))
});

/// Upper bound on the bytes of all arguments of a command.
const LONG: usize = 4096;

/// The same, when the text names so many programs that the search would take too long.
const SHORT: usize = 256;

/// Adds the secrets in arguments of programs that begin in `range` of `text`.
pub(super) fn find(text: &str, range: Range<usize>, found: &mut Vec<Range<usize>>) {
    let slice = &text[..range.end];
    let mut from = range.start;
    let mut spent = 0;
    while let Some(captures) = PROGRAM.captures_at(slice, from) {
        let Some(name) = captures.name("name") else {
            return;
        };
        from = name.end();
        let flags = PROGRAMS
            .iter()
            .find(|(names, _)| names.contains(&name.as_str()))
            .map_or(&[][..], |(_, flags)| *flags);
        let before = &slice[range.start..name.start()];
        let is_vault = name.as_str() == "login" && program_before(before) == "vault";
        if name.as_str() == "login" && !is_vault && !is_registry_login(before) {
            continue;
        }
        let longest = if spent > 8 * range.len() { SHORT } else { LONG };
        let arguments = arguments(slice, name.end(), longest);
        spent += arguments.last().map_or(0, |last| last.end - name.end());
        match name.as_str() {
            "login" if is_vault => found.extend(of_vault(slice, &arguments)),
            "htpasswd" => found.extend(of_htpasswd(slice, &arguments)),
            program => {
                positional::find(slice, program, name.end(), &arguments, found);
                of_arguments(slice, &arguments, flags, switches(program), found);
            }
        }
    }
}

/// The last part of the path of the program that a text ends with.
fn program_before(text: &str) -> &str {
    let program = text.split_whitespace().next_back().unwrap_or_default();
    program.rsplit('/').next().unwrap_or_default()
}

/// The password of `htpasswd -b FILE USER PASSWORD` and `htpasswd -nb USER PASSWORD`.
fn of_htpasswd(text: &str, arguments: &[Range<usize>]) -> Option<Range<usize>> {
    let (mut has_password, mut prints, mut takes_value) = (false, false, false);
    let mut names = Vec::new();
    for argument in arguments {
        let word = &text[argument.clone()];
        if std::mem::take(&mut takes_value) {
            continue;
        }
        match word.strip_prefix('-').filter(|_| names.is_empty()) {
            Some(letters) if letters.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                has_password |= letters.contains('b');
                prints |= letters.contains('n');
                // The cost of bcrypt and the rounds of SHA follow.
                takes_value = letters.ends_with(['C', 'r']);
            }
            Some(_) => return None,
            None => names.push(argument.clone()),
        }
    }
    let at = if prints { 1 } else { 2 };
    let password = names.get(at).filter(|_| has_password)?;
    secret(text, password.clone(), Part::Whole)
}

/// The token of `vault login TOKEN`. A word of a message, such as `vault login failed`, has no digit or is short.
fn of_vault(text: &str, arguments: &[Range<usize>]) -> Option<Range<usize>> {
    let token = arguments
        .iter()
        .find(|argument| !text[(*argument).clone()].starts_with('-'))?;
    let span = secret(text, token.clone(), Part::Whole)?;
    let word = &text[span.clone()];
    let is_token = word == MASK
        || word.len() >= 8
            && word.bytes().any(|byte| byte.is_ascii_digit())
            && !word.contains(['=', '$', '/', ':']);
    is_token.then_some(span)
}

/// Whether the text before `login` ends with a program that logs in to a registry.
fn is_registry_login(before: &str) -> bool {
    [
        "docker", "podman", "buildah", "skopeo", "nerdctl", "oc", "az", "registry", "cf",
    ]
    .contains(&program_before(before))
}

fn of_arguments(
    text: &str,
    arguments: &[Range<usize>],
    flags: &[Flag],
    switches: &str,
    found: &mut Vec<Range<usize>>,
) {
    for (index, argument) in arguments.iter().enumerate() {
        let word = &text[argument.clone()];
        for (flag, form, part) in flags {
            let joined = word.strip_prefix(flag);
            // `curl -sSu user:password` is several flags in one.
            let is_cluster = flag.len() == 2
                && word.len() > 2
                && word.ends_with(&flag[1..])
                && word.starts_with('-')
                && word[1..].bytes().all(|byte| byte.is_ascii_alphabetic());
            // `curl -sume:password` too.
            let in_cluster = word.strip_prefix('-').and_then(|letters| {
                let letters = letters.trim_start_matches(|c| switches.contains(c));
                letters.strip_prefix(&flag[1..])
            });
            let joined = joined.or(in_cluster.filter(|rest| flag.len() == 2 && !rest.is_empty()));
            let value = match (joined, form) {
                (Some(""), Form::Next | Form::Both) => arguments.get(index + 1).cloned(),
                (Some(rest), Form::Joined | Form::Both) if !rest.is_empty() => {
                    let rest = match flag.starts_with("--") {
                        true => rest.strip_prefix('='),
                        false => Some(rest),
                    };
                    rest.map(|rest| argument.end - rest.len()..argument.end)
                }
                (None, Form::Next | Form::Both) if is_cluster => arguments.get(index + 1).cloned(),
                (Some(_) | None, Form::Next | Form::Joined | Form::Both) => None,
            };
            if let Some(value) = value {
                found.extend(secret(text, value, *part));
                break;
            }
        }
    }
}

/// The secret part of an argument, without quotes.
pub(super) fn secret(text: &str, argument: Range<usize>, part: Part) -> Option<Range<usize>> {
    let word = &text[argument.clone()];
    let mut span = argument;
    // The shell reads `$'...'` as a text with escapes.
    if word.starts_with("$'") || word.starts_with("$\"") {
        span.start += 1;
    }
    let word = &text[span.clone()];
    let quote = word.chars().next().filter(|c| matches!(c, '"' | '\''));
    if let Some(quote) = quote {
        span.start += 1;
        if word.len() > 1 && word.ends_with(quote) {
            span.end -= 1;
        }
    }
    let word = &text[span.clone()];
    match part {
        Part::Whole => {}
        Part::Cookie if word.contains('=') || word == MASK => {}
        Part::Cookie => return None,
        Part::After(separator) => {
            let at = word.find(separator)?;
            // A user with an empty password is a token: `curl -u TOKEN:`.
            match at + 1 == word.len() && (at >= 16 || word.starts_with(MASK)) {
                true => span.end = span.start + at,
                false => span.start += at + 1,
            }
        }
    }
    (!span.is_empty()).then_some(span)
}

/// The arguments of a command from `start` to its end. Quotes belong to their argument.
fn arguments(text: &str, start: usize, longest: usize) -> Vec<Range<usize>> {
    /// Upper bound on the arguments.
    const MOST: usize = 256;
    let text = &text[..text.floor_char_boundary(text.len().min(start.saturating_add(longest)))];
    let mut arguments: Vec<Range<usize>> = Vec::new();
    let mut begin = None;
    let mut quote = None;
    let mut was_backslash = false;
    for (at, c) in text[start..].char_indices().map(|(at, c)| (start + at, c)) {
        let is_escaped = std::mem::take(&mut was_backslash);
        match (quote, c) {
            (_, '\\') if !is_escaped && quote != Some('\'') => was_backslash = true,
            (Some(open), _) if c == open && !is_escaped => quote = None,
            (Some(_), _) => {}
            // A backslash before the line end continues the command.
            (None, '\n') if is_escaped => {
                if let Some(begin) = begin.take().filter(|begin| *begin + 1 < at) {
                    arguments.push(begin..at - 1);
                }
                continue;
            }
            (None, '"' | '\'') if !is_escaped => quote = Some(c),
            (None, '\n' | ';' | '|' | '&') if !is_escaped => {
                arguments.extend(begin.take().map(|begin| begin..at));
                return arguments;
            }
            (None, ' ' | '\t') if !is_escaped => {
                arguments.extend(begin.take().map(|begin| begin..at));
                if arguments.len() >= MOST {
                    return arguments;
                }
                continue;
            }
            (None, _) => {}
        }
        begin = begin.or(Some(at));
    }
    arguments.extend(begin.map(|begin| begin..text.len()));
    arguments
}
