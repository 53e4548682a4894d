//! Accounts, logins, tokens, networks, and the audit of them, over the local socket.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::{Done, Home, until};

const PASSWORD: &str = "correct horse 电池";
const OTHER: &str = "battery staple";

/// Adds an account.
#[track_caller]
fn add(home: &Home, name: &str, more: &[&str]) -> Done {
    let mut args = vec!["admin", "add", name, "--password-stdin", "--json"];
    args.extend(more);
    home.jobs_reading(&args, &format!("{PASSWORD}\n"))
}

fn login(home: &Home, name: &str, password: &str) -> Value {
    home.call("login", json!({"username": name, "password": password}))
}

/// What a login that failed was told: the code and the words.
#[track_caller]
fn refused(answer: &Value) -> (i64, String) {
    let error = &answer["error"];
    (
        error["code"].as_i64().unwrap_or_else(|| panic!("{answer}")),
        error["message"].as_str().unwrap().to_string(),
    )
}

#[track_caller]
fn audit(home: &Home, filters: &[&str]) -> Vec<Value> {
    let mut args = vec!["audit", "--json", "-n", "500"];
    args.extend(filters);
    home.jobs(&args).ok().json().as_array().unwrap().clone()
}

/// What stood before and after, of the newest change of that name.
#[track_caller]
fn change(home: &Home, operation: &str) -> (Value, Value) {
    let row = audit(home, &["--operation", operation])[0].clone();
    (row["before"].clone(), row["after"].clone())
}

fn mode(file: &Path) -> u32 {
    std::fs::metadata(file).unwrap().permissions().mode() & 0o777
}

/// Every byte that the daemon has written below its home.
fn all_bytes(folder: &Path, found: &mut Vec<u8>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let kind = std::fs::symlink_metadata(&path).unwrap().file_type();
        if kind.is_dir() {
            all_bytes(&path, found);
        } else if kind.is_file() {
            found.extend(std::fs::read(&path).unwrap());
        }
    }
}

#[test]
fn accounts_come_and_go_and_the_audit_tells() {
    let home = Home::started();
    let alice = add(
        &home,
        "alice",
        &["--role", "admin", "--email", "a@example.org"],
    )
    .ok()
    .json();
    for (key, value) in [
        ("username", json!("alice")),
        ("email", json!("a@example.org")),
        ("role", json!("admin")),
        ("status", json!(1)),
        ("last_login", Value::Null),
    ] {
        assert_eq!(alice[key], value, "{alice}");
    }
    let (before, after) = change(&home, "admin_add");
    assert_eq!(before, Value::Null);
    assert_eq!(after["alice"]["role"], "admin");
    assert_eq!(
        add(&home, "bob", &[]).ok().json()["role"],
        "viewer",
        "a viewer if nobody says"
    );
    let names: Vec<Value> = home
        .jobs(&["admin", "list", "--json"])
        .ok()
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|account| account["username"].clone())
        .collect();
    assert_eq!(names, ["bob", "alice"], "the newest first");
    home.jobs(&["admin", "list"])
        .ok()
        .shows(&["alice", "a@example.org", "bob", "never"]);

    home.jobs(&[
        "admin", "edit", "ALICE", "--role", "operator", "--email", "",
    ])
    .ok();
    let (before, after) = change(&home, "admin_edit");
    assert_eq!(
        (&before["alice"]["role"], &after["alice"]["role"]),
        (&json!("admin"), &json!("operator"))
    );
    assert_eq!(after["alice"]["email"], "");
    home.jobs(&["admin", "disable", "alice"]).ok();
    let (before, after) = change(&home, "admin_status");
    assert_eq!(
        (&before["alice"]["status"], &after["alice"]["status"]),
        (&json!(1), &json!(0))
    );
    home.jobs(&["admin", "list"]).ok().shows(&["disabled"]);
    // By its number too.
    home.jobs(&["admin", "enable", &alice["id"].to_string()])
        .ok();
    home.jobs_reading(&["admin", "passwd", "alice", "--password-stdin"], OTHER)
        .ok();
    home.jobs(&["admin", "rm", "alice"]).ok();
    let (before, after) = change(&home, "admin_rm");
    assert_eq!(
        (before["alice"]["role"].as_str(), after),
        (Some("operator"), Value::Null)
    );
    home.jobs(&["admin", "rm", "alice"])
        .fails(1)
        .says(&["no such account: `alice`"]);
    let failed = &audit(&home, &["--outcome", "failed"])[0];
    assert_eq!(
        (&failed["operation"], &failed["target"], &failed["door"]),
        (&json!("admin_rm"), &json!("alice"), &json!("socket"))
    );
    assert!(
        failed["who"].as_str().unwrap().starts_with("user "),
        "{failed}"
    );
    let again = add(&home, "alice", &[]).ok().json();
    assert!(
        again["id"].as_i64() > alice["id"].as_i64(),
        "a number is not given out twice"
    );
    home.jobs(&["audit", "--target", "alice"]).ok().shows(&[
        "WHEN",
        "OUTCOME",
        "admin_passwd",
        "failed: no such account: `alice`",
    ]);
}

