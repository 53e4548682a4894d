//! The subject of a change in the store: its name, and its values before and after.

use std::collections::BTreeMap;

use super::super::{channels, find, find_each, masked};
use jobs_api::{
    Account, AdminRef, Caller, ChannelHoursView, ChannelRef, Fields, JobRef, SchedulerState,
    Subject, TokenInfo, Who,
};
use jobs_error::Result;
use jobs_model::{IpList, Job, JobId};
use jobs_store::Reader;

/// Upper bound on jobs named in a target.
const NAMED: usize = 20;

/// Longest name of an account in the target of a login, in characters. Anyone may call `login`.
const LONGEST_LOGIN: usize = 64;

/// Marks work whose masked text is the same although a secret in it changed.
const OTHER_SECRET: &str = "a secret in it is another one";

/// The values of a subject at one instant.
#[derive(Default)]
pub(super) struct Snapshot {
    pub fields: Fields,
    /// Name and stored work by job id. The id finds a job again that a change renames.
    jobs: BTreeMap<JobId, (String, String)>,
    /// The number of the channel, which finds it again when a change renames it.
    channel: Option<i64>,
}

/// Numbers and names of jobs.
pub(super) type NamedJobs = BTreeMap<JobId, String>;

/// The jobs that a call concerns and that exist, with their present names.
pub(super) fn jobs_of(subject: &Subject, reader: &mut Reader<'_>) -> Result<NamedJobs> {
    let mut jobs = NamedJobs::new();
    let mut add = |job: &JobRef, reader: &mut Reader<'_>| {
        if let Ok(job) = find(reader, job) {
            jobs.insert(job.id, job.name);
        }
    };
    match subject {
        Subject::Job(job) | Subject::Logs(Some(job), _) => add(job, reader),
        Subject::Jobs(all) => all.iter().for_each(|job| add(job, reader)),
        Subject::Execution(exec_id) => {
            if let Some(execution) = reader.execution(*exec_id)? {
                jobs.insert(execution.job_id, execution.job_name);
            }
        }
        // These concern no job, or jobs that the transaction tells: see `Tx::changed_jobs`.
        Subject::NewJob(_)
        | Subject::Bulk(..)
        | Subject::Logs(None, _)
        | Subject::Scheduler
        | Subject::Crontab(_)
        | Subject::Configuration
        | Subject::Daemon
        | Subject::Login(_)
        | Subject::OwnAccount
        | Subject::Account(_)
        | Subject::NewAccount(_)
        | Subject::LoginKey
        | Subject::Token(_)
        | Subject::NewToken(_)
        | Subject::Rule(_)
        | Subject::NewRule(_)
        | Subject::Alert(_)
        | Subject::ChannelHours(_)
        | Subject::AccessList(..)
        | Subject::Channel(_)
        | Subject::NewChannel(_)
        | Subject::PageLink(_)
        | Subject::PageEntry
        | Subject::OwnSession
        | Subject::Session(_) => {}
    }
    Ok(jobs)
}

