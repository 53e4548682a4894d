//! One request of a chain of redirects: what is sent, where an answer sends it next, and what goes with it.

use std::io::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ureq::http;
use ureq::http::header;
use url::Url;

use super::{Problem, Request, problem};
use crate::mask;

/// How much of a body that is sent is shown, in bytes.
const SHOWN: usize = 4096;

type Header = (http::HeaderName, http::HeaderValue);

/// One request of a chain of redirects.
#[derive(Debug)]
pub(super) struct Hop {
    method: http::Method,
    /// Without a user, a password and a fragment.
    pub(super) url: Url,
    headers: Vec<Header>,
    body: Option<String>,
    /// Whether a redirect that would lose the body is an error.
    keeps_body: bool,
}

impl Hop {
    pub(super) fn first(request: &Request) -> Result<Hop, Problem> {
        let mut hop = Hop {
            method: method(&request.method)?,
            url: problem::url(&request.url)?,
            headers: Vec::new(),
            body: request.body.clone().filter(|body| !body.is_empty()),
            keeps_body: request.keeps_body,
        };
        for (name, value) in &request.headers {
            hop.push("headers", name, value)?;
        }
        if hop
            .headers
            .iter()
            .filter(|(name, _)| name == header::HOST)
            .count()
            > 1
        {
            return Err(Problem::new("headers: `Host` is there twice".to_string()));
        }
        // What frames the body follows from the body.
        hop.headers.retain(|(name, _)| {
            name != header::CONTENT_LENGTH && name != header::TRANSFER_ENCODING
        });
        if let Some(cookies) = &request.cookies {
            hop.add_cookies(cookies)?;
        }
        if let Some(body) = &hop.body
            && !hop.has(&header::CONTENT_TYPE)
        {
            let is_json = body.trim_start().starts_with(['{', '['])
                && serde_json::from_str::<serde::de::IgnoredAny>(body).is_ok();
            let kind = if is_json {
                "application/json"
            } else {
                "application/x-www-form-urlencoded"
            };
            hop.push("headers", "Content-Type", kind)?;
        }
        hop.clean_url()?;
        Ok(hop)
    }