#[test]
fn what_will_not_do_is_told_by_its_field() {
    let home = Home::started();
    add(&home, "alice", &[]).ok();
    add(&home, "ALICE", &[])
        .fails(1)
        .says(&["username: `alice` is taken"]);
    for (name, more, part) in [
        ("42", &[][..], "username: `42` is digits only"),
        ("a b", &[], "username: `a b` has ` ` in it"),
        (
            "bob",
            &["--email", "nowhere"],
            "email: `nowhere` is no mail",
        ),
        ("bob", &["--role", "god"], "god"),
    ] {
        add(&home, name, more).fails(2).says(&[part]);
    }
    home.jobs(&["admin", "add", "bob"])
        .fails(2)
        .says(&["there is no terminal", "--password-stdin"]);
    for password in ["", "\n", "short\nlonger than it was\n", &"x".repeat(1_025)] {
        let done = home.jobs_reading(&["admin", "add", "bob", "--password-stdin"], password);
        done.fails(2).says(&["password: "]);
    }
    home.jobs(&["admin", "edit", "alice"]).fails(2);
    for (method, params, field) in [
        ("admin_status", json!({"admin": "alice"}), "status"),
        (
            "admin_status",
            json!({"admin": "alice", "status": 2}),
            "status",
        ),
        ("admin_edit", json!({"admin": "alice"}), "params"),
        ("admin_rm", json!({}), "admin"),
        ("admin_passwd", json!({"admin": "alice"}), "password"),
        ("token_rm", json!({}), "token"),
        ("token_add", json!({"name": "7"}), "name"),
        ("ip_add", json!({"ip": "::1"}), "list"),
        ("ip_add", json!({"list": "whitelist"}), "ip"),
        ("ip_remove", json!({"ip": "::1"}), "list"),
        ("login", json!({"username": "alice"}), "password"),
        ("login", json!({"password": PASSWORD}), "username"),
        (
            "login",
            json!({"username": "alice", "password": 12345678}),
            "password",
        ),
        ("admin_list", json!({"size": 501}), "size"),
    ] {
        let answer = home.call(method, params.clone());
        assert_eq!(answer["error"]["code"], -32602, "{method} {params}");
        assert_eq!(answer["error"]["data"]["field"], field, "{answer}");
        assert!(!answer.to_string().contains("12345678"), "{answer}");
    }
    // Who comes over the socket has no account of their own.
    for (method, params) in [
        ("profile", json!({})),
        ("profile_edit", json!({"email": ""})),
    ] {
        let (code, words) = refused(&home.call(method, params));
        assert_eq!(code, 6, "{words}");
        assert!(words.contains("has no account"), "{words}");
    }
}

