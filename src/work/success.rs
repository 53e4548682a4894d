//! The rules by which an attempt counts as a success, beyond what its exit code or its response says.

use regex::bytes::{Regex, RegexBuilder};

use super::Work;
use super::brackets::shorten;
use jobs_error::{Error, Result};
use jobs_mask::{self as mask, MASK};

/// When an attempt counts as a success.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SuccessRules {
    /// A regular expression: a line of the output must match it.
    pub expect: Option<String>,
    /// A regular expression: no line of the output may match it.
    pub fail_on: Option<String>,
    /// The exit codes of a success, in ascending order; empty means 0 alone.
    pub ok_exit: Vec<u8>,
}

/// Upper bound on the memory of a compiled expression, in bytes.
const COMPILED_MAX: usize = 1024 * 1024;

/// Upper bound on the memory of a compiled expression that is small, in bytes: `\w+` is. Such an expression has less than 1,000
/// states, so that a line of 64 KiB takes at most half a second, whatever is in it.
const SMALL_MAX: usize = 64 * 1024;

/// A compiled expression for lines of output.
#[derive(Clone, Debug)]
pub struct LinePattern {
    /// The expression.
    pub regex: Regex,
    /// Whether it has so many states that a long line may take seconds.
    pub is_large: bool,
}

impl SuccessRules {
    /// The compiled `expect` and `fail_on`. Compiling takes about a quarter of a millisecond each, so it is done for new rules and for
    /// a run, not whenever stored work is read.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] when one is not a regular expression, or too large.
    pub fn patterns(&self) -> Result<[Option<LinePattern>; 2]> {
        let compiled = |field: &str, text: &Option<String>| {
            let text = text.as_deref();
            text.map(|text| line_pattern(field, text)).transpose()
        };
        Ok([
            compiled("expect", &self.expect)?,
            compiled("fail_on", &self.fail_on)?,
        ])
    }
}

impl SuccessRules {
    /// Checks the expressions of new work. One with `***` stands for a stored one, or is refused by [`Work::unmasked`].
    pub(super) fn check(&self) -> Result<()> {
        for (field, text) in [("expect", &self.expect), ("fail_on", &self.fail_on)] {
            if let Some(text) = text.as_deref().filter(|text| !text.contains(MASK)) {
                line_pattern(field, text)?;
            }
        }
        Ok(())
    }

    pub(super) fn has_expressions(&self) -> bool {
        self.expect.is_some() || self.fail_on.is_some()
    }

    /// The rules with `***` in the place of each secret, of those that the work holds elsewhere.
    pub(super) fn masked(self, secrets: &[String]) -> SuccessRules {
        let masked = |pattern: Option<String>| pattern.map(|pattern| without(&pattern, secrets));
        SuccessRules {
            expect: masked(self.expect),
            fail_on: masked(self.fail_on),
            ..self
        }
    }

    /// Puts the expressions of `stored` in the place of those that are its masked ones. `masked` are its rules as they are shown.
    /// Also returns the names of the expressions that hold `***` still.
    pub(super) fn restored(
        mut self,
        stored: Option<(&SuccessRules, &SuccessRules)>,
    ) -> (SuccessRules, Vec<&'static str>) {
        let mut unknown = Vec::new();
        let mut restore =
            |name,
             given: &mut Option<String>,
             stored: Option<(&Option<String>, &Option<String>)>| {
                // No expression needs these three characters: a literal one is `\*`.
                if !given.as_ref().is_some_and(|given| given.contains(MASK)) {
                    return;
                }
                match stored {
                    Some((stored, masked)) if masked == given => given.clone_from(stored),
                    Some(_) | None => unknown.push(name),
                }
            };
        let expect = stored.map(|(stored, masked)| (&stored.expect, &masked.expect));
        let fail_on = stored.map(|(stored, masked)| (&stored.fail_on, &masked.fail_on));
        restore("expect", &mut self.expect, expect);
        restore("fail_on", &mut self.fail_on, fail_on);
        (self, unknown)
    }
}

impl Work {
    /// Puts the stored expressions in the place of masked ones. Returns the names of those that are not known.
    pub(super) fn restore_rules(&mut self, stored: Option<&Work>) -> Vec<&'static str> {
        let holds_mask = |pattern: &Option<String>| {
            let pattern = pattern.as_ref();
            pattern.is_some_and(|pattern| pattern.contains(MASK))
        };
        let rules = self.success();
        if !holds_mask(&rules.expect) && !holds_mask(&rules.fail_on) {
            return Vec::new();
        }
        let masked = stored.map(|stored| stored.clone().masked());
        let both = stored.zip(masked.as_ref());
        let both = both.map(|(stored, masked)| (stored.success(), masked.success()));
        let (rules, unknown) = rules.clone().restored(both);
        *self.success_mut() = rules;
        unknown
    }

    fn success_mut(&mut self) -> &mut SuccessRules {
        match self {
            Work::Command(work) => &mut work.success,
            Work::Http(work) => &mut work.success,
            Work::Func(work) => &mut work.success,
        }
    }

    /// Takes these expressions from other work.
    pub(super) fn take_rules(&mut self, names: &[&'static str], from: &Work) {
        let rules = self.success_mut();
        for name in names {
            match *name {
                "expect" => rules.expect.clone_from(&from.success().expect),
                _ => rules.fail_on.clone_from(&from.success().fail_on),
            }
        }
    }
}

