//! Sessions of the web page over HTTP: the cookie, the page key, and the routes by which a session begins and ends.
//!
//! A browser sends the cookie to every port of the host, and a page of another port counts as the same site. So a request also
//! needs the page key, which scripts of other origins can neither read nor send, and must not say that it comes from another origin.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::response::Response;
use jobs_api::{Answer, Call, Caller, SessionBegun};
use serde_json::{Map, Value, json};

use super::calls::{Need, client};
use super::client::Client;
use super::origin::{check_origin, host, host_and_port};
use super::page::has_page;
use super::params;
use super::response::{self, HttpError};
use super::{Server, not_found, routes};

/// The header with the page key.
const PAGE_KEY: &str = "x-jobs-page";

/// Upper bound on cookies of the name that are tried: another port of the host can set some too.
const COOKIES: usize = 4;

/// Stands before the name of a cookie that browsers take over TLS only, and only from this host.
const OVER_TLS: &str = "__Host-";

/// The parts of a request of a session: its secret, among other cookies of the name perhaps, and its page key.
pub(super) struct Presented<'a> {
    pub secrets: Vec<&'a str>,
    pub key: &'a str,
}

/// The secrets of a request; none unless it has both, because either alone is nobody.
pub(super) fn presented(headers: &HeaderMap, client: Client) -> Option<Presented<'_>> {
    let mut keys = headers.get_all(PAGE_KEY).iter();
    let (Some(key), None) = (keys.next(), keys.next()) else {
        return None;
    };
    let key = key.to_str().ok().filter(|key| !key.is_empty())?;
    let name = format!("jobs-{}", port(headers, client.is_tls));
    let secrets: Vec<&str> = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .filter(|(given, _)| match given.strip_prefix(OVER_TLS) {
            Some(given) => given == name,
            None => *given == name && !client.is_tls,
        })
        .map(|(_, secret)| secret)
        .take(COOKIES)
        .collect();
    (!secrets.is_empty()).then_some(Presented { secrets, key })
}

/// The port of the server as the browser sees it: two servers behind one name, such as `localhost`, have cookies of their own.
fn port(headers: &HeaderMap, is_https: bool) -> u16 {
    let found = host(headers).and_then(|host| host_and_port(host, is_https));
    found.map_or(0, |(_, port)| port)
}

/// Whether the browser has reached the server over TLS, perhaps by a proxy.
fn is_secure(headers: &HeaderMap, client: Client) -> bool {
    let origin = headers.get(header::ORIGIN);
    client.is_tls || origin.is_some_and(|origin| origin.as_bytes().starts_with(b"https://"))
}

/// The cookie with the secret of a session, or the one that removes it.
fn cookie(headers: &HeaderMap, client: Client, secret: Option<&str>) -> Option<HeaderValue> {
    let is_secure = is_secure(headers, client);
    let prefix = if is_secure { OVER_TLS } else { "" };
    let secure = if is_secure { "; Secure" } else { "" };
    let (value, age) = match secret {
        Some(secret) => (secret, ""),
        None => ("", "; Max-Age=0"),
    };
    let port = port(headers, client.is_tls);
    let text =
        format!("{prefix}jobs-{port}={value}; HttpOnly; SameSite=Strict; Path=/{secure}{age}");
    let mut cookie = HeaderValue::from_str(&text).ok()?;
    cookie.set_sensitive(true);
    Some(cookie)
}

/// `POST /page/login`: begins a session by name and password.
pub(super) async fn login(State(server): State<Arc<Server>>, request: Request) -> Response {
    begin(&server, request, "page_login").await
}

/// `POST /page/enter`: begins a session by a link.
pub(super) async fn enter(State(server): State<Arc<Server>>, request: Request) -> Response {
    begin(&server, request, "page_enter").await
}

async fn begin(server: &Arc<Server>, request: Request, operation: &'static str) -> Response {
    if !has_page(request.extensions()) {
        return not_found(request).await;
    }
    let headers = request.headers().clone();
    let answered = async {
        let client = client(request.extensions())?;
        let begun = server.begin(request, operation, &headers, client).await?;
        let cookie = cookie(&headers, client, Some(begun.secret.reveal()))
            .ok_or_else(|| HttpError::internal("the cookie can't be written"))?;
        let data = json!({
            "user": begun.user,
            "role": begun.role,
            "until": begun.until,
            "key": begun.key,
        });
        let mut response = response::of_value(data, false);
        response.headers_mut().insert(header::SET_COOKIE, cookie);
        Ok(response)
    };
    answered
        .await
        .unwrap_or_else(|error: HttpError| response::error(&error))
}

