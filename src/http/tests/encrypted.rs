//! TLS: valid, changed and invalid certificates.

use std::path::{Path, PathBuf};

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use super::super::Tls;
use super::*;

struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Files {
        Files {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn cert(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    /// Puts a new pair there, and returns the certificate.
    fn renew(&self) -> CertificateDer<'static> {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_string()]).unwrap();
        let cert = params.self_signed(&key).unwrap();
        replace(&self.cert(), &cert.pem());
        replace(&self.key(), &key.serialize_pem());
        cert.into()
    }
}

/// Replaces a file as tools do: by renaming a new one.
fn replace(path: &Path, text: &str) {
    let new = path.with_extension("new");
    std::fs::write(&new, text).unwrap();
    std::fs::rename(new, path).unwrap();
}

/// The answer to a client that trusts only this certificate.
async fn asks(
    served: &Served,
    trusted: &CertificateDer<'static>,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> std::io::Result<Answer> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let mut stream = connector.connect(name, served.connect().await).await?;
    let request = b"GET /small HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await?;
    Ok(read(&mut stream).await)
}

const BOTH: &[&rustls::SupportedProtocolVersion] =
    &[&rustls::version::TLS13, &rustls::version::TLS12];

#[tokio::test(flavor = "multi_thread")]
async fn changed_pair_is_used_only_if_it_is_valid() {
    let files = Files::new();
    let first = files.renew();
    let mut encrypted = settings();
    encrypted.header_timeout = Duration::from_secs(1);
    encrypted.tls = Some(Arc::new(Tls::load(&files.cert(), &files.key()).unwrap()));
    let served = Served::with(encrypted);
    for version in BOTH {
        let answer = asks(&served, &first, &[version]).await.unwrap();
        assert_eq!(answer.text(), "little");
        let strict = answer.header("strict-transport-security");
        assert_eq!(strict, Some("max-age=31536000"));
    }

    let second = files.renew();
    assert!(asks(&served, &first, BOTH).await.is_err());
    assert_eq!(asks(&served, &second, BOTH).await.unwrap().status(), 200);

    // Broken, of another pair, or removed: the previous pair stays in use.
    replace(&files.cert(), "rubbish");
    assert_eq!(asks(&served, &second, BOTH).await.unwrap().status(), 200);
    let other = Files::new();
    other.renew();
    std::fs::copy(other.cert(), files.cert()).unwrap();
    assert_eq!(asks(&served, &second, BOTH).await.unwrap().status(), 200);
    std::fs::remove_file(files.key()).unwrap();
    assert_eq!(asks(&served, &second, BOTH).await.unwrap().status(), 200);
    let third = files.renew();
    assert_eq!(asks(&served, &third, BOTH).await.unwrap().status(), 200);

    // A client without a handshake is cut off, and a client without TLS gets no answer.
    let mut silent = served.connect().await;
    assert_eq!(read(&mut silent).await.head, "");
    let mut plain = served.connect().await;
    plain
        .write_all(b"GET /small HTTP/1.1\r\n\r\n")
        .await
        .unwrap();
    let mut rest = Vec::new();
    let _ = plain.read_to_end(&mut rest).await;
    assert!(!String::from_utf8_lossy(&rest).contains("little"));
}

#[test]
fn invalid_pair_is_refused_with_the_reason() {
    let (files, other) = (Files::new(), Files::new());
    files.renew();
    other.renew();
    let empty = files.folder.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    let missing = files.folder.path().join("missing.pem");
    let rows = [
        (&missing, &files.key(), "server.tls.cert: ", "can't be read"),
        (&files.cert(), &missing, "server.tls.key: ", "can't be read"),
        (&empty, &files.key(), "server.tls.cert: ", "no certificate"),
        (&files.cert(), &empty, "server.tls.key: ", "can't be read"),
        (
            &files.cert(),
            &other.key(),
            "server.tls.key: ",
            "is not the key of",
        ),
    ];
    for (cert, key, field, what) in rows {
        let error = Tls::load(cert, key).unwrap_err().to_string();
        assert!(error.starts_with(field), "{error}");
        assert!(error.contains(what), "{error}");
    }
}
