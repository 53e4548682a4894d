//! What a change is done to, and how that looks before and after.

use std::collections::BTreeMap;

use super::super::{find, shown};
use crate::api::{Account, AdminRef, Call, Caller, JobRef, SchedulerState, Things, TokenInfo, Who};
use crate::error::Result;
use crate::model::{ExecId, IpList, Job, JobId};
use crate::store::Reader;

/// So many jobs are named.
const NAMED: usize = 20;

/// What is said of work that looks the same, because what has changed in it is not shown.
const HIDDEN: &str = "a secret in it is another one";

/// What a change is done to.
pub(super) enum Subject {
    Jobs(Vec<JobRef>),
    /// A job that is to be added, by its name.
    NewJob(String),
    Execution(ExecId),
    Admin(AdminRef),
    NewAdmin(String),
    /// The account that calls.
    Oneself,
    Token(AdminRef),
    NewToken(String),
    /// A network on a list.
    Network(String),
    Scheduler,
    Configuration,
    /// Nothing that is looked at before and after.
    Other(String),
}

/// How it looks at one moment.
#[derive(Default)]
pub(super) struct Look {
    pub things: Things,
    /// A job may get another name: it keeps its number. Its work is here as it is stored.
    jobs: BTreeMap<JobId, (String, String)>,
}

impl Subject {
    /// What a call is done to.
    pub(super) fn of(call: &Call) -> Subject {
        match call {
            Call::Add(ask) => Subject::NewJob(ask.name.clone()),
            Call::Edit(ask) => Subject::Jobs(vec![ask.job.clone()]),
            Call::Rm(ask) => Subject::Jobs(ask.jobs.clone()),
            Call::Stop(ask) => Subject::Jobs(ask.jobs.clone()),
            Call::Restart(ask) => Subject::Jobs(ask.jobs.clone()),
            Call::Skip(ask) => Subject::Jobs(vec![ask.job.clone()]),
            Call::Run(ask) => Subject::Jobs(vec![ask.job.clone()]),
            Call::Pause(_) | Call::Resume(_) => Subject::Scheduler,
            Call::Cancel(ask) => Subject::Execution(ask.exec_id),
            Call::Import(ask) => Subject::Other(ask.origin.clone()),
            Call::ClearLogs(ask) => {
                let what = ask.job.as_ref().map_or("system log", JobRef::as_str);
                let day = ask.date.as_deref().unwrap_or("all days");
                Subject::Other(format!("{what}, {day}"))
            }
            // Anybody may say anything here.
            Call::Login(ask) => Subject::Other(ask.username.chars().take(64).collect()),
            Call::Reload(_) => Subject::Configuration,
            Call::ProfileEdit(_) => Subject::Oneself,
            Call::AdminAdd(ask) => Subject::NewAdmin(ask.username.clone()),
            Call::AdminEdit(ask) => Subject::Admin(ask.admin.clone()),
            Call::AdminPasswd(ask) => Subject::Admin(ask.admin.clone()),
            Call::AdminStatus(ask) => Subject::Admin(ask.admin.clone()),
            Call::AdminRm(ask) => Subject::Admin(ask.admin.clone()),
            Call::TokenAdd(ask) => Subject::NewToken(ask.name.clone()),
            Call::TokenRm(ask) => Subject::Token(ask.token.clone()),
            Call::IpAdd(ask) => network(ask.list, &ask.ip),
            Call::IpRemove(ask) => network(ask.list, &ask.ip),
            _ => Subject::Other(String::new()),
        }
    }

    /// How it looks now.
    pub(super) fn look(&self, reader: &mut Reader<'_>, caller: &Caller) -> Result<Look> {
        let mut look = Look::default();
        match self {
            Subject::Jobs(refs) => {
                for job in refs {
                    // One that does not exist is refused by the change itself.
                    if let Ok(job) = find(reader, job) {
                        look.add(job.name.clone(), job);
                    }
                }
            }
            Subject::NewJob(name) => {
                if let Some(job) = reader.job_named(name)? {
                    look.add(job.name.clone(), job);
                }
            }
            _ => self.look_at_others(reader, caller, &mut look.things)?,
        }
        Ok(look)
    }

