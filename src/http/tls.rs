//! The certificate of the door and its key, read again when the files change.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::error::{Error, Result};
use crate::fs::Stamp;

/// The pair of files, and what was read of them.
#[derive(Debug)]
pub struct Tls {
    cert: PathBuf,
    key: PathBuf,
    read: Mutex<Read>,
}

#[derive(Debug)]
struct Read {
    /// The stamps that the files had when they were read last, whether they could be used or not.
    stamps: [Option<Stamp>; 2],
    config: Arc<ServerConfig>,
}

impl Tls {
    /// Reads a certificate chain and its key, PEM both.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`], naming the key of the configuration, when one of them can't be read or they don't fit.
    pub fn load(cert: &Path, key: &Path) -> Result<Tls> {
        let stamps = [Stamp::of(cert), Stamp::of(key)];
        let config = read(cert, key)?;
        Ok(Tls {
            cert: cert.to_path_buf(),
            key: key.to_path_buf(),
            read: Mutex::new(Read { stamps, config }),
        })
    }

    /// What a new connection is encrypted with: by the pair that is there now, or by the last one that would do.
    pub(super) fn current(&self) -> Arc<ServerConfig> {
        let mut known = self.read.lock();
        let stamps = [Stamp::of(&self.cert), Stamp::of(&self.key)];
        if stamps != known.stamps {
            match read(&self.cert, &self.key) {
                Ok(config) => {
                    known.config = config;
                    tracing::info!(cert = %self.cert.display(), "the certificate was read again");
                }
                // Said once for each change: the new stamps are remembered, good or bad.
                Err(error) => tracing::warn!(
                    %error,
                    "the certificate has changed and will not do; the one before holds"
                ),
            }
            known.stamps = stamps;
        }
        known.config.clone()
    }
}

fn read(cert: &Path, key: &Path) -> Result<Arc<ServerConfig>> {
    let refuse = |field: &str, path: &Path, what: &dyn std::fmt::Display| {
        Error::invalid(field, format!("`{}` {what}", path.display()))
    };
    let unreadable = |field: &'static str, path: &Path, error: &dyn std::fmt::Display| {
        refuse(field, path, &format!("can't be read: {error}"))
    };
    let chain = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable("server.tls.cert", cert, &error))?;
    if chain.is_empty() {
        return Err(
            refuse("server.tls.cert", cert, &"holds no certificate").hint("a PEM file is wanted")
        );
    }
    let secret = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| unreadable("server.tls.key", key, &error).hint("a PEM file is wanted"))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(chain, secret)
        })
        .map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                let what = format!("is not the key of the certificate `{}`", cert.display());
                refuse("server.tls.key", key, &what)
            }
            error => refuse("server.tls.cert", cert, &format!("will not do: {error}")),
        })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
