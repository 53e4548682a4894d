//! Replaces secrets with `***` wherever a text of a job is shown. The store keeps the real value.
//!
//! A value is a secret because of its name (`token`, `password`, `secret`, `key` and similar), because it stands in
//! an `Authorization` or `Cookie` header, or because it is the password in a URL.

mod known;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

pub use known::{error, hide};

/// The text that replaces a secret.
pub const MASK: &str = "***";

/// Word endings that mark the value under a name as secret: `token`, `accesstoken`, `PGPASSWORD`.
const SECRET_WORDS: [&str; 11] = [
    "token",
    "tokens",
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "secret",
    "secrets",
    "credential",
    "credentials",
    "apikey",
];

/// Values that are never secret, whatever their name is.
const NEVER_SECRET: [&str; 8] = [
    "null",
    "none",
    "nil",
    "true",
    "false",
    "yes",
    "no",
    "undefined",
];

/// Headers whose values are secret although no word in their name says so.
const SECRET_HEADERS: [&str; 5] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "authentication",
];

/// Whether a value under this name is a secret: `GITHUB_TOKEN`, `apiKey`, `X-Secret`, `key`.
pub fn is_secret_name(name: &str) -> bool {
    is_surely_secret_name(name) || words(name).any(|word| ["key", "keys", "auth"].contains(&&*word))
}

/// Like [`is_secret_name`], but without `key`, `keys` and `auth`: these names are too common in data that programs
/// print.
fn is_surely_secret_name(name: &str) -> bool {
    let words: Vec<String> = words(name).filter(|word| !word.is_empty()).collect();
    let is_secret = |word: &str| SECRET_WORDS.iter().any(|end| word.ends_with(end));
    let keys = ["api", "private", "access"];
    let has_key = words
        .windows(2)
        .any(|pair| keys.contains(&&*pair[0]) && pair[1] == "key");
    // `PWD` alone is the working directory of a shell.
    let has_pwd = words.len() > 1 && words.iter().any(|word| word == "pwd");
    has_key || has_pwd || words.iter().any(|word| is_secret(word))
}

/// Whether a value under a secret name is secret. A count (`tokens: 5`) and a word for "none" are not.
fn is_secret_value(name: &str, value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let is_count = lower.bytes().all(|byte| byte.is_ascii_digit())
        && words(name).last().is_some_and(|word| word.ends_with('s'));
    !is_count && !NEVER_SECRET.contains(&&*lower)
}

/// The words of a name: `access_key`, `accessKey` and `Access-Key` have two each.
fn words(name: &str) -> impl Iterator<Item = String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        let begins = !c.is_alphanumeric() || (c.is_uppercase() && was_lower);
        if begins {
            words.push(String::new());
        }
        was_lower = c.is_lowercase();
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    words.into_iter()
}

/// The value of a header as it may be shown. The scheme of credentials (`Bearer`) stays visible.
pub fn header<'a>(name: &str, value: &'a str) -> Cow<'a, str> {
    let lower = name.to_ascii_lowercase();
    if !SECRET_HEADERS.contains(&lower.as_str()) && !is_secret_name(name) {
        return text(value);
    }
    match value.split_once(' ') {
        Some((scheme, _)) if lower.ends_with("authorization") && is_word(scheme) => {
            Cow::Owned(format!("{scheme} {MASK}"))
        }
        _ => Cow::Borrowed(MASK),
    }
}

fn is_word(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Compiles a pattern of this module. The tests compile all of them.
fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns of this module are tested")
}

/// `scheme://user:password@host`, also with an empty user. A password that starts with digits could be a port: it
/// counts as a password only if no `/` follows directly after the digits.
static PASSWORD: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#:@'`]*:(?P<secret>[^\s/?#'`]+|[^\s/'`]*[^\s/0-9'`][^\s'`]*)@",
    )
});

/// `https://token@host`: a web URL with a user but without a password has a token as its user.
static TOKEN: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)\bhttps?://(?P<secret>[^\s/?#:@'`]+)@"));

/// `"Authorization: Bearer ..."`, up to the closing quote.
static QUOTED_HEADER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?i)(?:"(?:proxy-)?authorization"?\s*[:=]\s*"?(?P<a>[^"\n]+)|'(?:proxy-)?authorization'?\s*[:=]\s*'?(?P<b>[^'\n]+)|"(?:set-)?cookie"?\s*[:=]\s*"?(?P<c>[^"\n]+)|'(?:set-)?cookie'?\s*[:=]\s*'?(?P<d>[^'\n]+))"#,
    )
});

/// A whole line that is such a header.
static HEADER_LINE: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?im)^[<>* \t]*(?:(?:proxy-)?authorization|(?:set-)?cookie):[ \t]*(?P<secret>[^\n]+)$")
});

/// Such a header within other text: the secret is the next word after the scheme.
static BARE_HEADER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?i)\b(?:(?:proxy-)?authorization|(?:set-)?cookie)[:=][ \t]*(?:(?:bearer|basic|token|digest|negotiate)[ \t]+)?(?P<secret>[^\s"'|]+)"#,
    )
});

