//! The address of the client, also behind trusted proxies.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use hyper::HeaderMap;

use jobs_model::Network;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// Often configured in nginx instead; read when the other is absent.
const REAL_IP: &str = "x-real-ip";

/// Stands for the address of a client that a trusted proxy does not report.
const UNKNOWN: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// The client of a request; an extension of every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// The address of the client itself, not that of a trusted proxy. An IPv4 address is never written as IPv6
    /// (`::ffff:1.2.3.4`).
    pub address: IpAddr,
    /// Whether the connection is encrypted.
    pub is_tls: bool,
}

/// The other end of a connection: a client or a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    pub address: IpAddr,
    pub is_tls: bool,
}

impl Peer {
    pub(super) fn new(address: SocketAddr, is_tls: bool) -> Peer {
        Peer {
            address: address.ip().to_canonical(),
            is_tls,
        }
    }
}

impl Client {
    /// The client of a request that came from `peer`. Proxies append to `X-Forwarded-For` from left to right, and whatever
    /// stands left of the trusted ones may be forged: so it is read from the right, up to the first address that is not
    /// trusted.
    pub(super) fn find(peer: Peer, headers: &HeaderMap, trusted: &[Network]) -> Client {
        let mut address = peer.address;
        if is_in(trusted, address) {
            // A proxy that sets `X-Real-IP` writes one address into it.
            let name = match headers.contains_key(FORWARDED_FOR) {
                true => FORWARDED_FOR,
                false => REAL_IP,
            };
            let lines = headers.get_all(name).iter().rev();
            let hops = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
            for hop in hops.map(|hop| read_hop(std::str::from_utf8(hop).ok()?)) {
                // Not an address, such as Squid's `unknown`: the client is unknown, and on no list.
                let Some(hop) = hop else {
                    address = UNKNOWN;
                    break;
                };
                address = hop;
                if !is_in(trusted, hop) {
                    break;
                }
            }
        }
        Client {
            address,
            is_tls: peer.is_tls,
        }
    }
}

/// Whether one of the networks has the address.
pub(super) fn is_in(networks: &[Network], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(address))
}

/// `10.0.0.7`, `10.0.0.7:4711`, `::1`, `[::1]` or `[::1]:4711`.
fn read_hop(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare = hop
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(hop);
    let address = bare.parse::<IpAddr>().ok();
    let address = address.or_else(|| hop.parse::<SocketAddr>().ok().map(|hop| hop.ip()));
    address.map(|address| address.to_canonical())
}

/// The key of a client for limits: its IPv4 address, or the /64 network of its IPv6 address, because one subscriber has it all.
pub(super) fn client_prefix(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(network))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        let trusted: Vec<Network> = trusted.iter().map(|word| word.parse().unwrap()).collect();
        let peer = Peer::new(SocketAddr::new(peer.parse().unwrap(), 4711), false);
        Client::find(peer, &headers, &trusted).address.to_string()
    }

    #[test]
    fn find_client_behind_trusted_proxies() {
        type Row = (
            &'static str,
            &'static [&'static str],
            &'static [&'static str],
            &'static str,
        );
        let local: &[&str] = &["127.0.0.0/8", "10.0.0.0/8"];
        let rows: [Row; 18] = [
            // No proxy is trusted: the header is ignored.
            ("1.2.3.4", &["9.9.9.9"], &[], "1.2.3.4"),
            ("1.2.3.4", &["9.9.9.9"], local, "1.2.3.4"),
            ("127.0.0.1", &[], local, "127.0.0.1"),
            ("127.0.0.1", &["9.9.9.9"], local, "9.9.9.9"),
            ("127.0.0.1", &["9.9.9.9, 10.1.1.1"], local, "9.9.9.9"),
            // A header that the client forges has no effect: the proxy appends the client's real address.
            ("127.0.0.1", &["127.0.0.1, 9.9.9.9"], local, "9.9.9.9"),
            ("127.0.0.1", &["8.8.8.8, 9.9.9.9"], local, "9.9.9.9"),
            ("127.0.0.1", &["8.8.8.8", "9.9.9.9"], local, "9.9.9.9"),
            ("127.0.0.1", &["9.9.9.9", "10.0.0.5"], local, "9.9.9.9"),
            ("127.0.0.1", &["10.0.0.9, 10.0.0.5"], local, "10.0.0.9"),
            ("127.0.0.1", &["rubbish, 10.0.0.5"], local, "0.0.0.0"),
            ("127.0.0.1", &[""], local, "0.0.0.0"),
            ("127.0.0.1", &["9.9.9.9, "], local, "0.0.0.0"),
            ("127.0.0.1", &["9.9.9.9, unknown"], local, "0.0.0.0"),
            ("127.0.0.1", &["9.9.9.9:8080"], local, "9.9.9.9"),
            ("127.0.0.1", &["[2001:db8::1]:80"], local, "2001:db8::1"),
            ("127.0.0.1", &["::ffff:9.9.9.9"], local, "9.9.9.9"),
            ("::ffff:127.0.0.1", &["9.9.9.9"], local, "9.9.9.9"),
        ];
        for (peer, forwarded, trusted, expected) in rows {
            assert_eq!(
                of(peer, forwarded, trusted),
                expected,
                "{peer} {forwarded:?} {trusted:?}"
            );
        }
    }

    #[test]
    fn client_prefix_of_ipv6_is_its_64_network() {
        let rows = [
            ("10.0.0.7", "10.0.0.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("::1", "::"),
        ];
        for (address, expected) in rows {
            let prefix = client_prefix(address.parse().unwrap());
            assert_eq!(prefix.to_string(), expected);
        }
    }
}
