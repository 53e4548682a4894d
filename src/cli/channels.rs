//! `jobs channel`: where notices are sent to.

use clap::{Args, Subcommand};

use super::out::{Highlight, Out, print_message, warn};
use super::table::{Cell, Column, Table};
use super::{Context, DONE, FAILED, text};
use jobs_api::{self as api, ChannelItem, ChannelTested, ChannelView, PresetInfo, PresetList};

#[derive(Args, Debug)]
pub struct ChannelArgs {
    #[command(subcommand)]
    pub verb: ChannelVerb,
}

#[derive(Subcommand, Debug)]
pub enum ChannelVerb {
    /// Add a channel
    #[command(
        after_help = "Examples:\n  jobs channel add ops --preset ntfy --set topic=my-team\n  jobs channel add pager --preset pagerduty --set key=file:/etc/jobs/pager.key"
    )]
    Add(api::ChannelAdd),
    /// List the channels
    List,
    /// Show a channel with its settings; secrets are shown as references
    Show(api::ChannelShow),
    /// Change the given settings of a channel and keep the others
    Edit(api::ChannelEdit),
    /// Send a trial, and print the request and the answer without secrets; exit status 1 when it is refused
    Test(api::ChannelTest),
    /// Remove a channel
    Rm(api::ChannelRm),
    /// List the kinds of services that a channel can be, or the settings of one
    Presets(api::ChannelPresets),
}

pub fn channel(context: &Context, verb: ChannelVerb, out: &mut Out) -> anyhow::Result<i32> {
    match verb {
        ChannelVerb::Add(request) => {
            let channel = context.client()?.call(&request)?;
            changed(&channel, "added", out)
        }
        ChannelVerb::List => {
            let channels = context.client()?.call(&api::ChannelList {})?;
            list(&channels, out)
        }
        ChannelVerb::Show(request) => {
            let channel = context.client()?.call(&request)?;
            show(&channel, out)
        }
        ChannelVerb::Edit(request) => {
            let channel = context.client()?.call(&request)?;
            changed(&channel, "changed", out)
        }
        ChannelVerb::Test(request) => {
            let tested = context.client()?.call(&request)?;
            show_test(&tested, out)
        }
        ChannelVerb::Rm(request) => {
            let channel = context.client()?.call(&request)?;
            if out.wants_json() {
                out.data(&channel)?;
            } else {
                out.line(&format!("removed the channel `{}`", channel.name))?;
            }
            Ok(DONE)
        }
        ChannelVerb::Presets(request) => {
            let presets = context.client()?.call(&request)?;
            show_presets(&presets, request.preset.is_some(), out)
        }
    }
}

fn changed(channel: &ChannelView, verb: &str, out: &mut Out) -> anyhow::Result<i32> {
    if out.wants_json() {
        out.data(channel)?;
        return Ok(DONE);
    }
    out.line(&format!(
        "{verb} the channel `{}` ({}); `jobs channel test {}` tries it",
        channel.name, channel.preset, channel.name
    ))?;
    Ok(DONE)
}

fn list(channels: &[ChannelItem], out: &mut Out) -> anyhow::Result<i32> {
    if out.wants_json() {
        out.data(&channels)?;
        return Ok(DONE);
    }
    if channels.is_empty() {
        print_message(
            "no channels; `jobs channel add NAME --preset PRESET` adds one, `jobs channel presets` lists the kinds",
        );
        return Ok(DONE);
    }
    let mut table = Table::new(&[
        Column::number("ID").rank(1),
        Column::new("NAME"),
        Column::new("PRESET"),
        Column::new("ABOUT").rank(2),
    ]);
    for channel in channels {
        table.push(vec![
            Cell::number(channel.id),
            Cell::new(&channel.name),
            Cell::new(&channel.preset),
            Cell::new(&channel.about),
        ]);
    }
    table.print(out)?;
    Ok(DONE)
}

