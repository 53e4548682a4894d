//! The table of operations, and the types that are made from it.

use super::*;
use jobs_error::Result;
use jobs_model::{Alert, AlertRule, Execution, Role};

/// The table of operations. `operations!(name)` gives all rows to the macro `name`.
///
/// A row is `method: Request => Answer [role, effect, lane, tag, MCP exposure]`:
///
/// | column | values |
/// |---|---|
/// | role | `anyone`, or the least role: `viewer`, `operator`, `admin` |
/// | effect | `reads`, or `changes` and a variant of [`Subject`] with the fields of the request that it is made from; `unless field`: when that field is true, the call only reports |
/// | lane | a [`Lane`]; `waiting(field)` names the field with the seconds to wait, 0 of which is `quick` |
/// | tag | a [`Tag`] |
/// | MCP exposure | `never`, `look`, `propose` or `act` |
#[macro_export]
macro_rules! operations {
    ($expand:ident) => {
        $expand! {
            /// Shows the version of the daemon and the features that it was built with.
            version: Version => ProgramVersion [viewer, reads, quick, system, never];
            /// Shows the state of the daemon, its scheduler and its jobs.
            status: Status => DaemonStatus [viewer, reads, quick, system, never];
            /// Shows whether the daemon works, and its memory and database.
            health: Health => HealthReport [anyone, reads, quick, system, never];
            /// Shows the metrics of the daemon in the text format of Prometheus.
            metrics: Metrics => Exposition [viewer, reads, quick, system, never];

            /// Adds a job.
            add: Add => Added [operator, changes NewJob(name) unless dry_run, quick, jobs, never];
            /// Lists the jobs, or a page of them.
            list: List => JobPage [viewer, reads, quick, jobs, never];
            /// Shows one job.
            show: Show => JobView [viewer, reads, quick, jobs, never];
            /// Changes the given fields of a job and keeps the others.
            edit: Edit => Added [operator, changes Job(job) unless dry_run, quick, jobs, never];
            /// Sets the fields of a job that a change has set to what they were before that change. Secrets keep their present values.
            put_back: PutBack => Added [operator, changes Job(job) unless dry_run, quick, jobs, never];
            /// Lists the changes of one job, the newest first, also those under former names.
            changes: Changes => Page<AuditEntry> [operator, reads, quick, jobs, never];
            /// Adds a job with the schedule, the work and the rules of another one.
            copy: CopyJob => Added [operator, changes NewJob(name), quick, jobs, never];
            /// Removes jobs with their history; their running executions are stopped.
            rm: Rm => Vec<JobView> [operator, changes Jobs(jobs), quick, jobs, never];
            /// Runs a job now, in addition to its schedule and by its overlap policy.
            run: Run => Ran [operator, changes Job(job), quick, jobs, never];
            /// Stops jobs: they are not due any more. Their running executions go on, unless `running` is given.
            stop: Stop => Vec<JobView> [operator, changes Jobs(jobs), quick, jobs, never];
            /// Skips the next occurrences of a job; the history says so.
            skip: Skip => JobView [operator, changes Job(job), quick, jobs, never];
            /// Starts stopped jobs again and sets their run count to 0.
            restart: Restart => Vec<JobView> [operator, changes Jobs(jobs), quick, jobs, never];
            /// Runs, stops, restarts, removes or skips all jobs that pass a filter, if their number is `count`.
            bulk: Bulk => BulkDone [operator, changes Bulk(action, count, only, tag) unless dry_run, quick, jobs, never];
            /// Pauses the scheduler: no job is due until `resume`. Running executions go on.
            pause: Pause => SchedulerState [operator, changes Scheduler, quick, jobs, never];
            /// Ends the pause of the scheduler. Missed occurrences are treated as `catch_up` of each job says.
            resume: Resume => SchedulerState [operator, changes Scheduler, quick, jobs, never];
            /// Checks all jobs, and repairs next runs that do not match the schedule.
            check: Check => Checked [operator, changes Scheduler, quick, jobs, never];
            /// Imports a crontab: adds new jobs, changes those whose lines have changed, and reports each line.
            import: Import => ImportReport [operator, changes Crontab(origin) unless dry_run, quick, jobs, never];
            /// Lists the next runs of a job.
            next: Next => NextRuns [viewer, reads, quick, jobs, never];
            /// Counts the starts of all jobs that are to come, per step of time, and how many run at once.
            upcoming: Upcoming => StartsAhead [viewer, reads, heavy, jobs, never];
            /// Describes a schedule in words, with its next runs and warnings about probable mistakes.
            explain: Explain => ScheduleInWords [viewer, reads, quick, jobs, never];
            /// Shows the environment that the command of a job gets.
            env: Env => Environment [operator, reads, quick, jobs, never];
            /// Lists the built-in functions.
            functions: Functions => Vec<FunctionInfo> [viewer, reads, quick, jobs, never];
            /// Shows whether the scheduler runs, and lists its jobs.
            scheduler: SchedulerJobs => SchedulerView [viewer, reads, quick, jobs, never];
            /// Shows the number of jobs, and whether the scheduler runs.
            job_state: JobState => JobCount [viewer, reads, quick, jobs, never];
            /// Shows whether the scheduler runs, and the number of jobs.
            job_status: JobStatus => TaskCount [viewer, reads, quick, jobs, never];

            /// Stops one execution.
            cancel: Cancel => Execution [operator, changes Execution(exec_id), cancelling, executions, never];
            /// Reads the output of one execution from an offset on; with `wait` it waits for more.
            logs: Logs => LogChunk [viewer, reads, waiting(wait), executions, never];
            /// Lists what happens after a position; with `wait` it waits for the next event.
            new_events: NewEvents => EventPage [viewer, reads, waiting(wait), system, never];
            /// Sums up what happened after a position: the jobs concerned and the counts; with `wait` it waits for something to happen.
            digest: Digest => EventDigest [viewer, reads, waiting(wait), system, never];
            /// Lists executions, the newest first.
            history: History => Vec<Execution> [viewer, reads, quick, executions, never];
            /// Finds why an execution failed: at most three causes, the most certain first.
            diagnose: Diagnose => Diagnosis [viewer, reads, quick, executions, never];
            /// Sums up what has happened since a time: failures, missed occurrences, slow executions, and when the daemon was down.
            summary: Summary => DaySummary [viewer, reads, quick, executions, never];
            /// Lists executions a page at a time, as entries of a log.
            entries: Entries => Page<LogEntry> [viewer, reads, quick, executions, never];
            /// Shows one execution as an entry of a log.
            entry: Entry => LogEntry [viewer, reads, quick, executions, never];
            /// Removes executions with their output, or empties the system log.
            clear_logs: ClearLogs => Cleared [operator, changes Logs(job, date), quick, executions, never];
            /// Lists lines of the system log of the daemon, the newest first.
            system_log: SystemLog => Page<SystemLogLine> [viewer, reads, quick, system, never];
            /// Reads a file of the system log from an offset on.
            system_log_file: SystemLogFile => SystemLogPart [viewer, reads, quick, system, never];
            /// Shows which logs are written.
            switch_state: SwitchState => Switches [viewer, reads, quick, system, never];

            /// Shows the settings of jobs.
            config: Settings => JobsConfig [viewer, reads, quick, system, never];
            /// Reads the configuration file (and the crontab of `start --crontab`) again.
            reload: Reload => Reloaded [admin, changes Configuration, quick, system, never];
            /// Ends the daemon, as SIGTERM does.
            shutdown: Shutdown => Done [admin, changes Daemon, quick, system, never];

            /// Logs an account in.
            login: Login => LoggedIn [anyone, changes Login(username), login, access, never];
            /// Makes a link to the web page, which is good once and for two minutes.
            page_link: PageLink => PageLinkMade [admin, changes PageLink(r#as), quick, access, never];
            /// Begins a session of the web page by name and password.
            page_login: PageLogin => SessionBegun [anyone, changes Login(username), login, access, never];
            /// Begins a session of the web page by a link.
            page_enter: PageEnter => SessionBegun [anyone, changes PageEntry, quick, access, never];
            /// Ends the session of the web page in which the call is made.
            page_leave: PageLeave => Done [viewer, changes OwnSession, quick, access, never];
            /// Shows the session of the web page in which the call is made, and the daemon.
            page_session: PageSession => SessionState [viewer, reads, quick, access, never];
            /// Lists the sessions of the web page of the caller; with `all` those of everyone, for admins.
            session_list: SessionList => Vec<SessionInfo> [viewer, reads, quick, access, never];
            /// Ends a session of the web page, or all sessions of the caller. Sessions of others need the role admin.
            session_rm: SessionRm => Vec<SessionInfo> [viewer, changes Session(session), quick, access, never];
            /// Shows the account of the caller.
            profile: Profile => Account [viewer, reads, quick, access, never];
            /// Changes the mail address or the password of the account of the caller.
            profile_edit: ProfileEdit => Account [viewer, changes OwnAccount, quick, access, never];
            /// Adds an account.
            admin_add: AdminAdd => Account [admin, changes NewAccount(username), quick, access, never];
            /// Lists the accounts.
            admin_list: AdminList => Page<Account> [admin, reads, quick, access, never];
            /// Changes the mail address or the role of an account.
            admin_edit: AdminEdit => Account [admin, changes Account(admin), quick, access, never];
            /// Sets a new password for an account. Its logins are not valid any more.
            admin_passwd: AdminPasswd => Account [admin, changes Account(admin), quick, access, never];
            /// Enables or disables an account.
            admin_status: AdminStatus => Account [admin, changes Account(admin), quick, access, never];
            /// Removes an account.
            admin_rm: AdminRm => Account [admin, changes Account(admin), quick, access, never];
            /// Makes a new key for logins: no login and no session of the page is valid any more.
            admin_rotate_key: AdminRotateKey => Done [admin, changes LoginKey, quick, access, never];
            /// Makes a token for a program.
            token_add: TokenAdd => NewToken [admin, changes NewToken(name), quick, access, never];
            /// Lists the tokens for programs.
            token_list: TokenList => Vec<TokenInfo> [admin, reads, quick, access, never];
            /// Removes a token for programs: it is not valid any more.
            token_rm: TokenRm => TokenInfo [admin, changes Token(token), quick, access, never];
            /// Shows the addresses that may use the HTTP server.
            ip_status: IpStatus => IpLists [admin, reads, quick, access, never];
            /// Adds an address or a network to a list.
            ip_add: IpAdd => IpLists [admin, changes AccessList(list, ip), quick, access, never];
            /// Removes an address or a network from a list.
            ip_remove: IpRemove => IpLists [admin, changes AccessList(list, ip), quick, access, never];
            /// Adds a channel: where notices are sent to.
            channel_add: ChannelAdd => ChannelView [admin, changes NewChannel(name), quick, alerts, never];
            /// Lists the channels with their presets.
            channel_list: ChannelList => Vec<ChannelItem> [viewer, reads, quick, alerts, never];
            /// Shows a channel with its settings; secrets are shown as references.
            channel_show: ChannelShow => ChannelView [admin, reads, quick, alerts, never];
            /// Changes the given settings of a channel and keeps the others.
            channel_edit: ChannelEdit => ChannelView [admin, changes Channel(channel), quick, alerts, never];
            /// Sends a trial to a channel, and shows the request and the answer without secrets.
            channel_test: ChannelTest => ChannelTested [admin, changes Channel(channel), heavy, alerts, never];
            /// Removes a channel.
            channel_rm: ChannelRm => ChannelView [admin, changes Channel(channel), quick, alerts, never];
            /// Lists the kinds of services that a channel can be, with their settings.
            channel_presets: ChannelPresets => PresetList [viewer, reads, quick, alerts, never];

            /// Adds a rule: which conditions of which jobs are told to which channels.
            rule_add: RuleAdd => AlertRule [admin, changes NewRule(name), quick, alerts, never];
            /// Lists the rules.
            rule_list: RuleList => Vec<AlertRule> [viewer, reads, quick, alerts, never];
            /// Removes a rule.
            rule_rm: RuleRm => AlertRule [admin, changes Rule(rule), quick, alerts, never];
            /// Lists what is wrong, the newest first.
            alerts: Alerts => Vec<Alert> [viewer, reads, quick, alerts, never];
            /// Acknowledges open alerts: they are not told again, and go to nobody else.
            ack: Ack => Vec<Alert> [operator, changes Alert(alert), quick, alerts, never];
            /// Tells nobody of the alerts of a job for a time. What is still open then is told.
            snooze: Snooze => Snoozed [operator, changes Job(job), quick, alerts, never];
            /// Shows who would be told of a condition of a job, by which rule, when, and with which text.
            alert_preview: AlertPreview => Previewed [viewer, reads, quick, alerts, never];
            /// Lists what was told to whom, when and with what result, and what was not told and why; the newest first.
            alert_log: AlertLog => AlertLogged [viewer, reads, quick, alerts, never];
            /// Sets when a channel is to be left alone, and shows it.
            channel_hours: ChannelHours => ChannelHoursView [admin, changes ChannelHours(channel), quick, alerts, never];
            /// Lists the changes that were made, the newest first: who, from where, what, and the outcome.
            audit: Audit => Page<AuditEntry> [admin, reads, quick, access, never];
        }
    };
}

macro_rules! role {
    (anyone) => {
        None
    };
    (viewer) => {
        Some(Role::Viewer)
    };
    (operator) => {
        Some(Role::Operator)
    };
    (admin) => {
        Some(Role::Admin)
    };
}

macro_rules! is_change {
    (reads) => {
        false
    };
    (changes) => {
        true
    };
}

macro_rules! subject {
    ($request:ident, [reads] [] []) => {
        None
    };
    ($request:ident, [changes $subject:ident] [] []) => {
        Some(Subject::$subject)
    };
    ($request:ident, [changes $subject:ident] [$($field:ident)+] []) => {
        Some(Subject::$subject($($request.$field.clone()),+))
    };
    ($request:ident, [changes $subject:ident] [$($field:ident)+] [$dry_run:ident]) => {
        (!$request.$dry_run).then(|| Subject::$subject($($request.$field.clone()),+))
    };
}

macro_rules! lane {
    ($request:ident, quick) => {
        Lane::Quick
    };
    ($request:ident, waiting $wait:ident) => {
        if $request.$wait > 0 {
            Lane::Waiting
        } else {
            Lane::Quick
        }
    };
    ($request:ident, heavy) => {
        Lane::Heavy
    };
    ($request:ident, cancelling) => {
        Lane::Cancelling
    };
    ($request:ident, login) => {
        Lane::Login
    };
}

macro_rules! tag {
    (jobs) => {
        Tag::Jobs
    };
    (executions) => {
        Tag::Executions
    };
    (access) => {
        Tag::Access
    };
    (alerts) => {
        Tag::Alerts
    };
    (system) => {
        Tag::System
    };
}

macro_rules! mcp {
    (never) => {
        McpExposure::Never
    };
    (look) => {
        McpExposure::Look
    };
    (propose) => {
        McpExposure::Propose
    };
    (act) => {
        McpExposure::Act
    };
}

/// From the table: calls, answers, the parser from JSON, and the catalogue.
macro_rules! define {
    ($($(#[doc = $doc:literal])+ $method:ident: $request:ident => $answer:ty [
        $role:ident,
        $effect:ident $($subject:ident $(($($subject_field:ident),+))? $(unless $dry_run:ident)?)?,
        $lane:ident $(($wait:ident))?,
        $tag:ident,
        $mcp:ident
    ];)+) => {
        /// A call of one operation. Its request has the right shape; its values are not checked yet.
        #[derive(Clone, Debug)]
        pub enum Call {
            $($(#[doc = $doc])+ $request($request),)+
        }

        /// The answer to a [`Call`].
        #[derive(Clone, Debug, serde::Serialize)]
        #[serde(untagged)]
        pub enum Answer {
            $($(#[doc = $doc])+ $request(Box<$answer>),)+
        }

        impl Call {
            /// Parses the parameters of `method`: an object by name, an array by position, or null for none.
            pub fn parse(method: &str, params: serde_json::Value) -> Result<Call, BadCall> {
                match method {
                    $(stringify!($method) => call::parse(method, params).map(Call::$request),)+
                    _ => Err(BadCall::UnknownMethod(method.to_string())),
                }
            }

            /// The name of the operation.
            pub const fn method(&self) -> &'static str {
                match self { $(Call::$request(_) => stringify!($method),)+ }
            }

            /// The least role that may call the operation; absent when anyone may.
            pub const fn role(&self) -> Option<Role> {
                match self { $(Call::$request(_) => role!($role),)+ }
            }

            /// The subject that the call changes; absent when it only reads or reports.
            #[allow(unused_variables)]
            pub fn subject(&self) -> Option<Subject> {
                match self {
                    $(Call::$request(request) => subject!(request, [$effect $($subject)?] [$($($($subject_field)+)?)?] [$($($dry_run)?)?]),)+
                }
            }

            /// The lane in which the call runs.
            #[allow(unused_variables)]
            pub const fn lane(&self) -> Lane {
                match self { $(Call::$request(request) => lane!(request, $lane $($wait)?),)+ }
            }

            /// Makes a call of [`Lane::Waiting`] answer at once, with the output that is there already. Its lane becomes
            /// [`Lane::Quick`].
            #[allow(unused_variables)]
            pub fn set_no_wait(&mut self) {
                match self { $(Call::$request(request) => { $(request.$wait = 0;)? })+ }
            }
        }

        $(impl Request for $request {
            const METHOD: &'static str = stringify!($method);
            type Answer = $answer;
        })+

        /// All operations with their documentation and schemas, in the order of the table.
        pub fn catalogue() -> Vec<Operation> {
            vec![$(Operation {
                method: stringify!($method),
                doc: concat!($($doc, "\n"),+).trim(),
                role: role!($role),
                is_change: is_change!($effect),
                tag: tag!($tag),
                mcp: mcp!($mcp),
                request: schemars::schema_for!($request),
                answer: schemars::schema_for!($answer),
            },)+]
        }
    };
}

operations!(define);