impl Snapshot {
    /// The values before a change.
    pub(super) fn before(
        subject: &Subject,
        caller: &Caller,
        reader: &mut Reader<'_>,
    ) -> Result<Snapshot> {
        let mut snapshot = Snapshot::default();
        match subject {
            Subject::Job(job) => snapshot.add_jobs(std::slice::from_ref(job), reader),
            Subject::Jobs(jobs) => snapshot.add_jobs(jobs, reader),
            Subject::NewJob(name) => {
                if let Some(job) = reader.job_named(name)? {
                    snapshot.add_job(job.name.clone(), job);
                }
            }
            Subject::Scheduler => {
                let scheduler_running = !reader.pause()?.is_on();
                let state = SchedulerState { scheduler_running };
                snapshot.fields.add("scheduler", &state);
            }
            Subject::Account(account) => snapshot.add_account(account.as_str(), reader)?,
            Subject::NewAccount(name) => snapshot.add_account(name, reader)?,
            Subject::OwnAccount => {
                if let Who::Admin { name, .. } = &caller.who {
                    snapshot.add_account(name, reader)?;
                }
            }
            Subject::Token(token) => snapshot.add_token(token.as_str(), reader)?,
            Subject::NewToken(name) => snapshot.add_token(name, reader)?,
            Subject::Channel(channel) => snapshot.add_channel(channel.as_str(), reader)?,
            Subject::NewChannel(name) => snapshot.add_channel(name, reader)?,
            Subject::AccessList(..) => add_networks(&mut snapshot.fields, reader.networks()?),
            Subject::Rule(name) | Subject::NewRule(name) => {
                let rules = reader.alert_rules()?.into_iter();
                for rule in rules.filter(|rule| rule.name == *name) {
                    snapshot.fields.add(rule.name.clone(), &rule);
                }
            }
            Subject::ChannelHours(name) => {
                let hours = reader.channel_hours_of(name)?;
                let shown = ChannelHoursView {
                    channel: hours.channel,
                    quiet: hours.quiet,
                    max_per_hour: hours.max_per_hour,
                };
                snapshot.fields.add(name.clone(), &shown);
            }
            // These have no fields in the store, or the audit does not compare them here.
            Subject::Bulk(..)
            | Subject::Execution(_)
            | Subject::Logs(..)
            | Subject::Crontab(..)
            | Subject::Configuration
            | Subject::Daemon
            | Subject::Login(_)
            | Subject::PageLink(_)
            | Subject::PageEntry
            | Subject::OwnSession
            | Subject::Session(_)
            | Subject::Alert(_)
            | Subject::LoginKey => {}
        }
        Ok(snapshot)
    }

    /// The values after a change, under the names from before it.
    pub(super) fn after(
        subject: &Subject,
        caller: &Caller,
        before: &Snapshot,
        reader: &mut Reader<'_>,
    ) -> Result<Snapshot> {
        let mut snapshot = Snapshot::default();
        if let (Subject::Channel(_), Some(id)) = (subject, before.channel) {
            snapshot.add_channel(&id.to_string(), reader)?;
            return Ok(snapshot);
        }
        let (Subject::Job(_) | Subject::Jobs(_)) = subject else {
            return Snapshot::before(subject, caller, reader);
        };
        for (id, (name, work)) in &before.jobs {
            if let Some(job) = reader.job(*id)? {
                let has_other_work = job.command != *work;
                snapshot.add_job(name.clone(), job);
                let fields = &mut snapshot.fields;
                if has_other_work && fields.shows_the_same(&before.fields, name, "command") {
                    fields.mark(name, "command", OTHER_SECRET);
                }
            }
        }
        Ok(snapshot)
    }

    fn add_jobs(&mut self, jobs: &[JobRef], reader: &mut Reader<'_>) {
        for job in jobs {
            // The change itself refuses a job that does not exist.
            for job in find_each(reader, job).unwrap_or_default() {
                self.add_job(job.name.clone(), job);
            }
        }
    }

    fn add_job(&mut self, name: String, job: Job) {
        self.jobs
            .insert(job.id, (name.clone(), job.command.clone()));
        self.fields.add(name, &masked::job(job));
    }

    fn add_account(&mut self, name: &str, reader: &mut Reader<'_>) -> Result<()> {
        if let Some(account) = reader.admin(name)? {
            self.fields
                .add(account.username.clone(), &Account::from(account));
        }
        Ok(())
    }

    fn add_channel(&mut self, name: &str, reader: &mut Reader<'_>) -> Result<()> {
        if let Some(channel) = reader.channel(name)? {
            self.channel = Some(channel.id);
            let view = channels::view(channel, None);
            self.fields.add(format!("channel {}", view.id), &view);
        }
        Ok(())
    }

    fn add_token(&mut self, name: &str, reader: &mut Reader<'_>) -> Result<()> {
        if let Some(token) = reader.token(name)? {
            self.fields.add(token.name.clone(), &TokenInfo::from(token));
        }
        Ok(())
    }
}

