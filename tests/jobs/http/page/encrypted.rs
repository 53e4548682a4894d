//! The cookie of a session over TLS, as curl would send it.

use std::io::{Read, Write};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::super::client::{PASSWORD, add_account};
use super::super::{address, connect};
use crate::support::Home;

/// Sends a request with this head and body, and returns the whole answer.
fn answer(home: &Home, trusted: &Arc<ClientConfig>, request: &str) -> String {
    let name = ServerName::try_from("localhost").unwrap();
    let client = ClientConnection::new(trusted.clone(), name).unwrap();
    let mut stream = StreamOwned::new(client, connect(&address(home)).unwrap());
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    // The server may close without a last message of TLS.
    let _ = stream.read_to_string(&mut text);
    text
}

#[test]
fn cookie_over_tls_is_secure_and_of_this_host_only() {
    let mut home = Home::new();
    let made = rcgen::generate_simple_self_signed(["localhost".to_string()]).unwrap();
    let cert = home.write("cert.pem", &made.cert.pem());
    let key = home.write("key.pem", &made.signing_key.serialize_pem());
    home.write(
        "config.yaml",
        &format!(
            "server:\n  enabled: true\n  port: 0\n  tls:\n    cert: {}\n    key: {}\n",
            cert.display(),
            key.display()
        ),
    );
    home.start();
    add_account(&home, "vic", "viewer");
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let trusted = ClientConfig::builder_with_provider(provider);
    let trusted = trusted.with_safe_default_protocol_versions().unwrap();
    let trusted = Arc::new(trusted.with_root_certificates(roots).with_no_client_auth());
    let port = address(&home).rsplit(':').next().unwrap().to_string();
    let host = format!("localhost:{port}");
    let body = serde_json::json!({"username": "vic", "password": PASSWORD}).to_string();
    let login = |origin: &str| {
        let request = format!(
            "POST /page/login HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        answer(&home, &trusted, &request)
    };
    let plain = login(&format!("http://{host}"));
    assert!(plain.starts_with("HTTP/1.1 403"), "{plain}");
    let begun = login(&format!("https://{host}"));
    let cookie = begun
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "));
    let (pair, attributes) = cookie.expect(&begun).split_once("; ").unwrap();
    assert_eq!(attributes, "HttpOnly; SameSite=Strict; Path=/; Secure");
    assert!(pair.starts_with(&format!("__Host-jobs-{port}=")), "{pair}");
    let key = begun.split_once("\"key\":\"").unwrap().1;
    let key = key.split('"').next().unwrap();
    for (cookie, expected) in [
        (pair, "HTTP/1.1 200"),
        // A server without TLS on another port of the host can set this one.
        (pair.trim_start_matches("__Host-"), "HTTP/1.1 401"),
    ] {
        let request = format!(
            "GET /page/session HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nX-Jobs-Page: {key}\r\n\
             Connection: close\r\n\r\n"
        );
        let session = answer(&home, &trusted, &request);
        assert!(session.starts_with(expected), "{cookie}: {session}");
    }
    let link = home.jobs(&["page", "--print"]).ok().stdout;
    assert!(link.starts_with("https://127.0.0.1:"), "{link}");
}
