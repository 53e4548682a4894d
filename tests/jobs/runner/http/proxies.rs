//! Proxies of each kind, with and without a login, set by the job or by the environment.

use super::raw::Raw;
use super::{all_output, ends, error, fails, last, succeeds, text, trusting};
use crate::servers::http::Server;
use crate::servers::proxy::Proxy;
use crate::servers::tls::Ca;
use crate::servers::{black_hole, closed_port};
use crate::support::Home;

#[test]
fn proxies_of_each_kind_forward_requests() {
    let ca = Ca::new();
    let home = trusting(&ca, "");
    let (plain, secure) = (Server::http(), Server::https(&ca));
    for proxy in [Proxy::http(), Proxy::https(&ca), Proxy::socks5()] {
        // A name that only the proxy knows.
        for (server, scheme) in [(&plain, "http"), (&secure, "https")] {
            let url = server.url_at("proxy-only.test", "/ok?a=1");
            let row = succeeds(
                &home,
                &[
                    "--url",
                    &url,
                    "--proxy",
                    &proxy.url(),
                    "--data",
                    "body",
                    "--header",
                    "Authorization: Bearer hunter2",
                ],
            );
            assert_eq!(text(&row, "stdout"), "ok\n");
            let request = last(server);
            assert_eq!(
                (request.target.as_str(), request.text().as_str()),
                ("/ok?a=1", "body")
            );
            let host = format!("proxy-only.test:{}", server.port());
            assert_eq!(request.header("host"), Some(host.as_str()));
            let seen = proxy.seen().pop().unwrap();
            let asked = match (proxy.url().starts_with("socks"), scheme) {
                (true, _) => host,
                (false, "https") => format!("CONNECT {host}"),
                (false, _) => url.clone(),
            };
            assert_eq!((seen.asked, seen.login), (asked, None));
            let is_shown = seen
                .headers
                .iter()
                .any(|(_, value)| value.contains("hunter2"));
            assert!(
                scheme == "http" || !is_shown,
                "what is for the server goes through the tunnel"
            );
            let stderr = text(&row, "stderr");
            assert!(
                stderr.contains(&format!("* through the proxy `{}`\n", proxy.url())),
                "{stderr}"
            );
        }
        assert_eq!(proxy.seen().len(), 2);
    }
}

#[test]
fn proxy_login_is_sent_and_its_failure_is_reported() {
    let ca = Ca::new();
    let home = trusting(&ca, "");
    let (plain, secure) = (Server::http(), Server::https(&ca));
    let (user, password) = ("us:er".replace(':', "é"), "hunter2 @:/%");
    for proxy in [Proxy::http(), Proxy::https(&ca), Proxy::socks5()] {
        let proxy = proxy.with_login(&user, password);
        let name = format!("the proxy `{}`", proxy.address());
        for server in [&plain, &secure] {
            let before = server.requests().len();
            let url = server.url("/ok");
            let row = succeeds(
                &home,
                &["--url", &url, "--proxy", &proxy.url_as(&user, password)],
            );
            assert_eq!(
                proxy.seen().pop().unwrap().login,
                Some((user.clone(), password.to_string()))
            );
            assert_eq!(last(server).header("proxy-authorization"), None);
            assert!(!all_output(&row).contains("hunter2"), "{row:#}");
            let row = fails(
                &home,
                &["--url", &url, "--proxy", &proxy.url()],
                &[&name, "login"],
            );
            assert!(error(&row).contains("want"), "{row:#}");
            let row = fails(
                &home,
                &["--url", &url, "--proxy", &proxy.url_as("me", "hunter3")],
                &[&name, "does not accept the login"],
            );
            assert!(!all_output(&row).contains("hunter3"), "{row:#}");
            assert_eq!(server.requests().len(), before + 1);
        }
    }
}

#[test]
fn proxy_user_without_password_is_sent() {
    let (home, server) = (Home::started(), Server::http());
    for proxy in [Proxy::http(), Proxy::socks5()] {
        let proxy = proxy.with_login("only", "");
        let url = proxy.url().replace("://", "://only@");
        succeeds(&home, &["--url", &server.url("/ok"), "--proxy", &url]);
    }
}

