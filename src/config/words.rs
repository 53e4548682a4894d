//! The values of the configuration that are one of a few words, an enum each.

use serde::{Deserialize, Serialize};

/// An enum whose values are written as words in the configuration.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vmeta])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// All words, in the order of the values.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word for it.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }
        }
    };
}

words! {
    /// `database.type`.
    DatabaseKind {
        /// One SQLite file.
        Sqlite = "sqlite",
    }
}

words! {
    /// `alerts.language`: the language of messages.
    AlertLanguage {
        /// English.
        English = "en",
        /// Chinese.
        Chinese = "zh",
    }
}

words! {
    /// `logs.level`: lines of this level and of those after it are written.
    LogLevel {
        /// Each step of the program.
        Trace = "trace",
        /// Details that help to find a fault.
        Debug = "debug",
        /// Events of normal work.
        Info = "info",
        /// Events that an operator should look at.
        Warn = "warn",
        /// Failures.
        Error = "error",
    }
}

words! {
    /// `server.metrics`: who may read `/metrics`.
    MetricsAccess {
        /// Callers with a token.
        Token = "token",
        /// Everyone who may connect.
        Open = "open",
        /// Nobody: there is no such page.
        Off = "off",
    }
}

words! {
    /// `smtp.tls`: how the connection to the mail server is encrypted.
    SmtpTls {
        /// No encryption.
        None = "none",
        /// The connection begins in plain text and changes to TLS before the login; a server that cannot do this is refused.
        Starttls = "starttls",
        /// TLS from the first byte.
        Tls = "tls",
    }
}

impl SmtpTls {
    /// The TCP port that mail servers use for it.
    pub const fn usual_port(self) -> u16 {
        match self {
            SmtpTls::None => 25,
            SmtpTls::Starttls => 587,
            SmtpTls::Tls => 465,
        }
    }
}

words! {
    /// `jobs.cgroup`: which commands get a cgroup of their own.
    CgroupUse {
        /// All commands.
        Always = "always",
        /// Commands with an account or limits of their own.
        Limits = "limits",
        /// No command.
        Never = "never",
    }
}

words! {
    /// `logs.gin_log_methods`: a method of HTTP requests.
    HttpMethod {
        /// Reads.
        Get = "GET",
        /// Makes or does something.
        Post = "POST",
        /// Replaces something.
        Put = "PUT",
        /// Changes a part of something.
        Patch = "PATCH",
        /// Removes something.
        Delete = "DELETE",
        /// Reads without the body.
        Head = "HEAD",
        /// Asks which methods are possible.
        Options = "OPTIONS",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn word_of_each_value_is_its_json() {
        assert_eq!(serde_json::json!(SmtpTls::Starttls), "starttls");
        assert_eq!(HttpMethod::Get.as_str(), "GET");
        let levels: Vec<LogLevel> = LogLevel::WORDS
            .iter()
            .map(|word| serde_json::from_value(serde_json::json!(word)).unwrap())
            .collect();
        assert!(levels.is_sorted());
        assert_eq!(levels.len(), 5);
    }
}
