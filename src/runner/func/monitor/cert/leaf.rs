//! The contents of a certificate.

use std::net::IpAddr;

use rustls::pki_types::CertificateDer;
use x509_cert::certificate::{CertificateInner, Raw};
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use jobs_schedule::Time;

/// The certificate of the server itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) subject: String,
    pub(super) issuer: String,
    /// The names and addresses that it is valid for, or why they cannot be read.
    pub(super) names: Result<Vec<String>, String>,
    pub(super) not_before: Time,
    pub(super) not_after: Time,
}

impl Leaf {
    pub(super) fn read(der: &CertificateDer<'_>) -> Result<Leaf, String> {
        // `Raw`: a certificate with a serial number that breaks the rules is inspected too.
        let certificate =
            CertificateInner::<Raw>::from_der(der).map_err(|error| error.to_string())?;
        let certificate_body = certificate.tbs_certificate;
        let names = certificate_body
            .get::<SubjectAltName>()
            .map(|names| names.map(|(_, names)| names.0).unwrap_or_default())
            .map(|names| names.iter().filter_map(host).collect())
            .map_err(|error| error.to_string());
        Ok(Leaf {
            subject: certificate_body.subject.to_string(),
            issuer: certificate_body.issuer.to_string(),
            names,
            not_before: time(certificate_body.validity.not_before),
            not_after: time(certificate_body.validity.not_after),
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
