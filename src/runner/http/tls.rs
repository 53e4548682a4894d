//! TLS to a server or to a proxy. Trusted are the certificates of the system and those of `jobs.http_ca_file`.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use super::connect::BoxStream;
use super::problem::{Problem, io_words};
pub use super::tls_fault::TlsFault;
use super::verifier::ListedVerifier;

/// The system's certificates are read again after this time: they change when the system is updated.
const MAX_AGE: Duration = Duration::from_secs(3600);

/// Upper bound on `jobs.http_ca_file`, in bytes. That of the system has some 200 KiB.
const PEM_MAX: u64 = 16 * 1024 * 1024;

/// The configuration that was made last.
struct Cached {
    made: Instant,
    /// The content of `jobs.http_ca_file` at that time.
    ca: Option<Vec<u8>>,
    config: Arc<ClientConfig>,
}

static CACHE: Mutex<Option<Cached>> = Mutex::new(None);

/// The configuration for all connections, made anew when `ca_file` has changed and once an hour.
pub(super) fn config(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, Problem> {
    let ca = match ca_file {
        Some(file) => Some(read(file)?),
        None => None,
    };
    let mut cache = CACHE.lock();
    if let Some(cached) = &*cache
        && cached.made.elapsed() < MAX_AGE
        && cached.ca == ca
    {
        return Ok(cached.config.clone());
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(of_system());
    let listed = match (ca_file, &ca) {
        (Some(file), Some(pem)) => of_file(file, pem)?,
        _ => Vec::new(),
    };
    roots.add_parsable_certificates(listed.iter().cloned());
    if roots.is_empty() {
        return Err(Problem::NoTrustedCertificates);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = ListedVerifier::new(roots, listed, provider.clone())
        .map_err(|error| Problem::invalid("tls", error))?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Problem::invalid("tls", error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    // A resumed session would skip the check of the certificate.
    config.resumption = Resumption::disabled();
    let config = Arc::new(config);
    *cache = Some(Cached {
        made: Instant::now(),
        ca,
        config: config.clone(),
    });
    Ok(config)
}

/// All trusted certificates, for a client that makes a configuration of its own.
pub(super) fn trusted(ca_file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let mut trusted = of_system();
    if let Some(file) = ca_file {
        trusted.extend(of_file(file, &read(file)?)?);
    }
    match trusted.is_empty() {
        true => Err(Problem::NoTrustedCertificates),
        false => Ok(trusted),
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Problem> {
    jobs_fs::read_file(file, PEM_MAX)
        .map_err(|error| refused(file, &format!("cannot be read: {}", io_words(&error))))
}

fn of_system() -> Vec<CertificateDer<'static>> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "some certificates of the system can't be read");
    }
    found.certs
}

/// The certificates of `jobs.http_ca_file`.
fn of_file(file: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let mut found = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate
            .ok()
            .filter(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok())
            .ok_or_else(|| refused(file, "one of its certificates is broken"))?;
        found.push(certificate);
    }
    match found.is_empty() {
        true => Err(refused(file, "there is no certificate in it")),
        false => Ok(found),
    }
}

fn refused(file: &Path, why: &str) -> Problem {
    Problem::invalid("jobs.http_ca_file", format!("`{}`: {why}", file.display()))
}

/// Makes a TLS connection of a connection. `peer` names the other end in messages.
pub(super) async fn handshake(
    stream: BoxStream,
    host: &str,
    config: Arc<ClientConfig>,
    peer: &str,
) -> Result<BoxStream, Problem> {
    let failed = |fault| Problem::Tls {
        peer: peer.to_string(),
        fault,
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(bare.to_string()).map_err(|_| failed(TlsFault::HostName))?;
    match TlsConnector::from(config).connect(name, stream).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => Err(failed(
            TlsFault::in_io(&error).unwrap_or(TlsFault::Broken(error)),
        )),
    }
}
