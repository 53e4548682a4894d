//! Sessions of the web page, and the links that open one.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::accounts::AdminRef;
use super::request::request;
use super::secret::Secret;
use super::values::{SecondsOrText, is_default, seconds, seconds_or_text};
use jobs_model::Role;
use jobs_schedule::Time;

request! {
    /// Makes a link to the web page, which is good once and for two minutes.
    PageLink {
        /// The most that the session may do [default: admin, or the role of the account].
        #[arg(long, value_enum)]
        role: Option<Role>,
        /// Enter as this account, by name or number [default: as the caller].
        #[arg(long, value_name = "ACCOUNT")]
        r#as: Option<AdminRef>,
        /// How long the session may last, in seconds or as 8h [default: server.session_max].
        #[arg(long, value_name = "TIME", value_parser = seconds)]
        #[serde(deserialize_with = "seconds_or_text")]
        #[schemars(with = "Option<SecondsOrText>")]
        r#for: Option<u64>,
    }
}

/// A link to the web page. It is told this once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PageLinkMade {
    /// The text behind `#enter=` in the link.
    pub secret: Secret,
    /// Until when the link is good.
    pub until: Time,
    /// The addresses of the page, without the secret, such as `http://127.0.0.1:36363/`; the best one first.
    pub urls: Vec<String>,
    /// The role of the session.
    pub role: Role,
    /// The user as whom the link enters.
    pub user: PageUser,
}

/// The user of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PageUser {
    /// The name of the account; for a user of the operating system the name, or the number when it has none.
    pub name: String,
    /// Whether it is an account of `jobs`.
    pub kind: UserKind,
}

/// The kind of the user of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UserKind {
    /// An account of `jobs`.
    Account,
    /// A user of the operating system.
    Uid,
}

request! {
    /// Begins a session of the web page by name and password.
    PageLogin {
        /// The name.
        #[arg(skip)]
        username: String,
        /// The password.
        #[arg(skip)]
        password: Secret,
        /// The program at the other end, as it is shown in the list of sessions. `/page/login` takes it from `User-Agent`.
        #[arg(skip)]
        agent: String,
    }
}

request! {
    /// Begins a session of the web page by a link, which is good once.
    PageEnter {
        /// The text behind `#enter=` in the link.
        #[arg(skip)]
        link: Secret,
        /// The program at the other end, as it is shown in the list of sessions. `/page/enter` takes it from `User-Agent`.
        #[arg(skip)]
        agent: String,
    }
}

/// A session that has begun. Its secret and its key are told this once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionBegun {
    /// The user.
    pub user: PageUser,
    /// The role.
    pub role: Role,
    /// When the session ends, however much it is used.
    pub until: Time,
    /// The page key, which each request of the page sends as `X-Jobs-Page`.
    pub key: Secret,
    /// The secret, which each request sends in the cookie. `/page/login` and `/page/enter` set the cookie instead of telling it.
    pub secret: Secret,
}

request! {
    /// Ends the session of the caller.
    PageLeave {}
}

request! {
    /// Shows the session of the caller.
    PageSession {}
}

/// The session of the caller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionState {
    /// The user.
    pub user: PageUser,
    /// The role.
    pub role: Role,
    /// When the session ends, however much it is used.
    pub until: Time,
    /// The daemon.
    pub daemon: PageDaemon,
}

/// The facts about the daemon that the page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PageDaemon {
    /// The name of the installation, `app.name`.
    pub name: String,
    /// The version.
    pub version: String,
    /// The name of the machine.
    pub host: String,
    /// The time zone of the daemon.
    pub timezone: String,
    /// The time.
    pub now: Time,
}

request! {
    /// Lists the sessions of the web page of the caller, the newest first.
    SessionList {
        /// The sessions of everyone; needs the role admin.
        #[arg(long)]
        all: bool,
    }
}

/// A session of the web page, without its secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionInfo {
    /// Its number.
    pub id: i64,
    /// The user.
    pub user: PageUser,
    /// The role.
    pub role: Role,
    /// When it began.
    pub made_at: Time,
    /// When a request of it came last.
    pub seen_at: Time,
    /// The address that it began from.
    pub address: Option<String>,
    /// The program at the other end, as it calls itself.
    pub agent: String,
    /// When it ends, however much it is used.
    pub until: Time,
    /// Whether the caller is in it.
    pub current: bool,
}

request! {
    /// Ends a session of the web page, or all sessions of the caller. Sessions of others need the role admin.
    SessionRm {
        /// The number of the session.
        #[arg(value_name = "ID", required_unless_present = "all_mine", conflicts_with = "all_mine")]
        session: Option<i64>,
        /// All sessions of the caller.
        #[arg(long)]
        all_mine: bool,
    }
}
