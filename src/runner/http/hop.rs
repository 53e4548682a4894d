//! One request of a chain of redirects: its method, URL, headers and body, and the next request when the answer is a redirect.

use std::io::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::body::Bytes;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::http::request::Builder;
use hyper::http::response::Parts;
use hyper::http::uri::InvalidUri;
use hyper::{Method, Request, Uri};
use url::Url;

use super::problem::{Problem, RedirectFault};
use super::proxy::Proxy;
use super::wire::Outgoing;
use super::{HttpRequest, USER_AGENT, target};
use jobs_mask as mask;

/// The headers that a redirect to another server passes on: they say what the client understands and what the body is. Others may
/// be meant for the first server alone, and it is not known which of them are secrets.
const PASSED_ON: [HeaderName; 13] = [
    header::ACCEPT,
    header::ACCEPT_CHARSET,
    header::ACCEPT_ENCODING,
    header::ACCEPT_LANGUAGE,
    header::CACHE_CONTROL,
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_TYPE,
    header::EXPECT,
    header::PRAGMA,
    header::RANGE,
    header::TE,
    header::USER_AGENT,
];

/// How much of the body of a request is logged, in bytes.
const LOGGED_MAX: usize = 4096;

type Header = (HeaderName, HeaderValue);

/// One request of a chain of redirects.
#[derive(Debug)]
pub(super) struct Hop {
    method: Method,
    /// Without a user, a password and a fragment.
    pub(super) url: Url,
    headers: Vec<Header>,
    body: Option<String>,
    /// Whether a redirect that would lose the body is an error.
    keeps_body: bool,
}

