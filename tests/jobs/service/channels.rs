//! Channels: `jobs channel`, and what is kept and shown of them.

use std::os::unix::fs::PermissionsExt;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use super::{refused, result_of};
use crate::servers::http::Server;
use crate::support::Home;

const SECRET: &str = "hunter2-0123456789";

/// A file with the secret, and the reference to it.
fn secret(home: &Home) -> String {
    let path = home.write("key", &format!("{SECRET}\n"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    format!("file:{}", path.display())
}

/// All files below a folder, as one text.
fn all_text(folder: &std::path::Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text.push_str(&all_text(&path));
        } else if let Ok(bytes) = std::fs::read(&path) {
            text.push_str(&String::from_utf8_lossy(&bytes));
        }
    }
    text
}

#[test]
fn channel_is_added_tried_changed_and_removed() {
    let home = Home::started();
    let server = Server::http();
    let key = secret(&home);
    let url = format!("url={}", server.url("/ok"));
    let secret = format!("secret={key}");
    let added = home
        .jobs(&[
            "channel", "add", "ops", "--preset", "webhook", "--set", &url, "--set", &secret,
        ])
        .ok();
    assert!(added.stdout.contains("`jobs channel test ops` tries it"));
    let listed = home.jobs(&["channel", "list"]).ok().stdout;
    assert!(
        listed.contains("ops") && listed.contains("webhook"),
        "{listed}"
    );
    let tested = home.jobs(&["channel", "test", "ops"]).ok();
    assert!(
        tested.stdout.contains("> POST http://"),
        "{}",
        tested.stdout
    );
    assert!(tested.stdout.contains("< 200 OK"), "{}", tested.stdout);
    let request = &server.requests()[0];
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(&request.body);
    let signature: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        request.header("X-Hub-Signature-256").unwrap(),
        format!("sha256={signature}")
    );
    let notice: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(notice["event"], "test");

    let url = format!("url={}", server.url("/status/429"));
    home.jobs(&[
        "channel", "edit", "ops", "--rename", "team", "--set", &url, "--unset", "secret",
    ])
    .ok();
    let shown = home
        .jobs(&["channel", "show", "team", "--json"])
        .ok()
        .json();
    assert!(shown["settings"]["secret"].is_null(), "{shown}");
    assert!(shown["problem"].is_null(), "{shown}");
    let failed = home.jobs(&["channel", "test", "team"]);
    assert_eq!(failed.code, 1, "{}", failed.stderr);
    assert!(
        failed.stderr.contains("it answered with status 429"),
        "{}",
        failed.stderr
    );
    let failed = home.jobs(&["channel", "test", "team", "--json"]);
    assert_eq!(failed.code, 1);
    assert_eq!(failed.json()["sent"], false);
    assert!(server.requests()[1].header("X-Hub-Signature-256").is_none());

    home.jobs(&["channel", "rm", "team"]).ok();
    assert_eq!(home.jobs(&["channel", "show", "team"]).code, 1);
    let audit = home.jobs(&["audit", "--json"]).ok().json();
    let operations: Vec<&str> = audit
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["operation"].as_str().unwrap())
        .collect();
    assert_eq!(
        operations,
        [
            "channel_rm",
            "channel_test",
            "channel_test",
            "channel_edit",
            "channel_test",
            "channel_add"
        ]
    );
    let edit = &audit[3];
    assert_eq!(edit["target"], "ops");
    let rendered = edit.to_string();
    assert!(rendered.contains("file:/"), "{rendered}");
    assert!(edit["after"].to_string().contains("team"), "{rendered}");
}