/// An expression with `***` in the place of each secret, also of one that is escaped as a literal.
fn without(pattern: &str, secrets: &[String]) -> String {
    let mut shown = mask::text(pattern).into_owned();
    for secret in secrets {
        shown = shown.replace(secret.as_str(), MASK);
        shown = shown.replace(&regex::escape(secret), MASK);
    }
    shown
}

/// Compiles an expression. `field` is the name of the field that holds it.
fn line_pattern(field: &str, text: &str) -> Result<LinePattern> {
    let compiled = |memory| RegexBuilder::new(text).size_limit(memory).build();
    let small = compiled(SMALL_MAX);
    let is_large = matches!(small, Err(regex::Error::CompiledTooBig(_)));
    let built = if is_large {
        compiled(COMPILED_MAX)
    } else {
        small
    };
    let built = built.map(|regex| LinePattern { regex, is_large });
    built.map_err(|error| {
        let whole = error.to_string();
        // The library shows the expression with a mark under the fault; its last line names the fault.
        let reason = whole.lines().last().unwrap_or_default();
        let reason = reason.strip_prefix("error: ").unwrap_or(reason);
        Error::invalid(
            field,
            format!("`{}` is not a regular expression: {reason}", shorten(text)),
        )
        .hint("a backslash makes the next character literal, as in `done\\.`")
    })
}

/// Parses exit codes: numbers and ranges with commas between them, such as `0,3-5`.
pub(super) fn exit_codes(text: &str) -> Result<Vec<u8>> {
    let code = |word: &str| {
        let word = word.trim();
        let is_plain = word.bytes().all(|byte| byte.is_ascii_digit());
        word.parse::<u8>().ok().filter(|_| is_plain)
    };
    let member = |word: &str| match word.split_once('-') {
        Some((first, last)) => Some(code(first)?..=code(last)?).filter(|range| !range.is_empty()),
        None => code(word).map(|code| code..=code),
    };
    let ranges: Option<Vec<_>> = text.split(',').map(member).collect();
    let ranges = ranges.ok_or_else(|| {
        Error::invalid(
            "ok_exit",
            format!("`{}` is not a list of exit codes", shorten(text)),
        )
        .hint("for example `0,3`, or `0,3-5`; an exit code is a number from 0 to 255")
    })?;
    let mut codes: Vec<u8> = ranges.into_iter().flatten().collect();
    codes.sort_unstable();
    codes.dedup();
    Ok(codes)
}

/// The text of exit codes; `None` when there are none.
pub(super) fn exit_codes_text(codes: &[u8]) -> Option<String> {
    let words: Vec<String> = codes.iter().map(u8::to_string).collect();
    (!words.is_empty()).then(|| words.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_read_and_refused() {
        let read = |text: &str| exit_codes(text).ok();
        assert_eq!(read("0"), Some(vec![0]));
        assert_eq!(read(" 3 , 0,3"), Some(vec![0, 3]));
        assert_eq!(read("0,3-5"), Some(vec![0, 3, 4, 5]));
        assert_eq!(read("255"), Some(vec![255]));
        for wrong in ["", ",", "0,", "256", "-1", "+1", "5-3", "0x1", "a", "1-2-3"] {
            let error = exit_codes(wrong).unwrap_err().to_string();
            assert!(error.contains(&format!("`{wrong}`")), "{error}");
        }
    }

    #[test]
    fn only_new_work_has_its_expressions_checked() {
        use crate::{Mode, Work, WorkFields};
        let text = "【command】true\n【expect】(";
        let fields = WorkFields {
            command: Some(text.to_string()),
            ..WorkFields::default()
        };
        let error = Work::from_fields(Mode::Command, &fields).unwrap_err();
        assert!(error.to_string().contains("expect"), "{error}");
        let stored = Work::parse(Mode::Command, text).unwrap();
        assert!(stored.success().patterns().is_err());
        assert!(stored.with(&WorkFields::default()).is_err());
    }

    #[test]
    fn patterns_are_checked_with_their_field() {
        let small = [
            r"^done: \d+ rows$",
            r"^\[\w+\] .*(?i:warn|error)",
            r"\bfailed\b",
        ];
        for text in small {
            assert!(!line_pattern("expect", text).unwrap().is_large, "{text}");
        }
        for text in [r"\w{10}", "[ab]*a[ab]{5000}c"] {
            assert!(line_pattern("expect", text).unwrap().is_large, "{text}");
        }
        for wrong in ["(", "a{1000}{1000}", "[z-a]", "*"] {
            let error = line_pattern("fail_on", wrong).unwrap_err().to_string();
            assert!(
                error.contains("fail_on") && error.contains(wrong),
                "{error}"
            );
        }
    }
}
