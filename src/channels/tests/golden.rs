//! The request of each preset, compared with a file that was made from the documentation of the service. The preset names the
//! address of that documentation.

use super::*;
use crate::http::make;
use jobs_schedule::Zone;

/// A channel with a value for each setting. Secrets are in a folder that the guard keeps.
pub(super) fn channel_of(preset: &Preset) -> (Channel, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = BTreeMap::new();
    for (name, spec) in &preset.settings {
        let value = match (name.as_str(), spec.secret) {
            (_, true) => {
                let path = folder.path().join(name);
                let secret = match name.as_str() {
                    "url" => "https://hooks.example.com/T0/B0/s3cr3t".to_string(),
                    name => format!("{name}-s3cr3t"),
                };
                std::fs::write(&path, secret).unwrap();
                close(&path);
                format!("file:{}", path.display())
            }
            ("url", _) => "https://example.com/hook?x=1".to_string(),
            ("server", _) if spec.default.is_empty() => "https://server.example.com/".to_string(),
            ("topic", _) if preset.name == "telegram" => "7".to_string(),
            ("chat", _) => "-1001234567890".to_string(),
            ("by_job", _) => "yes".to_string(),
            ("to", _) => "ops@example.com".to_string(),
            ("host" | "port" | "from" | "username", _) => continue,
            (name, _) if spec.default.is_empty() => format!("my-{name}"),
            _ => continue,
        };
        settings.insert(name.clone(), value);
    }
    let channel = Channel {
        settings,
        ..channel(&preset.name, &[])
    };
    (channel, folder)
}

#[cfg(unix)]
fn close(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn close(_: &Path) {}

/// The request for one event, as text.
fn request(presets: &Presets, preset: &Preset, event: NoticeEvent) -> String {
    let (channel, _guard) = channel_of(preset);
    let settings = send_settings();
    let prepared = Prepared::new(&channel, presets, &settings).unwrap();
    let made = make(&prepared, &notice(event), AT);
    let request = made.request;
    let mut text = format!("== {event}\n{} {}\n", request.method, request.url);
    for (name, value) in &request.headers {
        text.push_str(&format!("{name}: {value}\n"));
    }
    if let Some(body) = &request.body {
        if let Ok(json) = serde_json::from_str::<serde_json::Value>(body) {
            let pretty = serde_json::to_string_pretty(&json).unwrap();
            text.push_str(&format!("\n{}\n", json_for_terminal(&pretty)));
        } else {
            text.push_str(&format!("\n{body}\n"));
        }
    }
    text.push('\n');
    text
}

#[test]
fn requests_are_those_of_the_documentation() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/channels");
    let presets = Presets::built_in();
    let mut different = Vec::new();
    // The notice as JSON has the zone of the system, and its signature with it.
    let is_utc = AT.rfc3339(&Zone::system()).ends_with("+00:00");
    let compared = |preset: &&Preset| preset.by == By::Http && (is_utc || preset.name != "webhook");
    for preset in presets.all().filter(compared) {
        let mut text = format!("# {}\n\n", preset.source);
        for event in [
            NoticeEvent::Opened,
            NoticeEvent::Recovered,
            NoticeEvent::Start,
            NoticeEvent::Success,
            NoticeEvent::Test,
        ] {
            let is_told = event == NoticeEvent::Opened || preset.takes(event);
            if is_told || event == NoticeEvent::Recovered {
                text.push_str(&request(&presets, preset, event));
            }
        }
        let path = folder.join(format!("{}.txt", preset.name));
        if std::env::var_os("JOBS_BLESS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, text).unwrap();
        } else if std::fs::read_to_string(&path).unwrap_or_default() != text {
            different.push(format!("{}:\n{text}", preset.name));
        }
    }
    assert!(
        different.is_empty(),
        "JOBS_BLESS=1 writes tests/golden/channels; compare it with the documentation:\n{}",
        different.join("\n")
    );
}

#[test]
fn each_preset_makes_a_channel_that_passes_the_check() {
    let presets = Presets::built_in();
    for preset in presets.all() {
        let (channel, _guard) = channel_of(preset);
        let mut settings = send_settings();
        settings.smtp.host = "localhost".into();
        settings.smtp.from = "jobs@example.com".into();
        let mut channel = channel;
        match preset.by {
            By::Mail => {
                channel.settings.remove("password");
            }
            By::Sms => {
                settings.sms.url = jobs_config::Secret::new("https://sms.example.com/?to={phone}");
                let phone = channel.settings.get_mut("phone").unwrap();
                *phone = "+4915112345678".into();
            }
            By::Sendmail => {
                channel.settings.remove("program");
            }
            By::Http | By::Command => {}
        }
        check(&channel, &presets, &settings)
            .unwrap_or_else(|error| panic!("{}: {error}", preset.name));
    }
}
