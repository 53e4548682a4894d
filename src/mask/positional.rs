//! Finds secrets in arguments of well-known programs that stand there without a flag, and in texts that a program reads.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::names::{self, Kind};
use super::program_table::Part;
use super::programs::secret;
use super::regex;

/// `user = me:password` in the configuration of `curl -K`.
static CURL_CONFIG: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?m)(?:^|['"]|\\n)[ \t]*-{0,2}(?:proxy-)?user(?:[ \t]*[=:][ \t]*|[ \t]+)"?[^\s:"']+:(?P<secret>[^\s"'\\]+)"#,
    )
});

/// Names and passwords for `chpasswd`.
static CHPASSWD: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r#"(?:\becho|\bprintf)[ \t]+(?:-[a-zA-Z]+[ \t]+)*["']?[\w.$-]+:(?P<a>[^\s"'|:]+)["']?[ \t]*\|[ \t]*(?:[\w/.-]+[ \t]+)*(?:[\w/.-]*/)?chpasswd\b"#,
        r#"|\bchpasswd\b[^\n|;&<]*<<<[ \t]*["']?[\w.$-]+:(?P<b>[^\s"']+)"#,
        r#"|\bchpasswd\b[^\n|;&<]*<<-?[ \t]*["']?\w+["']?[ \t]*\n[ \t]*[\w.$-]+:(?P<c>[^\s"']+)"#,
    ))
});

/// Upper bound on the bytes after `curl` in which its configuration is searched.
const CONFIG_MAX: usize = 4096;

/// Adds the secrets of `chpasswd` in `range` of `text`.
pub(super) fn of_chpasswd(text: &str, range: Range<usize>, found: &mut Vec<Range<usize>>) {
    let slice = &text[range.clone()];
    if !slice.contains("chpasswd") {
        return;
    }
    for captures in CHPASSWD.captures_iter(slice) {
        let secret = captures.iter().skip(1).flatten().next();
        found.extend(secret.map(|secret| range.start + secret.start()..range.start + secret.end()));
    }
}

/// Adds the secrets in the arguments of a program that ends at `start`.
pub(super) fn find(
    text: &str,
    program: &str,
    start: usize,
    arguments: &[Range<usize>],
    found: &mut Vec<Range<usize>>,
) {
    let word = |index: usize| arguments.get(index).map(|at| &text[at.clone()]);
    match program {
        "curl" => {
            let reads = |at: &Range<usize>| {
                let word = &text[at.clone()];
                word.starts_with("-K") || word.starts_with("--config")
            };
            if arguments.iter().any(reads) {
                let end = text.len().min(start.saturating_add(CONFIG_MAX));
                let slice = &text[start..text.floor_char_boundary(end)];
                for captures in CURL_CONFIG.captures_iter(slice) {
                    let secret = captures.name("secret");
                    found.extend(secret.map(|at| start + at.start()..start + at.end()));
                }
            }
        }
        "sqlplus" | "sqlldr" | "expdp" | "impdp" => {
            found.extend(arguments.iter().find_map(|at| of_oracle(text, at)));
        }
        // `add_user NAME PASSWORD` and alike.
        "rabbitmqctl" => {
            let takes = ["add_user", "change_password", "authenticate_user"];
            let verb = (0..arguments.len())
                .find(|index| word(*index).is_some_and(|word| takes.contains(&word)));
            let password = verb.and_then(|verb| arguments.get(verb + 2));
            found.extend(password.and_then(|at| secret(text, at.clone(), Part::Whole)));
        }
        // `aws configure set NAME VALUE`, `npm config set NAME VALUE`, `git config NAME VALUE`.
        "aws" | "git" | "npm" | "yarn" | "pnpm" | "pip" | "pip3" | "pulumi" | "composer" => {
            let Some(verb) = (0..arguments.len().min(4))
                .find(|index| matches!(word(*index), Some("config" | "configure")))
            else {
                return;
            };
            let named = (verb + 1..arguments.len()).find(|index| {
                word(*index).is_some_and(|name| {
                    !name.starts_with('-')
                        && !name.contains('=')
                        && names::kind(name) == Kind::Secret
                })
            });
            let is_read = word(verb + 1)
                .is_some_and(|word| matches!(word, "get" | "delete" | "unset" | "list"));
            let value = named
                .filter(|_| !is_read)
                .and_then(|name| arguments.get(name + 1));
            let value = value.filter(|at| !text[(*at).clone()].starts_with(['-', '>', '<']));
            found.extend(value.and_then(|at| secret(text, at.clone(), Part::Whole)));
        }
        _ => {}
    }
}

/// The password of `user/password@database`.
fn of_oracle(text: &str, argument: &Range<usize>) -> Option<Range<usize>> {
    let whole = secret(text, argument.clone(), Part::Whole)?;
    let word = &text[whole.clone()];
    let (user, rest) = word.split_once('/')?;
    let user = user.rsplit('=').next().unwrap_or_default();
    // `@dir/script`, `/nolog`, and the path of a file.
    if user.is_empty()
        || user.starts_with(['@', '-', '.', '$'])
        || word.starts_with("control=")
        || word.starts_with("log=")
    {
        return None;
    }
    let start = whole.end - rest.len();
    let length = rest.rfind('@').filter(|_| !rest.contains("@//"));
    let length = length.or_else(|| rest.find("@//")).unwrap_or(rest.len());
    (length > 0).then(|| start..start + length)
}
