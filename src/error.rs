//! Everything that can go wrong inside, in domain words. The doors translate it:
//! the CLI into exit codes, the socket into JSON-RPC codes.

/// The result of everything that can fail inside.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, in words for an operator: lower case, literals in backticks.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// A value that somebody gave is not acceptable.
    #[error("{field}: {problem}{}", hint_text(.hint))]
    Invalid {
        /// The field or flag, by the name that the caller used for it.
        field: String,
        /// The value shown and what is wrong with it.
        problem: String,
        /// What would do instead.
        hint: Option<String>,
    },
    /// A text is not a schedule.
    #[error("{problem}{}", hint_text(.hint))]
    Schedule {
        /// What is wrong, for example ``hour field: `25` is out of range 0-23``, and the text with carets under the place.
        problem: String,
        /// What would do instead.
        hint: Option<String>,
    },
    /// No job has that name or id.
    #[error("no such job: `{0}`")]
    NoSuchJob(String),
    /// No execution has that id.
    #[error("no such execution: `{0}`")]
    NoSuchExecution(i64),
    /// Nothing else of that name or number is there.
    #[error("no such {what}: `{name}`")]
    NoSuch {
        /// What it would be: `account`, `token`, ...
        what: &'static str,
        /// The name or number that was given.
        name: String,
    },
    /// Nobody knows who calls.
    #[error("{0}")]
    Unauthorized(String),
    /// The caller may not do it.
    #[error("{0}")]
    Forbidden(String),
    /// It was asked too often.
    #[error("{problem}; try again in {retry_after} s")]
    TooMany {
        /// What there was too much of.
        problem: String,
        /// After how many seconds it may be tried again.
        retry_after: u64,
    },
    /// The request is sound, but not in the present state of things.
    #[error("{0}")]
    Conflict(String),
    /// The store could not do it: locked, full, read-only, corrupt, too new.
    #[error("store: {0}")]
    Store(String),
    /// The operating system refused something.
    #[error("{0}")]
    Io(String),
    /// The daemon is going down and takes no more work.
    #[error("the daemon is shutting down")]
    ShuttingDown,
}

impl Error {
    /// A value that is not acceptable: which field, and the problem with the value shown.
    pub fn invalid(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Error::Invalid {
            field: field.into(),
            problem: problem.into(),
            hint: None,
        }
    }

    /// Adds what would do instead; kept only by [`Error::Invalid`] and [`Error::Schedule`].
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        if let Error::Invalid { hint, .. } | Error::Schedule { hint, .. } = &mut self {
            *hint = Some(text.into());
        }
        self
    }

    /// An operating system error with what was being done, for example `cannot open `/x``.
    pub fn io(doing: impl std::fmt::Display, error: impl std::fmt::Display) -> Self {
        Error::Io(format!("{doing}: {error}"))
    }
}

fn hint_text(hint: &Option<String>) -> String {
    hint.as_ref()
        .map(|text| format!("\nhint: {text}"))
        .unwrap_or_default()
}
