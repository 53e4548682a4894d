//! The local socket: JSON-RPC 2.0, one request or answer per line.
//!
//! | code | meaning | `data` |
//! |---|---|---|
//! | -32700 | the line is not JSON | |
//! | -32600 | not a request, an empty batch, or a line of more than 1 MiB (of `import` 32 MiB) | |
//! | -32601 | no such method | |
//! | -32602 | a parameter is invalid | `field`, perhaps `hint` |
//! | -32603 | a fault of the daemon | |
//! | 4 | no such job | `job` |
//! | 5 | no such execution | `exec_id` |
//! | 6 | not possible in the present state | |
//! | 7 | the store failed | |
//! | 8 | the operating system refused it | |
//! | 9 | the daemon is shutting down | |
//! | 10 | no such account or token | `what`, `name` |
//! | 11 | the caller is not authenticated | |
//! | 12 | the caller's role does not allow it | |
//! | 13 | too many calls | `retry_after`, in seconds |

mod client;
mod clients;
mod line;
mod peer;
mod protocol;
mod server;
mod socket;

pub use client::{Client, ClientError};
pub use server::serve;
pub use socket::{Listener, Rebind};

use jobs_api::{Import, Request};

/// The longest line of a request, in bytes, without its line break.
pub const LINE_MAX: usize = 1024 * 1024;

/// The longest line of an `import`, in bytes. It holds the whole crontab, because an import is done as a whole or not at
/// all. The memory of all lines together is bounded, and the daemon answers
/// one line of more than [`LINE_MAX`] at a time.
pub const IMPORT_MAX: usize = 32 * 1024 * 1024;

/// The longest line of a call of `method`, in bytes.
fn line_max(method: &str) -> usize {
    if method == Import::METHOD {
        IMPORT_MAX
    } else {
        LINE_MAX
    }
}

/// Error codes. Those of our own lie outside of the range that JSON-RPC reserves.
pub mod code {
    pub const PARSE_ERROR: i64 = -32700;
    pub const INVALID_REQUEST: i64 = -32600;
    pub const METHOD_NOT_FOUND: i64 = -32601;
    pub const INVALID_PARAMS: i64 = -32602;
    pub const INTERNAL_ERROR: i64 = -32603;
    pub const NO_SUCH_JOB: i64 = 4;
    pub const NO_SUCH_EXECUTION: i64 = 5;
    pub const CONFLICT: i64 = 6;
    pub const STORE: i64 = 7;
    pub const SYSTEM: i64 = 8;
    pub const SHUTTING_DOWN: i64 = 9;
    pub const NO_SUCH: i64 = 10;
    pub const UNAUTHORIZED: i64 = 11;
    pub const FORBIDDEN: i64 = 12;
    pub const TOO_MANY: i64 = 13;
}
