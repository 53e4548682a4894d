//! The certificate of the server and its key, reloaded when the files change.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use jobs_error::{Error, Result};
use jobs_fs::{Stamp, read_file};

/// Upper bound on a certificate chain and on a key, in bytes.
const PEM_MAX: u64 = 1024 * 1024;

/// The two files, and the TLS configuration made of them.
#[derive(Debug)]
pub struct Tls {
    cert: PathBuf,
    key: PathBuf,
    loaded: Mutex<Loaded>,
}

#[derive(Debug)]
struct Loaded {
    /// The stamps of the files when they were read last, whether they were valid or not.
    stamps: [Option<Stamp>; 2],
    /// Made of the last valid pair.
    config: Arc<ServerConfig>,
}

impl Tls {
    /// Reads a certificate chain and its key, PEM both.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`], naming the key of the configuration, when a file can't be read or the two do not belong together.
    pub fn load(cert: &Path, key: &Path) -> Result<Tls> {
        let stamps = [Stamp::of(cert), Stamp::of(key)];
        let config = read(cert, key)?;
        Ok(Tls {
            cert: cert.to_path_buf(),
            key: key.to_path_buf(),
            loaded: Mutex::new(Loaded { stamps, config }),
        })
    }

    /// The TLS configuration for a new connection: of the files as they are now, or of the last valid pair.
    pub(super) fn current(&self) -> Arc<ServerConfig> {
        let mut loaded = self.loaded.lock();
        let stamps = [Stamp::of(&self.cert), Stamp::of(&self.key)];
        if stamps != loaded.stamps {
            match read(&self.cert, &self.key) {
                Ok(config) => {
                    loaded.config = config;
                    tracing::info!(cert = %self.cert.display(), "the certificate was read again");
                }
                // Logged once per change: the new stamps are remembered even if the pair is not valid.
                Err(error) => tracing::warn!(
                    %error,
                    "the certificate has changed and is not valid; the previous one stays in use"
                ),
            }
            loaded.stamps = stamps;
        }
        loaded.config.clone()
    }
}

fn read(cert: &Path, key: &Path) -> Result<Arc<ServerConfig>> {
    let refuse = |field: &str, path: &Path, what: &dyn std::fmt::Display| {
        Error::invalid(field, format!("`{}` {what}", path.display()))
    };
    let unreadable = |field: &'static str, path: &Path, error: &dyn std::fmt::Display| {
        refuse(field, path, &format!("can't be read: {error}"))
    };
    let bytes = |field: &'static str, path: &Path| {
        read_file(path, PEM_MAX).map_err(|error| unreadable(field, path, &error))
    };
    let chain = CertificateDer::pem_slice_iter(&bytes("server.tls.cert", cert)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| unreadable("server.tls.cert", cert, &error))?;
    if chain.is_empty() {
        return Err(
            refuse("server.tls.cert", cert, &"holds no certificate").hint("it must be a PEM file")
        );
    }
    let secret = PrivateKeyDer::from_pem_slice(&bytes("server.tls.key", key)?)
        .map_err(|error| unreadable("server.tls.key", key, &error).hint("it must be a PEM file"))?;
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
            error => refuse("server.tls.cert", cert, &format!("is not valid: {error}")),
        })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
