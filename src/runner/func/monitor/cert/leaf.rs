//! What a certificate says of itself.

use std::net::IpAddr;

use rustls::pki_types::CertificateDer;
use x509_cert::certificate::{CertificateInner, Raw};
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use crate::schedule::Time;

/// A server's own certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) subject: String,
    pub(super) issuer: String,
    /// The hosts that it is for, names and addresses; or why they can't be read.
    pub(super) names: Result<Vec<String>, String>,
    pub(super) not_before: Time,
    pub(super) not_after: Time,
}

impl Leaf {
    pub(super) fn read(der: &CertificateDer<'_>) -> Result<Leaf, String> {
        // `Raw`: a serial number that is against the rules is no reason not to look.
        let certificate =
            CertificateInner::<Raw>::from_der(der).map_err(|error| error.to_string())?;
        let says = certificate.tbs_certificate;
        let names = says
            .get::<SubjectAltName>()
            .map(|names| names.map(|(_, names)| names.0).unwrap_or_default())
            .map(|names| names.iter().filter_map(host).collect())
            .map_err(|error| error.to_string());
        Ok(Leaf {
            subject: says.subject.to_string(),
            issuer: says.issuer.to_string(),
            names,
            not_before: time(says.validity.not_before),
            not_after: time(says.validity.not_after),
        })
    }
}

fn host(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.to_string()),
        GeneralName::IpAddress(bytes) => address(bytes.as_bytes()).map(|ip| ip.to_string()),
        _ => None,
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    let v6 = <[u8; 16]>::try_from(bytes).map(IpAddr::from);
    v4.or(v6).ok()
}

fn time(time: x509_cert::time::Time) -> Time {
    let ms = time.to_unix_duration().as_millis();
    Time::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))
}
