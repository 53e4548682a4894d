//! Logins, the rate limit of wrong passwords, and the key that signs login tokens.

use std::os::unix::fs::PermissionsExt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{OTHER, PASSWORD, add, audit, login, mode, refused};
use crate::support::{Home, until};

#[test]
fn login_failure_does_not_tell_the_cause() {
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
        // A login by account number is refused.
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
fn login_after_wrong_passwords_is_rate_limited() {
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
    // Repeated failures are one row with a count, and an attempt whose password was not looked at does not count.
    assert_eq!(logins.len(), 1, "{logins:?}");
    let error = logins[0]["error"].as_str().unwrap();
    assert!(error.contains("at least 4 times"), "{error}");
    until("the wait is over", || {
        let answer = login(&home, "alice", PASSWORD);
        answer["result"].is_object().then_some(())
    });
    // After a successful login the count starts again.
    for _ in 0..5 {
        assert_eq!(refused(&login(&home, "alice", OTHER)).0, 11);
    }
    assert_eq!(refused(&login(&home, "alice", PASSWORD)).0, 13);
    // A new password ends the wait.
    home.jobs_reading(&["admin", "passwd", "alice", "--password-stdin"], OTHER)
        .ok();
    assert!(login(&home, "alice", OTHER)["result"].is_object());
}

#[test]
fn logins_at_once_are_queued() {
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
    // Wrong passwords at once count like wrong passwords in sequence.
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
fn login_key_is_readable_by_the_daemon_only() {
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
fn calls_about_missing_things_leave_one_row_and_refused_secrets_none() {
    let home = Home::started();
    for number in 0..16 {
        home.jobs(&["run", &format!("nope{number}")]).fails(4);
        home.jobs(&["cancel", &format!("90{number}")]).fails(4);
    }
    home.jobs(&["rm", "nope"]).fails(4);
    for operation in ["run", "cancel"] {
        let rows = audit(&home, &["--operation", operation]);
        assert_eq!(rows.len(), 1, "{rows:#?}");
        let error = rows[0]["error"].as_str().unwrap();
        assert!(error.contains("at least 16 such calls"), "{error}");
    }
    assert_eq!(audit(&home, &["--operation", "rm"]).len(), 1);
    for work in [
        json!({"command": "x", "env": ["DB_PASSWORD Zq81"]}),
        json!({"command": "x", "env": ["=Zq81"]}),
        json!({"command": "【command】x\n【env】A=b|||Zq81"}),
        json!({"command": "x", "env": ["TOKEN=Zq81|"]}),
        json!({"mode": "http", "url": "http://h/", "headers": ["Authorization Bearer Zq81"]}),
        json!({"mode": "http", "url": "http://h/", "headers": [":Zq81"]}),
    ] {
        let mut params = json!({"name": "n", "cron_expr": "0 0 0 1 1 *"});
        params
            .as_object_mut()
            .unwrap()
            .extend(work.as_object().unwrap().clone());
        let answer = home.call("add", params);
        assert!(answer["error"]["message"].is_string(), "{answer}");
    }
    let rows = audit(&home, &["--operation", "add"]);
    assert!(!rows.is_empty());
    assert!(!format!("{rows:?}").contains("Zq81"), "{rows:#?}");
}
