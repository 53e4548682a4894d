//! From facts to ranked causes.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::facts::{Facts, Line};
use super::rules::{RULES, Rule};
use jobs_model::Status;
use jobs_schedule::Language;

/// Upper bound on the causes of an answer.
const MOST: usize = 3;

/// A match this many lines before the end, or more, is one step less certain.
const NEAR: usize = 15;

/// How certain a cause is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// The evidence allows other causes.
    Possible,
    /// The evidence names the cause, and another one may have ended the execution.
    Likely,
    /// The daemon or the operating system says so.
    Sure,
}

impl Confidence {
    /// The word in English.
    pub const fn as_str(self) -> &'static str {
        match self {
            Confidence::Possible => "possible",
            Confidence::Likely => "likely",
            Confidence::Sure => "sure",
        }
    }

    const fn lowered(self) -> Confidence {
        match self {
            Confidence::Sure => Confidence::Likely,
            Confidence::Likely | Confidence::Possible => Confidence::Possible,
        }
    }
}

/// A way to mend a cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Remedy {
    /// The action in words.
    pub text: String,
    /// The command that changes the job, if an edit of the job mends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

/// A cause of a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cause {
    /// The kind of the cause, such as `dns` or `disk-full`; the same in each release.
    pub class: String,
    /// How certain it is.
    pub confidence: Confidence,
    /// The cause in words.
    pub text: String,
    /// The lines and facts from which it was found, with secrets masked.
    pub evidence: Vec<String>,
    /// Ways to mend it.
    pub remedies: Vec<Remedy>,
}

/// A rule with its patterns compiled.
struct Compiled {
    rule: &'static Rule,
    line: Option<Regex>,
    command: Option<Regex>,
}

static COMPILED: LazyLock<Vec<Compiled>> = LazyLock::new(|| {
    let compile = |pattern: &str| {
        (!pattern.is_empty()).then(|| Regex::new(pattern).expect("a test compiles each pattern"))
    };
    let rules = RULES.iter().flat_map(|rules| rules.iter());
    rules
        .map(|rule| Compiled {
            rule,
            line: compile(rule.line),
            command: compile(rule.command),
        })
        .collect()
});

/// The causes of a failure, the most certain first. An execution that succeeded has none.
pub fn causes(facts: &Facts, language: Language) -> Vec<Cause> {
    if !matches!(
        facts.status,
        Status::Failed | Status::Timeout | Status::Interrupted
    ) {
        return Vec::new();
    }
    let mut found: Vec<Cause> = Vec::new();
    let mut add = |cause: Cause| {
        if !found.iter().any(|other| other.class == cause.class) {
            found.push(cause);
        }
    };
    for (distance, line) in facts.error.iter().map(|error| (0, error)) {
        by_line(facts, line, distance, language).map(&mut add);
    }
    for rule in COMPILED.iter().filter(|rule| rule.line.is_none()) {
        if holds(rule, facts) {
            let evidence = facts.exit.map(|exit| format!("exit status {exit}"));
            add(cause(rule, facts, evidence, None, 0, language));
        }
    }
    for stream in &facts.printed {
        for (distance, line) in stream.iter().enumerate() {
            by_line(facts, line, distance, language).map(&mut add);
        }
    }
    // Equal causes keep their order: the error of the runner, what the exit status says, then lines from the last one on.
    found.sort_by_key(|cause| std::cmp::Reverse(cause.confidence));
    found.truncate(MOST);
    found
}

/// The cause that the first rule for a line tells.
fn by_line(facts: &Facts, line: &Line, distance: usize, language: Language) -> Option<Cause> {
    COMPILED.iter().find_map(|rule| {
        let pattern = rule.line.as_ref()?;
        if !pattern.is_match(&line.raw) || !holds(rule, facts) {
            return None;
        }
        let captures = pattern.captures(&line.shown);
        let evidence = Some(line.shown.clone());
        Some(cause(
            rule,
            facts,
            evidence,
            captures.as_ref(),
            distance,
            language,
        ))
    })
}

/// Whether all conditions of a rule hold but the line.
fn holds(rule: &Compiled, facts: &Facts) -> bool {
    let has_exit = rule.rule.exits.is_empty()
        || facts
            .exit
            .is_some_and(|exit| rule.rule.exits.contains(&exit));
    let has_status = rule.rule.status.is_none_or(|status| status == facts.status);
    let has_command = rule
        .command
        .as_ref()
        .is_none_or(|pattern| pattern.is_match(&facts.command));
    let is_quiet = !rule.rule.only_quiet || facts.printed[0].is_empty();
    has_exit && has_status && has_command && is_quiet
}

fn cause(
    compiled: &Compiled,
    facts: &Facts,
    evidence: Option<String>,
    captures: Option<&Captures<'_>>,
    distance: usize,
    language: Language,
) -> Cause {
    let rule = compiled.rule;
    let (text, remedy) = match language {
        Language::English => (rule.en, rule.fix_en),
        Language::Chinese => (rule.zh, rule.fix_zh),
    };
    let mut confidence = rule.confidence;
    if distance >= NEAR {
        confidence = confidence.lowered();
    }
    Cause {
        class: rule.class.to_string(),
        confidence,
        text: filled(text, captures),
        evidence: evidence.into_iter().collect(),
        remedies: vec![Remedy {
            text: filled(remedy, captures),
            command: longer_limit(rule, facts),
        }],
    }
}

/// The edit that doubles the time limit.
fn longer_limit(rule: &Rule, facts: &Facts) -> Option<String> {
    let took = facts.took_ms.filter(|_| rule.class == "time-limit")?;
    let seconds = took.div_euclid(1000).max(1) * 2;
    let name = match facts
        .job
        .chars()
        .all(|c| c.is_alphanumeric() || "-_.".contains(c))
    {
        true => facts.job.clone(),
        false => format!("'{}'", facts.job.replace('\'', "'\\''")),
    };
    Some(format!("jobs edit {name} --timeout {seconds}s"))
}

/// A text with `{1}` replaced by the first group that took part in the match, or left out if none did.
fn filled(text: &str, captures: Option<&Captures<'_>>) -> String {
    let group = captures.and_then(|captures| captures.iter().skip(1).flatten().next());
    match group {
        Some(group) => text.replace("{1}", group.as_str()),
        None => [" `{1}`", " ({1})", "（{1}）", " {1}", "{1}"]
            .iter()
            .fold(text.to_string(), |text, part| text.replace(part, "")),
    }
}
