//! The rules as data: a condition, and the cause that it tells. Of the rules for one line, the first that matches counts, so a
//! special rule stands before a general one.

mod data;
mod network;
mod system;

use super::rank::Confidence;
use jobs_model::Status;

/// All rules, in the order in which they are tried.
pub(super) const RULES: &[&[Rule]] = &[network::RULES, data::RULES, system::RULES];

/// A condition and the cause that it tells. Conditions that are empty hold always.
pub(super) struct Rule {
    pub class: &'static str,
    pub confidence: Confidence,
    /// A pattern for one line of the output, or for the error of the runner.
    pub line: &'static str,
    /// A pattern for the work.
    pub command: &'static str,
    /// Any of these exit codes.
    pub exits: &'static [i32],
    pub status: Option<Status>,
    /// Whether nothing may have been printed to stderr.
    pub only_quiet: bool,
    /// The cause, with `{1}` for the first group of the pattern.
    pub en: &'static str,
    pub zh: &'static str,
    /// The remedy.
    pub fix_en: &'static str,
    pub fix_zh: &'static str,
}

impl Rule {
    const fn exits(self, exits: &'static [i32]) -> Rule {
        Rule { exits, ..self }
    }

    const fn command(self, command: &'static str) -> Rule {
        Rule { command, ..self }
    }

    const fn status(self, status: Status) -> Rule {
        Rule {
            status: Some(status),
            ..self
        }
    }

    const fn quiet(self) -> Rule {
        Rule {
            only_quiet: true,
            ..self
        }
    }
}

/// A rule of a pattern, the cause in English and Chinese, and the remedy in both.
const fn rule(
    class: &'static str,
    confidence: Confidence,
    line: &'static str,
    cause: [&'static str; 2],
    fix: [&'static str; 2],
) -> Rule {
    Rule {
        class,
        confidence,
        line,
        command: "",
        exits: &[],
        status: None,
        only_quiet: false,
        en: cause[0],
        zh: cause[1],
        fix_en: fix[0],
        fix_zh: fix[1],
    }
}