#[test]
fn proxy_errors_name_the_proxy() {
    let ca = Ca::new();
    let home = trusting(&ca, "");
    let (plain, secure) = (Server::http(), Server::https(&ca));
    let hole = black_hole();
    for scheme in ["http", "https", "socks5"] {
        for server in [&plain, &secure] {
            let url = server.url("/ok");
            let down = format!("{scheme}://127.0.0.1:{}", closed_port());
            let name = format!(
                "cannot connect to the proxy `127.0.0.1:{}`: connection refused",
                closed_port()
            );
            fails(&home, &["--url", &url, "--proxy", &down], &[&name]);
            let unknown = format!("{scheme}://nohost.invalid:3128");
            fails(
                &home,
                &["--url", &url, "--proxy", &unknown],
                &["`nohost.invalid`"],
            );
            let full = format!("{scheme}://{}", hole.address());
            let name = format!(
                "timed out after 1 s while it connected to the proxy `{}`",
                hole.address()
            );
            ends(
                &home,
                &["--url", &url, "--proxy", &full, "--timeout", "1"],
                "timeout",
                &[&name],
            );
            let silent = Raw::silent();
            let mute = format!("{scheme}://{}", silent.address());
            ends(
                &home,
                &["--url", &url, "--proxy", &mute, "--timeout", "1"],
                "timeout",
                &[
                    "timed out after 1 s",
                    &format!("the proxy `{}`", silent.address()),
                ],
            );
            let closing = Raw::start(drop);
            let gone = format!("{scheme}://{}", closing.address());
            fails(
                &home,
                &["--url", &url, "--proxy", &gone],
                &[&format!("the proxy `{}`", closing.address())],
            );
        }
    }
    assert_eq!((plain.requests().len(), secure.requests().len()), (0, 0));
}

#[test]
fn proxy_that_cannot_reach_the_server_says_why() {
    let ca = Ca::new();
    let home = trusting(&ca, "");
    let refused = format!("127.0.0.1:{}", closed_port());
    for (proxy, why) in [
        (Proxy::http(), "502 Bad Gateway"),
        (Proxy::socks5(), "the connection is refused there"),
    ] {
        let name = format!("the proxy `{}`", proxy.address());
        let plain = format!("http://{refused}/");
        fails(
            &home,
            &["--url", &plain, "--proxy", &proxy.url()],
            &[&name, &format!("`{refused}`"), why],
        );
        let secure = format!("https://{refused}/");
        fails(
            &home,
            &["--url", &secure, "--proxy", &proxy.url()],
            &[&name, "does not connect to", &format!("`{refused}`"), why],
        );
    }
    let socks = Proxy::socks5();
    fails(
        &home,
        &["--url", "http://unknown.test/", "--proxy", &socks.url()],
        &["does not connect to `unknown.test:80`: the host cannot be reached from there"],
    );
    let long = format!("http://{}.test/", ["l"; 60].concat());
    fails(
        &home,
        &["--url", &long, "--proxy", &socks.url()],
        &["cannot be reached"],
    );
    // The bad certificate is that of the server.
    let server = Server::https_with(ca.for_another_name());
    let url = server.url_at("proxy-only.test", "/");
    for proxy in [Proxy::http(), Proxy::https(&ca), Proxy::socks5()] {
        fails(
            &home,
            &["--url", &url, "--proxy", &proxy.url()],
            &[&format!(
                "TLS with `proxy-only.test:{}` (through the proxy `{}`) failed: its certificate is not for",
                server.port(),
                proxy.address()
            )],
        );
    }
    let proxy = Proxy::https_with(ca.expired());
    let secure = Server::https(&ca);
    fails(
        &home,
        &["--url", &secure.url("/"), "--proxy", &proxy.url()],
        &[&format!(
            "TLS with the proxy `{}` failed: its certificate has expired",
            proxy.address()
        )],
    );
}

