//! The columns of the operations table that are not types of requests and answers.

use jobs_model::Role;

/// One operation, as a transport lists and documents it.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The name of the operation: the method of JSON-RPC and the last part of `/api/*`.
    pub method: &'static str,
    /// The documentation.
    pub doc: &'static str,
    /// The least role that may call it; absent when anyone may.
    pub role: Option<Role>,
    /// Whether it changes something. A change is audited.
    pub is_change: bool,
    /// The tag in the OpenAPI document.
    pub tag: Tag,
    /// How MCP offers the operation.
    pub mcp: McpExposure,
    /// The JSON schema of the request.
    pub request: schemars::Schema,
    /// The JSON schema of the answer.
    pub answer: schemars::Schema,
}

/// The limit under which a call runs. A transport has so many permits per lane, so that calls that wait, or that cost much,
/// do not hold up the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Ends as soon as the store has answered.
    Quick,
    /// May wait up to 30 seconds for output.
    Waiting,
    /// Waits until a cancelled execution has ended.
    Cancelling,
    /// Hashes a password.
    Login,
    /// Computes for up to a few seconds.
    Heavy,
}

/// The group of an operation in the OpenAPI document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// Jobs and the scheduler.
    Jobs,
    /// Executions and their output.
    Executions,
    /// Accounts, tokens, addresses and the audit.
    Access,
    /// Channels: where the daemon tells that something is wrong.
    Alerts,
    /// The daemon itself.
    System,
}

impl Tag {
    /// The name of the tag in the document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Tag::Jobs => "jobs",
            Tag::Executions => "executions",
            Tag::Access => "access",
            Tag::Alerts => "alerts",
            Tag::System => "system",
        }
    }
}

/// How MCP offers an operation to an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum McpExposure {
    /// Not at all.
    Never,
    /// As a tool that reads.
    Look,
    /// As a proposal that a person confirms.
    Propose,
    /// As a tool that changes at once.
    Act,
}