#[test]
fn a_login_tells_nobody_what_was_wrong() {
    let home = Home::started();
    let alice = add(&home, "alice", &["--role", "operator"]).ok().json();
    let answer = login(&home, "Alice", PASSWORD);
    let logged_in = &answer["result"];
    assert_eq!(
        logged_in["user"],
        json!({"id": alice["id"], "username": "alice", "email": "", "role": "operator"})
    );
    let token = logged_in["token"].as_str().unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let part = |number: usize| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[number]).unwrap()).unwrap()
    };
    assert_eq!((parts.len(), &part(0)["alg"]), (3, &json!("HS256")));
    let claims = part(1);
    assert_eq!(claims["sub"], alice["id"].to_string());
    assert_eq!(
        (&claims["name"], &claims["role"], &claims["gen"]),
        (&json!("alice"), &json!("operator"), &json!(1))
    );
    let seconds = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(seconds, 24 * 3_600);
    let listed = home.jobs(&["admin", "list", "--json"]).ok().json();
    assert!(listed[0]["last_login"].is_string(), "{listed}");
    assert_eq!(listed[0]["updated_at"], alice["updated_at"]);
    let entry = &audit(&home, &["--operation", "login"])[0];
    assert_eq!(
        (&entry["target"], &entry["outcome"]),
        (&json!("Alice"), &json!("done"))
    );

    add(&home, "carol", &[]).ok();
    home.jobs(&["admin", "disable", "carol"]).ok();
    let wrong = (11, "wrong name or password".to_string());
    for (name, password) in [
        ("alice", OTHER),
        ("nobody", PASSWORD),
        ("carol", PASSWORD),
        ("carol", OTHER),
        // A number is no name, here.
        ("1", PASSWORD),
        ("no name at all", PASSWORD),
        ("alice", &"x".repeat(100_000)),
    ] {
        assert_eq!(refused(&login(&home, name, password)), wrong, "{name}");
    }
    let entry = &audit(&home, &["--operation", "login"])[0];
    assert_eq!(entry["outcome"], "failed");

    home.jobs_reading(&["admin", "passwd", "alice", "--password-stdin"], OTHER)
        .ok();
    assert_eq!(refused(&login(&home, "alice", PASSWORD)), wrong);
    assert!(login(&home, "alice", OTHER)["result"].is_object());
}

#[test]
fn who_guesses_passwords_is_slowed_down() {
    let home = Home::started();
    add(&home, "alice", &[]).ok();
    add(&home, "bob", &[]).ok();
    for name in ["alice", "nobody"] {
        for _ in 0..5 {
            assert_eq!(refused(&login(&home, name, OTHER)).0, 11);
        }
        let answer = login(&home, &name.to_uppercase(), PASSWORD);
        assert_eq!(
            (refused(&answer).0, &answer["error"]["data"]),
            (13, &json!({"retry_after": 1})),
            "the right password too"
        );
    }
    assert!(login(&home, "bob", PASSWORD)["result"].is_object());
    let logins = audit(&home, &["--operation", "login", "--target", "alice"]);
    assert_eq!(logins.len(), 5, "what was not looked at is not told");
    until("the wait is over", || {
        let answer = login(&home, "alice", PASSWORD);
        answer["result"].is_object().then_some(())
    });
    // The count begins anew.
    for _ in 0..5 {
        assert_eq!(refused(&login(&home, "alice", OTHER)).0, 11);
    }
    assert_eq!(refused(&login(&home, "alice", PASSWORD)).0, 13);
    // Who is given another password need not wait.
    home.jobs_reading(&["admin", "passwd", "alice", "--password-stdin"], OTHER)
        .ok();
    assert!(login(&home, "alice", OTHER)["result"].is_object());
}

#[test]
fn many_logins_at_once_take_turns() {
    let home = Home::started();
    add(&home, "alice", &[]).ok();
    let answers: Vec<Value> = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..10)
            .map(|_| scope.spawn(|| login(&home, "alice", PASSWORD)))
            .collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    assert!(
        answers.iter().all(|answer| answer["result"].is_object()),
        "{answers:?}"
    );
    // Guesses that come at once are worth no more than one after the other.
    let answers: Vec<i64> = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..16)
            .map(|_| scope.spawn(|| refused(&login(&home, "alice", OTHER)).0))
            .collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    let looked_at = answers.iter().filter(|code| **code == 11).count();
    assert!((5..=6).contains(&looked_at), "{answers:?}");
}