impl Hop {
    pub(super) fn first(request: &HttpRequest) -> Result<Hop, Problem> {
        let mut hop = Hop {
            method: method(&request.method)?,
            url: target::parse(&request.url)?,
            headers: Vec::new(),
            body: request.body.clone().filter(|body| !body.is_empty()),
            keeps_body: request.keeps_body,
        };
        for (name, value) in &request.headers {
            hop.push("headers", name, value)?;
        }
        let hosts = hop.headers.iter().filter(|(name, _)| name == header::HOST);
        if hosts.count() > 1 {
            return Err(Problem::invalid("headers", "`Host` is there twice"));
        }
        // These two follow from the body.
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

    fn push(&mut self, key: &'static str, name: &str, value: &str) -> Result<(), Problem> {
        let header = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| Problem::invalid(key, format!("`{name}` is not the name of a header")))?;
        // The value may be a secret: messages have only the name.
        let bad = |why: &str| Problem::invalid(key, format!("the value of `{name}` {why}"));
        let is_line = value.chars().all(|c| !c.is_control() || c == '\t');
        let value = HeaderValue::from_bytes(value.as_bytes())
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

    /// Puts all cookies into one header `Cookie`.
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

    /// Moves the user and the password from the URL into the header `Authorization`, and removes the fragment.
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

    fn has(&self, wanted: &HeaderName) -> bool {
        self.headers.iter().any(|(name, _)| name == wanted)
    }

    /// All headers that are sent: the given ones, and those that follow from the URL and the body.
    fn all_headers(&self) -> Vec<Header> {
        let mut all = Vec::with_capacity(self.headers.len() + 5);
        let host = match self.url.port() {
            Some(port) => format!("{}:{port}", self.url.host_str().unwrap_or_default()),
            None => self.url.host_str().unwrap_or_default().to_string(),
        };
        if !self.has(&header::HOST)
            && let Ok(host) = HeaderValue::from_str(&host)
        {
            all.push((header::HOST, host));
        }
        all.extend(self.headers.iter().cloned());
        for (name, value) in [
            (header::USER_AGENT, USER_AGENT),
            (header::ACCEPT, "*/*"),
            (header::ACCEPT_ENCODING, "gzip"),
        ] {
            if !self.has(&name) {
                all.push((name, HeaderValue::from_static(value)));
            }
        }
        if self.sends_a_body() {
            let length = self.body.as_deref().unwrap_or_default().len();
            all.push((header::CONTENT_LENGTH, HeaderValue::from(length)));
        }
        all
    }

    /// Whether there is a body, which may be empty.
    fn sends_a_body(&self) -> bool {
        let usual = [Method::POST, Method::PUT, Method::PATCH];
        self.body.is_some() || usual.contains(&self.method)
    }

    /// Writes the request into the log, without secrets.
    pub(super) fn log(&self, log: &mut impl Write) -> Result<(), Problem> {
        writeln!(log, "> {} {}", self.method, mask::url(self.url.as_str()))?;
        for (name, value) in &self.all_headers() {
            let value = String::from_utf8_lossy(value.as_bytes());
            let shown = mask::header(name.as_str(), &value);
            writeln!(log, "> {}: {shown}", name.as_str())?;
        }
        if let Some(body) = &self.body {
            // Masked before it is cut: a secret may go on behind the end of what is shown.
            let some = &body[..body.floor_char_boundary(body.len().min(LOGGED_MAX * 2))];
            let masked = mask::text(some);
            let end = masked.floor_char_boundary(masked.len().min(LOGGED_MAX));
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

    /// The request as it goes to the server, or to a proxy that forwards it: a proxy gets the whole URL and the login.
    pub(super) fn to_http(&self, proxy: Option<&Proxy>) -> Result<Request<Outgoing>, Problem> {
        let whole = self.uri()?;
        let forwarding = proxy.filter(|proxy| proxy.forwards(&self.url));
        let uri = match (forwarding, whole.path_and_query()) {
            (None, Some(path)) => Uri::from(path.clone()),
            _ => whole,
        };
        let mut request = Request::builder().uri(uri);
        if let Some(login) = forwarding.and_then(|proxy| proxy.login.as_ref()) {
            request = request.header(header::PROXY_AUTHORIZATION, login.basic());
        }
        let body = Bytes::from(self.body.clone().unwrap_or_default());
        self.finish(request, Outgoing::new(body))
    }

    /// The request with its whole URL. The body is none if not even an empty one is sent.
    pub(super) fn to_plain(&self) -> Result<Request<Option<&str>>, Problem> {
        let body = self.body.as_deref().unwrap_or_default();
        let body = self.sends_a_body().then_some(body);
        self.finish(Request::builder().uri(self.uri()?), body)
    }

    fn uri(&self) -> Result<Uri, Problem> {
        let parsed = self.url.as_str().parse();
        parsed.map_err(|error: InvalidUri| Problem::invalid("url", error))
    }

    fn finish<B>(&self, request: Builder, body: B) -> Result<Request<B>, Problem> {
        let mut request = request.method(self.method.clone());
        for (name, value) in self.all_headers() {
            request = request.header(name, value);
        }
        request
            .body(body)
            .map_err(|error| Problem::invalid("url", error))
    }

    /// Upper bound on the bytes that are sent before the body.
    pub(super) fn head_size(&self) -> usize {
        let headers = self.all_headers();
        let headers = headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
        let line = self.method.as_str().len() + self.url.as_str().len() + "  HTTP/1.1\r\n".len();
        line + headers.sum::<usize>() + "\r\n".len()
    }

    /// The problem that this request is one redirect too many.
    pub(super) fn too_many(&self) -> Problem {
        Problem::Redirect(RedirectFault::TooMany {
            last: mask::url(self.url.as_str()).into_owned(),
        })
    }

    /// The next request if an answer is a redirect. A password stays with the server that it is for.
    pub(super) fn redirected(&self, answer: &Parts) -> Result<Option<Hop>, Problem> {
        let status = answer.status.as_u16();
        let location = answer.headers.get(header::LOCATION);
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
            let to = mask::url(url.as_str()).into_owned();
            return Err(Problem::Redirect(RedirectFault::LosesBody { status, to }));
        }
        let body = self.body.clone().filter(|_| !drops_body);
        if is_elsewhere
            && let Some(body) = &body
            && mask::text(body) != body.as_str()
        {
            let to = mask::url(url.as_str()).into_owned();
            return Err(Problem::Redirect(RedirectFault::SecretBody { to }));
        }
        let headers = self.headers.iter().filter(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            let is_secret = mask::header(name.as_str(), &value) != value;
            let is_of_body = drops_body && name.as_str().starts_with("content-");
            let stays_here = is_secret || !PASSED_ON.contains(name);
            !(is_of_body || is_elsewhere && stays_here)
        });
        let mut next = Hop {
            method: if becomes_get {
                Method::GET
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
        match self.url.join(location.trim()) {
            Ok(url) if target::is_http(&url) => Ok(url),
            _ => Err(Problem::Redirect(RedirectFault::NotHttp {
                from: mask::url(self.url.as_str()).into_owned(),
                to: target::shown(location),
            })),
        }
    }
}

fn method(word: &str) -> Result<Method, Problem> {
    match Method::from_bytes(word.as_bytes()) {
        _ if word.is_empty() => Ok(Method::GET),
        // CONNECT would make a tunnel of the connection, which nobody uses.
        Ok(method) if method != Method::CONNECT => Ok(method),
        _ => Err(Problem::invalid(
            "method",
            format!("`{word}` is not a method for a request"),
        )),
    }
}
