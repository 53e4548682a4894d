//! Channels: where notices are sent to.

use std::collections::BTreeMap;
use std::path::Path;

use super::host::host_name;
use super::{Cx, Service, alerts, audit};
use jobs_api::{
    ChannelAdd, ChannelEdit, ChannelItem, ChannelList, ChannelPresets, ChannelRef, ChannelRm,
    ChannelShow, ChannelTest, ChannelTested, ChannelView, PresetInfo, PresetList, PresetSetting,
};
use jobs_channels::{Preset, Presets, SendResult, SendSettings};
use jobs_error::{Error, Result};
use jobs_model::{Channel, NewChannel};
use jobs_store::Reader;

/// The longest name, in characters.
const LONGEST_NAME: usize = 64;

/// How many settings a channel may have.
const MOST_SETTINGS: usize = 32;

impl Service {
    pub(super) fn channel_add(&self, cx: &Cx, request: ChannelAdd) -> Result<ChannelView> {
        check_name("name", &request.name)?;
        let mut settings = BTreeMap::new();
        apply(&mut settings, &request.set)?;
        let channel = Channel {
            id: 0,
            name: request.name,
            preset: request.preset,
            settings,
            created_at: cx.now,
            created_by: audit::who(cx.caller),
            updated_at: cx.now,
        };
        jobs_channels::check(&channel, &self.presets(), &self.send_settings())?;
        let new = NewChannel {
            name: channel.name,
            preset: channel.preset,
            settings: channel.settings,
            created_at: channel.created_at,
            created_by: channel.created_by,
        };
        let channel = self.write(cx, move |tx| {
            if tx.channel(&new.name)?.is_some() {
                return Err(taken("name", &new.name));
            }
            tx.insert_channel(&new)
        })?;
        Ok(view(channel, None))
    }

    pub(super) fn channel_list(&self, _: &Cx, _: ChannelList) -> Result<Vec<ChannelItem>> {
        let channels = self.store.read(|reader| reader.channels())?;
        let presets = self.presets();
        let items = channels.into_iter().map(|channel| ChannelItem {
            id: channel.id,
            about: presets
                .find(&channel.preset)
                .map_or_else(|_| String::new(), |preset| preset.about.clone()),
            name: channel.name,
            preset: channel.preset,
        });
        Ok(items.collect())
    }

    pub(super) fn channel_show(&self, _: &Cx, request: ChannelShow) -> Result<ChannelView> {
        let channel = self.store.read(|reader| find(reader, &request.channel))?;
        let problem = jobs_channels::check(&channel, &self.presets(), &self.send_settings()).err();
        Ok(view(channel, problem))
    }

    pub(super) fn channel_edit(&self, cx: &Cx, request: ChannelEdit) -> Result<ChannelView> {
        if let Some(name) = &request.rename {
            check_name("rename", name)?;
        }
        let (presets, settings, now) = (self.presets(), self.send_settings(), cx.now);
        let channel = self.write(cx, move |tx| {
            let mut channel = find(tx, &request.channel)?;
            if let Some(name) = request.rename.filter(|name| *name != channel.name) {
                if tx.channel(&name)?.is_some() {
                    return Err(taken("rename", &name));
                }
                alerts::refuse_used(tx, &channel.name)?;
                channel.name = name;
            }
            if let Some(preset) = request.preset {
                channel.preset = preset;
            }
            for name in &request.unset {
                if channel.settings.remove(name).is_none() {
                    return Err(Error::invalid(
                        "unset",
                        format!("the channel has no setting `{name}`"),
                    ));
                }
            }
            apply(&mut channel.settings, &request.set)?;
            channel.updated_at = now;
            jobs_channels::check(&channel, &presets, &settings)?;
            tx.update_channel(&channel)?;
            Ok(channel)
        })?;
        Ok(view(channel, None))
    }

    pub(super) fn channel_rm(&self, cx: &Cx, request: ChannelRm) -> Result<ChannelView> {
        let channel = self.write(cx, move |tx| {
            let channel = find(tx, &request.channel)?;
            alerts::refuse_used(tx, &channel.name)?;
            tx.delete_channel(channel.id)?;
            Ok(channel)
        })?;
        Ok(view(channel, None))
    }

    pub(super) fn channel_test(&self, _: &Cx, request: ChannelTest) -> Result<ChannelTested> {
        let channel = self.store.read(|reader| find(reader, &request.channel))?;
        let settings = self.send_settings();
        let event = request.event.unwrap_or_default();
        let notice = jobs_channels::test_notice(&channel.name, event, &settings.host);
        let sending = jobs_channels::send(&channel, &self.presets(), &notice, &settings);
        let (sent, reason, retry_after) = match sending.result {
            SendResult::Sent => (true, None, None),
            SendResult::Refused {
                reason,
                retry_after,
            } => (false, Some(reason), retry_after),
            SendResult::Unreachable { reason } => (false, Some(reason), None),
        };
        Ok(ChannelTested {
            channel: channel.name,
            sent,
            reason,
            retry_after: retry_after.map(|wait| wait.as_secs()),
            request: sending.request,
            answer: sending.answer,
        })
    }

