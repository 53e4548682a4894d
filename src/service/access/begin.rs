//! Begins a session of the web page, and makes the links by which one begins.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::super::{Cx, Service};
use super::links::{self, Link, LinkUser};
use super::password::random;
use super::sessions::{account, idle_in_store, user_of_system};
use super::tokens::hash;
use jobs_api::{Caller, PageLink, PageLinkMade, PageUser, Secret, SessionBegun, Who};
use jobs_error::{Error, Result};
use jobs_model::{NewSession, Role, Session};
use jobs_schedule::Time;
use jobs_store::Tx;
use jobs_text::cut;

/// Upper bound on the sessions of one user. The one that was not used for the longest time is removed first.
const MOST_PER_USER: usize = 50;

/// Longest name of a program that is kept, in characters.
const LONGEST_AGENT: usize = 200;

/// The shortest session that a link may ask for.
const SHORTEST: Duration = Duration::from_secs(60);

const HINT: &str = "the name or the number of an account";

impl Service {
    pub(crate) fn page_link(&self, cx: &Cx, request: PageLink) -> Result<PageLinkMade> {
        let urls = self.host.page_urls()?;
        let (user, most, shown) = self.link_user(cx, &request)?;
        let role = request.role.unwrap_or(most);
        if role > most {
            let problem = format!(
                "`{role}` is more than `{}` has, which is {most}",
                shown.name
            );
            return Err(Error::invalid("role", problem).hint("leave it out, or give a smaller one"));
        }
        let lifetime = request.r#for.map(Duration::from_secs);
        let longest = self.access.settings().session_max;
        if let Some(given) = lifetime.filter(|given| *given < SHORTEST || *given > longest) {
            let (given, longest) = (given.as_secs(), longest.as_secs());
            let problem = format!("{given} s is not in 60 s to {longest} s");
            return Err(Error::invalid("for", problem).hint("`server.session_max` is the longest"));
        }
        let secret = random_text()?;
        let now = self.clock.read();
        let link = Link {
            hash: hash(&secret),
            user,
            role,
            lifetime,
            until: now.machine + links::GOOD_FOR,
        };
        self.access.links.lock().add(link, now.machine);
        Ok(PageLinkMade {
            secret: Secret::new(secret),
            until: now.wall.plus(links::GOOD_FOR),
            urls,
            role,
            user: shown,
        })
    }

    /// The user as whom a link enters, and the most that this user may do.
    fn link_user(&self, cx: &Cx, request: &PageLink) -> Result<(LinkUser, Role, PageUser)> {
        let given = match (&request.r#as, &cx.caller.who) {
            (Some(given), _) if given.as_str().is_empty() => {
                return Err(Error::invalid("as", "is empty").hint(HINT));
            }
            (Some(given), _) => given.to_string(),
            (None, Who::User { uid } | Who::Link { uid }) => {
                return Ok((LinkUser::User(*uid), Role::Admin, user_of_system(*uid)));
            }
            (None, Who::Admin { id, .. }) => id.to_string(),
            (None, Who::Token { name, .. }) => {
                let problem = format!("is missing: the token `{name}` has no account");
                return Err(Error::invalid("as", problem).hint(HINT));
            }
            (None, Who::Daemon | Who::Nobody) => {
                return Err(Error::invalid("as", "is missing").hint(HINT));
            }
        };
        let admin = self.store.read(|reader| reader.admin(&given))?;
        let admin = admin.ok_or(Error::NoSuch {
            what: "account",
            name: given,
        })?;
        if !admin.enabled {
            return Err(Error::Conflict(format!(
                "the account `{}` is disabled\nhint: `jobs admin enable {0}`",
                admin.username
            )));
        }
        Ok((
            LinkUser::Account(admin.id),
            admin.role,
            account(admin.username),
        ))
    }
}

/// The secrets of a new session.
pub(super) struct Secrets {
    /// Stands in the cookie.
    secret: String,
    /// The page sends it in a header.
    key: String,
}

impl Secrets {
    pub(super) fn new() -> Result<Secrets> {
        Ok(Secrets {
            secret: random_text()?,
            key: random_text()?,
        })
    }

    /// The answer to the caller who has begun the session.
    pub(super) fn begun(self, user: PageUser, role: Role, until: Time) -> SessionBegun {
        SessionBegun {
            user,
            role,
            until,
            key: Secret::new(self.key),
            secret: Secret::new(self.secret),
        }
    }
}

/// 256 random bits as text.
fn random_text() -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(random::<32>()?))
}

/// A session that is about to begin.
pub(super) struct Begin {
    secret: String,
    key: String,
    address: Option<String>,
    agent: String,
    lifetime: Duration,
}

impl Begin {
    pub(super) fn new(
        secrets: &Secrets,
        caller: &Caller,
        agent: &str,
        lifetime: Duration,
    ) -> Begin {
        // Characters that a terminal would act on are left out.
        let agent: String = agent.chars().filter(|c| !c.is_control()).collect();
        Begin {
            secret: hash(&secrets.secret),
            key: hash(&secrets.key),
            address: caller.address.map(|address| address.to_string()),
            agent: cut(&agent, LONGEST_AGENT),
            lifetime,
        }
    }

    /// Adds the session of a user, whose account has this generation, and removes those that have ended or are too many.
    pub(super) fn session(
        self,
        tx: &mut Tx<'_>,
        (user, generation): (LinkUser, i64),
        role: Role,
        now: Time,
        idle: Duration,
    ) -> Result<Session> {
        let (account, uid) = match user {
            LinkUser::Account(id) => (Some(id), None),
            LinkUser::User(uid) => (None, uid.map(i64::from)),
        };
        let mut own = Vec::new();
        for session in tx.sessions()? {
            if session.until <= now || session.seen_at.plus(idle_in_store(idle)) <= now {
                tx.delete_session(session.id)?;
            } else if session.account == account && session.uid == uid {
                own.push(session);
            }
        }
        own.sort_by_key(|session| std::cmp::Reverse(session.seen_at));
        for session in own.iter().skip(MOST_PER_USER - 1) {
            tx.delete_session(session.id)?;
        }
        tx.insert_session(&NewSession {
            secret: self.secret,
            key: self.key,
            account,
            generation,
            uid,
            role,
            made_at: now,
            until: now.plus(self.lifetime),
            address: self.address,
            agent: self.agent,
        })
    }
}