fn show(channel: &ChannelView, out: &mut Out) -> anyhow::Result<i32> {
    if out.wants_json() {
        out.data(channel)?;
        return Ok(DONE);
    }
    let mut lines = vec![
        ("name".to_string(), channel.name.clone()),
        ("number".to_string(), channel.id.to_string()),
        ("preset".to_string(), channel.preset.clone()),
    ];
    let settings = channel.settings.iter();
    lines.extend(settings.map(|(name, value)| (format!("set {name}"), value.clone())));
    let added = text::clock(Some(channel.created_at), "-");
    lines.push(("added".into(), format!("{added} by {}", channel.created_by)));
    lines.push(("changed".into(), text::clock(Some(channel.updated_at), "-")));
    let width = lines.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
    for (key, value) in lines {
        let key = out.paint(Highlight::Dim, &format!("{key:>width$}"));
        out.line(&format!("{key}  {value}"))?;
    }
    if let Some(problem) = &channel.problem {
        out.flush()?;
        warn(problem);
    }
    Ok(DONE)
}

fn show_test(tested: &ChannelTested, out: &mut Out) -> anyhow::Result<i32> {
    let code = if tested.sent { DONE } else { FAILED };
    if out.wants_json() {
        out.data(tested)?;
        return Ok(code);
    }
    for (side, text) in [(">", &tested.request), ("<", &tested.answer)] {
        for line in text.lines() {
            out.line(format!("{side} {line}").trim_end())?;
        }
    }
    out.flush()?;
    match &tested.reason {
        None => print_message(&format!("the channel `{}` has taken it", tested.channel)),
        Some(reason) => {
            let again = match tested.retry_after {
                Some(seconds) => format!("; another attempt is made after {seconds} s"),
                None => String::new(),
            };
            print_message(&format!(
                "the channel `{}` has not taken it: {reason}{again}",
                tested.channel
            ));
        }
    }
    Ok(code)
}

fn show_presets(list: &PresetList, is_one: bool, out: &mut Out) -> anyhow::Result<i32> {
    if out.wants_json() {
        out.data(list)?;
        return Ok(DONE);
    }
    if is_one {
        for preset in &list.presets {
            show_preset(preset, out)?;
        }
        return Ok(DONE);
    }
    let mut table = Table::new(&[
        Column::new("PRESET"),
        Column::new("ABOUT").rank(2),
        Column::new("SETTINGS").rank(1),
    ]);
    for preset in &list.presets {
        let settings = preset.settings.iter().filter(|setting| !setting.optional);
        let names: Vec<&str> = settings.map(|setting| setting.name.as_str()).collect();
        table.push(vec![
            Cell::new(&preset.name),
            Cell::new(&preset.about),
            Cell::new(names.join(" ")),
        ]);
    }
    table.print(out)?;
    out.flush()?;
    for problem in &list.problems {
        warn(problem);
    }
    Ok(DONE)
}

fn show_preset(preset: &PresetInfo, out: &mut Out) -> anyhow::Result<()> {
    out.line(&format!("{}: {}", preset.name, preset.about))?;
    if !preset.source.is_empty() {
        out.line(&format!("documentation: {}", preset.source))?;
    }
    let mut table = Table::new(&[
        Column::new("SETTING"),
        Column::new("NEEDED").rank(1),
        Column::new("ABOUT").rank(2),
    ]);
    for setting in &preset.settings {
        let needed = match (&setting.default, setting.optional) {
            (Some(default), _) => format!("else {default}"),
            (None, true) => "no".to_string(),
            (None, false) => "yes".to_string(),
        };
        let about = match setting.secret {
            true => format!("{} (file:, env: or cred:)", setting.about),
            false => setting.about.clone(),
        };
        table.push(vec![
            Cell::new(&setting.name),
            Cell::new(needed),
            Cell::new(about),
        ]);
    }
    table.print(out)?;
    Ok(())
}
