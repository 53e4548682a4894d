//! The operations: one table, from which every transport takes its methods, parameters, rights and documentation.
//!
//! To add an operation: a row in [`operations`], its request and its answer in the file of the noun, and a method of that
//! name in `service`. The compiler asks for the rest.

mod accounts;
mod addresses;
mod audit;
mod bulk;
mod call;
mod caller;
mod channels;
mod daemon;
mod differences;
mod digest;
mod events;
mod executions;
mod explain;
mod handler;
mod import;
mod job_input;
mod job_ref;
mod jobs;
mod logs;
mod operation;
mod operations;
mod page;
mod request;
mod scheduler;
mod secret;
mod sessions;
mod shared_answer;
mod subject;
mod summary;
mod system_log;
#[cfg(test)]
mod tests;
mod tokens;
mod unique_json;
mod upcoming;
mod values;
mod work;

pub use accounts::*;
pub use addresses::*;
pub use audit::*;
pub use bulk::{Bulk, BulkAction, BulkDone, BulkFailure};
pub use call::BadCall;
pub use caller::{Caller, Transport, Who};
pub use channels::*;
pub use daemon::*;
pub use differences::{Differences, Fields};
pub use digest::{Digest, EventDigest};
pub use events::*;
pub use executions::*;
pub use explain::{Explain, ScheduleInWords, SelfOverlap};
pub use handler::Handler;
pub use import::*;
pub use job_input::{Add, Added, CopyJob, Edit, FieldChange, JobInput};
pub use job_ref::JobRef;
pub use jobs::*;
pub use logs::*;
pub use operation::{Lane, McpExposure, Operation, Tag};
pub use operations::{Answer, Call, catalogue};
pub use page::{JobPage, Page, PageAt};
pub use request::Request;
pub use scheduler::*;
pub use secret::Secret;
pub use sessions::*;
pub use shared_answer::{Form, SharedAnswer};
pub use subject::Subject;
pub use summary::*;
pub use system_log::*;
pub use tokens::*;
pub use unique_json::{UniqueJson, UniqueMembers};
pub use upcoming::*;
pub use work::*;
