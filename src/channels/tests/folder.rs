//! Presets in the folder `channels.d`, and the settings of channels.

use super::*;

const PRESET: &str = "
about: our chat
settings:
  room: {about: the room}
  token: {about: the token, secret: true, optional: true}
url: 'https://chat.example.com/rooms/{room}?t={token}'
headers: {Content-Type: application/json, X-Title: '{title}'}
body: '{\"text\":\"{text}\"}'
ok: {field: a.b, is: 0}
";

fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Presets) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let presets = Presets::load(folder.path());
    (folder, presets)
}

fn problem(text: &str) -> String {
    let (_guard, presets) = folder(&[("ours.yaml", text)]);
    presets.find("ours").expect_err(text).to_string()
}

#[test]
fn file_adds_a_preset_and_replaces_one_of_its_name() {
    let (_guard, presets) = folder(&[
        ("ours.yaml", PRESET),
        ("slack.yml", "about: another\nurl: 'https://example.com/'\n"),
        ("notes.txt", "{"),
        (".hidden.yaml", "{"),
    ]);
    assert_eq!(presets.find("ours").unwrap().about, "our chat");
    assert_eq!(presets.find("ours").unwrap().ok.is, "0");
    assert_eq!(presets.find("slack").unwrap().about, "another");
    assert!(presets.find("ntfy").is_ok());
    assert_eq!(presets.problems().count(), 0);
    let nowhere = Presets::load(Path::new("/nowhere/channels.d"));
    assert_eq!(nowhere.problems().count(), 0);
}

#[test]
fn file_that_cannot_be_used_is_a_problem_of_its_preset_alone() {
    for (text, part) in [
        ("about: [", "line "),
        ("abuot: x\nurl: https://h/", "abuot"),
        ("about: x", "url: is missing"),
        ("url: 'https://h/{titl}'", "did you mean `title`?"),
        ("url: 'https://h/{?title}'", "`{?title}` has no `{/}`"),
        ("url: 'https://h/{/}'", "has no `{?name}` before it"),
        ("url: https://h/\nby: command", "by: a file describes HTTP"),
        (
            "url: https://h/\nsettings: {title: {about: x}}",
            "`title` is the name of a part of the notice",
        ),
        (
            "url: https://h/\nok: {field: code}",
            "`field` needs the value",
        ),
        ("url: https://h/\nbody: '{sign}'", "`{sign}` is neither"),
    ] {
        let found = problem(text);
        assert!(found.contains(part), "{text}: {found}");
        assert!(found.contains("ours.yaml"), "{found}");
    }
    let (_guard, presets) = folder(&[("broken.yaml", "["), ("ours.yaml", PRESET)]);
    assert!(presets.find("ours").is_ok() && presets.find("slack").is_ok());
    assert_eq!(presets.problems().count(), 1);
}

#[test]
fn example_of_the_manual_makes_a_channel() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/channels.d/matrix.yaml");
    let text = std::fs::read_to_string(example).unwrap();
    let (_guard, presets) = folder(&[("matrix.yaml", &text)]);
    let preset = presets.find("matrix").unwrap();
    let (channel, _secret) = golden::channel_of(preset);
    check(&channel, &presets, &send_settings()).unwrap();
}

#[cfg(unix)]
#[test]
fn file_that_others_could_change_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let (guard, _) = folder(&[("ours.yaml", PRESET)]);
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let path = guard.path().join("ours.yaml");
    set(&path, 0o666);
    let error = Presets::load(guard.path()).find("ours").unwrap_err();
    assert!(error.to_string().contains("everyone may write"), "{error}");
    set(&path, 0o644);
    set(guard.path(), 0o777);
    let error = Presets::load(guard.path()).find("ours").unwrap_err();
    assert!(error.to_string().contains("everyone may write"), "{error}");
}

#[test]
fn settings_are_checked_and_errors_have_no_secret() {
    let (_guard, presets) = folder(&[("ours.yaml", PRESET)]);
    let settings = send_settings();
    let error = |pairs: &[(&str, &str)]| {
        let error = check(&channel("ours", pairs), &presets, &settings);
        error.unwrap_err().to_string()
    };
    for (pairs, part) in [
        (&[][..], "set room: is missing"),
        (&[("room", "a"), ("rom", "b")], "did you mean `room`?"),
        (
            &[("room", "a"), ("token", "hunter2")],
            "set token: is a secret, and secrets are given as references",
        ),
        (&[("room", "a\nb")], "set room: has a line end"),
        (&[("room", "***")], "set room: is a masked value"),
        (
            &[("room", "a"), ("token", "env:NO_SUCH_X")],
            "no such variable",
        ),
    ] {
        let found = error(pairs);
        assert!(found.contains(part), "{found}");
        assert!(!found.contains("hunter2"), "{found}");
    }
    check(&channel("ours", &[("room", "a/b c")]), &presets, &settings).unwrap();
    let bad = channel("webhook", &[("url", "ftp://h/")]);
    let found = check(&bad, &presets, &settings).unwrap_err().to_string();
    assert!(
        found.starts_with("set url: does not make an address"),
        "{found}"
    );
}

#[test]
fn values_are_escaped_for_their_place() {
    let (_guard, presets) = folder(&[("ours.yaml", PRESET)]);
    let channel = channel("ours", &[("room", "a/b &{title}")]);
    let settings = send_settings();
    let prepared = Prepared::new(&channel, &presets, &settings).unwrap();
    let mut notice = notice(NoticeEvent::Opened);
    notice.title = "a\r\nX-Evil: {room}".into();
    notice.text = "\"},{room}\n\u{1b}".into();
    let made = http::make(&prepared, &notice, AT);
    let request = made.request;
    assert_eq!(
        request.url,
        "https://chat.example.com/rooms/a%2Fb%20%26%7Btitle%7D?t="
    );
    assert_eq!(request.headers[1].1, "a  X-Evil: {room}");
    assert_eq!(
        request.body.unwrap(),
        "{\"text\":\"\\\"},{room}\\n\\u001b\"}"
    );
}

#[test]
fn only_watchers_of_jobs_are_told_of_starts() {
    let presets = Presets::built_in();
    for (preset, event, expected) in [
        ("healthchecks", NoticeEvent::Start, true),
        ("healthchecks", NoticeEvent::Success, true),
        ("healthchecks", NoticeEvent::Opened, true),
        ("slack", NoticeEvent::Start, false),
        ("slack", NoticeEvent::Success, false),
        ("slack", NoticeEvent::Recovered, true),
        ("no-such", NoticeEvent::Start, false),
    ] {
        let found = takes(&channel(preset, &[]), &presets, event);
        assert_eq!(found, expected, "{preset} {event}");
    }
}
