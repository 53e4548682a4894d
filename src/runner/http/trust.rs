//! Whom HTTPS trusts: the system's roots, and those of `jobs.http_ca_file`.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::{Problem, problem};

/// The system's roots are read again after this time: they change when the system is updated.
const AGE: Duration = Duration::from_secs(3600);

type Roots = Arc<Vec<Certificate<'static>>>;

static SYSTEM: Mutex<Option<(Instant, Roots)>> = Mutex::new(None);

pub(super) fn tls(ca_file: Option<&Path>) -> Result<TlsConfig, Problem> {
    let mut roots = system();
    if let Some(file) = ca_file {
        let mut more = roots.to_vec();
        more.extend(read(file)?);
        roots = Arc::new(more);
    }
    if roots.is_empty() {
        return Err(Problem::new(
            "this system has no certificates to trust (Debian's package `ca-certificates`), and `jobs.http_ca_file` names none"
                .to_string(),
        ));
    }
    Ok(TlsConfig::builder()
        .root_certs(RootCerts::Specific(roots))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build())
}

fn system() -> Roots {
    let mut known = SYSTEM.lock();
    if let Some((read, roots)) = &*known
        && read.elapsed() < AGE
    {
        return roots.clone();
    }
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "some certificates of the system can't be read");
    }
    let roots: Roots = Arc::new(found.certs.iter().map(owned).collect());
    *known = Some((Instant::now(), roots.clone()));
    roots
}

fn read(file: &Path) -> Result<Vec<Certificate<'static>>, Problem> {
    let refuse =
        |why: &str| Problem::new(format!("jobs.http_ca_file: `{}`: {why}", file.display()));
    let bytes = std::fs::read(file)
        .map_err(|error| refuse(&format!("cannot be read: {}", problem::words(&error))))?;
    let mut found = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(&bytes) {
        let certificate = certificate
            .ok()
            .filter(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok())
            .ok_or_else(|| refuse("one of its certificates is broken"))?;
        found.push(owned(&certificate));
    }
    if found.is_empty() {
        return Err(refuse("there is no certificate in it"));
    }
    Ok(found)
}

fn owned(certificate: &CertificateDer<'static>) -> Certificate<'static> {
    Certificate::from_der(certificate.as_ref()).to_owned()
}
