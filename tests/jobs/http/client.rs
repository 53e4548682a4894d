//! A client of the HTTP API, and a home whose HTTP server is on.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::Home;

/// The password of every account of these tests.
pub const PASSWORD: &str = "correct horse battery";

/// A home whose HTTP server listens on a free port of the loopback, with the accounts `ann` (admin), `oli` (operator) and `vic`
/// (viewer). It is strict on all routes.
pub fn home_with_http(more: &str) -> Home {
    home_with(&format!("  compatible: false\n{more}"))
}

/// The same, without `server.compatible`.
pub fn home_with(more: &str) -> Home {
    let home = Home::with_config(&format!(
        "server:\n  enabled: true\n  port: 0\n  rate_limit: 0\n{more}"
    ));
    for (name, role) in [("ann", "admin"), ("oli", "operator"), ("vic", "viewer")] {
        add_account(&home, name, role);
    }
    home
}

pub fn add_account(home: &Home, name: &str, role: &str) {
    home.jobs_reading(
        &["admin", "add", name, "--role", role, "--password-stdin"],
        &format!("{PASSWORD}\n"),
    )
    .ok();
}

/// A caller of the HTTP API, with its token and headers.
#[derive(Clone)]
pub struct Api {
    base: String,
    token: Option<String>,
    headers: Vec<(String, String)>,
    agent: ureq::Agent,
}

/// An answer of the HTTP API.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    asked: String,
}

impl Api {
    /// A caller without a token.
    pub fn anonymous(home: &Home) -> Api {
        let status = home.jobs(&["status", "--json"]).ok().json();
        let base = status["http"]
            .as_str()
            .expect("the HTTP server is open")
            .to_string();
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(60)))
            .build();
        Api {
            base,
            token: None,
            headers: Vec::new(),
            agent: config.into(),
        }
    }

    /// An account after its login.
    #[track_caller]
    pub fn logged_in(home: &Home, name: &str) -> Api {
        let nobody = Api::anonymous(home);
        let reply = nobody.post(
            "/admin/login",
            json!({"username": name, "password": PASSWORD}),
        );
        let token = reply.is(200).data()["token"].as_str().unwrap().to_string();
        nobody.with_token(&token)
    }

    pub fn with_token(&self, token: &str) -> Api {
        Api {
            token: Some(token.to_string()),
            ..self.clone()
        }
    }

    pub fn with_header(&self, name: &str, value: &str) -> Api {
        let mut api = self.clone();
        api.headers.push((name.into(), value.into()));
        api
    }

    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The address of the server, for a connection that sends raw bytes.
    pub fn address(&self) -> &str {
        self.base.strip_prefix("http://").unwrap()
    }

    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, None, b"")
    }

    pub fn post(&self, path: &str, body: Value) -> Reply {
        let body = body.to_string();
        self.send("POST", path, Some("application/json"), body.as_bytes())
    }

    pub fn form(&self, path: &str, form: &str) -> Reply {
        let kind = Some("application/x-www-form-urlencoded");
        self.send("POST", path, kind, form.as_bytes())
    }

    pub fn send(&self, method: &str, path: &str, kind: Option<&str>, body: &[u8]) -> Reply {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(self.url(path));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let asked = format!("{method} {path} {}", String::from_utf8_lossy(body));
        let answer = match body {
            [] => self.agent.run(request.body(()).unwrap()),
            body => self.agent.run(request.body(body).unwrap()),
        };
        let mut answer = answer.unwrap_or_else(|error| panic!("{asked}: {error}"));
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| {
                (
                    name.to_string(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect();
        Reply {
            status: answer.status().as_u16(),
            headers,
            body: answer
                .body_mut()
                .with_config()
                .limit(1 << 30)
                .read_to_vec()
                .unwrap(),
            asked,
        }
    }
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{}: {error}: {}", self.asked, self.text()))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Asserts the status, in the answer and in its envelope.
    #[track_caller]
    pub fn is(self, status: u16) -> Reply {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text());
        let envelope = self.json();
        assert_eq!(envelope["code"], status, "{}: {envelope}", self.asked);
        assert!(envelope["msg"].is_string(), "{}: {envelope}", self.asked);
        assert!(envelope.get("data").is_some(), "{}: {envelope}", self.asked);
        self
    }

    #[track_caller]
    pub fn data(&self) -> Value {
        self.json()["data"].clone()
    }

    #[track_caller]
    pub fn status_is_one_of(self, statuses: &[u16]) -> Reply {
        let status = self.status;
        assert!(
            statuses.contains(&status),
            "{}: {}",
            self.asked,
            self.text()
        );
        self.is(status)
    }

    /// Asserts that the request is refused because of this field.
    #[track_caller]
    pub fn refuses(self, field: &str) -> Reply {
        let reply = self.is(400);
        let envelope = reply.json();
        assert_eq!(
            envelope["data"]["field"], field,
            "{}: {envelope}",
            reply.asked
        );
        let message = envelope["msg"].as_str().unwrap();
        assert!(message.starts_with(field), "{}: {message}", reply.asked);
        reply
    }
}
