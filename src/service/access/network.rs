//! Addresses and networks, read strictly and shown in one form.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

use crate::error::{Error, Result};

/// Reads an address or a network that was given as `field`. An address is the network with nothing else in it; an
/// IPv4-mapped IPv6 address or network is the IPv4 one that it carries.
///
/// # Errors
///
/// When it is neither, or a network with bits set beyond its prefix: whoever wrote that may have meant another one.
pub(super) fn parse(field: &str, text: &str) -> Result<IpNet> {
    const HINT: &str = "an address such as `10.0.0.7` or `::1`, or a network such as `10.0.0.0/8`";
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid(field, "is missing").hint(HINT));
    }
    let network = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => text.parse::<IpNet>().map_err(|_| {
            Error::invalid(
                field,
                format!("`{}` is no address and no network", text.escape_debug()),
            )
            .hint(HINT)
        })?,
    };
    if network.trunc() != network {
        return Err(Error::invalid(
            field,
            format!(
                "`{text}` has bits set beyond the first {}",
                network.prefix_len()
            ),
        )
        .hint(format!(
            "the network is `{}`, the address alone `{}`",
            shown(carried(network.trunc())),
            network.addr().to_canonical()
        )));
    }
    Ok(carried(network))
}

/// The one form in which a network is shown and kept: an address when nothing else is in it.
pub(super) fn shown(network: IpNet) -> String {
    if network.prefix_len() == network.max_prefix_len() {
        network.addr().to_string()
    } else {
        network.to_string()
    }
}

/// The IPv4 network that an IPv4-mapped one (in `::ffff:0:0/96`) carries.
fn carried(network: IpNet) -> IpNet {
    const MAPPED_BITS: u8 = 96;
    let (IpNet::V6(v6), Some(bits)) = (network, network.prefix_len().checked_sub(MAPPED_BITS))
    else {
        return network;
    };
    v6.addr()
        .to_ipv4_mapped()
        .and_then(|address| Ipv4Net::new(address, bits).ok())
        .map_or(network, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_have_one_form() {
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
            let network = parse("ip", text).unwrap();
            assert_eq!(shown(network), expected, "{text}");
            assert_eq!(parse("ip", expected).unwrap(), network);
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for (text, why) in [
            ("", "is missing"),
            ("10.0.0", "no address"),
            ("10.0.0.256", "no address"),
            ("010.0.0.1", "no address"),
            ("10.0.0.0/33", "no address"),
            ("10.0.0.0/", "no address"),
            ("10.0.0.0/-1", "no address"),
            ("::1%lo", "no address"),
            ("localhost", "no address"),
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
            let error = parse("ip", text).expect_err(text).to_string();
            assert!(
                error.contains(why) && error.starts_with("ip: "),
                "{text}: {error}"
            );
        }
    }
}
