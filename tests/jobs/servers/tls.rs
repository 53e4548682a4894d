//! A certificate authority for the tests, valid certificates, and certificates with one fault each.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The names of each server of the tests, also the one that only a proxy knows.
pub const NAMES: &[&str] = &["localhost", "127.0.0.1", "::1", "proxy-only.test"];

/// An authority that no machine trusts by default.
pub struct Ca {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// The certificate of a server and its key.
struct Identity {
    certificate: CertificateDer<'static>,
    key: KeyPair,
}

impl Ca {
    pub fn new() -> Ca {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        name(&mut params, "jobs test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let now = SystemTime::now();
        lasts(&mut params, now - 100 * DAY, now + 20 * 365 * DAY);
        let pem = params.self_signed(&key).unwrap().pem();
        Ca {
            pem,
            issuer: Issuer::new(params, key),
        }
    }

    /// The certificate of the authority, in PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Writes the certificate of the authority to a file.
    pub fn write(&self, path: impl AsRef<Path>) {
        std::fs::write(path, &self.pem).unwrap();
    }

    /// A server with these names and addresses, and a valid certificate.
    pub fn server_config(&self, names: &[&str]) -> Arc<ServerConfig> {
        self.sign(server(names))
    }

    /// A server whose certificate expired yesterday.
    pub fn expired(&self) -> Arc<ServerConfig> {
        let now = SystemTime::now();
        let mut params = server(NAMES);
        lasts(&mut params, now - 30 * DAY, now - DAY);
        self.sign(params)
    }

    /// A server whose certificate expires in this number of days and an hour.
    pub fn expires_in(&self, days: u32) -> Arc<ServerConfig> {
        let now = SystemTime::now();
        let mut params = server(NAMES);
        lasts(&mut params, now - 30 * DAY, now + days * DAY + HOUR);
        self.sign(params)
    }

    /// A server with the certificate of `another.test`.
    pub fn for_another_name(&self) -> Arc<ServerConfig> {
        self.server_config(&["another.test"])
    }

    fn sign(&self, params: CertificateParams) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        config(Identity {
            certificate: certificate.into(),
            key,
        })
    }
}

/// A server whose certificate is valid, but signed by no authority.
pub fn self_signed() -> Arc<ServerConfig> {
    let key = KeyPair::generate().unwrap();
    let certificate = server(NAMES).self_signed(&key).unwrap();
    config(Identity {
        certificate: certificate.into(),
        key,
    })
}

/// A server with the usual self-signed certificate (`openssl req -x509`), which is that of an authority too, and its PEM.
pub fn self_signed_authority(names: &[&str], is_expired: bool) -> (Arc<ServerConfig>, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = server(names);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = Vec::new();
    params.extended_key_usages = Vec::new();
    if is_expired {
        let now = SystemTime::now();
        lasts(&mut params, now - 30 * DAY, now - DAY);
    }
    let certificate = params.self_signed(&key).unwrap();
    let pem = certificate.pem();
    let certificate = certificate.into();
    (config(Identity { certificate, key }), pem)
}

fn server(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
    let common = names.first().cloned().unwrap_or_default();
    let mut params = CertificateParams::new(names).unwrap();
    name(&mut params, &common);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let now = SystemTime::now();
    lasts(&mut params, now - DAY, now + 90 * DAY);
    params
}

fn name(params: &mut CertificateParams, common: &str) {
    params.distinguished_name = Default::default();
    params.distinguished_name.push(DnType::CommonName, common);
}

fn lasts(params: &mut CertificateParams, from: SystemTime, to: SystemTime) {
    params.not_before = from.into();
    params.not_after = to.into();
}

fn config(identity: Identity) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivatePkcs8KeyDer::from(identity.key.serialize_der());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![identity.certificate], key.into())
        .unwrap();
    Arc::new(config)
}
