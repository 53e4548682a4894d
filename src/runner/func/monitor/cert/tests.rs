//!
//! Tests of `Monitor cert` with real TLS servers on loopback.
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, SupportedProtocolVersion};

use super::super::super::Failure;
use super::super::super::testing::TestCall;
use super::super::run;

/// A certificate chain and its key.
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

/// A certificate authority, and a file with its certificate.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    file: PathBuf,
    _folder: tempfile::TempDir,
}

/// A certificate for `localhost` and 127.0.0.1, valid from 2020 to `until`. The tests' clock shows 2026-12-01
/// 10:00:00+08:00.
fn params(until: (i32, u8, u8)) -> CertificateParams {
    let hosts = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let mut params = CertificateParams::new(hosts).unwrap();
    params.distinguished_name.push(DnType::CommonName, "a test");
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(until.0, until.1, until.2);
    params
}

fn key_of(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivatePkcs8KeyDer::from(key.serialize_der()).into()
}

fn self_signed(params: CertificateParams) -> Identity {
    let key = KeyPair::generate().unwrap();
    Identity {
        chain: vec![params.self_signed(&key).unwrap().der().clone()],
        key: key_of(&key),
    }
}

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::new([]).unwrap();
        params
            .distinguished_name
            .push(DnType::CommonName, "a test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        std::fs::write(&file, certificate.pem()).unwrap();
        Authority {
            issuer: Issuer::new(params, key),
            certificate: certificate.der().clone(),
            file,
            _folder: folder,
        }
    }

    fn signs(&self, params: CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        let signed = params.signed_by(&key, &self.issuer).unwrap();
        Identity {
            chain: vec![signed.der().clone()],
            key: key_of(&key),
        }
    }

    /// A call with this authority's certificate in `ca_file`.
    fn call(&self) -> TestCall {
        let mut call = TestCall::default();
        call.settings.ca_file = Some(self.file.clone());
        call
    }
}

/// Serves TLS with this certificate until the test ends. Returns the port.
fn serve(
    identity: Identity,
    versions: &[&'static SupportedProtocolVersion],
    asks: Option<&Authority>,
) -> u16 {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions)
        .unwrap();
    let builder = match asks {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.certificate.clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let config = Arc::new(
        builder
            .with_single_cert(identity.chain, identity.key)
            .unwrap(),
    );
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
            let _ = stream.read(&mut [0; 64]);
        }
    });
    port
}

fn serve_usual(identity: Identity) -> u16 {
    serve(identity, rustls::ALL_VERSIONS, None)
}

/// The behaviour of a server on one connection.
type Behaviour = fn(TcpStream);

fn inspect(call: &TestCall, host: &str, port: u16, days: &[&str]) -> (String, Result<(), String>) {
    let at = format!("{host}:{port}");
    let args = [&["cert", &at][..], days].concat();
    let (printed, ended) = call.call(run, &args);
    (printed, ended.map_err(|Failure(why)| why))
}

#[test]
fn cert_of_trusted_authority_succeeds() {
    let authority = Authority::new();
    for versions in [&[&rustls::version::TLS12], &[&rustls::version::TLS13]] {
        let port = serve(authority.signs(params((2027, 3, 1))), versions, None);
        let (printed, ended) = inspect(&authority.call(), "localhost", port, &[]);
        assert_eq!(ended, Ok(()));
        let version = match versions[0].version {
            rustls::ProtocolVersion::TLSv1_2 => "TLS 1.2",
            _ => "TLS 1.3",
        };
        let expected = format!(
            "cert: `localhost:{port}` (127.0.0.1), {version}\n\
             subject: CN=a test\n\
             issuer: CN=a test authority\n\
             names: localhost, 127.0.0.1\n\
             valid: 2020-01-01T08:00:00+08:00 to 2027-03-01T08:00:00+08:00, 89 days left\n\
             trusted: yes\n\
             fits the name: yes\n"
        );
        assert_eq!(printed.replace("CN=rcgen self signed cert,", ""), expected);
    }
}

