//! The access lists of addresses for network transports.

use std::collections::BTreeSet;

use super::super::{Cx, Service};
use super::{Access, AccessSettings};
use jobs_api::{IpAdd, IpLists, IpRemove, IpStatus};
use jobs_error::{Error, Result};
use jobs_model::{IpList, Network};
use jobs_schedule::Time;
use jobs_store::{Fact, Store, Tx};

impl Service {
    pub(crate) fn ip_status(&self, _: &Cx, _: IpStatus) -> Result<IpLists> {
        Ok(self.access.ip_lists())
    }

    pub(crate) fn ip_add(&self, cx: &Cx, request: IpAdd) -> Result<IpLists> {
        let (list, network) = given(request.list, &request.ip)?;
        let (text, now) = (network.to_string(), cx.now);
        self.change_access(cx, move |tx| tx.insert_network(list, &text, now))?;
        Ok(self.access.ip_lists())
    }

    pub(crate) fn ip_remove(&self, cx: &Cx, request: IpRemove) -> Result<IpLists> {
        let (list, network) = given(request.list, &request.ip)?;
        let text = network.to_string();
        self.change_access(cx, move |tx| {
            if tx.delete_network(list, &text)? {
                return Ok(());
            }
            Err(Error::NoSuch {
                what: "network",
                name: format!("{text} ({list})"),
            })
        })?;
        Ok(self.access.ip_lists())
    }
}

/// The list and the network of a request.
fn given(list: Option<IpList>, ip: &str) -> Result<(IpList, Network)> {
    let list = list
        .ok_or_else(|| Error::invalid("list", "is missing").hint("`whitelist` or `blacklist`"))?;
    Ok((list, Network::of_field("ip", ip)?))
}

impl Access {
    fn ip_lists(&self) -> IpLists {
        let snapshot = self.snapshot();
        IpLists {
            enabled: self.settings().ip_enabled,
            whitelist: snapshot.list(IpList::Whitelist).to_vec(),
            blacklist: snapshot.list(IpList::Blacklist).to_vec(),
        }
    }
}

/// The entries of the configuration, as the store has them.
pub(super) fn of_config(settings: &AccessSettings) -> BTreeSet<Entry> {
    let lists = [
        (IpList::Whitelist, &settings.whitelist),
        (IpList::Blacklist, &settings.blacklist),
    ];
    lists
        .into_iter()
        .flat_map(|(list, networks)| {
            networks
                .iter()
                .map(move |network| Entry::new(list, network))
        })
        .collect()
}

/// Applies the changes of the configuration since the last call to the lists in the store: adds new entries, removes the ones
/// that are gone. Entries that operators added or removed stay as they are.
pub(super) fn take_over(store: &Store, entries: BTreeSet<Entry>, now: Time) -> Result<()> {
    store.write(move |tx| {
        let last = taken_last(tx)?;
        if last.as_ref() == Some(&entries) {
            return Ok(());
        }
        let last = last.unwrap_or_default();
        for entry in last.difference(&entries) {
            if let Some((list, network)) = entry.parts() {
                tx.delete_network(list, network)?;
            }
        }
        for entry in entries.difference(&last) {
            if let Some((list, network)) = entry.parts() {
                tx.insert_network(list, network, now)?;
            }
        }
        let lines = entries.into_iter().map(|entry| entry.0).collect();
        tx.set_fact(&Fact::ConfiguredNetworks(lines))
    })
}

fn taken_last(tx: &mut Tx<'_>) -> Result<Option<BTreeSet<Entry>>> {
    let lines = tx.configured_networks()?;
    Ok(lines.map(|lines| lines.into_iter().map(Entry).collect()))
}

/// A list and a network on it, as a line: `whitelist 10.0.0.0/8`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry(String);

impl Entry {
    fn new(list: IpList, network: &Network) -> Entry {
        Entry(format!("{list} {network}"))
    }

    fn parts(&self) -> Option<(IpList, &str)> {
        let (word, network) = self.0.split_once(' ')?;
        [IpList::Whitelist, IpList::Blacklist]
            .into_iter()
            .find(|list| list.as_str() == word)
            .map(|list| (list, network))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_without_a_name_is_refused() {
        assert!(matches!(
            given(None, "10.0.0.7"),
            Err(Error::Invalid { field, .. }) if field == "list"
        ));
        let (list, network) = given(Some(IpList::Blacklist), "::ffff:10.0.0.7").unwrap();
        assert_eq!(list, IpList::Blacklist);
        assert_eq!(network.to_string(), "10.0.0.7");
    }

    #[test]
    fn parts_of_an_entry_are_its_list_and_network() {
        for list in [IpList::Whitelist, IpList::Blacklist] {
            assert_eq!(
                Entry::new(list, &"10.0.0.0/8".parse().unwrap()).parts(),
                Some((list, "10.0.0.0/8"))
            );
        }
        assert_eq!(Entry("greylist ::1".into()).parts(), None);
    }
}