    pub(super) fn channel_presets(&self, _: &Cx, request: ChannelPresets) -> Result<PresetList> {
        let presets = self.presets();
        if let Some(name) = &request.preset {
            let preset = presets.find(name)?;
            return Ok(PresetList {
                presets: vec![info(preset)],
                problems: Vec::new(),
            });
        }
        Ok(PresetList {
            presets: presets.all().map(info).collect(),
            problems: presets.problems().map(str::to_string).collect(),
        })
    }

    /// The presets of the program and of the folder `channels.d` beside the configuration. The folder is read at each use, so that a
    /// new file counts at once.
    pub(super) fn presets(&self) -> Presets {
        let config = Path::new(&self.host.facts().config_file);
        match config.parent() {
            Some(folder) => Presets::load(&folder.join("channels.d")),
            None => Presets::built_in(),
        }
    }

    /// The settings that sending needs besides the channel and the notice.
    pub(super) fn send_settings(&self) -> SendSettings {
        let functions = &self.scheduler.settings().tools.functions;
        SendSettings::of(functions, host_name())
    }
}

/// The channel to which a caller refers.
fn find(reader: &mut Reader<'_>, channel: &ChannelRef) -> Result<Channel> {
    if channel.as_str().is_empty() {
        return Err(Error::invalid("channel", "is missing")
            .hint("give the name or the number of a channel"));
    }
    reader.channel(channel.as_str())?.ok_or(Error::NoSuch {
        what: "channel",
        name: channel.to_string(),
    })
}

/// A channel as it may be shown.
pub(super) fn view(channel: Channel, problem: Option<Error>) -> ChannelView {
    let settings = channel.settings.into_iter();
    ChannelView {
        id: channel.id,
        name: channel.name,
        preset: channel.preset,
        settings: settings
            .map(|(name, value)| (name, jobs_channels::shown(&value)))
            .collect(),
        created_at: channel.created_at,
        created_by: channel.created_by,
        updated_at: channel.updated_at,
        problem: problem.map(|problem| problem.one_sentence()),
    }
}

fn info(preset: &Preset) -> PresetInfo {
    let settings = preset.settings.iter();
    PresetInfo {
        name: preset.name.clone(),
        about: preset.about.clone(),
        source: preset.source.clone(),
        settings: settings
            .map(|(name, spec)| PresetSetting {
                name: name.clone(),
                about: spec.about.clone(),
                secret: spec.secret,
                optional: spec.optional || !spec.default.is_empty(),
                default: Some(spec.default.clone()).filter(|text| !text.is_empty()),
            })
            .collect(),
    }
}

/// Applies `NAME=VALUE` texts. An error never has the value: it may be a secret.
fn apply(settings: &mut BTreeMap<String, String>, set: &[String]) -> Result<()> {
    for (index, text) in set.iter().enumerate() {
        let Some((name, value)) = text.split_once('=') else {
            return Err(
                Error::invalid("set", format!("setting {} has no `=`", index + 1))
                    .hint("`--set NAME=VALUE`, such as `--set url=https://example.com/hook`"),
            );
        };
        let is_name = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !is_name {
            return Err(Error::invalid(
                "set",
                format!(
                    "the name of setting {} has other characters than a-z, 0-9 and `_`",
                    index + 1
                ),
            ));
        }
        settings.insert(name.to_string(), value.to_string());
    }
    match settings.len() {
        number if number > MOST_SETTINGS => Err(Error::invalid(
            "set",
            format!("these are {number} settings, and a channel has at most {MOST_SETTINGS}"),
        )),
        _ => Ok(()),
    }
}

/// Channels are named in lists with commas between, so names have none.
fn check_name(field: &str, name: &str) -> Result<()> {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@');
    if name.is_empty() {
        return Err(Error::invalid(field, "is missing"));
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(Error::invalid(
            field,
            format!("the name is longer than {LONGEST_NAME} characters"),
        ));
    }
    if !name.chars().all(is_plain) || name.starts_with(['-', '.', '@']) {
        return Err(Error::invalid(
            field,
            format!(
                "`{}` has other characters than letters, digits, `-`, `_`, `.` and `@`, or begins with a sign",
                name.escape_debug()
            ),
        ));
    }
    if name.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::invalid(
            field,
            format!("`{name}` is digits only, and would be taken for a number"),
        ));
    }
    Ok(())
}

fn taken(field: &str, name: &str) -> Error {
    Error::Conflict(format!("{field}: `{name}` is taken by another channel"))
}
