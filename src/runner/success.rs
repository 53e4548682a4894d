//! Judges an ended attempt by the rules of success of its job: exit codes, and expressions that lines of the output match.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::matching::{Expressions, Findings};
use super::process::timeout_elapsed;
use super::{Ended, Outcome};
use jobs_error::Result;
use jobs_output::{Capture, Watch};
use jobs_work::SuccessRules;

/// The judge of an execution.
pub(super) struct Judge<'a> {
    rules: &'a SuccessRules,
    /// Absent when the rules do not look at the output.
    expressions: Option<Arc<Expressions>>,
}

/// Upper bound on the time from the end of an attempt to the judgement of its output.
const JUDGED_WITHIN: Duration = Duration::from_secs(10);

/// Upper bound on the time in which the output of an attempt is read that has failed anyway.
const SKIPPED_WITHIN: Duration = Duration::from_secs(2);

/// Whether the output of an attempt was seen.
#[derive(Clone, Copy)]
enum Seen {
    Whole,
    /// The time was too short for it.
    InPart,
    /// The execution was stopped meanwhile.
    UntilStop,
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
        let expressions = looks_at_output.then(|| Arc::new(Expressions { expect, fail_on }));
        Ok(Judge { rules, expressions })
    }

    /// Awaits an attempt and judges its end.
    pub(super) async fn judge(
        &self,
        capture: &Capture,
        stop: &CancellationToken,
        attempt: impl Future<Output = Ended>,
    ) -> Ended {
        let Some(expressions) = &self.expressions else {
            return self.by_exit_code(attempt.await);
        };
        let findings = Arc::new(Findings::new(expressions.clone()));
        let watch: Arc<dyn Watch> = findings.clone();
        capture.watch(&watch);
        let ended = self.by_exit_code(attempt.await);
        let is_success = ended.outcome == Outcome::Success;
        let limit = if is_success {
            JUDGED_WITHIN
        } else {
            findings.abandon();
            SKIPPED_WITHIN
        };
        // Also after a failure: the rest of the output must not count for the next attempt.
        let see = async {
            capture.catch_up().await;
            capture.end_watch().await;
        };
        let seen = tokio::select! {
            biased;
            in_time = tokio::time::timeout(limit, see) => match in_time {
                Ok(()) if findings.is_incomplete() => Seen::InPart,
                Ok(()) => Seen::Whole,
                Err(_) => Seen::InPart,
            },
            () = stop.cancelled() => Seen::UntilStop,
        };
        if !matches!(seen, Seen::Whole) {
            findings.abandon();
            capture.end_watch().await;
        }
        if is_success {
            self.by_output(ended, &findings, seen)
        } else {
            ended
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

    fn by_output(&self, ended: Ended, findings: &Findings, seen: Seen) -> Ended {
        match (&self.rules.fail_on, &self.rules.expect) {
            (Some(pattern), _) if findings.is_failure() => failed(
                ended,
                format!("a line of the output matches `fail_on`: {pattern}"),
            ),
            (None, Some(_) | None) if findings.is_expected() => ended,
            (Some(pattern), _) | (None, Some(pattern)) => match seen {
                Seen::UntilStop => Ended {
                    outcome: Outcome::Cancelled,
                    error: Some("cancelled while its output was judged".to_string()),
                    ..ended
                },
                Seen::InPart => failed(ended, self.not_judged(pattern)),
                Seen::Whole => match &self.rules.expect {
                    Some(pattern) if !findings.is_expected() => failed(
                        ended,
                        format!("no line of the output matches `expect`: {pattern}"),
                    ),
                    Some(_) | None => ended,
                },
            },
            (None, None) => ended,
        }
    }

    fn not_judged(&self, pattern: &str) -> String {
        let field = if self.rules.fail_on.is_some() {
            "fail_on"
        } else {
            "expect"
        };
        format!(
            "the output could not be judged in time, because `{field}` takes long on lines such as these: {pattern}"
        )
    }
}

/// Abandons the judgement of an attempt when it is stopped, and after its timeout: for work whose own task writes the output and
/// cannot be ended meanwhile.
pub(super) fn abandon_at_end(
    capture: &Capture,
    timeout: Option<Duration>,
    stop: &CancellationToken,
) -> Option<AbortOnDropHandle<()>> {
    let watch = capture.watched()?;
    let stop = stop.clone();
    let wait = async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = timeout_elapsed(timeout) => {}
        }
        watch.abandon();
    };
    Some(AbortOnDropHandle::new(tokio::spawn(wait)))
}

fn failed(ended: Ended, error: String) -> Ended {
    Ended {
        outcome: Outcome::Failed,
        error: Some(error),
        ..ended
    }
}
