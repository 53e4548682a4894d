//! `jobs reload` and the HTTP server: opened, moved, changed and closed while the daemon runs.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::{address, answers, connect, get};
use crate::support::{Home, until};

/// A port that is free now.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[test]
fn reload_opens_moves_and_closes_the_server() {
    let home = Home::with_config("");
    home.write("config.yaml", "server: {enabled: true, port: 0}\n");
    home.jobs(&["reload"]).ok();
    let first = address(&home);
    answers(&first);

    // With port 0 a reload keeps the port.
    home.jobs(&["reload"]).ok();
    assert_eq!(address(&home), first);

    let port = free_port();
    home.write(
        "config.yaml",
        &format!("server: {{enabled: true, port: {port}}}\n"),
    );
    home.jobs(&["reload"]).ok();
    let second = address(&home);
    assert_eq!(second, format!("127.0.0.1:{port}"));
    answers(&second);
    until("the old address is let go", || connect(&first).err());

    home.write("config.yaml", "server: {enabled: false}\n");
    home.jobs(&["reload"]).ok();
    until("the HTTP server is closed", || connect(&second).err());
    let status = home.jobs(&["status", "--json"]).ok().json();
    assert_eq!(status["http"], serde_json::Value::Null);
}

#[test]
fn reload_with_bad_server_section_changes_nothing() {
    let home = Home::with_config("app: {name: before}\nserver: {enabled: true, port: 0}\n");
    let first = address(&home);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let cert = home.write("cert.pem", "rubbish").display().to_string();
    for (server, reason) in [
        (format!("port: {port}"), "something else listens there"),
        ("address: 0.0.0.0".into(), "there is no admin"),
        (
            format!("port: 0, tls: {{cert: {cert}, key: {cert}}}"),
            "server.tls.cert",
        ),
        (
            format!("tls: {{cert: {cert}}}"),
            "server.tls.key: is missing",
        ),
    ] {
        home.write(
            "config.yaml",
            &format!("app: {{name: after}}\nserver: {{enabled: true, {server}}}\n"),
        );
        let done = home.jobs(&["reload"]);
        assert_ne!(done.code, 0, "{server}");
        assert!(done.stderr.contains(reason), "{server}: {}", done.stderr);
        assert_eq!(address(&home), first);
        answers(&first);
        let status = home.jobs(&["status", "--json"]).ok().json();
        assert_eq!(status["name"], "before", "{server}");
    }
}

#[test]
fn reload_applies_rate_limits_at_once() {
    let config = |more: &str| format!("server: {{enabled: true, port: 0{more}}}\n");
    let home = Home::with_config(&config(""));
    let address = address(&home);
    home.write("config.yaml", &config(", rate_limit: 1, rate_burst: 2"));
    home.jobs(&["reload"]).ok();
    let text = until("the limit holds", || {
        let text = get(&address, "/jobs/health").unwrap();
        text.contains(" 429 ").then_some(text)
    });
    assert!(text.contains("retry-after: 1\r\n"), "{text}");
    home.write("config.yaml", &config(", rate_limit: 0"));
    home.jobs(&["reload"]).ok();
    for _ in 0..20 {
        assert!(!get(&address, "/jobs/health").unwrap().contains(" 429 "));
    }
}

/// Writes a new certificate and key.
fn renew(cert: &Path, key: &Path) -> CertificateDer<'static> {
    let pair = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_string()]).unwrap();
    let signed = params.self_signed(&pair).unwrap();
    std::fs::write(cert, signed.pem()).unwrap();
    std::fs::write(key, pair.serialize_pem()).unwrap();
    signed.into()
}

fn get_encrypted(address: &str, trusted: &CertificateDer<'static>) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(client, connect(address)?);
    write!(
        stream,
        "GET /jobs/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

#[test]
fn tls_server_loads_a_renewed_certificate() {
    let home = Home::new();
    let (cert, key) = (home.path("cert.pem"), home.path("key.pem"));
    let first = renew(&cert, &key);
    home.write(
        "config.yaml",
        &format!(
            "server: {{enabled: true, port: 0, tls: {{cert: {}, key: {}}}}}\n",
            cert.display(),
            key.display()
        ),
    );
    let mut home = home;
    home.start();
    let status = home.jobs(&["status", "--json"]).ok().json();
    let url = status["http"].as_str().unwrap().to_string();
    assert!(url.starts_with("https://127.0.0.1:"), "{url}");
    let address = address(&home);
    let text = get_encrypted(&address, &first).unwrap();
    assert!(text.contains("strict-transport-security: "), "{text}");

    let second = renew(&cert, &key);
    assert!(get_encrypted(&address, &first).is_err());
    get_encrypted(&address, &second).unwrap();
    std::fs::write(&key, "rubbish").unwrap();
    for _ in 0..3 {
        get_encrypted(&address, &second).unwrap();
    }
    let log = until("the log says that the key is not valid", || {
        let log = home.system_log();
        log.contains("is not valid").then_some(log)
    });
    assert_eq!(log.matches("is not valid").count(), 1, "{log}");
    // A reload reports the broken key.
    let done = home.jobs(&["reload"]);
    assert!(done.stderr.contains("server.tls.key"), "{}", done.stderr);
    get_encrypted(&address, &second).unwrap();
}