#[test]
fn cert_matches_names_and_addresses() {
    let authority = Authority::new();
    let port = serve_usual(authority.signs(params((2027, 3, 1))));
    let (printed, ended) = inspect(&authority.call(), "127.0.0.1", port, &[]);
    assert_eq!(ended, Ok(()));
    assert!(
        printed.ends_with("trusted: yes\nfits the name: yes\n"),
        "{printed}"
    );

    let mut other = params((2027, 3, 1));
    other.subject_alt_names = CertificateParams::new(["example.com".to_owned()])
        .unwrap()
        .subject_alt_names;
    let port = serve_usual(authority.signs(other));
    let (printed, ended) = inspect(&authority.call(), "localhost", port, &[]);
    let why = ended.unwrap_err();
    assert!(
        why.ends_with("does not fit: it is not for `localhost`"),
        "{why}"
    );
    assert!(printed.contains("names: example.com\n"), "{printed}");
    assert!(
        printed.ends_with("trusted: yes\nfits the name: no, it is not for `localhost`\n"),
        "{printed}"
    );
}

#[test]
fn cert_self_signed_is_inspected_and_fails() {
    let authority = Authority::new();
    let port = serve_usual(self_signed(params((2027, 3, 1))));
    let (printed, ended) = inspect(&authority.call(), "localhost", port, &["89"]);
    let why = ended.unwrap_err();
    assert!(why.ends_with("is not trusted: it is self-signed"), "{why}");
    assert!(
        printed.contains("trusted: no, it is self-signed\n"),
        "{printed}"
    );
    assert!(printed.contains("fits the name: yes\n"), "{printed}");
}

#[test]
fn cert_of_unknown_authority_is_inspected_and_fails() {
    let (authority, other) = (Authority::new(), Authority::new());
    let port = serve_usual(other.signs(params((2027, 3, 1))));
    let (printed, ended) = inspect(&authority.call(), "localhost", port, &[]);
    let why = ended.unwrap_err();
    assert!(why.contains("is not trusted: "), "{why}");
    assert!(printed.contains("trusted: no, "), "{printed}");
}

#[test]
fn cert_near_expiry_fails() {
    let authority = Authority::new();
    let port = serve_usual(authority.signs(params((2026, 12, 11))));
    let call = authority.call();
    let (printed, ended) = inspect(&call, "localhost", port, &[]);
    assert!(printed.contains(", 9 days left\n"), "{printed}");
    assert_eq!(
        ended,
        Err(format!(
            "cert: the certificate of `localhost:{port}` expires in 9 days, at 2026-12-11T08:00:00+08:00, the limit is 14 days"
        ))
    );
    assert_eq!(inspect(&call, "localhost", port, &["9"]).1, Ok(()));
    assert_eq!(inspect(&call, "localhost", port, &["0"]).1, Ok(()));
    assert!(inspect(&call, "localhost", port, &["10"]).1.is_err());
}

#[test]
fn cert_expired_fails() {
    let authority = Authority::new();
    for identity in [
        authority.signs(params((2026, 11, 1))),
        self_signed(params((2026, 11, 1))),
    ] {
        let port = serve_usual(identity);
        let (printed, ended) = inspect(&authority.call(), "localhost", port, &["0"]);
        assert!(
            printed.contains("2026-11-01T08:00:00+08:00, expired 30 days ago\n"),
            "{printed}"
        );
        assert!(printed.contains("trusted: no, it "), "{printed}");
        assert_eq!(
            ended,
            Err(format!(
                "cert: the certificate of `localhost:{port}` has expired 30 days ago, at 2026-11-01T08:00:00+08:00"
            ))
        );
    }
}

