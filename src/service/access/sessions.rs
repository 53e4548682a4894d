//! Sessions of the web page: how one begins, is listed and ends.
//!
//! A request of the page has the secret in a cookie and the page key in a header. Either alone is nobody: a cookie is sent to every
//! port of a host, and a script could carry a key away.

use std::time::Duration;

use super::super::host::host_name;
use super::super::{Cx, Service};
use super::begin::{Begin, Secrets};
use super::links::LinkUser;
use super::login_limit::LoginSource;
use super::tokens::hash;
use super::{Access, SEEN_EVERY, Seen};
use jobs_api::{
    Caller, Done, PageDaemon, PageEnter, PageLeave, PageLogin, PageSession, PageUser, SessionBegun,
    SessionInfo, SessionList, SessionRm, SessionState, UserKind, Who,
};
use jobs_error::{Error, Result};
use jobs_model::{Role, Session};
use jobs_runner as runner;
use jobs_schedule::Time;

impl Service {
    pub(crate) fn page_login(&self, cx: &Cx, request: PageLogin) -> Result<SessionBegun> {
        let secrets = Secrets::new()?;
        let settings = self.access.settings();
        let begin = Begin::new(&secrets, cx.caller, &request.agent, settings.session_max);
        let idle = settings.session_idle;
        let (name, password) = (&request.username, &request.password);
        let (admin, session) = self.log_in(cx, name, password, move |tx, admin, now| {
            let user = LinkUser::Account(admin.id);
            // The account alone limits the role: a greater one that it gets later holds in the session.
            begin.session(tx, (user, admin.generation), Role::Admin, now, idle)
        })?;
        self.access.renew();
        let user = account(admin.username);
        Ok(secrets.begun(user, admin.role, session.until))
    }

    /// A link has 256 random bits, so it needs no protection against guesses. The limit of failed logins slows down those who
    /// try all the same, but refuses no link that is good.
    pub(crate) fn page_enter(&self, cx: &Cx, request: PageEnter) -> Result<SessionBegun> {
        if request.link.reveal().is_empty() {
            return Err(Error::invalid("link", "is missing"));
        }
        let machine = self.clock.read().machine;
        let hash = hash(request.link.reveal());
        let Some(link) = self.access.links.lock().take(&hash, machine) else {
            let source = LoginSource::of_address(cx.caller.address);
            self.access.login_limit().check(&source, machine)?;
            self.access.login_limit().count_failure(&source, machine);
            return Err(wrong_link());
        };
        let who = match link.user {
            LinkUser::User(uid) => Who::Link { uid },
            LinkUser::Account(id) => {
                let admin = self.store.read(|reader| reader.admin(&id.to_string()))?;
                let name = admin.ok_or_else(wrong_link)?.username;
                Who::Admin { id, name }
            }
        };
        // The audit names the user of the link, not nobody.
        let caller = Caller {
            who,
            ..cx.caller.clone()
        };
        let entered = cx.of_caller(&caller);
        let secrets = Secrets::new()?;
        let settings = self.access.settings();
        let most = settings.session_max;
        let lifetime = link.lifetime.unwrap_or(most).min(most);
        let begin = Begin::new(&secrets, cx.caller, &request.agent, lifetime);
        let (now, idle) = (self.now(), settings.session_idle);
        let begun = self.change_access(&entered, move |tx| {
            let (generation, role, user) = match link.user {
                LinkUser::User(uid) => (0, link.role, user_of_system(uid)),
                LinkUser::Account(id) => {
                    let admin = tx.admin(&id.to_string())?.filter(|admin| admin.enabled);
                    let admin = admin.ok_or_else(wrong_link)?;
                    let role = link.role.min(admin.role);
                    (admin.generation, role, account(admin.username))
                }
            };
            let session = begin.session(tx, (link.user, generation), link.role, now, idle)?;
            Ok((user, role, session.until))
        });
        cx.set_audited_by(&entered);
        let (user, role, until) = begun?;
        Ok(secrets.begun(user, role, until))
    }

    pub(crate) fn page_leave(&self, cx: &Cx, _: PageLeave) -> Result<Done> {
        let id = cx.caller.session.ok_or_else(no_session)?;
        self.change_access(cx, move |tx| tx.delete_session(id))?;
        Ok(Done {})
    }

    pub(crate) fn page_session(&self, cx: &Cx, _: PageSession) -> Result<SessionState> {
        let id = cx.caller.session.ok_or_else(no_session)?;
        let mut sessions = self.live_sessions(cx)?.into_iter();
        let session = sessions.find(|session| session.info.id == id);
        let session = session.ok_or_else(no_session)?.info;
        Ok(SessionState {
            user: session.user,
            role: session.role,
            until: session.until,
            daemon: PageDaemon {
                name: self.host.app_name(),
                version: env!("CARGO_PKG_VERSION").to_string(),
                host: host_name(),
                timezone: self.scheduler.settings().zone.name().to_string(),
                now: cx.now,
            },
        })
    }

    pub(crate) fn session_list(&self, cx: &Cx, request: SessionList) -> Result<Vec<SessionInfo>> {
        if request.all && cx.caller.role != Some(Role::Admin) {
            return Err(Error::Forbidden(
                "`session_list` with `all` needs the role admin".into(),
            ));
        }
        let mut sessions = self.live_sessions(cx)?;
        sessions.retain(|session| request.all || session.is_of(cx.caller));
        Ok(sessions.into_iter().map(|session| session.info).collect())
    }

