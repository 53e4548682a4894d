//! Why there is no TLS connection, in words for users.

use std::fmt;
use std::io;

use rustls::CertificateError;
use rustls::pki_types::UnixTime;

use super::problem::io_words;

/// Why there is no TLS connection.
#[derive(Debug)]
pub enum TlsFault {
    /// The name of the host is one that no certificate can have.
    HostName,
    /// The connection broke.
    Broken(io::Error),
    /// The other end refused, is not trusted, or does not speak TLS.
    Rustls(rustls::Error),
}

impl TlsFault {
    /// The error of rustls that an error of a connection holds.
    pub(super) fn in_io(error: &io::Error) -> Option<TlsFault> {
        let inner = error.get_ref()?;
        let direct = inner.downcast_ref::<rustls::Error>();
        let found = direct.or_else(|| inner.source()?.downcast_ref())?;
        Some(TlsFault::Rustls(found.clone()))
    }
}

impl fmt::Display for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TlsFault::HostName => f.write_str("no certificate can be for such a host"),
            TlsFault::Broken(error) => f.write_str(&io_words(error)),
            TlsFault::Rustls(rustls::Error::InvalidCertificate(error)) => {
                f.write_str(&certificate_words(error))
            }
            TlsFault::Rustls(error @ rustls::Error::InvalidMessage(_)) => {
                write!(f, "it does not speak TLS ({})", spaced(&error.to_string()))
            }
            TlsFault::Rustls(other) => f.write_str(&spaced(&other.to_string())),
        }
    }
}

const UNTRUSTED: &str = "its certificate is not signed by an authority that this machine trusts";

/// The fault of a certificate, in words.
fn certificate_words(error: &CertificateError) -> String {
    let date = |time: &UnixTime| {
        i64::try_from(time.as_secs())
            .ok()
            .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
            .map_or_else(String::new, |time| format!(" {time}"))
    };
    match error {
        CertificateError::UnknownIssuer => {
            format!("{UNTRUSTED} (`jobs.http_ca_file` adds one)")
        }
        CertificateError::BadSignature => format!(
            "{UNTRUSTED}: a trusted authority of the same name has another key (`jobs.http_ca_file` adds one)"
        ),
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("its certificate has expired{}", date(not_after))
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("its certificate is not valid before{}", date(not_before))
        }
        CertificateError::NotValidForNameContext {
            expected,
            presented,
        } => format!(
            "its certificate is not for `{}` but for {}",
            expected.to_str(),
            names(presented).join(", ")
        ),
        CertificateError::Other(other) => match other.0.downcast_ref::<webpki::Error>() {
            Some(error) => webpki_words(error),
            None => format!("its certificate is not valid: {other}"),
        },
        other => format!(
            "its certificate is not valid: {}",
            spaced(&other.to_string())
        ),
    }
}

/// The words for the faults that webpki alone knows.
fn webpki_words(error: &webpki::Error) -> String {
    match error {
        webpki::Error::CaUsedAsEndEntity => {
            "its certificate is one of an authority, not of a server \
            (put the certificate of the server itself into `jobs.http_ca_file` to trust it)"
                .to_string()
        }
        webpki::Error::UnsupportedCertVersion => {
            "its certificate has an old version of X.509 (only version 3 is read)".to_string()
        }
        other => format!(
            "its certificate is not valid: {}",
            spaced(&other.to_string())
        ),
    }
}

/// A text with the names of Rust variants in it as words: `HandshakeFailure` becomes `handshake failure`. What a variant holds is
/// left out.
fn spaced(text: &str) -> String {
    let end = text.find(['(', '{']).unwrap_or(text.len());
    let words = text[..end].split_whitespace().map(|word| {
        let mut spaced = String::with_capacity(word.len() + 8);
        let mut was_small = false;
        let pairs = word.chars().zip(word.chars().skip(1));
        let is_variant = { pairs }.any(|(a, b)| a.is_lowercase() && b.is_uppercase());
        for letter in word.chars() {
            if is_variant && was_small && letter.is_uppercase() {
                spaced.push(' ');
            }
            was_small = letter.is_lowercase() || letter.is_ascii_digit();
            match is_variant {
                true => spaced.extend(letter.to_lowercase()),
                false => spaced.push(letter),
            }
        }
        spaced
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The names of a certificate. rustls gives each with its kind, such as `DnsName("a.example")`.
fn names(presented: &[String]) -> Vec<&str> {
    presented
        .iter()
        .map(|name| name.split('"').nth(1).unwrap_or(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::{AlertDescription, Error, OtherError, PeerIncompatible};
    use std::sync::Arc;

    #[test]
    fn faults_are_told_in_words() {
        let other = |error: webpki::Error| {
            Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(error))))
        };
        for (error, words) in [
            (
                other(webpki::Error::CaUsedAsEndEntity),
                "its certificate is one of an authority, not of a server",
            ),
            (
                other(webpki::Error::MaximumPathDepthExceeded),
                "its certificate is not valid: maximum path depth exceeded",
            ),
            (
                Error::InvalidCertificate(CertificateError::Revoked),
                "its certificate is not valid: ",
            ),
            (
                Error::AlertReceived(AlertDescription::HandshakeFailure),
                "received fatal alert: ",
            ),
            (
                Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon),
                "peer is incompatible: no cipher suites in common",
            ),
        ] {
            let text = TlsFault::Rustls(error).to_string();
            assert!(text.contains(words), "{text}");
            assert!(!text.contains("Other"), "{text}");
        }
        for (text, expected) in [
            ("HandshakeFailure", "handshake failure"),
            ("CaUsedAsEndEntity", "ca used as end entity"),
            ("Other(OtherError(CaUsed))", "Other"),
            ("the TLS of a host", "the TLS of a host"),
            ("TLSv1 is old", "TLSv1 is old"),
        ] {
            assert_eq!(spaced(text), expected);
        }
    }
}
