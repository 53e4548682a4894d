//! Alerts: rules, what is wrong, what was told; and the messages themselves.

mod answers;
mod hours;
mod outbox;
mod preview;

use std::time::Duration;

use super::{Cx, Service, audit, find};
use jobs_api::{Ack, Alerts, RuleAdd, RuleList, RuleRm, Snooze, Snoozed};
use jobs_error::{Error, Result};
use jobs_model::{Alert, AlertRule, AlertTime, Condition, TimeKind};
use jobs_store::Reader;

/// Conditions that a rule has when it names none.
const USUAL: [Condition; 9] = [
    Condition::Failed,
    Condition::Missed,
    Condition::Stale,
    Condition::Late,
    Condition::TooLong,
    Condition::TooShort,
    Condition::Skipped,
    Condition::AutoStopped,
    Condition::Flapping,
];

/// Alerts of a list that names no limit, and the most.
const LISTED: u32 = 100;
const LISTED_MOST: u32 = 10_000;

/// The longest snooze, in seconds.
const SNOOZE_MOST: u64 = 366 * 86_400;

impl Service {
    pub(super) fn rule_add(&self, cx: &Cx, request: RuleAdd) -> Result<AlertRule> {
        check_name(&request.name)?;
        for pattern in &request.matches {
            jobs_alerts::check_pattern(pattern)?;
        }
        if let Some(condition) = request.on.iter().find(|it| it.is_of_daemon()) {
            return Err(Error::invalid(
                "on",
                format!("`{condition}` concerns the daemon, not a job"),
            )
            .hint("`alerts.daemon` names the channels that are told of the daemon"));
        }
        let to = channels("to", &request.to)?;
        if to.is_empty() {
            return Err(Error::invalid("to", "is missing").hint("the name of a channel"));
        }
        if request.escalate.is_some() != request.after.is_some() {
            return Err(Error::invalid(
                "escalate",
                "`escalate` and `after` need each other",
            ));
        }
        let rule = AlertRule {
            id: 0,
            name: request.name,
            matches: request.matches,
            tags: request.tags,
            on: match request.on.is_empty() {
                true => USUAL.to_vec(),
                false => request.on,
            },
            to,
            severity: request.severity.unwrap_or_default(),
            escalate: request.escalate,
            after: request.after,
            made_at: cx.now,
        };
        self.write(cx, move |tx| {
            if tx
                .alert_rules()?
                .iter()
                .any(|known| known.name == rule.name)
            {
                return Err(Error::Conflict(format!(
                    "name: `{}` is taken by another rule\nhint: `jobs rule rm {0}` removes it",
                    rule.name
                )));
            }
            check_channels(tx, "to", &rule.to)?;
            if let Some(channel) = &rule.escalate {
                check_channels(tx, "escalate", std::slice::from_ref(channel))?;
            }
            tx.insert_alert_rule(&rule)?;
            let made = rule_named(tx, &rule.name)?;
            Ok(made.unwrap_or(rule))
        })
    }

    pub(super) fn rule_list(&self, _: &Cx, _: RuleList) -> Result<Vec<AlertRule>> {
        self.store.read(|reader| reader.alert_rules())
    }

    pub(super) fn rule_rm(&self, cx: &Cx, request: RuleRm) -> Result<AlertRule> {
        self.write(cx, move |tx| {
            let rule = rule_named(tx, &request.rule)?.ok_or(Error::NoSuch {
                what: "rule",
                name: request.rule.clone(),
            })?;
            tx.delete_alert_rule(&rule.name)?;
            tx.refresh_watch()?;
            Ok(rule)
        })
    }

    pub(super) fn alerts(&self, _: &Cx, request: Alerts) -> Result<Vec<Alert>> {
        let limit = i64::from(request.limit.unwrap_or(LISTED).min(LISTED_MOST));
        self.store.read(|reader| {
            let job = request.job.as_ref();
            let job_id = job.map(|job| find(reader, job)).transpose()?;
            reader.alerts(job_id.map(|job| job.id), !request.all, limit)
        })
    }

    pub(super) fn ack(&self, cx: &Cx, request: Ack) -> Result<Vec<Alert>> {
        let (now, who) = (cx.now, audit::who(cx.caller));
        self.write(cx, move |tx| {
            let mut acked = Vec::new();
            for mut alert in meant(tx, &request.alert)? {
                if alert.acked_at.is_none() {
                    alert.acked_at = Some(now);
                    alert.acked_by = Some(who.clone());
                    tx.update_alert(&alert)?;
                }
                tx.drop_alert_time(TimeKind::Escalate, alert.job_id, alert.id)?;
                acked.push(alert);
            }
            Ok(acked)
        })
    }