    pub(crate) fn session_rm(&self, cx: &Cx, request: SessionRm) -> Result<Vec<SessionInfo>> {
        let mut sessions = self.live_sessions(cx)?;
        match (request.session, request.all_mine) {
            (Some(id), false) => {
                let is_admin = cx.caller.role == Some(Role::Admin);
                sessions
                    .retain(|known| known.info.id == id && (is_admin || known.is_of(cx.caller)));
                if sessions.is_empty() {
                    return Err(Error::NoSuch {
                        what: "session",
                        name: id.to_string(),
                    });
                }
            }
            (None, true) => sessions.retain(|known| known.is_of(cx.caller)),
            (Some(_), true) => {
                return Err(Error::invalid(
                    "session",
                    "is given together with `all_mine`",
                ));
            }
            (None, false) => {
                return Err(Error::invalid("session", "is missing").hint(
                    "the number of a session, as `jobs session list` shows it, or `all_mine`",
                ));
            }
        }
        let ids: Vec<i64> = sessions.iter().map(|session| session.info.id).collect();
        self.change_access(cx, move |tx| {
            for id in ids {
                tx.delete_session(id)?;
            }
            Ok(())
        })?;
        Ok(sessions.into_iter().map(|removed| removed.info).collect())
    }

    /// The sessions that have not ended, the newest first.
    fn live_sessions(&self, cx: &Cx) -> Result<Vec<LiveSession>> {
        let sessions = self.store.read(|reader| reader.sessions())?;
        let snapshot = self.access.snapshot();
        let live = sessions.into_iter().filter_map(|session| {
            if self.access.has_ended(&session, cx.now) {
                return None;
            }
            let (who, role) = snapshot.session_user(&session)?;
            let (user, owner) = match who {
                Who::Admin { id, name } => (account(name), LinkUser::Account(id)),
                Who::Link { uid } => (user_of_system(uid), LinkUser::User(uid)),
                Who::Daemon | Who::User { .. } | Who::Token { .. } | Who::Nobody => return None,
            };
            let info = SessionInfo {
                id: session.id,
                user,
                role,
                made_at: session.made_at,
                seen_at: self.access.last_seen(&session),
                until: self.access.end_of(&session),
                current: cx.caller.session == Some(session.id),
                address: session.address,
                agent: session.agent,
            };
            Some(LiveSession { owner, info })
        });
        Ok(live.collect())
    }
}

/// A session that has not ended.
struct LiveSession {
    owner: LinkUser,
    info: SessionInfo,
}

impl LiveSession {
    /// Whether it is one of the caller. A session with a smaller role, such as one by a link for another person, has no part in
    /// those with a greater one.
    fn is_of(&self, caller: &Caller) -> bool {
        let owner = match &caller.who {
            Who::Admin { id, .. } => LinkUser::Account(*id),
            Who::User { uid } | Who::Link { uid } => LinkUser::User(*uid),
            Who::Token { .. } | Who::Daemon | Who::Nobody => return false,
        };
        owner == self.owner && caller.role.is_some_and(|role| self.info.role <= role)
    }
}

pub(super) fn account(name: String) -> PageUser {
    PageUser {
        name,
        kind: UserKind::Account,
    }
}

pub(super) fn user_of_system(uid: Option<u32>) -> PageUser {
    let name = uid.map(|uid| runner::account_name(uid).unwrap_or_else(|| uid.to_string()));
    PageUser {
        name: name.unwrap_or_else(|| "user".to_string()),
        kind: UserKind::Uid,
    }
}

fn no_session() -> Error {
    Error::Unauthorized("there is no session: log in".into())
}

fn wrong_link() -> Error {
    Error::Unauthorized(
        "the link is not good: it was used, is older than two minutes, or the daemon was restarted since\n\
         hint: `jobs page` makes another one"
            .into(),
    )
}

impl Access {
    /// When a session ends, however much it is used.
    fn end_of(&self, session: &Session) -> Time {
        let longest = session.made_at.plus(self.settings().session_max);
        session.until.min(longest)
    }

    /// Whether a session has ended by its age or because it was not used.
    pub(super) fn has_ended(&self, session: &Session, now: Time) -> bool {
        let idle = self.settings().session_idle;
        self.end_of(session) <= now || self.last_seen(session).plus(idle) <= now
    }

    /// When a request of the session came last.
    fn last_seen(&self, session: &Session) -> Time {
        let seen = self.seen.lock().get(&session.id).map(|seen| seen.last);
        seen.map_or(session.seen_at, |seen| seen.max(session.seen_at))
    }

    /// Notes a request of a session, in the store at most once a minute. Does not wait for the store.
    pub(crate) fn session_seen(&self, id: i64) {
        let now = self.clock.now();
        let is_due = {
            let mut seen = self.seen.lock();
            let known = seen.entry(id).or_insert(Seen {
                last: now,
                stored: None,
            });
            known.last = now;
            let is_fresh = |stored: Time| stored <= now && now < stored.plus(SEEN_EVERY);
            let is_due = !known.stored.is_some_and(is_fresh);
            if is_due {
                known.stored = Some(now);
            }
            is_due
        };
        if is_due {
            let change = move |tx: &mut jobs_store::Tx<'_>| tx.set_session_seen(id, now);
            self.store.write_later(change);
        }
    }
}

/// How long a session may be idle at most by the times in the store, which are up to a minute old.
pub(super) fn idle_in_store(idle: Duration) -> Duration {
    idle.saturating_add(SEEN_EVERY)
}
