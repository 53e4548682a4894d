//! Which channels a condition of a job concerns: the `notify` of the job and the rules that match, joined.

use std::collections::HashMap;

use globset::{Glob, GlobMatcher};
use parking_lot::Mutex;

use jobs_error::{Error, Result};
use jobs_model::{AlertRule, Condition, Job, Severity};

/// The name that stands for the `notify` of a job among the rules.
const OWN: &str = "--notify";

/// Whom a condition of a job concerns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// The channels, each once.
    pub channels: Vec<String>,
    /// The severity: the most severe of the rules that match.
    pub severity: Severity,
    /// The channel that is told too when nobody has acknowledged the alert after so many seconds: the earliest of the rules.
    pub escalate: Option<(String, u64)>,
    /// The names of the rules that match; `--notify` is the job's own.
    pub by: Vec<String>,
}

/// Whom a condition of a job concerns. No channel: nobody.
pub fn told(job: &Job, rules: &[AlertRule], condition: Condition) -> Told {
    let mut told = Told::default();
    if !job.alerts.notify.is_empty() {
        told.by.push(OWN.to_string());
        add_channels(&mut told, &job.alerts.notify);
    }
    let matching = rules.iter().filter(|rule| matches(rule, job, condition));
    for (number, rule) in matching.enumerate() {
        // The severity of a rule counts even when it is below the default.
        told.severity = match number == 0 && told.by.is_empty() {
            true => rule.severity,
            false => severer(told.severity, rule.severity),
        };
        told.by.push(rule.name.clone());
        add_channels(&mut told, &rule.to);
        if let (Some(channel), Some(after)) = (&rule.escalate, rule.after)
            && told
                .escalate
                .as_ref()
                .is_none_or(|(_, known)| after < *known)
        {
            told.escalate = Some((channel.clone(), after));
        }
    }
    told
}

/// The more severe of two.
pub fn severer(one: Severity, other: Severity) -> Severity {
    const fn rank(severity: Severity) -> u8 {
        match severity {
            Severity::Info => 0,
            Severity::Warning => 1,
            Severity::Critical => 2,
        }
    }
    match rank(other) > rank(one) {
        true => other,
        false => one,
    }
}

fn add_channels(told: &mut Told, channels: &[String]) {
    for channel in channels {
        if !told.channels.contains(channel) {
            told.channels.push(channel.clone());
        }
    }
}

fn matches(rule: &AlertRule, job: &Job, condition: Condition) -> bool {
    is_on(&rule.on, condition)
        && (rule.tags.is_empty() || rule.tags.iter().any(|tag| job.tags.contains(tag)))
        && (rule.matches.is_empty()
            || rule
                .matches
                .iter()
                .any(|pattern| is_match(pattern, &job.name)))
}

/// `failed` includes a timeout and an interruption: who asks for failures wants to know all of them.
fn is_on(on: &[Condition], condition: Condition) -> bool {
    on.contains(&condition) || (condition.is_failure() && on.contains(&Condition::Failed))
}

/// Refuses a text that is no pattern.
///
/// # Errors
///
/// [`Error::Invalid`] for the field `match`.
pub fn check_pattern(pattern: &str) -> Result<()> {
    if pattern.is_empty() || pattern.contains('\n') {
        return Err(Error::invalid(
            "match",
            format!("`{}` is no pattern of names", pattern.replace('\n', " ")),
        )
        .hint("a name, or a pattern such as `etl-*`"));
    }
    Glob::new(pattern).map(drop).map_err(|error| {
        Error::invalid("match", format!("`{pattern}`: {}", error.kind()))
            .hint("`*` is any text, `?` one character, `[ab]` one of them")
    })
}

fn is_match(pattern: &str, name: &str) -> bool {
    /// Upper bound on cached patterns.
    const MOST: usize = 1_000;
    static MATCHERS: Mutex<Option<HashMap<String, GlobMatcher>>> = Mutex::new(None);
    let mut matchers = MATCHERS.lock();
    let matchers = matchers.get_or_insert_default();
    if let Some(matcher) = matchers.get(pattern) {
        return matcher.is_match(name);
    }
    // Patterns were checked when they were stored.
    let Ok(glob) = Glob::new(pattern) else {
        return false;
    };
    if matchers.len() >= MOST {
        matchers.clear();
    }
    let matcher = glob.compile_matcher();
    let is_match = matcher.is_match(name);
    matchers.insert(pattern.to_string(), matcher);
    is_match
}

#[cfg(test)]
mod tests {
    use super::*;
    use jobs_schedule::Time;

    fn rule(name: &str, matches: &[&str], on: &[Condition], to: &[&str]) -> AlertRule {
        let list = |words: &[&str]| words.iter().map(|word| (*word).to_string()).collect();
        AlertRule {
            id: 0,
            name: name.into(),
            matches: list(matches),
            tags: Vec::new(),
            on: on.to_vec(),
            to: list(to),
            severity: Severity::Warning,
            escalate: None,
            after: None,
            made_at: Time::from_millis(0),
        }
    }

    #[test]
    fn told_joins_the_job_and_all_rules_that_match() {
        let mut job = Job::named("etl-1".into(), Time::from_millis(0));
        job.alerts.notify = vec!["own".into(), "ops".into()];
        job.tags = vec!["db".into()];
        let critical = AlertRule {
            severity: Severity::Critical,
            escalate: Some("boss".into()),
            after: Some(60),
            ..rule("c", &["etl-*"], &[Condition::Failed], &["ops", "pager"])
        };
        let of_tag = AlertRule {
            tags: vec!["web".into()],
            ..rule("t", &[], &[Condition::Failed], &["web"])
        };
        let rules = [
            critical,
            of_tag,
            rule("m", &[], &[Condition::Missed], &["late"]),
            rule("n", &["x*"], &[Condition::Failed], &["x"]),
        ];
        let told = told(&job, &rules, Condition::Timeout);
        assert_eq!(told.channels, ["own", "ops", "pager"]);
        assert_eq!(told.by, ["--notify", "c"]);
        assert_eq!(told.severity, Severity::Critical);
        assert_eq!(told.escalate, Some(("boss".into(), 60)));
    }

    #[test]
    fn severity_of_a_rule_may_be_below_the_default() {
        let job = Job::named("a".into(), Time::from_millis(0));
        let info = AlertRule {
            severity: Severity::Info,
            ..rule("i", &[], &[Condition::Failed], &["ops"])
        };
        let told = told(&job, &[info], Condition::Failed);
        assert_eq!(told.severity, Severity::Info);
    }
}