    pub(super) fn snooze(&self, cx: &Cx, request: Snooze) -> Result<Snoozed> {
        let seconds = request.r#for.ok_or_else(|| {
            Error::invalid("for", "is missing").hint("such as `jobs snooze JOB 2h`; 0 ends it")
        })?;
        if seconds > SNOOZE_MOST {
            return Err(Error::invalid(
                "for",
                format!("`{seconds}` is more than a year"),
            ));
        }
        let now = cx.now;
        let until = (seconds > 0).then(|| now.plus(Duration::from_secs(seconds)));
        let snoozed = self.write(cx, move |tx| {
            let job = find(tx, &request.job)?;
            let is_snoozed = tx.alert_time(TimeKind::Snooze, job.id, 0)?.is_some();
            if until.is_some() || is_snoozed {
                // Without an end it ends at the next look, which tells what is open.
                tx.set_alert_time(AlertTime {
                    kind: TimeKind::Snooze,
                    job_id: job.id,
                    of: 0,
                    at: until.unwrap_or(now),
                })?;
            }
            Ok(Snoozed {
                job: job.name,
                until,
            })
        })?;
        self.scheduler.poke();
        Ok(snoozed)
    }
}

fn rule_named(reader: &mut Reader<'_>, name: &str) -> Result<Option<AlertRule>> {
    let rules = reader.alert_rules()?;
    Ok(rules.into_iter().find(|rule| rule.name == name))
}

/// The open alerts that a caller means: one by its number, or those of a job.
fn meant(reader: &mut Reader<'_>, text: &str) -> Result<Vec<Alert>> {
    if text.trim().is_empty() {
        return Err(Error::invalid("alert", "is missing").hint("`jobs alerts` lists them"));
    }
    if let Ok(id) = text.parse()
        && let Some(alert) = reader.alert(id)?
    {
        return match alert.closed_at {
            None => Ok(vec![alert]),
            Some(_) => Err(Error::Conflict(format!("the alert {id} has closed"))),
        };
    }
    let job = find(reader, &text.into())?;
    let open = reader.open_alerts(job.id)?;
    match open.is_empty() {
        true => Err(Error::Conflict(format!("`{}` has no open alert", job.name))),
        false => Ok(open),
    }
}

/// The names of channels in a request: lists with commas are taken apart. An empty name removes those before it.
pub(super) fn channels(field: &str, given: &[String]) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    for name in given.iter().flat_map(|text| text.split(',')) {
        let name = name.trim();
        if name.contains(char::is_whitespace) {
            return Err(
                Error::invalid(field, format!("`{name}` is no name of a channel"))
                    .hint("names of channels have commas between them"),
            );
        }
        if name.is_empty() {
            names.clear();
        } else if !names.iter().any(|known| known == name) {
            names.push(name.to_string());
        }
    }
    Ok(names)
}

/// Refuses a channel that does not exist.
pub(super) fn check_channels(reader: &mut Reader<'_>, field: &str, names: &[String]) -> Result<()> {
    for name in names {
        if reader.channel(name)?.is_none() {
            return Err(
                Error::invalid(field, format!("there is no channel `{name}`")).hint(format!(
                    "`jobs channel add {name} --preset ...` adds it, `jobs channel list` lists them"
                )),
            );
        }
    }
    Ok(())
}

/// Refuses to rename or to remove a channel that rules or jobs name: they would tell nobody from then on.
pub(super) fn refuse_used(reader: &mut Reader<'_>, channel: &str) -> Result<()> {
    /// Jobs that are named.
    const NAMED: i64 = 5;
    let names = |rule: &AlertRule| {
        rule.to.iter().any(|to| to == channel) || rule.escalate.as_deref() == Some(channel)
    };
    if let Some(rule) = reader.alert_rules()?.iter().find(|rule| names(rule)) {
        return Err(Error::Conflict(format!(
            "the rule `{}` tells `{channel}`\nhint: `jobs rule rm {0}` removes the rule",
            rule.name
        )));
    }
    let jobs = reader.jobs_that_notify(channel, NAMED)?;
    if jobs.is_empty() {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "jobs notify `{channel}`: {}\nhint: `jobs edit JOB --notify \"\"` takes it away",
        jobs.join(", ")
    )))
}

fn check_name(name: &str) -> Result<()> {
    const LONGEST: usize = 64;
    let is_good = !name.is_empty()
        && name.len() <= LONGEST
        && !name.bytes().all(|byte| byte.is_ascii_digit())
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-'));
    match is_good {
        true => Ok(()),
        false => Err(
            Error::invalid("name", format!("`{name}` is no name of a rule")).hint(format!(
                "1 to {LONGEST} letters, digits, `.`, `_` and `-`, not digits only"
            )),
        ),
    }
}
