//! Decides whether the text after a secret name is a secret, or a message about one.

use super::names::{Kind, words};

/// Values that are never secret, whatever their name is.
const NEVER_SECRET: &[&str] = &[
    "null",
    "none",
    "nil",
    "true",
    "false",
    "yes",
    "no",
    "undefined",
];

/// Words that are a message on their own after `name: `: `token: invalid`.
const VERDICTS: &[&str] = &[
    "accepted",
    "changed",
    "created",
    "deleted",
    "denied",
    "disabled",
    "empty",
    "enabled",
    "expired",
    "failed",
    "hidden",
    "incorrect",
    "invalid",
    "loaded",
    "missing",
    "ok",
    "optional",
    "redacted",
    "refused",
    "rejected",
    "removed",
    "required",
    "revoked",
    "rotated",
    "unchanged",
    "unknown",
    "unset",
    "updated",
    "valid",
    "wrong",
];

/// Words with which a longer message begins: `secrets.txt: Permission denied`, `passwd: user unknown`.
const FIRST_WORDS: &[&str] = &[
    "a",
    "access",
    "account",
    "added",
    "all",
    "already",
    "an",
    "and",
    "any",
    "are",
    "at",
    "authentication",
    "bad",
    "can",
    "can't",
    "cannot",
    "changing",
    "check",
    "command",
    "connection",
    "could",
    "couldn't",
    "device",
    "directory",
    "does",
    "error",
    "fail",
    "failure",
    "fatal",
    "file",
    "for",
    "found",
    "from",
    "has",
    "ignored",
    "ignoring",
    "in",
    "input/output",
    "is",
    "it",
    "line",
    "loading",
    "locked",
    "malformed",
    "mismatch",
    "must",
    "needed",
    "needs",
    "new",
    "no",
    "not",
    "of",
    "only",
    "opening",
    "operation",
    "parse",
    "try",
    "usage",
    "using",
    "got",
    "stopped",
    "started",
    "starting",
    "waiting",
    "timeout",
    "timed",
    "timer",
    "password",
    "permission",
    "please",
    "read",
    "reading",
    "received",
    "resource",
    "rotating",
    "should",
    "skipped",
    "stale",
    "syntax",
    "text",
    "the",
    "this",
    "too",
    "unable",
    "unexpected",
    "user",
    "was",
    "will",
];

/// How a name and its value are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    /// `name=value`, and `name => value`.
    Equals,
    /// `?name=value` in a URL.
    Query,
    /// `"name": value`, with a quoted name.
    Quoted,
    /// `name: value` or `name:value`.
    Colon,
    /// `--name value`.
    Flag,
}

/// The text in which secrets are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Work that a person wrote, and messages of ours about it.
    Work,
    /// Text that a program printed.
    Output,
}

/// A value after a name, and what is known of both.
pub(super) struct Candidate<'a> {
    pub name: &'a str,
    pub kind: Kind,
    pub join: Join,
    pub source: Source,
    /// The value without quotes and closing brackets.
    pub value: &'a str,
    pub is_value_quoted: bool,
    /// The text after the value, up to the end of its line.
    pub rest: &'a str,
}

impl Candidate<'_> {
    /// Whether the value is a secret. A count (`tokens: 5`), a word for "none" and a message are not.
    pub(super) fn is_secret(&self) -> bool {
        if self.value.is_empty() || self.value == "[" || self.value == "{" {
            return false;
        }
        let lower = self.value.to_ascii_lowercase();
        let is_number = lower.bytes().all(|byte| byte.is_ascii_digit());
        let is_count = is_number
            && words(self.name)
                .last()
                .is_some_and(|word| word.ends_with('s'));
        if is_count && self.kind != Kind::Pass || NEVER_SECRET.contains(&&*lower) {
            return false;
        }
        if self.is_message(&lower) || self.is_placeholder() {
            return false;
        }
        match self.kind {
            Kind::Secret => true,
            Kind::Key => self.source == Source::Work,
            Kind::Pass => self.is_pass(is_number),
            Kind::Signature => {
                matches!(self.join, Join::Equals | Join::Query)
                    && (self.value.len() >= self.signature_min() || self.value == super::MASK)
            }
            Kind::Other => false,
        }
    }

    /// Shortest signature, in bytes. In a URL nothing else is called so.
    fn signature_min(&self) -> usize {
        match self.join {
            Join::Query => 8,
            Join::Equals | Join::Quoted | Join::Colon | Join::Flag => 16,
        }
    }

    /// Whether the value begins a message: `token: invalid`, `passwd: user unknown`.
    fn is_message(&self, lower: &str) -> bool {
        let can_be =
            self.join == Join::Colon || self.join == Join::Flag && self.source == Source::Output;
        if !can_be || self.is_value_quoted {
            return false;
        }
        let word = lower.trim_end_matches(['.', ',', ':', ';', '!', '\'']);
        let goes_on = self.rest.starts_with([' ', '\t']) && !self.rest.trim().is_empty();
        VERDICTS.contains(&word) || goes_on && FIRST_WORDS.contains(&word)
    }

    /// Whether the value is one of a usage text: `--token <TOKEN>`.
    fn is_placeholder(&self) -> bool {
        self.join == Join::Flag && !self.is_value_quoted && self.value.starts_with(['<', '['])
    }

    /// `pass` also counts what succeeded: `pass=12`, `PASS: test_login`, `-pass 2`.
    fn is_pass(&self, is_number: bool) -> bool {
        let is_short_number = is_number && self.value.len() < 6;
        match self.join {
            Join::Query => true,
            Join::Quoted | Join::Equals | Join::Flag => !is_short_number,
            Join::Colon => {
                let is_last = self.rest.trim().is_empty();
                let is_lower = self.name.bytes().all(|byte| byte.is_ascii_lowercase());
                !is_short_number && (self.source == Source::Work || is_lower && is_last)
            }
        }
    }
}
