//! Judges an ended attempt by the rules of success of its job: exit codes, and expressions that lines of the output match.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use regex::bytes::Regex;

use super::{Ended, Outcome};
use jobs_error::Result;
use jobs_output::{Capture, Watch};
use jobs_work::SuccessRules;

/// The judge of an execution.
pub(super) struct Judge<'a> {
    rules: &'a SuccessRules,
    /// Absent when the rules do not look at the output.
    expressions: Option<Expressions>,
}

#[derive(Clone, Default)]
struct Expressions {
    expect: Option<Regex>,
    fail_on: Option<Regex>,
}

/// The matches among the lines of one attempt so far.
#[derive(Default)]
struct Findings {
    expressions: Expressions,
    is_expected: AtomicBool,
    is_failure: AtomicBool,
}

impl Watch for Findings {
    fn line(&self, line: &[u8]) {
        let look = |pattern: &Option<Regex>, found: &AtomicBool| {
            if let Some(pattern) = pattern
                && !found.load(Ordering::Relaxed)
                && pattern.is_match(line)
            {
                found.store(true, Ordering::Relaxed);
            }
        };
        look(&self.expressions.expect, &self.is_expected);
        look(&self.expressions.fail_on, &self.is_failure);
    }
}

impl Judge<'_> {
    /// The judge for these rules.
    ///
    /// # Errors
    ///
    /// When an expression that was stored cannot be compiled any more.
    pub(super) fn new(rules: &SuccessRules) -> Result<Judge<'_>> {
        let [expect, fail_on] = rules.patterns()?;
        let looks_at_output = expect.is_some() || fail_on.is_some();
        let expressions = looks_at_output.then_some(Expressions { expect, fail_on });
        Ok(Judge { rules, expressions })
    }

    /// Awaits an attempt and judges its end.
    pub(super) async fn judge(
        &self,
        capture: &Capture,
        attempt: impl Future<Output = Ended>,
    ) -> Ended {
        let Some(expressions) = &self.expressions else {
            return self.by_exit_code(attempt.await);
        };
        let findings = Arc::new(Findings {
            expressions: expressions.clone(),
            ..Findings::default()
        });
        let watch: Arc<dyn Watch> = findings.clone();
        capture.watch(&watch);
        let ended = self.by_exit_code(attempt.await);
        // Also after a failure: the rest of the output must not count for the next attempt.
        capture.end_watch().await;
        if ended.outcome != Outcome::Success {
            return ended;
        }
        match self.fault(&findings) {
            Some(fault) => failed(ended, fault),
            None => ended,
        }
    }

    fn by_exit_code(&self, ended: Ended) -> Ended {
        let Some(exit_code) = ended.exit_code.filter(|_| !self.rules.ok_exit.is_empty()) else {
            return ended;
        };
        let codes = &self.rules.ok_exit;
        let is_listed = codes.iter().any(|code| i32::from(*code) == exit_code);
        match (ended.outcome, is_listed) {
            (Outcome::Failed, true) => Ended {
                outcome: Outcome::Success,
                error: None,
                ..ended
            },
            (Outcome::Success, false) => failed(
                ended,
                format!("exit status {exit_code} is none of `ok_exit`"),
            ),
            (Outcome::Success | Outcome::Failed | Outcome::Timeout | Outcome::Cancelled, _) => {
                ended
            }
        }
    }

    fn fault(&self, findings: &Findings) -> Option<String> {
        match (&self.rules.fail_on, &self.rules.expect) {
            (Some(pattern), _) if findings.is_failure.load(Ordering::Relaxed) => {
                Some(format!("a line of the output matches `fail_on`: {pattern}"))
            }
            (_, Some(pattern)) if !findings.is_expected.load(Ordering::Relaxed) => {
                Some(format!("no line of the output matches `expect`: {pattern}"))
            }
            (Some(_) | None, Some(_) | None) => None,
        }
    }
}

fn failed(ended: Ended, error: String) -> Ended {
    Ended {
        outcome: Outcome::Failed,
        error: Some(error),
        ..ended
    }
}