    /// How it looks after a change, under the names that it had before.
    pub(super) fn look_again(
        &self,
        reader: &mut Reader<'_>,
        caller: &Caller,
        before: &Look,
    ) -> Result<Look> {
        let Subject::Jobs(_) = self else {
            return self.look(reader, caller);
        };
        let mut look = Look::default();
        for (id, (name, work)) in &before.jobs {
            if let Some(job) = reader.job(*id)? {
                let has_other_secrets = job.command != *work;
                look.add(name.clone(), job);
                if has_other_secrets && look.things.shows_the_same(&before.things, name, "command")
                {
                    look.things.mark(name, "command", HIDDEN);
                }
            }
        }
        Ok(look)
    }

    fn look_at_others(
        &self,
        reader: &mut Reader<'_>,
        caller: &Caller,
        things: &mut Things,
    ) -> Result<()> {
        let admin = match (self, &caller.who) {
            (Subject::Admin(admin), _) => Some(admin.as_str()),
            (Subject::NewAdmin(name), _) => Some(name.as_str()),
            (Subject::Oneself, Who::Admin { name, .. }) => Some(name.as_str()),
            _ => None,
        };
        if let Some(admin) = admin
            && let Some(admin) = reader.admin(admin)?
        {
            things.add(admin.username.clone(), &Account::from(admin));
        }
        let token = match self {
            Subject::Token(token) => Some(token.as_str()),
            Subject::NewToken(name) => Some(name.as_str()),
            _ => None,
        };
        if let Some(token) = token
            && let Some(token) = reader.token(token)?
        {
            things.add(token.name.clone(), &TokenInfo::from(token));
        }
        match self {
            Subject::Network(_) => add_networks(things, reader.networks()?),
            Subject::Scheduler => {
                let scheduler_running = !reader.pause()?.is_on();
                things.add("scheduler", &SchedulerState { scheduler_running });
            }
            _ => {}
        }
        Ok(())
    }

    /// What it is called, as far as it is there by its name.
    pub(super) fn name(&self, reader: &mut Reader<'_>) -> Result<String> {
        Ok(match self {
            Subject::Jobs(refs) => {
                let names: Vec<String> = refs
                    .iter()
                    .take(NAMED)
                    .map(|job| match find(reader, job) {
                        Ok(found) => found.name,
                        Err(_) => job.to_string(),
                    })
                    .collect();
                listed(names, refs.len())
            }
            Subject::Execution(exec_id) => match reader.execution(*exec_id)? {
                Some(execution) => format!("{}, execution {exec_id}", execution.job_name),
                None => format!("execution {exec_id}"),
            },
            Subject::NewJob(name) | Subject::NewAdmin(name) | Subject::NewToken(name) => {
                name.clone()
            }
            Subject::Admin(admin) => match reader.admin(admin.as_str())? {
                Some(admin) => admin.username,
                None => admin.to_string(),
            },
            Subject::Token(token) => match reader.token(token.as_str())? {
                Some(token) => token.name,
                None => token.to_string(),
            },
            Subject::Oneself => "own account".into(),
            Subject::Scheduler => "scheduler".into(),
            Subject::Configuration => "configuration".into(),
            Subject::Network(text) | Subject::Other(text) => text.clone(),
        })
    }
}

impl Look {
    fn add(&mut self, name: String, job: Job) {
        self.jobs
            .insert(job.id, (name.clone(), job.command.clone()));
        self.things.add(name, &shown::job(job));
    }
}

fn network(list: Option<IpList>, ip: &str) -> Subject {
    let list = list.map_or("", IpList::as_str);
    Subject::Network(format!("{list} {ip}").trim().to_string())
}

/// Adds each network that stands on a list.
pub(in crate::service) fn add_networks(things: &mut Things, networks: Vec<(IpList, String)>) {
    for (list, network) in networks {
        things.add(format!("{list} {network}"), &true);
    }
}

fn listed(names: Vec<String>, number: usize) -> String {
    let more = number.saturating_sub(names.len());
    match more {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}