#[test]
fn cert_not_yet_valid_fails() {
    let authority = Authority::new();
    let mut early = params((2028, 1, 1));
    early.not_before = date_time_ymd(2027, 1, 1);
    let port = serve_usual(authority.signs(early));
    let (printed, ended) = inspect(&authority.call(), "localhost", port, &[]);
    assert!(
        printed.contains("trusted: no, it is not valid yet\n"),
        "{printed}"
    );
    let why = ended.unwrap_err();
    assert!(
        why.ends_with("is not valid before 2027-01-01T08:00:00+08:00"),
        "{why}"
    );
}

#[test]
fn cert_of_server_with_client_auth_succeeds() {
    let authority = Authority::new();
    for versions in [&[&rustls::version::TLS12], &[&rustls::version::TLS13]] {
        let port = serve(
            authority.signs(params((2027, 3, 1))),
            versions,
            Some(&authority),
        );
        let (printed, ended) = inspect(&authority.call(), "localhost", port, &[]);
        assert_eq!(ended, Ok(()));
        assert!(printed.contains("89 days left\n"), "{printed}");
        assert!(printed.contains("trusted: yes\n"), "{printed}");
    }
}

#[test]
fn cert_with_many_names_lists_twenty() {
    let mut many = params((2027, 3, 1));
    let names: Vec<String> = (1..=25)
        .map(|number| format!("n{number}.example.com"))
        .collect();
    many.subject_alt_names = CertificateParams::new(names).unwrap().subject_alt_names;
    let authority = Authority::new();
    let port = serve_usual(authority.signs(many));
    let (printed, _) = inspect(&authority.call(), "localhost", port, &[]);
    assert!(
        printed.contains("n20.example.com and 5 more\n"),
        "{printed}"
    );
}

#[test]
fn cert_with_bad_ca_file_fails() {
    let port = serve_usual(self_signed(params((2027, 3, 1))));
    let folder = tempfile::tempdir().unwrap();
    let none = folder.path().join("none.pem");
    std::fs::write(&none, "nothing\n").unwrap();
    let broken = folder.path().join("broken.pem");
    let text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    std::fs::write(&broken, text).unwrap();
    for (file, end) in [
        (none, "can't be read: there are none"),
        (broken, ""),
        (folder.path().join("missing.pem"), ""),
    ] {
        let mut call = TestCall::default();
        call.settings.ca_file = Some(file.clone());
        let (printed, ended) = inspect(&call, "localhost", port, &[]);
        assert!(printed.contains("89 days left\n"), "{printed}");
        let why = ended.unwrap_err();
        let start = format!("cert: the certificates in `{}", file.display());
        assert!(why.starts_with(start.get(..60).unwrap_or(&start)), "{why}");
        assert!(why.ends_with(end), "{why}");
    }
}

#[test]
fn cert_of_server_without_tls_fails() {
    // The servers close, speak another protocol, stay silent, or send a byte now and then.
    let servers: [(Behaviour, &str); 4] = [
        (drop, "the TLS handshake with `"),
        (
            |mut stream| {
                let _ = stream.write_all(b"220 mail.example.com ESMTP\r\n");
                let _ = stream.read(&mut [0; 64]);
            },
            "the TLS handshake with `",
        ),
        (
            |stream| {
                thread::sleep(Duration::from_secs(5));
                drop(stream);
            },
            "did not send a certificate within 1800 ms",
        ),
        (
            |mut stream| {
                // The beginning of a handshake record that never ends.
                let _ = stream.write_all(&[0x16, 3, 3, 0x10, 0]);
                while stream.write_all(&[2]).is_ok() {
                    thread::sleep(Duration::from_millis(20));
                }
            },
            "did not send a certificate within 1800 ms",
        ),
    ];
    let call = TestCall {
        timeout: Some(Duration::from_secs(2)),
        ..TestCall::default()
    };
    for (answer, what) in servers {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || answer(listener.accept().unwrap().0));
        let start = Instant::now();
        let (_, ended) = inspect(&call, "127.0.0.1", port, &[]);
        let why = ended.unwrap_err();
        assert!(why.contains(what), "{why}");
        assert!(start.elapsed() < Duration::from_secs(2), "{why}");
    }
}