/// A name, a separator and a value: `name=value`, `name: value`, `"name": "value"`.
static PAIR: LazyLock<Regex> = LazyLock::new(|| {
    // Match only names that may be secret: another pair would swallow a secret pair that begins within its value.
    regex(
        r#"(?xi)
        (?P<name> [a-z0-9_.-]* (?: token|passw|passph|pwd|secret|credential|key|auth ) [a-z0-9_.-]* )
        ["']? (?: [\ \t]* : [\ \t]* | = | [\ \t]+ = [\ \t]* )
        (?: "(?P<double> (?: [^"\\] | \\. )+ )"? | '(?P<single> [^']+ )'? | (?P<plain> [^\s"'&;|`<>]+ ) )"#,
    )
});

/// `--password value`.
static FLAG: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"--?(?P<name>[A-Za-z][A-Za-z0-9_-]*)[ \t]+(?:"(?P<double>[^"]+)"|'(?P<single>[^']+)'|(?P<plain>[^\s"'-][^\s"']*))"#,
    )
});

/// The positions of all secrets in a text, in order and without overlap.
pub fn spans(text: &str) -> Vec<Range<usize>> {
    spans_by(text, is_secret_name)
}

/// Like [`spans`], for what a program prints. There a name `key` alone does not mark a secret: data uses it
/// everywhere.
pub fn spans_of_output(text: &str) -> Vec<Range<usize>> {
    spans_by(text, is_surely_secret_name)
}

/// Whether an unfinished line may get a secret when it goes on.
pub fn may_begin_secret(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let ends_in_a_name = || {
        NAME_PARTS
            .iter()
            .any(|name| (2..name.len()).any(|length| lower.ends_with(&name[..length])))
    };
    lower.contains("://") || has_name_part(&lower) || ends_in_a_name()
}

/// Every secret name contains one of these.
const NAME_PARTS: [&str; 10] = [
    "token",
    "passw",
    "passph",
    "pwd",
    "secret",
    "credential",
    "key",
    "auth",
    "cookie",
    "private",
];

/// Whether a lower-case text contains a part of a secret name.
fn has_name_part(lower: &str) -> bool {
    NAME_PARTS.iter().any(|name| lower.contains(name))
}

fn spans_by(text: &str, is_secret_name: impl Fn(&str) -> bool) -> Vec<Range<usize>> {
    // Most texts hold no secret: skip the regular expressions for them.
    let has_login = text.contains("://") && text.contains('@');
    let has_name = (text.contains([':', '=']) || text.contains("--"))
        && has_name_part(&text.to_ascii_lowercase());
    if !has_login && !has_name {
        return Vec::new();
    }
    let mut found: Vec<Range<usize>> = Vec::new();
    for pattern in [
        &PASSWORD,
        &TOKEN,
        &QUOTED_HEADER,
        &HEADER_LINE,
        &BARE_HEADER,
    ] {
        for captures in pattern.captures_iter(text) {
            let groups = ["secret", "a", "b", "c", "d"];
            let secret = groups.iter().find_map(|group| captures.name(group));
            found.extend(secret.map(|secret| secret.range()));
        }
    }
    for pattern in [&PAIR, &FLAG] {
        for captures in pattern.captures_iter(text) {
            let name = captures.name("name").map(|name| name.as_str());
            let Some(name) = name.filter(|name| is_secret_name(name)) else {
                continue;
            };
            let value = ["double", "single", "plain"]
                .iter()
                .find_map(|group| captures.name(group));
            found.extend(value.and_then(|value| {
                // A bracket or comma after the value belongs to the text around the pair.
                let closing = |c: char| matches!(c, ',' | ')' | ']' | '}');
                let inner = value.as_str().trim_end_matches(closing);
                let is_secret = !inner.is_empty() && is_secret_value(name, inner);
                is_secret.then(|| value.start()..value.start() + inner.len())
            }));
        }
    }
    found.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let mut spans: Vec<Range<usize>> = Vec::new();
    for span in found {
        match spans.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => spans.push(span),
        }
    }
    spans
}

/// A free text (a command, a body, an error) as it may be shown.
pub fn text(text: &str) -> Cow<'_, str> {
    let spans = spans(text);
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    for span in spans {
        masked.push_str(&text[from..span.start]);
        masked.push_str(MASK);
        from = span.end;
    }
    masked.push_str(&text[from..]);
    Cow::Owned(masked)
}

/// A URL, or a text with URLs in it, as it may be shown.
pub fn url(text: &str) -> Cow<'_, str> {
    self::text(text)
}

/// Whether a text holds `***` in the place of a secret. Then a caller sent back the masked text instead of the real
/// value.
pub fn holds_mask(text: &str) -> bool {
    spans(text).into_iter().any(|span| {
        let value = &text[span];
        value == MASK
            || value
                .strip_suffix(MASK)
                .is_some_and(|scheme| scheme.ends_with(' '))
    })
}

#[cfg(test)]
mod tests;
