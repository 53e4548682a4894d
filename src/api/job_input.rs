//! The fields that give a job its schedule, its work and its rules: the requests `add` and `edit`, and their answer.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::executions::Ran;
use super::job_ref::JobRef;
use super::job_values::{AlertInput, JobInput};
use super::jobs::JobView;
use super::request::request;
use super::scheduler::NextRun;
use super::values::{
    OneOrMore, SecondsOrText, factor, is_default, one_or_more, seconds, seconds_or_text,
    text_or_number,
};
use jobs_model::{CatchUp, Mode, Overlap};
use jobs_work::WorkFields;

/// A request with every field that a job and its work have, each optional: what `add` and `edit` share.
macro_rules! job_request {
    ($(#[$meta:meta])* $name:ident { $($(#[$fmeta:meta])* $field:ident: $ty:ty,)* }) => {
        request! {
            $(#[$meta])*
            $name {
                $($(#[$fmeta])* $field: $ty,)*
                /// The schedule: 6 fields (sec min hour dom month dow), 5 fields as in a crontab, or an @ word. May be
                /// given more than once (in JSON a list, or one text with `;` between).
                #[arg(long = "cron", alias = "schedule", value_name = "EXPR", help_heading = "Schedule")]
                #[serde(deserialize_with = "one_or_more")]
                #[schemars(with = "Option<OneOrMore>")]
                cron_expr: Option<Vec<String>>,
                /// Run it repeatedly with this period: 90s, 5m, 1h30m.
                #[arg(long, value_name = "DURATION", conflicts_with = "cron_expr", allow_hyphen_values = true, help_heading = "Schedule")]
                every: Option<String>,
                /// Run it once at this time: "2026-12-01 10:00", "in 30m", "tomorrow 9:00".
                #[arg(long, value_name = "TIME", conflicts_with_all = ["cron_expr", "every"], help_heading = "Schedule")]
                at: Option<String>,
                /// The time zone of the schedule, such as Europe/Berlin ("" is that of the daemon).
                #[arg(long = "tz", value_name = "ZONE", help_heading = "Schedule")]
                timezone: Option<String>,
                /// Delay each run by a random time up to this, but not past the next run; in seconds or as 5m.
                #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true, help_heading = "Schedule")]
                #[serde(deserialize_with = "seconds_or_text")]
                #[schemars(with = "Option<SecondsOrText>")]
                jitter: Option<u64>,
                /// Do not run before this time, such as "2026-12-01 10:00" or "tomorrow 9:00" ("" is no limit).
                #[arg(long = "start", value_name = "TIME", help_heading = "Schedule")]
                start_at: Option<String>,
                /// Do not run after this time ("" is no limit).
                #[arg(long = "end", value_name = "TIME", help_heading = "Schedule")]
                end_at: Option<String>,
                /// The kind of work.
                #[arg(long, value_enum, help_heading = "Work")]
                mode: Option<Mode>,
                /// The command, or the whole work in the bracket format. On the command line it follows `--`.
                #[arg(skip)]
                command: Option<String>,
                /// The folder in which the command runs.
                #[arg(long, value_name = "DIR", help_heading = "Work")]
                workdir: Option<String>,
                /// A variable for the command, K=V; may be given more than once. `edit` adds it to the variables of the
                /// job ("" removes them first).
                #[arg(long, value_name = "K=V", help_heading = "Work")]
                env: Option<Vec<String>>,
                /// The text that the command reads from its standard input.
                #[arg(long, value_name = "TEXT", help_heading = "Work")]
                stdin: Option<String>,
                /// The shell that runs the command instead of `jobs.shell`. It may have arguments, as in `bash -o pipefail`.
                #[arg(long, value_name = "PATH", help_heading = "Work")]
                shell: Option<String>,
                /// The account that the command or function runs as; the daemon must be root ("" is the account of the daemon).
                #[arg(long, value_name = "NAME", help_heading = "Work")]
                user: Option<String>,
                /// A file with more variables, K=V on each line; --env replaces its values ("" is none).
                #[arg(long, value_name = "FILE", help_heading = "Work")]
                env_file: Option<String>,
                /// Give the command a small environment: PATH, HOME, USER, LOGNAME and SHELL as at a login, and LANG,
                /// LC_ALL, LC_CTYPE and TZ of the daemon [default: true with --user, else false].
                #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = "Work")]
                clean_env: Option<bool>,
                /// The permissions that new files of the command do not get, octal, such as 027 ("" is the umask of the
                /// daemon).
                #[arg(long, value_name = "MASK", help_heading = "Work")]
                umask: Option<String>,
                /// The CPU priority of the command, from -20 (first) to 19 (last).
                #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Work")]
                nice: Option<i32>,
                /// The disk priority of the command: idle, best-effort:0 to :7, realtime:0 to :7 ("" is the usual one).
                #[arg(long, value_name = "CLASS", help_heading = "Work")]
                ionice: Option<String>,
                /// Limits of the command: mem=512M,cpu=60s,nofile=1024,nproc=64 ("" is no limit).
                #[arg(long, value_name = "LIMITS", help_heading = "Work")]
                limit: Option<String>,
                /// The address of the request (mode http).
                #[arg(long, value_name = "URL", help_heading = "Work")]
                url: Option<String>,
                /// The method of the request (mode http).
                #[arg(long, value_name = "METHOD", help_heading = "Work")]
                method: Option<String>,
                /// A header of the request, K:V; may be given more than once (mode http). `edit` replaces the headers
                /// of the same name ("" removes all headers first).
                #[arg(long = "header", value_name = "K:V", allow_hyphen_values = true, help_heading = "Work")]
                headers: Option<Vec<String>>,
                /// The body of the request (mode http).
                #[arg(long, value_name = "TEXT", allow_hyphen_values = true, help_heading = "Work")]
                data: Option<String>,
                /// The cookies of the request (mode http).
                #[arg(long, value_name = "TEXT", help_heading = "Work")]
                cookies: Option<String>,
                /// The proxy of the request: http, https or socks5 (mode http).
                #[arg(long, value_name = "URL", help_heading = "Work")]
                proxy: Option<String>,
                /// A text that the answer must contain (mode http).
                #[arg(long, value_name = "TEXT", help_heading = "Work")]
                result: Option<String>,
                /// A regular expression: an attempt succeeds only if a line of its output matches ("" is none).
                #[arg(long, value_name = "REGEX", allow_hyphen_values = true, help_heading = "Work")]
                expect: Option<String>,
                /// A regular expression: an attempt fails if a line of its output matches ("" is none).
                #[arg(long, value_name = "REGEX", allow_hyphen_values = true, help_heading = "Work")]
                fail_on: Option<String>,
                /// The exit codes of the command that are a success, as in 0,3-5 [default: 0].
                #[arg(long, value_name = "CODES", help_heading = "Work")]
                ok_exit: Option<String>,
                /// The name of the function (mode func).
                #[arg(long, value_name = "NAME", help_heading = "Work")]
                func: Option<String>,
                /// An argument of the function; may be given more than once (mode func).
                #[arg(long = "arg", value_name = "ARG", allow_hyphen_values = true, help_heading = "Work")]
                args: Option<Vec<String>>,
                /// The timeout of an attempt, in seconds or as 5m; 0 is no timeout.
                #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true, help_heading = "Work")]
                #[serde(deserialize_with = "seconds_or_text")]
                #[schemars(with = "Option<SecondsOrText>")]
                timeout: Option<u64>,
                /// The number of attempts of an execution, until one succeeds.
                #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Work")]
                times: Option<u32>,
                /// The time between attempts, in seconds or as 5m.
                #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true, help_heading = "Work")]
                #[serde(deserialize_with = "seconds_or_text")]
                #[schemars(with = "Option<SecondsOrText>")]
                interval: Option<u64>,
                /// A description.
                #[arg(long, value_name = "TEXT")]
                desc: Option<String>,
                /// A tag, to choose the job by; may be given more than once. `edit` adds it to the tags of the job ("" removes
                /// them first).
                #[arg(long = "tag", value_name = "TAG")]
                #[serde(deserialize_with = "one_or_more")]
                #[schemars(with = "Option<OneOrMore>")]
                tags: Option<Vec<String>>,
                /// The crontab that the job comes from, by the name that an import gives it: that import recognizes the job ("" is
                /// none).
                #[arg(long, value_name = "CRONTAB")]
                origin: Option<String>,
                /// What happens when the job is due while it still runs [default: jobs.default_allow_mode].
                #[arg(long = "overlap", value_enum, value_name = "POLICY")]
                allow_mode: Option<Overlap>,
                /// Stop the job after this many executions; 0 is no limit.
                #[arg(long = "max-runs", value_name = "N", allow_negative_numbers = true)]
                max_run_count: Option<u64>,
                /// What happens to missed occurrences [default: skip].
                #[arg(long, value_enum, value_name = "POLICY")]
                catch_up: Option<CatchUp>,
                /// The greatest age of a missed occurrence that still runs, in seconds or as 12h; 0 is no limit.
                #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
                #[serde(deserialize_with = "seconds_or_text")]
                #[schemars(with = "Option<SecondsOrText>")]
                catch_up_window: Option<u64>,
                /// The number of retries after an execution that failed or timed out, until one succeeds; 0 is none.
                #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Retries")]
                retries: Option<u64>,
                /// The wait before the first retry, in seconds or as 5m; up to a tenth is added at random [default:
                /// 60].
                #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true, help_heading = "Retries")]
                #[serde(deserialize_with = "seconds_or_text")]
                #[schemars(with = "Option<SecondsOrText>")]
                retry_delay: Option<u64>,
                /// The factor by which each wait is longer than the one before, 1 to 100 [default: 1].
                #[arg(long, value_name = "FACTOR", value_parser = factor, allow_negative_numbers = true, help_heading = "Retries")]
                retry_backoff: Option<f64>,
                /// The longest wait before a retry, in seconds or as 1h; 0 is no limit.
                #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true, help_heading = "Retries")]
                #[serde(deserialize_with = "seconds_or_text")]
                #[schemars(with = "Option<SecondsOrText>")]
                retry_max: Option<u64>,
                /// The channels that are told when something is wrong with the job, with commas between ("" is none).
                #[arg(long, value_name = "CHANNEL,...", value_delimiter = ',', help_heading = "Alerts")]
                #[serde(deserialize_with = "one_or_more")]
                #[schemars(with = "Option<OneOrMore>")]
                notify: Option<Vec<String>>,
                /// Tell only of so many failures: `3` in a row, or `2 in 1h` ("" is the first one).
                #[arg(long, value_name = "N", help_heading = "Alerts")]
                #[serde(deserialize_with = "text_or_number")]
                #[schemars(with = "Option<String>")]
                alert_after: Option<String>,
                /// An alert opens when the job has not succeeded for so long, in seconds or as 26h; 0 is never.
                #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = "Alerts")]
                #[serde(deserialize_with = "seconds_or_text")]
                #[schemars(with = "Option<SecondsOrText>")]
                expect_success_every: Option<u64>,
                /// An alert opens when an execution has not begun so long after it was due; 0 is never.
                #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = "Alerts")]
                #[serde(deserialize_with = "seconds_or_text")]
                #[schemars(with = "Option<SecondsOrText>")]
                start_within: Option<u64>,
                /// An alert opens when an execution still runs after so long; it goes on. 0 is never.
                #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = "Alerts")]
                #[serde(deserialize_with = "seconds_or_text")]
                #[schemars(with = "Option<SecondsOrText>")]
                warn_after: Option<u64>,
                /// An alert opens when an execution succeeds in less than this time; 0 is never.
                #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = "Alerts")]
                #[serde(deserialize_with = "seconds_or_text")]
                #[schemars(with = "Option<SecondsOrText>")]
                warn_under: Option<u64>,
                /// Stop the job after so many failures in a row; 0 is never.
                #[arg(long, value_name = "N", help_heading = "Alerts")]
                stop_after_failures: Option<u32>,
            }
        }

        impl $name {
            /// The fields of the work among its fields.
            pub fn work_fields(&self) -> WorkFields {
                WorkFields {
                    command: self.command.clone(),
                    workdir: self.workdir.clone(),
                    env: self.env.clone(),
                    stdin: self.stdin.clone(),
                    shell: self.shell.clone(),
                    user: self.user.clone(),
                    env_file: self.env_file.clone(),
                    clean_env: self.clean_env,
                    umask: self.umask.clone(),
                    nice: self.nice,
                    ionice: self.ionice.clone(),
                    limit: self.limit.clone(),
                    url: self.url.clone(),
                    method: self.method.clone(),
                    headers: self.headers.clone(),
                    data: self.data.clone(),
                    cookies: self.cookies.clone(),
                    proxy: self.proxy.clone(),
                    result: self.result.clone(),
                    func: self.func.clone(),
                    args: self.args.clone(),
                    expect: self.expect.clone(),
                    fail_on: self.fail_on.clone(),
                    ok_exit: self.ok_exit.clone(),
                    timeout: self.timeout,
                    times: self.times,
                    interval: self.interval,
                }
            }

            /// The fields that say when and by which rules.
            pub fn job_input(&self) -> JobInput<'_> {
                JobInput {
                    cron_expr: self.cron_expr.as_ref().map(|lines| lines.join("; ")),
                    every: self.every.as_deref(),
                    at: self.at.as_deref(),
                    timezone: self.timezone.as_deref(),
                    jitter: self.jitter,
                    start_at: self.start_at.as_deref(),
                    end_at: self.end_at.as_deref(),
                    desc: self.desc.as_deref(),
                    tags: self.tags.as_deref(),
                    origin: self.origin.as_deref(),
                    allow_mode: self.allow_mode,
                    max_run_count: self.max_run_count,
                    catch_up: self.catch_up,
                    catch_up_window: self.catch_up_window,
                    retries: self.retries,
                    retry_delay: self.retry_delay,
                    retry_backoff: self.retry_backoff,
                    retry_max: self.retry_max,
                    alerts: AlertInput {
                        notify: self.notify.as_deref(),
                        alert_after: self.alert_after.as_deref(),
                        expect_success_every: self.expect_success_every,
                        start_within: self.start_within,
                        warn_after: self.warn_after,
                        warn_under: self.warn_under,
                        stop_after_failures: self.stop_after_failures,
                    },
                }
            }
        }
    };
}

job_request! {
    /// Adds a job.
    Add {
        /// The name of the job: unique, not digits only.
        #[arg(skip)]
        name: String,
        /// Add the job stopped; `restart` starts it.
        #[arg(long)]
        stopped: bool,
        /// Also run it once immediately.
        #[arg(long, conflicts_with = "stopped")]
        now: bool,
        /// The same as `stopped`, as the original system writes it: 2 is stopped, 0 and 1 are not.
        #[arg(skip)]
        state: Option<u8>,
        /// Only check it, and report the job as it would be; add and start nothing.
        #[arg(long)]
        dry_run: bool,
    }
}

job_request! {
    /// Changes the given fields of a job and keeps the others.
    Edit {
        /// The job, by name or id.
        job: JobRef,
        /// The new name of the job.
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// 2 stops the job, as `stop` does; 0 or 1 starts it again.
        #[arg(skip)]
        state: Option<u8>,
        /// Only check it, and report what would change; change nothing.
        #[arg(long)]
        dry_run: bool,
    }
}

request! {
    /// Adds a job with the schedule, the work and the rules of another one.
    CopyJob {
        /// The job, by name or id.
        job: JobRef,
        /// The name of the new job: unique, not digits only.
        name: String,
        /// Add the job stopped; `restart` starts it.
        #[arg(long)]
        stopped: bool,
    }
}

/// A job that was added or changed; with `dry_run`, the job as it would be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Added {
    /// The job as it is now. With `dry_run` a new job has the id 0.
    pub job: JobView,
    /// Probable mistakes.
    pub warnings: Vec<String>,
    /// The execution that `now` started.
    pub run: Option<Ran>,
    /// With `dry_run`: the next runs that the job would have, 5 at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Vec<NextRun>>,
    /// With `dry_run` of an edit: the fields that would change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<FieldChange>>,
}

/// A field of a job that a change gives another value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FieldChange {
    /// The name of the field, as `edit` has it.
    pub field: String,
    /// Its value before the change; null when it had none. Secrets read as `***`.
    pub before: serde_json::Value,
    /// Its value after the change, in the same way.
    pub after: serde_json::Value,
}
