//! HTTPS: trusted authorities, and errors of certificates.

use super::raw::Raw;
use super::{ends, error, fails, only_trusting_another, succeeds, text, trusting};
use crate::servers::http::Server;
use crate::servers::tls::{Ca, NAMES, self_signed, self_signed_authority};
use crate::support::Home;

#[test]
fn authority_from_config_is_trusted_with_those_of_the_system() {
    let ca = Ca::new();
    let home = trusting(&ca, "");
    let server = Server::https(&ca);
    for host in ["127.0.0.1", "localhost"] {
        let row = succeeds(&home, &["--url", &server.url_at(host, "/ok")]);
        assert_eq!(text(&row, "stdout"), "ok\n");
        assert!(text(&row, "stderr").contains(" ms, TLS "), "{row:#}");
    }
    // The authorities of the system are trusted too.
    let mut home = only_trusting_another("");
    ca.write(home.path("system.pem"));
    home.start();
    succeeds(&home, &["--url", &server.url("/ok")]);
}

#[test]
fn bad_certificate_fails_with_its_cause() {
    let ca = Ca::new();
    let home = trusting(&ca, "");
    for (config, parts) in [
        (ca.expired(), vec!["its certificate has expired 20"]),
        (
            ca.for_another_name(),
            vec![
                "its certificate is not for `localhost` but for ",
                "another.test",
            ],
        ),
        (
            self_signed(),
            vec![
                "its certificate is not signed by an authority that this machine trusts",
                "jobs.http_ca_file",
            ],
        ),
        (
            Ca::new().server_config(&["localhost"]),
            vec!["its certificate is not signed by an authority that this machine trusts"],
        ),
    ] {
        let server = Server::https_with(config);
        let there = format!("TLS with `localhost:{}` failed: ", server.port());
        let parts = [&[there.as_str()], parts.as_slice()].concat();
        fails(
            &home,
            &["--url", &server.url_at("localhost", "/ok")],
            &parts,
        );
        assert_eq!(server.requests().len(), 0, "nothing was sent");
    }
    // A certificate that expires soon is still valid.
    let server = Server::https_with(ca.expires_in(0));
    succeeds(&home, &["--url", &server.url("/ok")]);
}

/// A home whose daemon trusts this PEM text besides the system.
fn trusting_pem(pem: &str) -> Home {
    let mut home = only_trusting_another("");
    let file = home.write("listed.pem", pem);
    let yaml = format!("jobs:\n  http_ca_file: {}\n", file.display());
    home.write("config.yaml", &yaml);
    home.start();
    home
}

#[test]
fn listed_certificate_of_the_server_itself_is_trusted() {
    let (config, own) = self_signed_authority(NAMES, false);
    let (_, other) = self_signed_authority(NAMES, false);
    let home = trusting_pem(&[other.as_str(), &own].concat());
    let server = Server::https_with(config);
    for host in ["localhost", "127.0.0.1"] {
        succeeds(&home, &["--url", &server.url_at(host, "/ok")]);
    }
    // Functions trust the same certificates.
    let url = server.url_at("localhost", "/ok");
    let args = ["--func", "Monitor", "--arg", "http", "--arg", &url];
    succeeds(&home, &args);

    // The certificate is trusted for its names and dates only, and only when it is on the list.
    let (config, pem) = self_signed_authority(&["another.test"], false);
    let server = Server::https_with(config);
    let args = ["--url", &server.url_at("localhost", "/ok")];
    let home = trusting_pem(&pem);
    fails(
        &home,
        &args,
        &["its certificate is not for `localhost` but for another.test"],
    );
    let (config, pem) = self_signed_authority(NAMES, true);
    let server = Server::https_with(config);
    let args = ["--url", &server.url_at("localhost", "/ok")];
    let home = trusting_pem(&pem);
    fails(&home, &args, &["its certificate has expired 20"]);
    let (config, _) = self_signed_authority(NAMES, false);
    let server = Server::https_with(config);
    let args = ["--url", &server.url_at("localhost", "/ok")];
    fails(
        &home,
        &args,
        &[
            "its certificate is one of an authority, not of a server",
            "`jobs.http_ca_file`",
        ],
    );
}

#[test]
fn unknown_authority_stops_the_request() {
    let ca = Ca::new();
    let mut home = only_trusting_another("");
    home.start();
    let server = Server::https(&ca);
    fails(
        &home,
        &[
            "--url",
            &server.url("/ok"),
            "--header",
            "Authorization: Bearer x",
        ],
        &[
            "TLS with `127.0.0.1:",
            "not signed by an authority that this machine trusts",
        ],
    );
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn authority_file_that_cannot_be_read_is_named() {
    let server = Server::https(&Ca::new());
    for (text, part) in [
        (None, "no such file"),
        (Some("nothing"), "there is no certificate in it"),
        (
            Some("-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"),
            "",
        ),
    ] {
        let mut home = only_trusting_another("");
        let file = home.path("my.pem");
        if let Some(text) = text {
            home.write("my.pem", text);
        }
        home.write(
            "config.yaml",
            &format!("jobs:\n  http_ca_file: {}\n", file.display()),
        );
        home.start();
        let name = format!("jobs.http_ca_file: `{}`: ", file.display());
        fails(&home, &["--url", &server.url("/ok")], &[&name, part]);
        // A request without TLS does not need the file.
        let plain = Server::http();
        succeeds(&home, &["--url", &plain.url("/ok")]);
    }
}

#[test]
fn server_without_tls_is_reported() {
    let ca = Ca::new();
    let home = trusting(&ca, "");
    // A server without TLS that answers at once, and one that answers later.
    for answer in [
        b"HTTP/1.1 400 Bad Request\r\n\r\n".as_slice(),
        b"220 mail.test ESMTP\r\n",
    ] {
        let plain = Raw::start(move |mut stream| {
            use std::io::{Read, Write};
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer);
        });
        let url = format!("https://{}/", plain.address());
        fails(
            &home,
            &["--url", &url],
            &["TLS with `127.0.0.1:", "it does not speak TLS"],
        );
    }
    let secure = Server::https(&ca);
    let url = secure.url("/ok").replace("https:", "http:");
    fails(
        &home,
        &["--url", &url],
        &["`127.0.0.1:", "sends an answer that is not HTTP"],
    );
    let closing = Raw::start(drop);
    let url = format!("https://{}/", closing.address());
    let row = fails(
        &home,
        &["--url", &url],
        &["TLS with `127.0.0.1:", "failed: "],
    );
    assert!(!error(&row).contains("answer"), "{row:#}");
    let silent = Raw::silent();
    let url = format!("https://{}/", silent.address());
    ends(
        &home,
        &["--url", &url, "--timeout", "1"],
        "timeout",
        &["timed out after 1 s in the TLS handshake with `127.0.0.1:"],
    );
}
