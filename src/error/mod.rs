//! The error type of the whole program, in domain words. The CLI translates it into exit codes, the transports into
//! JSON-RPC codes and HTTP statuses.

/// The result of everything that can fail with an [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error in words for an operator: lower case, literals in backticks.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The caller gave a value that is not allowed.
    #[error("{field}: {problem}{}", hint_text(.hint))]
    Invalid {
        /// The field or flag, by the name that the caller used for it.
        field: String,
        /// The value, and what is wrong with it.
        problem: String,
        /// A value that would be accepted, or how to find one.
        hint: Option<String>,
    },
    /// The text of a schedule is wrong.
    #[error("{problem}{}", hint_text(.hint))]
    Schedule {
        /// The problem, for example ``hour field: `25` is out of range 0-23``, and the text with carets under the
        /// wrong part.
        problem: String,
        /// A text that would be accepted, or how to find one.
        hint: Option<String>,
    },
    /// No job has this name or id.
    #[error("no such job: `{0}`")]
    NoSuchJob(String),
    /// No execution has this id.
    #[error("no such execution: `{0}`")]
    NoSuchExecution(i64),
    /// No other thing (account, token, ...) has this name or number.
    #[error("no such {what}: `{name}`")]
    NoSuch {
        /// The kind of thing: `account`, `token`, ...
        what: &'static str,
        /// The name or number that the caller gave.
        name: String,
    },
    /// The caller is not known: the token is missing or wrong.
    #[error("{0}")]
    Unauthorized(String),
    /// The caller is known and is not allowed to do this.
    #[error("{0}")]
    Forbidden(String),
    /// The caller has reached a rate limit.
    #[error("{problem}; try again in {retry_after} s")]
    TooMany {
        /// The limit that was reached.
        problem: String,
        /// Seconds until the caller may try again.
        retry_after: u64,
    },
    /// The request is valid, but the present state does not allow it.
    #[error("{0}")]
    Conflict(String),
    /// The store failed: locked, full, read-only, corrupt, or written by a newer version.
    #[error("store: {0}")]
    Store(String),
    /// The operating system reported an error.
    #[error("{0}")]
    Io(String),
    /// The daemon is shutting down and accepts no more work.
    #[error("the daemon is shutting down")]
    ShuttingDown,
}

impl Error {
    /// A value that is not allowed: the field, and the problem with the value in it.
    pub fn invalid(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Error::Invalid {
            field: field.into(),
            problem: problem.into(),
            hint: None,
        }
    }

    /// Adds a hint. Only [`Error::Invalid`] and [`Error::Schedule`] have one; for the others the text is dropped.
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        if let Error::Invalid { hint, .. } | Error::Schedule { hint, .. } = &mut self {
            *hint = Some(text.into());
        }
        self
    }

    /// The error with its hint on one line.
    pub fn one_sentence(&self) -> String {
        self.to_string().replace("\nhint: ", "; ")
    }

    /// An operating system error with the step that failed, for example `cannot open `/x``.
    pub fn io(doing: impl std::fmt::Display, error: impl std::fmt::Display) -> Self {
        Error::Io(format!("{doing}: {error}"))
    }
}

fn hint_text(hint: &Option<String>) -> String {
    hint.as_ref()
        .map(|text| format!("\nhint: {text}"))
        .unwrap_or_default()
}