/// `POST /page/leave`: ends the session of the caller, and removes the cookie even if there is no such session. A page of another
/// origin can do neither.
pub(super) async fn leave(State(server): State<Arc<Server>>, request: Request) -> Response {
    let (headers, from) = (request.headers().clone(), client(request.extensions()));
    let mut response = of_session(&server, request, "page_leave").await;
    let own = from
        .ok()
        .filter(|client| check_origin(&headers, *client).is_ok());
    let removing = own.and_then(|client| cookie(&headers, client, None));
    if let Some(cookie) = removing {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// `GET /page/session`: shows the session of the caller.
pub(super) async fn session(State(server): State<Arc<Server>>, request: Request) -> Response {
    of_session(&server, request, "page_session").await
}

async fn of_session(server: &Arc<Server>, request: Request, operation: &'static str) -> Response {
    if !has_page(request.extensions()) {
        return not_found(request).await;
    }
    let mut who = None;
    let answered = async {
        let (caller, call) = server
            .call_of(request, operation, &HeaderMap::new())
            .await?;
        who = Some(caller.who.clone());
        let answer = server.call(&caller, call).await?;
        let data = serde_json::to_value(answer);
        let data = data.map_err(|_| HttpError::internal("the answer can't be written"))?;
        Ok(response::of_value(data, false))
    };
    let mut response = answered
        .await
        .unwrap_or_else(|error: HttpError| response::error(&error));
    // For the access log.
    if let Some(who) = who {
        response.extensions_mut().insert(who);
    }
    response
}

impl Server {
    /// Begins a session. The caller is nobody, whatever session or token the request has as well.
    async fn begin(
        &self,
        request: Request,
        operation: &'static str,
        headers: &HeaderMap,
        client: Client,
    ) -> Result<SessionBegun, HttpError> {
        let (_, call) = self.call_of(request, operation, headers).await?;
        let nobody = Caller::nobody(client.address);
        match self.call(&nobody, call).await? {
            Answer::PageLogin(begun) | Answer::PageEnter(begun) => Ok(*begun),
            _ => Err(HttpError::internal("the answer is not a session")),
        }
    }

    /// The call that a request makes, with the program at the other end if `headers` name it.
    async fn call_of(
        &self,
        request: Request,
        operation: &'static str,
        headers: &HeaderMap,
    ) -> Result<(Caller, Call), HttpError> {
        let operation = routes::operation(operation);
        let operation = operation.ok_or_else(|| HttpError::internal("no such operation"))?;
        let (caller, sent) = self.authenticate(request, Need::of(operation)).await?;
        let mut given: Map<String, Value> = params::fit(operation, sent.params()?);
        if let Some(agent) = headers.get(header::USER_AGENT) {
            let agent = String::from_utf8_lossy(agent.as_bytes()).into_owned();
            given.insert("agent".into(), agent.into());
        }
        let call = Call::parse(operation.method, Value::Object(given));
        let call = call.map_err(|bad| HttpError::bad_call(bad, str::to_string))?;
        Ok((caller, call))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderName;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_str(value).unwrap())
        });
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, value);
        }
        headers
    }

    fn client(is_tls: bool) -> Client {
        Client {
            address: "127.0.0.1".parse().unwrap(),
            is_tls,
        }
    }

    #[test]
    fn session_is_presented_by_cookie_and_key_together() {
        for (is_tls, host, cookie, key, expected) in [
            (false, "x:1", "jobs-1=a", "k", vec!["a"]),
            (false, "x:1", "other=z; jobs-1=a", "k", vec!["a"]),
            (false, "x:1", "jobs-1=a; jobs-1=b", "k", vec!["a", "b"]),
            (false, "x:1", "jobs-2=a", "k", vec![]),
            (false, "x:1", "jobs-1=a", "", vec![]),
            (false, "x:1", "", "k", vec![]),
            (false, "x", "jobs-80=a", "k", vec!["a"]),
            (false, "[::1]:1", "jobs-1=a", "k", vec!["a"]),
            (false, "x:1", "__Host-jobs-1=a", "k", vec!["a"]),
            (true, "x:1", "__Host-jobs-1=a", "k", vec!["a"]),
            // Over TLS a cookie without the prefix may come from a server without TLS on another port.
            (true, "x:1", "jobs-1=a", "k", vec![]),
            (true, "x", "__Host-jobs-443=a", "k", vec!["a"]),
        ] {
            let given = headers(&[("host", host), ("cookie", cookie), (PAGE_KEY, key)]);
            let found = presented(&given, client(is_tls));
            let found = found.map_or(Vec::new(), |found| found.secrets);
            assert_eq!(found, expected, "{host} {cookie} {key}");
        }
    }

    #[test]
    fn cookie_is_strict_and_over_tls_secure() {
        for (is_tls, host, origin, expected) in [
            (
                false,
                "x:1",
                "http://x:1",
                "jobs-1=s; HttpOnly; SameSite=Strict; Path=/",
            ),
            (
                true,
                "x:1",
                "https://x:1",
                "__Host-jobs-1=s; HttpOnly; SameSite=Strict; Path=/; Secure",
            ),
            (
                false,
                "x:1",
                "https://x:1",
                "__Host-jobs-1=s; HttpOnly; SameSite=Strict; Path=/; Secure",
            ),
        ] {
            let given = headers(&[("host", host), ("origin", origin)]);
            let found = cookie(&given, client(is_tls), Some("s")).unwrap();
            assert_eq!(found, expected);
            let gone = cookie(&given, client(is_tls), None).unwrap();
            assert_eq!(
                gone,
                format!("{}; Max-Age=0", expected.replace("=s;", "=;"))
            );
        }
    }
}