/// A channel by the name that it has now, for the target of the audit row.
fn channel_name(channel: &ChannelRef, reader: &mut Reader<'_>) -> Result<String> {
    Ok(match reader.channel(channel.as_str())? {
        Some(channel) => channel.name,
        None => channel.to_string(),
    })
}

/// Adds each network of the access lists.
pub(crate) fn add_networks(fields: &mut Fields, networks: Vec<(IpList, String)>) {
    for (list, network) in networks {
        fields.add(format!("{list} {network}"), &true);
    }
}

/// The name of the subject, for the target of the audit row. A reference that finds nothing is its own name.
pub(super) fn name(subject: &Subject, reader: &mut Reader<'_>) -> Result<String> {
    Ok(match subject {
        Subject::Job(job) => job_name(job, reader),
        Subject::Jobs(jobs) => {
            let names: Vec<String> = jobs
                .iter()
                .take(NAMED)
                .map(|job| job_name(job, reader))
                .collect();
            listed(&names, jobs.len())
        }
        Subject::Bulk(action, count, only, tag) => {
            let action = action.map_or_else(String::new, |action| action.to_string());
            let only = only.map(|only| format!(", {only}")).unwrap_or_default();
            let tag = tag
                .as_ref()
                .map(|tag| format!(", tag {tag}"))
                .unwrap_or_default();
            format!("{action}: {count} jobs{only}{tag}")
        }
        Subject::NewJob(name)
        | Subject::NewAccount(name)
        | Subject::NewToken(name)
        | Subject::Rule(name)
        | Subject::NewRule(name)
        | Subject::ChannelHours(name) => name.clone(),
        Subject::Alert(alert) => format!("alert {alert}"),
        Subject::Execution(exec_id) => match reader.execution(*exec_id)? {
            Some(execution) => format!("{}, execution {exec_id}", execution.job_name),
            None => format!("execution {exec_id}"),
        },
        Subject::Scheduler => "scheduler".into(),
        Subject::Logs(job, date) => {
            let logs = job.as_ref().map_or("system log", JobRef::as_str);
            format!("{logs}, {}", date.as_deref().unwrap_or("all days"))
        }
        Subject::Crontab(origin) => origin.clone(),
        Subject::Configuration => "configuration".into(),
        Subject::Daemon => "daemon".into(),
        Subject::Login(name) => name.chars().take(LONGEST_LOGIN).collect(),
        Subject::PageLink(None) | Subject::PageEntry => "link".into(),
        Subject::PageLink(Some(account)) => format!("link as {}", account_name(account, reader)?),
        Subject::OwnSession => "own session".into(),
        Subject::Session(None) => "own sessions".into(),
        Subject::Session(Some(id)) => format!("session {id}"),
        Subject::OwnAccount => "own account".into(),
        Subject::Account(account) => account_name(account, reader)?,
        Subject::LoginKey => "login key".into(),
        Subject::Token(token) => match reader.token(token.as_str())? {
            Some(token) => token.name,
            None => token.to_string(),
        },
        Subject::Channel(channel) => channel_name(channel, reader)?,
        Subject::NewChannel(name) => name.clone(),
        Subject::AccessList(list, ip) => {
            let list = list.map_or("", IpList::as_str);
            format!("{list} {ip}").trim().to_string()
        }
    })
}

fn job_name(job: &JobRef, reader: &mut Reader<'_>) -> String {
    match find(reader, job) {
        Ok(found) => found.name,
        Err(_) => job.to_string(),
    }
}

fn account_name(account: &AdminRef, reader: &mut Reader<'_>) -> Result<String> {
    Ok(match reader.admin(account.as_str())? {
        Some(account) => account.username,
        None => account.to_string(),
    })
}

/// Names, and how many more there are.
fn listed(names: &[String], number: usize) -> String {
    match number.saturating_sub(names.len()) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}
