//! The argument of `--http [ADDR]`: the address and the port of the HTTP server, both optional.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// An address, a port, both or neither. The configuration sets the parts that are absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listen {
    /// Overrides `server.address`.
    pub address: Option<IpAddr>,
    /// Overrides `server.port`.
    pub port: Option<u16>,
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Listen, String> {
        let word = text.trim();
        if word.is_empty() {
            return Ok(Listen::default());
        }
        if let Ok(both) = word.parse::<SocketAddr>() {
            return Ok(Listen {
                address: Some(both.ip()),
                port: Some(both.port()),
            });
        }
        let bare = word
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(word);
        if let Ok(address) = bare.parse() {
            return Ok(Listen {
                address: Some(address),
                port: None,
            });
        }
        let digits = word.strip_prefix(':').unwrap_or(word);
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        match digits.parse() {
            Ok(port) if is_number => Ok(Listen {
                address: None,
                port: Some(port),
            }),
            _ if is_number => Err(format!("the port `{digits}` is not in 0 to 65535")),
            _ => Err(
                "expected IP:PORT, IP, PORT or :PORT, such as 127.0.0.1:8080, [::1]:8080 or 8080"
                    .into(),
            ),
        }
    }
}

/// In the form in which users type it.
impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.address, self.port) {
            (Some(address), Some(port)) => SocketAddr::new(address, port).fmt(f),
            (Some(address), None) => address.fmt(f),
            (None, Some(port)) => port.fmt(f),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_listen_accepts_addresses_and_ports() {
        let good = [
            ("127.0.0.1:8080", Some("127.0.0.1"), Some(8080)),
            ("0.0.0.0", Some("0.0.0.0"), None),
            ("8080", None, Some(8080)),
            (":8080", None, Some(8080)),
            ("0", None, Some(0)),
            ("[::1]:80", Some("::1"), Some(80)),
            ("[::1]", Some("::1"), None),
            ("::1", Some("::1"), None),
            ("", None, None),
        ];
        for (text, address, port) in good {
            let listen: Listen = text.parse().unwrap();
            let address = address.map(|address| address.parse().unwrap());
            assert_eq!(listen, Listen { address, port }, "{text}");
            assert_eq!(listen.to_string().parse(), Ok(listen), "{text}");
        }
        let bad = [
            ("65536", "the port `65536` is not in 0 to 65535"),
            (":99999", "the port `99999` is not in 0 to 65535"),
            ("localhost", "expected IP:PORT"),
            ("localhost:80", "expected IP:PORT"),
            ("127.0.0.1:", "expected IP:PORT"),
            ("127.0.0.1:80:80", "expected IP:PORT"),
            ("300.0.0.1", "expected IP:PORT"),
            ("-1", "expected IP:PORT"),
            ("http://127.0.0.1", "expected IP:PORT"),
            (":", "expected IP:PORT"),
        ];
        for (text, message) in bad {
            let error = text.parse::<Listen>().unwrap_err();
            assert!(error.starts_with(message), "{text}: {error}");
        }
    }
}