#[test]
fn proxy_with_another_protocol_is_refused() {
    let home = Home::started();
    let server = Server::http();
    for (bytes, part) in [
        (
            b"HTTP/1.1 200 OK\r\n\r\n".as_slice(),
            "does not speak SOCKS 5",
        ),
        (b"", "closed the connection"),
        (b"\x05\x00\x05\x09\x00\x01", ""),
    ] {
        let raw = Raw::start(move |mut stream| {
            use std::io::{Read, Write};
            let _ = stream.read(&mut [0; 3]);
            let _ = stream.write_all(bytes);
        });
        let url = format!("socks5://{}", raw.address());
        fails(
            &home,
            &["--url", &server.url("/"), "--proxy", &url],
            &[&format!("the proxy `{}`", raw.address()), part],
        );
    }
    for bytes in [b"SSH-2.0-OpenSSH_9.6\r\n".as_slice(), b"\x05\xff"] {
        let raw = Raw::answering(bytes);
        let url = format!("http://{}", raw.address());
        for target in [server.url("/"), server.url("/").replace("http:", "https:")] {
            fails(
                &home,
                &["--url", &target, "--proxy", &url],
                &[&format!("the proxy `{}`", raw.address())],
            );
        }
    }
    assert_eq!(server.requests().len(), 0);
}

/// A daemon with these variables in its environment.
fn with_env(ca: &Ca, variables: &[(&str, &str)]) -> Home {
    let mut home = Home::new();
    ca.write(home.path("ca.pem"));
    let file = home.path("ca.pem").display().to_string();
    home.set_env("SSL_CERT_FILE", &file);
    for (name, value) in variables {
        home.set_env(name, value);
    }
    home.start();
    home
}

#[test]
fn proxy_from_the_environment_is_used() {
    let ca = Ca::new();
    let (plain, secure) = (Server::http(), Server::https(&ca));
    let (one, two) = (Proxy::http().with_login("u", "hunter2"), Proxy::socks5());
    let one_url = one.url_as("u", "hunter2");
    let home = with_env(
        &ca,
        &[
            ("HTTP_PROXY", &one_url),
            ("https_proxy", &two.url()),
            ("NO_PROXY", "localhost,10.0.0.0/8"),
        ],
    );
    let row = succeeds(&home, &["--url", &plain.url("/ok")]);
    assert!(!all_output(&row).contains("hunter2"));
    assert!(
        text(&row, "stderr").contains(&format!(
            "* through the proxy `http://u:***@{}` (`HTTP_PROXY`)",
            one.address()
        )),
        "{row:#}"
    );
    assert_eq!((one.seen().len(), two.seen().len()), (1, 0));
    succeeds(&home, &["--url", &secure.url("/ok")]);
    assert_eq!((one.seen().len(), two.seen().len()), (1, 1));
    // Hosts in `NO_PROXY`.
    succeeds(&home, &["--url", &plain.url_at("localhost", "/ok")]);
    succeeds(&home, &["--url", &secure.url_at("localhost", "/ok")]);
    assert_eq!((one.seen().len(), two.seen().len()), (1, 1));
    // The proxy of the job beats the environment.
    let own = Proxy::http();
    succeeds(&home, &["--url", &plain.url("/ok"), "--proxy", &own.url()]);
    assert_eq!((one.seen().len(), own.seen().len()), (1, 1));
    // Each redirect chooses its proxy anew.
    let url = plain.url_at(
        "localhost",
        &format!("/redirect-to?302&{}", secure.url("/ok")),
    );
    succeeds(&home, &["--url", &url]);
    assert_eq!((one.seen().len(), two.seen().len()), (1, 2));
}

#[test]
fn all_proxy_is_used_and_a_bad_one_is_refused() {
    let ca = Ca::new();
    let (plain, proxy) = (Server::http(), Proxy::http());
    let all = proxy.address().to_string();
    let home = with_env(&ca, &[("ALL_PROXY", &all)]);
    succeeds(&home, &["--url", &plain.url("/ok")]);
    assert_eq!(proxy.seen().len(), 1);
    let home = with_env(&ca, &[("http_proxy", "ftp://u:hunter2@p:1")]);
    let row = fails(
        &home,
        &["--url", &plain.url("/ok")],
        &["http_proxy: `ftp://u:***@p:1` is no proxy"],
    );
    assert!(!all_output(&row).contains("hunter2"));
    let home = with_env(&ca, &[("HTTP_PROXY", &all), ("NO_PROXY", "*")]);
    succeeds(&home, &["--url", &plain.url("/ok")]);
    assert_eq!(proxy.seen().len(), 1);
}
