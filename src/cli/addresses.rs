//! `jobs ip`: the access lists of addresses.

use clap::{Args, Subcommand};

use super::out::{Highlight, Out};
use super::{Context, DONE};
use jobs_api::{IpAdd, IpLists, IpRemove, IpStatus};

#[derive(Args, Debug)]
pub struct IpArgs {
    #[command(subcommand)]
    pub verb: IpVerb,
}

#[derive(Subcommand, Debug)]
pub enum IpVerb {
    /// Show both lists, and whether they are used
    Status,
    /// Add an address or a network to a list
    Add(IpEntry),
    /// Remove an address or a network from a list
    Remove(IpEntry),
}

#[derive(Args, Debug)]
pub struct IpEntry {
    /// The list
    #[arg(value_enum)]
    pub list: jobs_model::IpList,
    /// An address such as 10.0.0.7 or ::1, or a network such as 10.0.0.0/8
    pub ip: String,
}

pub fn ip(context: &Context, verb: IpVerb, out: &mut Out) -> anyhow::Result<i32> {
    let mut client = context.client()?;
    let lists = match verb {
        IpVerb::Status => client.call(&IpStatus {})?,
        IpVerb::Add(IpEntry { list, ip }) => client.call(&IpAdd {
            list: Some(list),
            ip,
        })?,
        IpVerb::Remove(IpEntry { list, ip }) => client.call(&IpRemove {
            list: Some(list),
            ip,
        })?,
    };
    show_lists(&lists, out)
}

fn show_lists(lists: &IpLists, out: &mut Out) -> anyhow::Result<i32> {
    if out.wants_json() {
        out.data(lists)?;
        return Ok(DONE);
    }
    let enabled = if lists.enabled {
        out.paint(Highlight::Good, "on")
    } else {
        out.paint(
            Highlight::Warn,
            "off: every address may use the server (`ip_control.enabled`)",
        )
    };
    for (key, value) in [
        ("control", enabled),
        ("whitelist", listed(&lists.whitelist)),
        ("blacklist", listed(&lists.blacklist)),
    ] {
        out.line(&format!(
            "{}  {value}",
            out.paint(Highlight::Dim, &format!("{key:>9}"))
        ))?;
    }
    Ok(DONE)
}

fn listed(networks: &[String]) -> String {
    if networks.is_empty() {
        "-".to_string()
    } else {
        networks.join(", ")
    }
}
