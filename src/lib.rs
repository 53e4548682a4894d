//! `jobs`: a daemon that replaces cron, and its client.
//!
//! # Rooms
//!
//! A room is a folder of `src/` and a crate of its own. It uses only the rooms that its `Cargo.toml` names, all of which stand
//! before it in this list. `docs/architecture.md` tells more, and follows three calls through the rooms.
//!
//! - **Words and values**: [`error`] (the error type), [`text`] (helpers for texts), [`mask`] (hides secrets), [`schedule`] (from a
//!   text to the times of a job), [`model`] (the types that are stored), [`work`] (the command, request or function of a job),
//!   [`crontab`] (reads crontabs), [`events`] (what has happened), [`api`] (the operations, their requests and answers), `page` (the files of the
//!   web page).
//! - **Parts**: [`fs`] (helpers for files), [`config`] (the configuration file), [`clock`] (time and alarms), `memory` (returns
//!   memory to the system), [`store`] (the database), [`output`] (the output of executions), [`runner`] (runs one execution), [`channels`] (sends messages),
//!   [`scheduler`] (decides what starts when), [`service`] (what each operation does).
//! - **Transports**: [`gate`] (limits calls and connections), [`rpc`] (JSON-RPC on the local socket), `http` (the HTTP API),
//!   [`cli`] (the command line).
//! - **The program**: [`daemon`] (builds all parts, and closes them in order).
//!
//! # Glossary
//!
//! One word stands for one thing, in the code, the messages and the manual.
//!
//! Jobs:
//!
//! - **job**: a name, a schedule, and work that is done at the times of the schedule.
//! - **work**: what a job does: a command, an HTTP request or a function.
//! - **function**: work that is built into the program, such as `Backup`.
//! - **schedule**: the text that says when a job is due, such as `0 30 3 * * *`.
//! - **occurrence**: one time at which a schedule says that the job is due.
//! - **due**: a job is due when its next occurrence has come.
//! - **missed**: an occurrence at which the job could not run, for example because the daemon did not run.
//! - **catch up**: to run a job late, for occurrences that were missed.
//! - **claim**: to take an occurrence in a transaction: the job moves on to its next one, and the execution is recorded.
//! - **execution**: one run of a job, with its status, output and number. A job that is run by hand has executions without an
//!   occurrence.
//! - **attempt**: one try within an execution. `times` says how many there may be.
//! - **retry**: a new execution after one that has failed, later.
//! - **overlap**: what happens when a job is due while an execution of it runs: parallel, skip, queue or replace.
//! - **pause**: no job is due until `resume`. **stopped**: one job is not due until it is restarted.
//!
//! The store:
//!
//! - **unit**: work that is done in one transaction: all of its changes are kept, or none.
//! - **version**: a mark of the contents of the store. Equal versions mean equal contents.
//! - **lease**: says which daemon owns an execution. No other daemon starts or ends it.
//! - **effects**: the executions that a transaction has decided to start or stop. This is done after the commit.
//! - **event**: tells that something has happened: an execution started, printed or ended, a job changed.
//! - **retention**: the removal of old executions, output and audit rows.
//!
//! Calls:
//!
//! - **operation**: something that a client can ask of the daemon, such as `add`. All are in one table.
//! - **request**, **answer**: the parameters of an operation, and what it returns. **call**: a request of any operation.
//! - **transport**: a way by which a call comes: the socket or HTTP. A transport translates and decides nothing.
//! - **caller**: the account or token that calls, with its role and its address.
//! - **role**: viewer, operator or admin: what a caller may do.
//! - **lane**: a kind of calls with a limit of its own, so that slow calls do not block quick ones. **permit**: one place in a lane.
//! - **subject**: what a call changes, for the audit.
//! - **channel**: where a message is sent to: a preset with its settings. **preset**: how a kind of service is called, as data.
//! - **notice**: one message to one channel.
//! - **audit**: the record of every change: who, when, from where, what, and the values before and after.
//! - **envelope**: the form `{code, msg, data}` of an answer over HTTP.
//! - **mask**: to replace a secret by `***` where something is shown.

pub use jobs_alerts as alerts;
pub use jobs_api as api;
pub use jobs_channels as channels;
pub use jobs_cli as cli;
pub use jobs_clock as clock;
pub use jobs_config as config;
pub use jobs_crontab as crontab;
pub use jobs_daemon as daemon;
pub use jobs_diagnosis as diagnosis;
pub use jobs_error as error;
pub use jobs_events as events;
pub use jobs_fs as fs;
pub use jobs_gate as gate;
#[cfg(feature = "http")]
pub use jobs_http as http;
pub use jobs_mask as mask;
pub use jobs_model as model;
pub use jobs_output as output;
#[cfg(feature = "http")]
pub use jobs_page as page;
pub use jobs_rpc as rpc;
pub use jobs_runner as runner;
pub use jobs_schedule as schedule;
pub use jobs_scheduler as scheduler;
pub use jobs_service as service;
pub use jobs_store as store;
pub use jobs_text as text;
pub use jobs_work as work;
