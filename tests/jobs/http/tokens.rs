//! Tokens (valid, expired, forged, revoked) and forged client addresses.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::client::{Api, PASSWORD, add_account, home_with_http};

fn parts(token: &str) -> (Value, Value, String) {
    let mut parts = token.split('.');
    let mut read = || {
        let bytes = BASE64_URL_SAFE_NO_PAD
            .decode(parts.next().unwrap())
            .unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    let (head, claims) = (read(), read());
    (head, claims, parts.next().unwrap().to_string())
}

fn encoded(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

fn signed(head: &Value, claims: &Value, key: &[u8]) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let text = format!("{}.{}", encoded(head), encoded(claims));
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    let signature = BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    format!("{text}.{signature}")
}

#[test]
fn forged_token_is_refused() {
    let home = home_with_http("");
    let viewer = Api::logged_in(&home, "vic");
    let (head, claims, signature) = parts(viewer.token());
    assert_eq!(head["alg"], "HS256");
    let mut as_admin = claims.clone();
    as_admin["role"] = json!("admin");
    let mut other = claims.clone();
    other["sub"] = json!("1");
    let none = json!({"alg": "none", "typ": "JWT"});
    let none_in_capitals = json!({"alg": "nOnE"});
    let hs512 = json!({"alg": "HS512", "typ": "JWT"});
    let forged = [
        (
            "no signature",
            format!("{}.{}.", encoded(&head), encoded(&claims)),
        ),
        (
            "alg none",
            format!("{}.{}.", encoded(&none), encoded(&as_admin)),
        ),
        (
            "alg none in capitals",
            format!("{}.{}.", encoded(&none_in_capitals), encoded(&as_admin)),
        ),
        (
            "alg none with the old signature",
            format!("{}.{}.{signature}", encoded(&none), encoded(&claims)),
        ),
        ("another alg", signed(&hs512, &claims, b"x")),
        ("another key", signed(&head, &claims, b"guessed")),
        ("an empty key", signed(&head, &claims, b"")),
        (
            "another role",
            format!("{}.{}.{signature}", encoded(&head), encoded(&as_admin)),
        ),
        (
            "another account",
            format!("{}.{}.{signature}", encoded(&head), encoded(&other)),
        ),
        (
            "cut",
            viewer.token()[..viewer.token().len() - 2].to_string(),
        ),
        ("two parts", "a.b".into()),
        ("nothing", "x".into()),
        (
            "of a program",
            "jobs_1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".into(),
        ),
        ("of no program", "jobs_".into()),
        ("long", "x".repeat(8000)),
    ];
    for (what, token) in forged {
        let reply = viewer.with_token(&token).get("/jobs/list");
        assert_eq!(reply.status, 401, "{what}: {}", reply.text());
        let reply = viewer.with_token(&token).get("/jobs/health");
        // An invalid token does not prevent what is open to anyone, such as a login.
        assert_eq!(reply.status, 200, "{what}");
    }
    for header in ["Basic dmljOng=", "Bearer", "Bearer ", "token", ""] {
        let reply = Api::anonymous(&home)
            .with_header("authorization", header)
            .get("/jobs/list");
        assert_eq!(reply.status, 401, "{header:?}: {}", reply.text());
    }
    viewer
        .with_header("authorization", "Bearer x")
        .get("/jobs/list")
        .is(401);
    viewer.get("/jobs/list").is(200);
}

#[test]
fn token_after_expiry_or_key_rotation_is_refused() {
    let home = home_with_http("  login_lifetime: 1m\n");
    let admin = Api::logged_in(&home, "ann");
    let (head, claims, _) = parts(admin.token());
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let expires = claims["exp"].as_u64().unwrap();
    assert!((now + 50..=now + 61).contains(&expires), "{claims}");
    // Signed with the right key, but expired.
    let key = home.read("data/login.key");
    let bytes = decode_key(key.trim());
    let mut renewed = claims.clone();
    renewed["exp"] = json!(now + 30);
    let renewed = admin.with_token(&signed(&head, &renewed, &bytes));
    renewed.get("/jobs/list").is(200);
    for exp in [json!(now - 10), json!(0), json!("soon"), Value::Null] {
        let mut over = claims.clone();
        over["exp"] = exp;
        admin
            .with_token(&signed(&head, &over, &bytes))
            .get("/jobs/list")
            .is(401);
    }
    let mut without = claims.clone();
    without.as_object_mut().unwrap().remove("exp");
    admin
        .with_token(&signed(&head, &without, &bytes))
        .get("/jobs/list")
        .is(401);
    // The role comes from the account, not from the token.
    let viewer = Api::logged_in(&home, "vic");
    let (_, mut claims, _) = parts(viewer.token());
    claims["role"] = json!("admin");
    let claimed = admin.with_token(&signed(&head, &claims, &bytes));
    claimed.get("/jobs/list").is(200);
    claimed.get("/admin/list").is(403);

    home.jobs(&["admin", "rotate-key"]).ok();
    for api in [&admin, &viewer, &renewed] {
        api.get("/jobs/list").is(401);
    }
    Api::logged_in(&home, "ann").get("/jobs/list").is(200);
}

/// Decodes the key from the text of its file: hexadecimal digits, or base64.
fn decode_key(text: &str) -> Vec<u8> {
    if text.len() == 64 {
        return (0..64)
            .step_by(2)
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
            .collect();
    }
    base64::prelude::BASE64_STANDARD.decode(text).unwrap()
}

#[test]
fn token_of_changed_account_is_refused_at_once() {
    let home = home_with_http("");
    let login = || Api::logged_in(&home, "oli");
    let api = login();
    api.get("/jobs/list").is(200);
    home.jobs(&["admin", "disable", "oli"]).ok();
    api.get("/jobs/list").is(401);
    home.jobs(&["admin", "enable", "oli"]).ok();
    let api = login();
    home.jobs_reading(
        &["admin", "passwd", "oli", "--password-stdin"],
        &format!("{PASSWORD}\n"),
    )
    .ok();
    api.get("/jobs/list").is(401);
    let api = login();
    home.jobs(&["admin", "edit", "oli", "--role", "viewer"])
        .ok();
    api.post("/jobs/checkJob", json!({}))
        .status_is_one_of(&[401, 403]);
    let api = login();
    home.jobs(&["admin", "rm", "oli"]).ok();
    api.get("/jobs/list").is(401);
    // A new account of the same name does not accept the token.
    add_account(&home, "oli", "operator");
    api.get("/jobs/list").is(401);
}

#[test]
fn program_token_has_its_own_role_and_expiry() {
    let home = home_with_http("");
    let made = home
        .jobs(&["token", "add", "ci", "--role", "operator"])
        .ok();
    let token = made.stdout.trim().to_string();
    assert!(token.starts_with("jobs_"), "{token}");
    let api = Api::anonymous(&home).with_token(&token);
    api.post(
        "/jobs/add",
        json!({"name": "x", "every": "10m", "command": "true"}),
    )
    .is(200);
    api.get("/jobs/audit").is(403);
    api.get("/admin/profile").status_is_one_of(&[400, 409]);
    let list = home.jobs(&["token", "list"]).ok().stdout;
    assert!(
        list.contains("ci") && !list.contains(&token[10..]),
        "{list}"
    );
    for log in [
        home.system_log(),
        home.jobs(&["audit", "--json"]).ok().stdout,
    ] {
        assert!(!log.contains(&token[10..]), "{log}");
    }
    home.jobs(&["token", "rm", "ci"]).ok();
    api.get("/jobs/list").is(401);
    home.jobs(&["token", "add", "old", "--expires", "2001-02-03"])
        .fails(2);
}

#[test]
fn address_without_trusted_proxy_is_that_of_the_connection() {
    let home = home_with_http("");
    let api = Api::logged_in(&home, "ann");
    home.jobs(&["ip", "remove", "whitelist", "127.0.0.1"]).ok();
    home.jobs(&["ip", "add", "whitelist", "10.9.8.7"]).ok();
    for header in [
        "x-forwarded-for",
        "x-real-ip",
        "forwarded",
        "client-ip",
        "true-client-ip",
    ] {
        for value in ["10.9.8.7", "for=10.9.8.7", "127.0.0.1, 10.9.8.7"] {
            api.with_header(header, value).get("/jobs/list").is(403);
        }
    }
    for path in [
        "/openapi.json",
        "/swagger/index.html",
        "/nothing",
        "/metrics",
        "/admin/login",
    ] {
        Api::anonymous(&home).get(path).is(403);
    }
    Api::anonymous(&home).get("/jobs/health").is(403);
    Api::anonymous(&home)
        .post(
            "/admin/login",
            json!({"username": "ann", "password": PASSWORD}),
        )
        .is(403);
    // Over the socket the lists can be mended.
    home.jobs(&["ip", "add", "whitelist", "127.0.0.0/8"]).ok();
    api.get("/jobs/list").is(200);
    home.jobs(&["ip", "add", "blacklist", "127.0.0.1"]).ok();
    api.get("/jobs/list").is(200);
}

#[test]
fn address_behind_trusted_proxy_is_the_forwarded_one() {
    let home = home_with_http("  trusted_proxies: [127.0.0.1]\n");
    let api = Api::logged_in(&home, "ann");
    home.jobs(&["ip", "add", "whitelist", "10.9.8.7"]).ok();
    let from = |value: &str| {
        api.with_header("x-forwarded-for", value)
            .get("/jobs/list")
            .status
    };
    assert_eq!(from("10.9.8.7"), 200);
    assert_eq!(from("10.9.8.8"), 403);
    assert_eq!(
        from("10.9.8.7, 10.9.8.8"),
        403,
        "the last one is what the proxy has seen"
    );
    assert_eq!(from("10.9.8.8, 10.9.8.7"), 200);
    assert_eq!(
        from("::ffff:10.9.8.7"),
        200,
        "a v4 address in the clothes of v6"
    );
}

#[test]
fn login_after_wrong_passwords_is_delayed() {
    let home = home_with_http("");
    let api = Api::anonymous(&home);
    for name in ["ann", "nemo"] {
        let mut slowed = None;
        for _ in 0..12 {
            let reply = api.post(
                "/admin/login",
                json!({"username": name, "password": "wrong horse"}),
            );
            match reply.status {
                401 => {}
                429 => {
                    slowed = reply.header("retry-after").map(str::to_string);
                    break;
                }
                _ => panic!("{}", reply.text()),
            }
        }
        let seconds: u64 = slowed.expect("it is slowed down").parse().unwrap();
        assert!((1..=900).contains(&seconds), "{seconds}");
    }
    // The rate limit of one account does not affect another.
    api.post(
        "/admin/login",
        json!({"username": "oli", "password": PASSWORD}),
    )
    .is(200);
}
