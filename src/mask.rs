//! Secrets are stored, but not shown: what looks like one becomes `***` wherever a text of a job is shown.
//!
//! What a secret is, its key tells: `token`, `password`, `secret`, `key` and their kin; the headers Authorization and Cookie; the
//! password in a URL.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex_lite::{Captures, Regex};

/// What stands in the place of a secret.
pub const MASK: &str = "***";

/// Parts of names that make their values secret, wherever they stand in the name.
const SECRET_PARTS: [&str; 9] = [
    "token",
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "credential",
    "apikey",
    "privatekey",
];

/// Headers whose values are secret although their names do not say so.
const SECRET_HEADERS: [&str; 5] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "authentication",
];

/// Whether a value under that name is a secret: `GITHUB_TOKEN`, `apiKey`, `X-Secret`, `key`.
pub fn is_secret_name(name: &str) -> bool {
    let lower: String = name
        .chars()
        .filter(|c| !matches!(c, '_' | '-' | '.'))
        .collect::<String>()
        .to_ascii_lowercase();
    SECRET_PARTS.iter().any(|part| lower.contains(part))
        || words(name).any(|word| word == "key" || word == "keys" || word == "auth")
}

/// The words of a name: `access_key`, `accessKey` and `Access-Key` have two.
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

/// The value of a header as it may be shown; of credentials the scheme stays.
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

/// A regular expression of this module: it is known to be one.
fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns of this module are tested")
}

/// `scheme://user:password@host`, also without a user.
static USERINFO: LazyLock<Regex> =
    LazyLock::new(|| regex(r"([A-Za-z][A-Za-z0-9+.-]*://[^\s/?#:@'`]*):[^\s/?#'`]*@"));

/// `Authorization: Bearer ...` in a text, up to the quote or the line that ends it.
static HEADER: LazyLock<Regex> = LazyLock::new(|| {
    regex(r#"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie)(["']?\s*[:=]\s*["']?)([^"'\n|]+)"#)
});

/// A name, what stands between, and a value: `name=value`, `name: value`, `"name": "value"`, `--name value`.
static PAIR: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        // Only names that may be those of secrets: another pair must not swallow one that begins in its value.
        r#"(?xi)
        (?P<name> [a-z0-9_.-]* (?: token|passw|passph|pwd|secret|credential|key|auth ) [a-z0-9_.-]* )
        (?P<between> ["']? \s? [=:] [\ \t]? )
        (?: "(?P<double> (?: [^"\\] | \\. )* )"? | '(?P<single> [^']* )'? | (?P<plain> [^\s"'&,;|{}()\[\]<>`]+ ) )"#,
    )
});

/// `--password value`.
static FLAG: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(--?(?P<name>[A-Za-z][A-Za-z0-9_-]*))(?P<between>[ \t]+)(?P<value>"[^"]*"|'[^']*'|[^\s"'-][^\s"']*)"#,
    )
});

/// A free text, such as a command, a body or an error, as it may be shown.
pub fn text(text: &str) -> Cow<'_, str> {
    let may_hold_one = text.contains([':', '=']) || text.contains("--");
    if !may_hold_one {
        return Cow::Borrowed(text);
    }
    let masked = USERINFO.replace_all(text, format!("$1:{MASK}@"));
    let masked = replace(masked, &HEADER, |found| {
        format!("{}{}{MASK}", &found[1], &found[2])
    });
    let masked = replace(masked, &PAIR, |found| {
        if !is_secret_name(&found["name"]) {
            return found[0].to_string();
        }
        let (open, close) = if found.name("double").is_some() {
            ("\"", "\"")
        } else if found.name("single").is_some() {
            ("'", "'")
        } else {
            ("", "")
        };
        format!("{}{}{open}{MASK}{close}", &found["name"], &found["between"])
    });
    replace(masked, &FLAG, |found| {
        if is_secret_name(&found["name"]) {
            format!("{}{}{MASK}", &found[1], &found["between"])
        } else {
            found[0].to_string()
        }
    })
}

/// A URL, or a text with URLs in it, as it may be shown.
pub fn url(text: &str) -> Cow<'_, str> {
    self::text(text)
}

fn replace<'a>(
    text: Cow<'a, str>,
    pattern: &Regex,
    with: impl Fn(&Captures<'_>) -> String,
) -> Cow<'a, str> {
    match pattern.replace_all(&text, with) {
        Cow::Borrowed(_) => text,
        Cow::Owned(replaced) => Cow::Owned(replaced),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known() {
        for name in [
            "token",
            "GITHUB_TOKEN",
            "password",
            "PGPASSWORD",
            "MYSQL_PWD",
            "client_secret",
            "key",
            "api_key",
            "apiKey",
            "X-Api-Key",
            "AWS_SECRET_ACCESS_KEY",
            "privateKey",
            "access-token",
            "DB_PASSWD",
            "auth",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "monkey", "keyboard", "turkey", "PATH", "name", "keyspace", "author", "user",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn texts_are_masked() {
        for (text, shown) in [
            (
                "curl https://u:hunter2@h/x?token=abc&a=1#b",
                "curl https://u:***@h/x?token=***&a=1#b",
            ),
            ("mysql://root:p@ss:w@db/x", "mysql://root:***@db/x"),
            ("socks5://:pw@h", "socks5://:***@h"),
            ("PGPASSWORD=hunter2 psql", "PGPASSWORD=*** psql"),
            ("TOKEN='a b' x", "TOKEN='***' x"),
            (
                r#"{"password": "a \" b", "n": 1}"#,
                r#"{"password": "***", "n": 1}"#,
            ),
            (
                "curl -H 'Authorization: Bearer abc.def' u",
                "curl -H 'Authorization: ***' u",
            ),
            (
                "curl -H \"Cookie: a=1; b=2\" u",
                "curl -H \"Cookie: ***\" u",
            ),
            (
                "x --password hunter2 --user me",
                "x --password *** --user me",
            ),
            ("x --token=abc -v", "x --token=*** -v"),
            (
                "> GET http://h:80/x?token=abc",
                "> GET http://h:80/x?token=***",
            ),
            ("note: key=1", "note: key=***"),
            (
                "mysqldump --password=\"a b\" db",
                "mysqldump --password=\"***\" db",
            ),
            ("password: hunter2\nuser: me", "password: ***\nuser: me"),
        ] {
            assert_eq!(self::text(text), shown, "{text}");
        }
        for text in [
            "echo hello",
            "A=1 b",
            "http://h:80/x",
            "rsync a:b c",
            "10:30",
            "monkey=banana",
            "date +%H:%M",
            "ls --color auto",
            "tar --exclude x -czf y",
        ] {
            assert_eq!(self::text(text), text);
        }
    }

    #[test]
    fn headers_are_masked() {
        for (name, value, shown) in [
            ("Authorization", "Bearer abc", "Bearer ***"),
            ("authorization", "abc", "***"),
            ("Cookie", "a=1; b=2", "***"),
            ("Set-Cookie", "sid=1; Path=/", "***"),
            ("X-Api-Key", "abc", "***"),
            ("Content-Type", "text/plain", "text/plain"),
            ("Location", "https://h/?token=abc", "https://h/?token=***"),
        ] {
            assert_eq!(header(name, value), shown, "{name}");
        }
    }
}
