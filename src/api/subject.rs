//! The subject of a call: what it changes.

use super::accounts::AdminRef;
use super::bulk::BulkAction;
use super::channels::ChannelRef;
use super::job_ref::JobRef;
use jobs_model::{ExecId, IpList, JobsOnly};

/// The thing that a call changes. The audit names the subject as the target of the change and compares its fields before and after.
///
/// A row of the operations table makes a subject from the fields of its request, in the order of the variant's fields.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// One job.
    Job(JobRef),
    /// Several jobs.
    Jobs(Vec<JobRef>),
    /// All jobs that pass a filter: the action, their number, and the parts of the filter that say most.
    Bulk(Option<BulkAction>, u64, Option<JobsOnly>, Option<String>),
    /// A job to be added, by name.
    NewJob(String),
    /// An execution.
    Execution(ExecId),
    /// The scheduler.
    Scheduler,
    /// The logs of a job, or without a job the system log; of one day or of all days.
    Logs(Option<JobRef>, Option<String>),
    /// The jobs of a crontab, by its origin.
    Crontab(String),
    /// The configuration.
    Configuration,
    /// The daemon.
    Daemon,
    /// The session of an account. Anyone may call `login` with any name.
    Login(String),
    /// The account of the caller.
    OwnAccount,
    /// An account.
    Account(AdminRef),
    /// An account to be added, by name.
    NewAccount(String),
    /// The key that signs the tokens of logins.
    LoginKey,
    /// A token for programs.
    Token(AdminRef),
    /// A token to be made, by name.
    NewToken(String),
    /// A link to the web page, and the account as which it enters.
    PageLink(Option<AdminRef>),
    /// The session that a link begins. Anyone may try a link.
    PageEntry,
    /// The session of the caller.
    OwnSession,
    /// A session by its number, or all of the caller.
    Session(Option<i64>),
    /// A channel.
    Channel(ChannelRef),
    /// A channel to be added, by name.
    NewChannel(String),
    /// A rule for alerts, by name.
    Rule(String),
    /// A rule for alerts to be added, by name.
    NewRule(String),
    /// An alert by its number, or the alerts of a job.
    Alert(String),
    /// When a channel is left alone, by the name of the channel.
    ChannelHours(String),
    /// An address or a range on an access list.
    AccessList(Option<IpList>, String),
}
