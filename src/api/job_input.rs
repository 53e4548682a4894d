//! The fields that give a job its schedule, its work and its rules: the requests `add` and `edit`, and their answer.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::executions::Ran;
use super::job_ref::JobRef;
use super::jobs::JobView;
use super::request::request;
use super::values::{
    OneOrMore, SecondsOrText, factor, is_default, one_or_more, seconds, seconds_or_text,
};
use crate::model::{CatchUp, Mode, Overlap};
use crate::work::WorkFields;

/// A request with every field that a job and its work have, each optional: what `add` and `edit` share.
macro_rules! job_request {
    ($(#[$meta:meta])* $name:ident { $($(#[$fmeta:meta])* $field:ident: $ty:ty,)* }) => {
        request! {
            $(#[$meta])*
            $name {
                $($(#[$fmeta])* $field: $ty,)*
                /// When it runs: 6 fields (sec min hour dom month dow), 5 as in a crontab, or an @ word; may be given more
                /// than once (in JSON a list, or one text with `;` between).
                #[arg(long = "cron", value_name = "EXPR", help_heading = "Schedule")]
                #[serde(deserialize_with = "one_or_more")]
                #[schemars(with = "Option<OneOrMore>")]
                cron_expr: Option<Vec<String>>,
                /// Run it again and again, this far apart: 90s, 5m, 1h30m.
                #[arg(long, value_name = "DURATION", conflicts_with = "cron_expr", allow_hyphen_values = true, help_heading = "Schedule")]
                every: Option<String>,
                /// Run it once: "2026-12-01 10:00", "in 30m", "tomorrow 9:00".
                #[arg(long, value_name = "TIME", conflicts_with_all = ["cron_expr", "every"], help_heading = "Schedule")]
                at: Option<String>,
                /// The zone in which the schedule is read, such as Europe/Berlin ("" is the daemon's own).
                #[arg(long = "tz", value_name = "ZONE", help_heading = "Schedule")]
                timezone: Option<String>,
                /// Delay each run by a random time up to this, but not past the next one, in seconds or as 5m.
                #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true, help_heading = "Schedule")]
                #[serde(deserialize_with = "seconds_or_text")]
                #[schemars(with = "Option<SecondsOrText>")]
                jitter: Option<u64>,
                /// Not before this time, such as "2026-12-01 10:00" or "tomorrow 9:00" ("" is no limit).
                #[arg(long = "start", value_name = "TIME", help_heading = "Schedule")]
                start_at: Option<String>,
                /// Not after this time ("" is no limit).
                #[arg(long = "end", value_name = "TIME", help_heading = "Schedule")]
                end_at: Option<String>,
                /// The kind of work.
                #[arg(long, value_enum, help_heading = "Work")]
                mode: Option<Mode>,
                /// The command, or the whole work in the bracket format. In the shell: what follows `--`.
                #[arg(skip)]
                command: Option<String>,
                /// The folder in which the command runs.
                #[arg(long, value_name = "DIR", help_heading = "Work")]
                workdir: Option<String>,
                /// A variable for the command, K=V; may be given more than once. `edit` adds it to those that are there ("" takes
                /// them away first).
                #[arg(long, value_name = "K=V", help_heading = "Work")]
                env: Option<Vec<String>>,
                /// What the command reads from its standard input.
                #[arg(long, value_name = "TEXT", help_heading = "Work")]
                stdin: Option<String>,
                /// The shell that runs the command instead of `jobs.shell`.
                #[arg(long, value_name = "PATH", help_heading = "Work")]
                shell: Option<String>,
                /// The account that the command runs as; for a daemon of root ("" is the daemon's own).
                #[arg(long, value_name = "NAME", help_heading = "Work")]
                user: Option<String>,
                /// A file with more variables, K=V a line; --env beats it ("" is none).
                #[arg(long, value_name = "FILE", help_heading = "Work")]
                env_file: Option<String>,
                /// Whether the command gets a small environment: PATH, HOME, USER, LOGNAME, SHELL as for an account that logs in, and the
                /// daemon's LANG, LC_ALL, LC_CTYPE and TZ [default: for another account true, else false].
                #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = "Work")]
                clean_env: Option<bool>,
                /// The permissions that files of the command do not get, octal, such as 027 ("" is the daemon's).
                #[arg(long, value_name = "MASK", help_heading = "Work")]
                umask: Option<String>,
                /// How far the command stands back for others, from -20 to 19.
                #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Work")]
                nice: Option<i32>,
                /// The same for the disk: idle, best-effort:0 to :7, realtime:0 to :7 ("" is the usual).
                #[arg(long, value_name = "CLASS", help_heading = "Work")]
                ionice: Option<String>,
                /// What the command may use: mem=512M,cpu=60s,nofile=1024,nproc=64 ("" is no limit).
                #[arg(long, value_name = "LIMITS", help_heading = "Work")]
                limit: Option<String>,
                /// The address of the request (mode http).
                #[arg(long, value_name = "URL", help_heading = "Work")]
                url: Option<String>,
                /// The method of the request (mode http).
                #[arg(long, value_name = "METHOD", help_heading = "Work")]
                method: Option<String>,
                /// A header of the request, K:V; may be given more than once (mode http). `edit` puts it in the place of those of
                /// its name ("" takes all away first).
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
                /// The name of the function (mode func).
                #[arg(long, value_name = "NAME", help_heading = "Work")]
                func: Option<String>,
                /// An argument of the function; may be given more than once (mode func).
                #[arg(long = "arg", value_name = "ARG", allow_hyphen_values = true, help_heading = "Work")]
                args: Option<Vec<String>>,
                /// How long an attempt may take, in seconds or as 5m; 0 is for ever.
                #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true, help_heading = "Work")]
                #[serde(deserialize_with = "seconds_or_text")]
                #[schemars(with = "Option<SecondsOrText>")]
                timeout: Option<u64>,
                /// How many attempts an execution makes until one succeeds.
                #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Work")]
                times: Option<u32>,
                /// How long it waits between attempts, in seconds or as 5m.
                #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true, help_heading = "Work")]
                #[serde(deserialize_with = "seconds_or_text")]
                #[schemars(with = "Option<SecondsOrText>")]
                interval: Option<u64>,
                /// What it is for.
                #[arg(long, value_name = "TEXT")]
                desc: Option<String>,
                /// What happens when it is due while it still runs [default: jobs.default_allow_mode].
                #[arg(long = "overlap", value_enum, value_name = "POLICY")]
                allow_mode: Option<Overlap>,
                /// Stop it after this many executions; 0 is no limit.
                #[arg(long = "max-runs", value_name = "N", allow_negative_numbers = true)]
                max_run_count: Option<u64>,
                /// What happens to occurrences that are missed [default: skip].
                #[arg(long, value_enum, value_name = "POLICY")]
                catch_up: Option<CatchUp>,
                /// How old a missed occurrence may be to be made up, in seconds or as 12h; 0 is no limit.
                #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
                #[serde(deserialize_with = "seconds_or_text")]
                #[schemars(with = "Option<SecondsOrText>")]
                catch_up_window: Option<u64>,
                /// How many executions may follow one that has failed or timed out, until one succeeds; 0 is none.
                #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Retries")]
                retries: Option<u64>,
                /// How long the first retry waits, in seconds or as 5m; up to a tenth of it is added at random [default: 60].
                #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true, help_heading = "Retries")]
                #[serde(deserialize_with = "seconds_or_text")]
                #[schemars(with = "Option<SecondsOrText>")]
                retry_delay: Option<u64>,
                /// By what each retry waits longer than the one before, 1 to 100 [default: 1].
                #[arg(long, value_name = "FACTOR", value_parser = factor, allow_negative_numbers = true, help_heading = "Retries")]
                retry_backoff: Option<f64>,
                /// The longest that a retry waits, in seconds or as 1h; 0 is no limit.
                #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true, help_heading = "Retries")]
                #[serde(deserialize_with = "seconds_or_text")]
                #[schemars(with = "Option<SecondsOrText>")]
                retry_max: Option<u64>,
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
                    allow_mode: self.allow_mode,
                    max_run_count: self.max_run_count,
                    catch_up: self.catch_up,
                    catch_up_window: self.catch_up_window,
                    retries: self.retries,
                    retry_delay: self.retry_delay,
                    retry_backoff: self.retry_backoff,
                    retry_max: self.retry_max,
                }
            }
        }
    };
}

job_request! {
    /// Adds a job.
    Add {
        /// Its name: unique, not digits only.
        name: String,
        /// Add it stopped; `restart` sets it going.
        #[arg(long)]
        stopped: bool,
        /// Run it once at once, beside its schedule.
        #[arg(long, conflicts_with = "stopped")]
        now: bool,
        /// The same as `stopped`, as the original system says it: 2 is stopped, 0 and 1 are not.
        #[arg(skip)]
        state: Option<u8>,
    }
}

job_request! {
    /// Changes what is given of a job and leaves the rest.
    Edit {
        /// The job, by name or id.
        job: JobRef,
        /// Its new name.
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// 2 stops it, as `stop` does, 0 or 1 sets it going again.
        #[arg(skip)]
        state: Option<u8>,
    }
}

/// A job that was added or changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Added {
    /// The job as it is now.
    pub job: JobView,
    /// What the operator may not have meant.
    pub warnings: Vec<String>,
    /// The execution that `now` started.
    pub run: Option<Ran>,
}

/// The schedule and the rules of a job, as the caller of `add` or `edit` gives them. An absent field stays as it is.
#[derive(Clone, Debug)]
pub struct JobInput<'a> {
    /// Cron expressions, joined with `; `.
    pub cron_expr: Option<String>,
    pub every: Option<&'a str>,
    pub at: Option<&'a str>,
    pub timezone: Option<&'a str>,
    pub jitter: Option<u64>,
    pub start_at: Option<&'a str>,
    pub end_at: Option<&'a str>,
    pub desc: Option<&'a str>,
    pub allow_mode: Option<Overlap>,
    pub max_run_count: Option<u64>,
    pub catch_up: Option<CatchUp>,
    pub catch_up_window: Option<u64>,
    pub retries: Option<u64>,
    pub retry_delay: Option<u64>,
    pub retry_backoff: Option<f64>,
    pub retry_max: Option<u64>,
}

impl JobInput<'_> {
    /// Whether a given field changes the instants at which the job is due.
    pub fn changes_times(&self) -> bool {
        self.cron_expr.is_some()
            || self.every.is_some()
            || self.at.is_some()
            || self.timezone.is_some()
            || self.jitter.is_some()
            || self.start_at.is_some()
            || self.end_at.is_some()
    }
}