#[test]
fn tokens_for_programs_are_shown_once() {
    let home = Home::started();
    let made = home
        .jobs(&[
            "token",
            "add",
            "ci",
            "--role",
            "operator",
            "--expires",
            "in 90d",
        ])
        .ok()
        .says(&["`ci`", "operator", "shown this once"]);
    let token = made.stdout.trim_end();
    let secret = token.strip_prefix("jobs_1_").unwrap();
    assert_eq!((secret.len(), made.stdout.lines().count()), (43, 1));
    let made = home.jobs(&["token", "add", "reader", "--json"]).ok().json();
    assert_eq!(made["token"]["role"], "viewer");
    assert_eq!(made["token"]["expires_at"], Value::Null);
    assert!(
        made["token"]["created_by"]
            .as_str()
            .unwrap()
            .starts_with("user ")
    );
    home.jobs(&["token", "add", "ci"])
        .fails(1)
        .says(&["name: `ci` is taken"]);
    home.jobs(&["token", "add", "old", "--expires", "2020-01-01"])
        .fails(2)
        .says(&["expires: `2020-01-01 00:00:00` is past"]);
    home.jobs(&["token", "add", "old", "--expires", "soon"])
        .fails(2)
        .says(&["expires: "]);
    let listed = home.jobs(&["token", "list", "--json"]).ok();
    assert_eq!(listed.json().as_array().unwrap().len(), 2);
    assert!(!listed.stdout.contains(secret) && !listed.stdout.contains("hash"));
    home.jobs(&["token", "list"])
        .ok()
        .shows(&["ci", "operator", "reader", "never"]);
    home.jobs(&["token", "rm", "ci"]).ok();
    home.jobs(&["token", "rm", "2"]).ok();
    home.jobs(&["token", "rm", "2"])
        .fails(1)
        .says(&["no such token: `2`"]);
    let (before, after) = change(&home, "token_add");
    assert_eq!(
        (before, after),
        (Value::Null, Value::Null),
        "the newest was refused"
    );
    let done = audit(&home, &["--operation", "token_add", "--outcome", "done"]);
    assert!(done[1]["after"].to_string().contains("operator"));
    home.jobs(&["token", "list"]).ok().says(&["no tokens"]);
}

#[test]
fn the_lists_are_seeded_changed_and_kept() {
    let mut home = Home::with_config("ip_control:\n  blacklist: [192.0.2.0/24]\n");
    let status = |home: &Home| home.jobs(&["ip", "status", "--json"]).ok().json();
    assert_eq!(
        status(&home),
        json!({"enabled": true, "whitelist": ["127.0.0.1", "::1"], "blacklist": ["192.0.2.0/24"]})
    );
    home.jobs(&["ip", "add", "whitelist", "::ffff:10.0.0.7"])
        .ok()
        .shows(&["10.0.0.7"]);
    home.jobs(&["ip", "add", "whitelist", "10.0.0.7/32"]).ok();
    home.jobs(&["ip", "add", "blacklist", "10.0.0.7"]).ok();
    home.jobs(&["ip", "remove", "whitelist", "::1"]).ok();
    home.jobs(&["ip", "remove", "whitelist", "::1"])
        .fails(1)
        .says(&["no such network: `::1 (whitelist)`"]);
    home.jobs(&["ip", "add", "whitelist", "10.0.0.7/8"])
        .fails(2)
        .says(&["hint: the network is `10.0.0.0/8`"]);
    home.jobs(&["ip", "add", "greylist", "::1"]).fails(2);
    let (before, after) = change(&home, "ip_remove");
    assert_eq!((before, after), (Value::Null, Value::Null), "it failed");
    let done = audit(&home, &["--operation", "ip_remove", "--outcome", "done"]);
    assert_eq!(done[0]["before"], json!({"whitelist ::1": true}));
    assert_eq!(done[0]["target"], "whitelist ::1");
    let changed = json!({
        "enabled": true,
        "whitelist": ["127.0.0.1", "10.0.0.7"],
        "blacklist": ["192.0.2.0/24", "10.0.0.7"]
    });
    assert_eq!(status(&home), changed);
    home.terminate();
    home.start();
    assert_eq!(status(&home), changed, "what was changed stays");

    home.write(
        "config.yaml",
        "ip_control:\n  enabled: false\n  whitelist: [127.0.0.1, 198.51.100.7]\n",
    );
    home.jobs(&["reload"]).ok();
    assert_eq!(
        status(&home),
        json!({
            "enabled": false,
            "whitelist": ["127.0.0.1", "10.0.0.7", "198.51.100.7"],
            "blacklist": ["10.0.0.7"]
        })
    );
    home.jobs(&["ip", "status"]).ok().shows(&["off"]);
    // What is broken changes nothing.
    home.write("config.yaml", "ip_control:\n  whitelist: [10.0.0.7/8]\n");
    home.jobs(&["reload"])
        .fails(2)
        .says(&["ip_control.whitelist", "10.0.0.0/8"]);
    assert_eq!(status(&home)["enabled"], false);
}