#[test]
fn secret_is_nowhere_but_in_its_file_and_the_request() {
    let home = Home::with_config("logs: {level: debug}\n");
    let server = Server::http();
    let key = secret(&home);
    let url = format!("url={}", server.url("/ok"));
    let token = format!("token={key}");
    home.jobs(&[
        "channel", "add", "ops", "--preset", "webhook", "--set", &url, "--set", &token,
    ])
    .ok();
    let written = home.jobs(&[
        "channel",
        "add",
        "x",
        "--preset",
        "webhook",
        "--set",
        &url,
        "--set",
        &format!("token={SECRET}"),
    ]);
    assert_eq!(written.code, 2);
    assert!(
        written.stderr.contains("set token: is a secret"),
        "{}",
        written.stderr
    );
    let mut texts = vec![written.stdout, written.stderr];
    for args in [
        &["channel", "list", "--json"][..],
        &["channel", "show", "ops", "--json"],
        &["channel", "test", "ops", "--json"],
        &["channel", "presets", "webhook"],
        &["audit", "--json"],
        &["logs", "--system", "-n", "1000"],
    ] {
        let done = home.jobs(args);
        texts.extend([done.stdout, done.stderr]);
    }
    texts.push(all_text(&home.path("data")));
    texts.push(all_text(&home.path("runtime")));
    for text in texts {
        assert!(!text.contains(SECRET), "{text}");
    }
    let sent = &server.requests()[0];
    assert_eq!(
        sent.header("Authorization").unwrap(),
        format!("Bearer {SECRET}")
    );
}

#[test]
fn wrong_channels_are_refused_by_field() {
    let home = Home::started();
    let add = |name: &str, preset: &str, set: &[&str]| {
        refused(
            &home,
            "channel_add",
            json!({"name": name, "preset": preset, "set": set}),
        )
        .1
    };
    for (name, preset, set, field) in [
        ("", "ntfy", &["topic=a"][..], "name"),
        ("a,b", "ntfy", &["topic=a"], "name"),
        ("-a", "ntfy", &["topic=a"], "name"),
        ("12", "ntfy", &["topic=a"], "name"),
        ("a", "", &["topic=a"], "preset"),
        ("a", "nfty", &["topic=a"], "preset"),
        ("a", "ntfy", &["topic"], "set"),
        ("a", "ntfy", &["Topic=a"], "set"),
        ("a", "ntfy", &["topix=a"], "set"),
        ("a", "ntfy", &[], "set topic"),
        ("a", "ntfy", &["topic=a", "server=x"], "set server"),
        ("a", "ntfy", &["topic=a", "token=x"], "set token"),
        (
            "a",
            "ntfy",
            &["topic=a", "token=env:NO_SUCH_VARIABLE"],
            "set token",
        ),
    ] {
        assert_eq!(add(name, preset, set), field, "{name} {preset} {set:?}");
    }
    result_of(
        &home,
        "channel_add",
        json!({"name": "a", "preset": "ntfy", "set": ["topic=a"]}),
    );
    let taken = home.jobs(&[
        "channel", "add", "a", "--preset", "ntfy", "--set", "topic=b",
    ]);
    assert_eq!(taken.code, 1);
    assert!(taken.stderr.contains("`a` is taken by another channel"));
    let unset = refused(
        &home,
        "channel_edit",
        json!({"channel": "a", "unset": ["token"]}),
    );
    assert_eq!(unset.1, "unset");
}

#[test]
fn channel_that_cannot_work_keeps_nobody_from_starting() {
    let mut home = Home::started();
    let key = secret(&home);
    std::fs::create_dir(home.path("channels.d")).unwrap();
    home.write(
        "channels.d/ours.yaml",
        "about: ours\nsettings: {key: {about: the key, secret: true}}\nurl: 'https://chat.example.com/{key}'\n",
    );
    let set = format!("key={key}");
    home.jobs(&["channel", "add", "ops", "--preset", "ours", "--set", &set])
        .ok();
    std::fs::remove_file(home.path("key")).unwrap();
    assert_eq!(home.terminate(), Some(0));
    home.start();
    let shown = home.jobs(&["channel", "show", "ops"]).ok();
    assert!(shown.stderr.contains("set key: `file:"), "{}", shown.stderr);
    let tested = home.jobs(&["channel", "test", "ops"]);
    assert_eq!(tested.code, 1);
    assert!(tested.stderr.contains("No such file"), "{}", tested.stderr);
    // A file that is broken later is a problem of its channels alone.
    home.write("channels.d/ours.yaml", "about: [\n");
    let tested = home.jobs(&["channel", "test", "ops"]);
    assert!(tested.stderr.contains("ours.yaml"), "{}", tested.stderr);
    let presets = home.jobs(&["channel", "presets"]).ok();
    assert!(presets.stdout.contains("slack"));
    assert!(presets.stderr.contains("ours.yaml"), "{}", presets.stderr);
    home.jobs(&["channel", "list"]).ok();
}
