//! Network addresses: one type for an address or a range of addresses, and the only parser of their text.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use jobs_error::Error;

/// How many leading bits an IPv4-mapped IPv6 address (`::ffff:10.0.0.7`) spends before its IPv4 part.
const MAPPED_BITS: u8 = 96;

/// An address (`10.0.0.7`, `::1`) or a range of addresses (`10.0.0.0/8`); an address is the range that holds only itself.
/// A network has one form: an IPv4-mapped IPv6 address or range is the IPv4 one inside, and no bit is set beyond the prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network(IpNet);

/// Why a text is not a [`Network`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// The text is neither an address nor a range.
    #[error("`{}` is not an address or network", text.escape_debug())]
    Unreadable {
        /// The text, without blanks around it.
        text: String,
    },
    /// The text is a range with bits set beyond its prefix: either the range or the address may have been meant.
    #[error("`{text}` has bits set beyond the first {prefix}")]
    HostBits {
        /// The text, without blanks around it.
        text: String,
        /// How many leading bits the text says are common to the range.
        prefix: u8,
        /// The range without those bits.
        network: Network,
        /// The address without the prefix.
        address: IpAddr,
    },
}

impl NetworkError {
    /// The values that were probably meant; none when any network would do.
    pub fn hint(&self) -> Option<String> {
        match self {
            NetworkError::Unreadable { .. } => None,
            NetworkError::HostBits {
                network, address, ..
            } => Some(format!(
                "the network is `{network}`, the address alone `{address}`"
            )),
        }
    }

    /// The same as an [`Error::Invalid`] of a field that holds one network.
    pub fn in_field(self, field: &str) -> Error {
        let hint = self.hint().unwrap_or_else(|| HINT.to_string());
        Error::invalid(field, self.to_string()).hint(hint)
    }
}

const HINT: &str = "an address such as `10.0.0.7` or `::1`, or a network such as `10.0.0.0/8`";

impl Network {
    /// Reads the value of a field that holds one network.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] of that field, when the text is empty or is not a network.
    pub fn of_field(field: &str, text: &str) -> Result<Network, Error> {
        if text.trim().is_empty() {
            return Err(Error::invalid(field, "is missing").hint(HINT));
        }
        text.parse()
            .map_err(|error: NetworkError| error.in_field(field))
    }

    /// Whether an address lies in this network. An IPv4-mapped IPv6 address counts as the IPv4 address inside.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// The same addresses in as few ranges as possible: omits ranges that lie in others and joins neighbours.
    pub fn aggregate(networks: &[Network]) -> Vec<Network> {
        let ranges: Vec<IpNet> = networks.iter().map(|network| network.0).collect();
        IpNet::aggregate(&ranges).into_iter().map(Network).collect()
    }

    /// The IPv4 range inside of an IPv4-mapped one; any other range as it is.
    fn canonical(range: IpNet) -> Network {
        let (IpNet::V6(v6), Some(bits)) = (range, range.prefix_len().checked_sub(MAPPED_BITS))
        else {
            return Network(range);
        };
        let inside = v6
            .addr()
            .to_ipv4_mapped()
            .and_then(|address| Ipv4Net::new(address, bits).ok());
        Network(inside.map_or(range, IpNet::V4))
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Network, NetworkError> {
        let text = text.trim();
        let range = match text.parse::<IpAddr>() {
            Ok(address) => IpNet::from(address),
            Err(_) => text
                .parse::<IpNet>()
                .map_err(|_| NetworkError::Unreadable {
                    text: text.to_string(),
                })?,
        };
        if range.trunc() != range {
            return Err(NetworkError::HostBits {
                text: text.to_string(),
                prefix: range.prefix_len(),
                network: Network::canonical(range.trunc()),
                address: range.addr().to_canonical(),
            });
        }
        Ok(Network::canonical(range))
    }
}

/// An address without `/32` or `/128`; any other range with its prefix.
impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() {
            fmt::Display::fmt(&self.0.addr(), f)
        } else {
            fmt::Display::fmt(&self.0, f)
        }
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Network {
        Network(IpNet::from(address.to_canonical()))
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Network, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_in_any_spelling_has_one_form() {
        for (text, expected) in [
            ("10.0.0.7", "10.0.0.7"),
            (" 10.0.0.7/32 ", "10.0.0.7"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("::1", "::1"),
            ("0:0::0:1/128", "::1"),
            ("2001:DB8::/32", "2001:db8::/32"),
            ("::ffff:10.0.0.7", "10.0.0.7"),
            ("::ffff:a00:7/128", "10.0.0.7"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("::ffff:0:0/96", "0.0.0.0/0"),
            ("::/0", "::/0"),
        ] {
            let network = Network::of_field("ip", text).unwrap();
            assert_eq!(network.to_string(), expected, "{text}");
            assert_eq!(Network::of_field("ip", expected).unwrap(), network);
            let json = serde_json::to_value(network).unwrap();
            assert_eq!(json, expected);
            assert_eq!(serde_json::from_value::<Network>(json).unwrap(), network);
        }
    }

    #[test]
    fn text_that_is_not_a_network_is_refused() {
        for (text, why) in [
            ("", "is missing"),
            ("10.0.0", "not an address"),
            ("10.0.0.256", "not an address"),
            ("010.0.0.1", "not an address"),
            ("10.0.0.0/33", "not an address"),
            ("10.0.0.0/", "not an address"),
            ("10.0.0.0/-1", "not an address"),
            ("::1%lo", "not an address"),
            ("localhost", "not an address"),
            (
                "10.0.0.7/8",
                "has bits set beyond the first 8\nhint: the network is `10.0.0.0/8`, the address alone `10.0.0.7`",
            ),
            ("2001:db8::1/32", "the network is `2001:db8::/32`"),
            (
                "::ffff:10.0.0.7/104",
                "the network is `10.0.0.0/8`, the address alone `10.0.0.7`",
            ),
        ] {
            let error = Network::of_field("ip", text).expect_err(text).to_string();
            assert!(
                error.contains(why) && error.starts_with("ip: "),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn network_contains_mapped_addresses_too() {
        for (network, address, expected) in [
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("10.0.0.7", "10.0.0.7", true),
            ("10.0.0.7", "10.0.0.8", false),
            ("::/0", "10.0.0.8", false),
            ("fd00::/8", "fd12::1", true),
        ] {
            let network: Network = network.parse().unwrap();
            assert_eq!(network.contains(address.parse().unwrap()), expected);
        }
    }

    #[test]
    fn aggregate_ranges_inside_of_others_drops_them() {
        let networks = ["10.0.0.0/8", "10.1.0.0/16", "::1", "10.0.0.7"];
        let networks: Vec<Network> = networks.iter().map(|text| text.parse().unwrap()).collect();
        let joined: Vec<String> = Network::aggregate(&networks)
            .iter()
            .map(Network::to_string)
            .collect();
        assert_eq!(joined, ["10.0.0.0/8", "::1"]);
    }
}