#[test]
fn the_key_is_for_the_daemon_alone() {
    let mut home = Home::started();
    let key = home.path("data/login.key");
    let first = std::fs::read_to_string(&key).unwrap();
    assert_eq!(mode(&key), 0o600);
    home.jobs(&["admin", "rotate-key"]).ok();
    let second = std::fs::read_to_string(&key).unwrap();
    assert_ne!(first, second);
    assert_eq!(mode(&key), 0o600);
    assert_eq!(audit(&home, &[])[0]["operation"], "admin_rotate_key");
    home.terminate();
    home.start();
    assert_eq!(std::fs::read_to_string(&key).unwrap(), second);
    home.terminate();

    for (text, bits, parts) in [
        (
            "not a key\n",
            0o600,
            ["holds no key", "hint: put the file back"],
        ),
        (second.as_str(), 0o640, ["mode 0640", "hint: `chmod 600"]),
    ] {
        std::fs::write(&key, text).unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(bits)).unwrap();
        home.jobs(&["start"]).fails(1).says(&parts);
        assert_eq!(std::fs::read_to_string(&key).unwrap(), text);
    }
    std::fs::remove_file(&key).unwrap();
    home.start();
    assert_eq!(mode(&key), 0o600);
}

#[test]
fn no_secret_is_written_or_shown() {
    let mut home = Home::with_config("logs:\n  level: trace\n");
    let mut shown = String::new();
    let mut keep = |done: Done| {
        shown.push_str(&done.stdout);
        shown.push_str(&done.stderr);
    };
    keep(add(&home, "alice", &["--role", "admin"]).ok());
    keep(add(&home, "alice", &[]).fails(1));
    keep(home.jobs_reading(&["admin", "passwd", "alice", "--password-stdin"], OTHER));
    let logged_in = login(&home, "alice", OTHER)["result"].clone();
    let login_token = logged_in["token"].as_str().unwrap().to_string();
    shown.push_str(&login(&home, "alice", PASSWORD).to_string());
    let token = home.jobs(&["token", "add", "ci"]).ok().stdout;
    let token = token.trim_end().to_string();
    let mut keep = |args: &[&str]| {
        let done = home.jobs(args).ok();
        shown.push_str(&done.stdout);
        shown.push_str(&done.stderr);
    };
    keep(&["admin", "edit", "alice", "--role", "viewer"]);
    keep(&["admin", "list", "--json"]);
    keep(&["token", "list", "--json"]);
    keep(&["audit"]);
    keep(&["audit", "--json", "-n", "500"]);
    keep(&["admin", "rm", "alice", "--json"]);
    keep(&["token", "rm", "ci", "--json"]);
    let key = home.read("data/login.key");
    home.terminate();

    let mut written = Vec::new();
    all_bytes(&home.path(""), &mut written);
    let written = String::from_utf8_lossy(&written).into_owned();
    assert!(written.contains("admin_passwd"), "the database is among it");
    let token_secret = token.rsplit_once("jobs_1_").unwrap().1;
    for secret in [PASSWORD, OTHER, &login_token, token_secret] {
        assert!(!written.contains(secret), "`{secret}` was written");
        assert!(!shown.contains(secret), "`{secret}` was shown");
    }
    for secret in [key.trim(), "$argon2id$"] {
        assert!(!shown.contains(secret), "`{secret}` was shown");
    }
    assert_eq!(
        written.matches(key.trim()).count(),
        1,
        "the key stands in its file only"
    );
}
