//! The presets: those of the program, and those in a folder.

mod folder;
mod golden;
#[cfg(unix)]
mod programs;
#[cfg(unix)]
mod servers;

use std::collections::BTreeMap;
use std::path::Path;

use super::built_in::FILES;
use super::*;
use jobs_text::json_for_terminal;

const AT: Time = Time::from_millis(1_796_101_200_000);

fn channel(preset: &str, settings: &[(&str, &str)]) -> Channel {
    Channel {
        id: 1,
        name: "ops".into(),
        preset: preset.into(),
        settings: settings
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect(),
        created_at: AT,
        created_by: "user root".into(),
        updated_at: AT,
    }
}

fn send_settings() -> SendSettings {
    SendSettings::of(&func::Settings::default(), "db1".into())
}

fn notice(event: NoticeEvent) -> Notice {
    Notice {
        event,
        condition: "failed".into(),
        severity: Severity::Critical,
        title: "backup: failed, exit 2".into(),
        text: "pg_dump: <error> \"no space\" & more\n磁盘已满\n\njobs logs 4711".into(),
        job: "DB backup".into(),
        execution: Some(4711),
        alert: "backup/failed/1f3a".into(),
        at: AT,
        exit: Some(2),
        lines: vec!["pg_dump: <error>".into(), "磁盘已满".into()],
        link: Some("https://jobs.example.com/#/x/4711?a=1&b=2".into()),
        command: "jobs logs 4711".into(),
        count: 3,
    }
}

#[test]
fn built_in_presets_can_be_read() {
    let presets = Presets::built_in();
    for (name, _) in FILES {
        let preset = presets.find(name).unwrap();
        assert!(
            !preset.about.is_empty() && !preset.source.is_empty(),
            "{name}"
        );
        for (setting, spec) in &preset.settings {
            assert!(!spec.about.is_empty(), "{name}: {setting}");
        }
    }
    assert_eq!(presets.all().count(), FILES.len());
}

#[test]
fn long_notice_fits_into_the_limit_of_each_service() {
    let presets = Presets::built_in();
    let mut notice = notice(NoticeEvent::Opened);
    notice.title = "标题 & <b>".repeat(1_000);
    notice.text = format!("{}\njobs logs 4711", "输出 <&> \"x\"\n".repeat(20_000));
    for preset in presets.all() {
        let (channel, _guard) = golden::channel_of(preset);
        let settings = send_settings();
        let prepared = Prepared::new(&channel, &presets, &settings).unwrap();
        let values = values::Values::new(&prepared, &notice);
        let limit = preset.limit;
        for (name, most) in [
            ("title", limit.title),
            ("text", limit.text),
            ("message", limit.message),
        ] {
            let Some(most) = most else { continue };
            let value = values.get(name).unwrap();
            let length = shorten::length(&value, limit.bytes);
            assert!(length <= most, "{}: {name}: {length}", preset.name);
            assert!(length > most / 2, "{}: {name}: {length}", preset.name);
            let is_long = most >= 200 && name != "title";
            assert!(
                !is_long || value.ends_with("jobs logs 4711"),
                "{}",
                preset.name
            );
        }
    }
}
