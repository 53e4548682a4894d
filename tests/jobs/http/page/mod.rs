//! The web page: its files, its sessions, and the links that begin one.

mod cli;
mod encrypted;
mod ends;
mod files;
mod links;
mod login;
mod origins;
mod types;

use serde_json::{Value, json};

use super::client::{Api, PASSWORD, Reply};
use crate::support::Home;

/// A browser that is logged in: its cookie and its page key.
pub struct Browser {
    nobody: Api,
    /// The cookie as it is sent back: `jobs-PORT=SECRET`.
    pub cookie: String,
    pub key: String,
    /// The answer to the login.
    pub begun: Value,
}

impl Browser {
    #[track_caller]
    pub fn logged_in(home: &Home, name: &str) -> Browser {
        let nobody = Api::anonymous(home);
        let reply = login(&nobody, name, PASSWORD);
        Browser::of(nobody, &reply.is(200))
    }

    /// Enters by the secret of a link.
    #[track_caller]
    pub fn entered(home: &Home, secret: &str) -> Browser {
        let nobody = Api::anonymous(home);
        let reply = enter(&nobody, secret);
        Browser::of(nobody, &reply.is(200))
    }

    #[track_caller]
    fn of(nobody: Api, reply: &Reply) -> Browser {
        let cookie = reply.header("set-cookie").expect("the cookie is set");
        let begun = reply.data();
        Browser {
            nobody,
            cookie: cookie.split(';').next().unwrap().to_string(),
            key: begun["key"].as_str().unwrap().to_string(),
            begun,
        }
    }

    pub fn secret(&self) -> &str {
        self.cookie.split_once('=').unwrap().1
    }

    /// The requests of the page.
    pub fn api(&self) -> Api {
        self.with(Some(&self.cookie), Some(&self.key))
    }

    /// Requests with this cookie and this key.
    pub fn with(&self, cookie: Option<&str>, key: Option<&str>) -> Api {
        let mut api = self.nobody.clone();
        if let Some(cookie) = cookie {
            api = api.with_header("cookie", cookie);
        }
        if let Some(key) = key {
            api = api.with_header("x-jobs-page", key);
        }
        api
    }

    /// The status of a request that only a session may send.
    pub fn status(&self) -> u16 {
        self.api().get("/page/session").status
    }
}

pub fn login(api: &Api, name: &str, password: &str) -> Reply {
    api.post(
        "/page/login",
        json!({"username": name, "password": password}),
    )
}

pub fn enter(api: &Api, secret: &str) -> Reply {
    api.post("/page/enter", json!({"link": secret}))
}

/// The secret of a link that `jobs page` prints.
#[track_caller]
pub fn link(home: &Home, more: &[&str]) -> String {
    let mut words = vec!["page", "--print"];
    words.extend(more);
    let printed = home.jobs(&words).ok().stdout;
    let (url, secret) = printed.trim().split_once("#enter=").expect(&printed);
    assert_eq!(url, Api::anonymous(home).url("/"), "{printed}");
    assert_eq!(secret.len(), 43, "256 bits: {printed}");
    secret.to_string()
}

/// The number of the session of a browser.
#[track_caller]
pub fn number(browser: &Browser) -> i64 {
    let sessions = browser.api().post("/api/session_list", json!({})).is(200);
    let sessions = sessions.data();
    let mut own = sessions.as_array().unwrap().iter();
    let own = own.find(|session| session["current"] == true).unwrap();
    own["id"].as_i64().unwrap()
}