    fn push(&mut self, key: &str, name: &str, value: &str) -> Result<(), Problem> {
        let header = http::HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| Problem::new(format!("{key}: `{name}` is not the name of a header")))?;
        // The value may be a secret: only its name is told.
        let bad = |what: &str| Problem::new(format!("{key}: the value of `{name}` {what}"));
        let is_line = value.chars().all(|c| !c.is_control() || c == '\t');
        let value = http::HeaderValue::from_bytes(value.as_bytes())
            .ok()
            .filter(|_| is_line)
            .ok_or_else(|| bad("holds a line break or another control character"))?;
        let is_plain = ![header::HOST, header::AUTHORIZATION].contains(&header);
        if !is_plain && value.to_str().is_err() {
            return Err(bad("holds characters beyond ASCII"));
        }
        self.headers.push((header, value));
        Ok(())
    }

    /// There is one header `Cookie`, wherever they come from.
    fn add_cookies(&mut self, cookies: &str) -> Result<(), Problem> {
        let mut all = Vec::new();
        self.headers.retain(|(name, value)| {
            let is_other = name != header::COOKIE;
            if !is_other {
                all.push(String::from_utf8_lossy(value.as_bytes()).into_owned());
            }
            is_other
        });
        all.push(cookies.to_string());
        self.push("cookies", "Cookie", &all.join("; "))
    }

    /// Makes a header of the user and the password in the URL, and takes away what is not sent.
    fn clean_url(&mut self) -> Result<(), Problem> {
        self.url.set_fragment(None);
        if self.url.username().is_empty() && self.url.password().is_none() {
            return Ok(());
        }
        if !self.has(&header::AUTHORIZATION) {
            let mut login = Vec::new();
            login.extend(percent_encoding::percent_decode_str(self.url.username()));
            login.push(b':');
            let password = self.url.password().unwrap_or_default();
            login.extend(percent_encoding::percent_decode_str(password));
            let value = format!("Basic {}", BASE64_STANDARD.encode(login));
            self.push("url", "Authorization", &value)?;
        }
        // Refused only for URLs without a host, and this has one.
        let _ = self.url.set_username("");
        let _ = self.url.set_password(None);
        Ok(())
    }

    fn has(&self, wanted: &http::HeaderName) -> bool {
        self.headers.iter().any(|(name, _)| name == wanted)
    }

    /// All that is sent, also what follows from the rest.
    fn all_headers(&self) -> Vec<Header> {
        let mut all = Vec::with_capacity(self.headers.len() + 5);
        let host = match self.url.port() {
            Some(port) => format!("{}:{port}", self.url.host_str().unwrap_or_default()),
            None => self.url.host_str().unwrap_or_default().to_string(),
        };
        if !self.has(&header::HOST)
            && let Ok(host) = http::HeaderValue::from_str(&host)
        {
            all.push((header::HOST, host));
        }
        all.extend(self.headers.iter().cloned());
        for (name, value) in [
            (
                header::USER_AGENT,
                concat!("jobs/", env!("CARGO_PKG_VERSION")),
            ),
            (header::ACCEPT, "*/*"),
            (header::ACCEPT_ENCODING, "gzip"),
        ] {
            if !self.has(&name) {
                all.push((name, http::HeaderValue::from_static(value)));
            }
        }
        if self.sends_a_body() {
            let length = self.body.as_deref().unwrap_or_default().len();
            all.push((header::CONTENT_LENGTH, http::HeaderValue::from(length)));
        }
        all
    }

    /// Whether there is a body, if only an empty one.
    fn sends_a_body(&self) -> bool {
        let wants_one = [http::Method::POST, http::Method::PUT, http::Method::PATCH];
        self.body.is_some() || wants_one.contains(&self.method)
    }

    /// At least the bytes of all that is sent before the body, also to a proxy.
    pub(super) fn head_size(&self) -> usize {
        let headers: usize = self
            .all_headers()
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len() + 4)
            .sum();
        // Through a proxy the origin and a login are added.
        headers + self.url.as_str().len() * 2 + self.method.as_str().len() + 4096
    }

    /// Writes what is sent.
    pub(super) fn tell(&self, log: &mut dyn Write) -> Result<(), Problem> {
        writeln!(log, "> {} {}", self.method, mask::url(self.url.as_str()))?;
        for (name, value) in &self.all_headers() {
            let value = String::from_utf8_lossy(value.as_bytes());
            let shown = mask::header(name.as_str(), &value);
            writeln!(log, "> {}: {shown}", name.as_str())?;
        }
        if let Some(body) = &self.body {
            // Masked before it is cut: a secret may go on behind the end of what is shown.
            let some = &body[..body.floor_char_boundary(body.len().min(SHOWN * 2))];
            let masked = mask::text(some);
            let end = masked.floor_char_boundary(masked.len().min(SHOWN));
            writeln!(log, ">")?;
            for line in masked[..end].lines() {
                writeln!(log, "> {line}")?;
            }
            if end < masked.len() || some.len() < body.len() {
                writeln!(log, "> ... ({} bytes in all)", body.len())?;
            }
        }
        Ok(())
    }

    pub(super) fn send(
        &self,
        agent: &ureq::Agent,
    ) -> Result<http::Response<ureq::Body>, ureq::Error> {
        let uri: http::Uri = self
            .url
            .as_str()
            .parse()
            .map_err(|error: http::uri::InvalidUri| ureq::Error::BadUri(error.to_string()))?;
        let mut request = http::Request::builder()
            .method(self.method.clone())
            .uri(uri);
        for (name, value) in self.all_headers() {
            request = request.header(name, value);
        }
        if self.sends_a_body() {
            let body = self.body.as_deref().unwrap_or_default();
            agent.run(request.body(body).map_err(ureq::Error::Http)?)
        } else {
            agent.run(request.body(()).map_err(ureq::Error::Http)?)
        }
    }

    /// Where an answer sends it, and with what.
    pub(super) fn redirected(
        &self,
        response: &http::Response<ureq::Body>,
    ) -> Result<Option<Hop>, Problem> {
        let status = response.status().as_u16();
        let location = response.headers().get(header::LOCATION);
        let (301 | 302 | 303 | 307 | 308, Some(location)) = (status, location) else {
            return Ok(None);
        };
        let url = self.next_url(&String::from_utf8_lossy(location.as_bytes()))?;
        let is_elsewhere = url.origin() != self.url.origin();
        let becomes_get = match (status, self.method.as_str()) {
            (303, "HEAD") => false,
            (303, _) | (301 | 302, "POST") => true,
            _ => false,
        };
        let drops_body = becomes_get || status == 303;
        if drops_body && self.keeps_body && self.body.is_some() {
            return Err(Problem::new(format!(
                "redirected by {status} to `{}`, which would lose the data: it has not arrived",
                mask::url(url.as_str())
            )));
        }
        let body = self.body.clone().filter(|_| !drops_body);
        if is_elsewhere
            && let Some(body) = &body
            && mask::text(body) != body.as_str()
        {
            return Err(Problem::new(format!(
                "redirected to another server, `{}`: the body is not sent there, for it seems to hold a secret",
                mask::url(url.as_str())
            )));
        }
        let headers = self.headers.iter().filter(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            let is_secret = mask::header(name.as_str(), &value) != value;
            let is_of_body = drops_body && name.as_str().starts_with("content-");
            let stays_here = is_secret || name == header::HOST;
            !(is_of_body || is_elsewhere && stays_here)
        });
        let mut next = Hop {
            method: if becomes_get {
                http::Method::GET
            } else {
                self.method.clone()
            },
            headers: headers.cloned().collect(),
            body,
            keeps_body: self.keeps_body,
            url,
        };
        next.clean_url()?;
        Ok(Some(next))
    }

    fn next_url(&self, location: &str) -> Result<Url, Problem> {
        let joined = self.url.join(location.trim());
        match joined {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() => Ok(url),
            _ => Err(Problem::new(format!(
                "`{}` redirects to `{}`, which is no HTTP address",
                mask::url(self.url.as_str()),
                problem::shown(location)
            ))),
        }
    }
}

fn method(word: &str) -> Result<http::Method, Problem> {
    match http::Method::from_bytes(word.as_bytes()) {
        _ if word.is_empty() => Ok(http::Method::GET),
        // It would make a tunnel of the connection, and nobody is at its other end.
        Ok(method) if method != http::Method::CONNECT => Ok(method),
        _ => Err(Problem::new(format!(
            "method: `{word}` is not a method for a request"
        ))),
    }
}
