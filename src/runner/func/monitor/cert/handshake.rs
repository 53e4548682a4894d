//! A TLS handshake that accepts any certificate, to inspect it. No data is ever sent over the connection.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use parking_lot::Mutex;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, ProtocolVersion, SignatureScheme,
};

use super::super::deadline::{Deadline, whole_millis};
use super::super::endpoint::Endpoint;

/// The certificates and properties of a server.
#[derive(Debug)]
pub(super) struct Inspected {
    pub(super) address: SocketAddr,
    /// For example `TLS 1.3`.
    pub(super) version: String,
    pub(super) leaf: CertificateDer<'static>,
    /// The other certificates that the server sent.
    pub(super) others: Vec<CertificateDer<'static>>,
    /// Why the server has not proved that it holds the key of its certificate; `None` when it has.
    pub(super) unproved: Option<String>,
}

/// Connects and inspects the certificate.
pub(super) fn inspect(
    endpoint: &Endpoint,
    name: &ServerName<'static>,
    deadline: &Deadline,
) -> Result<Inspected, String> {
    let (stream, address) = endpoint.connect(deadline)?;
    let verifier = Arc::new(RecordingVerifier::default());
    let mut connection = connection(&verifier, name)?;
    let mut timed = Timed { stream, deadline };
    let ended = shake_hands(&mut connection, &mut timed);
    let recorded = verifier.recorded();
    let Some((leaf, others)) = recorded.chain else {
        return Err(match ended {
            Err(error) if is_timeout(&error) => format!(
                "`{endpoint}` did not send a certificate within {}",
                whole_millis(deadline.whole())
            ),
            Err(error) => format!("the TLS handshake with `{endpoint}` failed: {error}"),
            Ok(()) => format!("`{endpoint}` has sent no certificate"),
        });
    };
    // A server may ask for a client certificate and close the connection: its own certificate was sent all the same.
    let unproved = match (recorded.has_signed, ended) {
        (true, _) => recorded.bad_signature,
        (false, Err(error)) => Some(error.to_string()),
        (false, Ok(())) => Some("it has signed nothing".to_owned()),
    };
    Ok(Inspected {
        address,
        version: version(connection.protocol_version()),
        leaf,
        others,
        unproved,
    })
}

fn connection(
    verifier: &Arc<RecordingVerifier>,
    name: &ServerName<'static>,
) -> Result<ClientConnection, String> {
    let dynamic: Arc<dyn ServerCertVerifier> = Arc::<RecordingVerifier>::clone(verifier);
    let config = ClientConfig::builder_with_provider(Arc::clone(&verifier.provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(dynamic)
        .with_no_client_auth();
    ClientConnection::new(Arc::new(config), name.clone()).map_err(|error| error.to_string())
}

fn shake_hands(connection: &mut ClientConnection, timed: &mut Timed<'_>) -> io::Result<()> {
    while connection.is_handshaking() {
        connection.complete_io(timed)?;
    }
    connection.send_close_notify();
    // The server may have closed the connection; the certificate was already received.
    let _ = connection.write_tls(timed);
    Ok(())
}

fn version(version: Option<ProtocolVersion>) -> String {
    match version {
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2".to_owned(),
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3".to_owned(),
        Some(other) => format!("{other:?}"),
        None => "TLS".to_owned(),
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock
    )
}

/// A stream whose reads and writes end at the deadline.
struct Timed<'a> {
    stream: TcpStream,
    deadline: &'a Deadline,
}

impl Read for Timed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.deadline.left().ok_or(io::ErrorKind::TimedOut)?;
        self.stream.set_read_timeout(Some(left))?;
        self.stream.read(buffer)
    }
}

impl Write for Timed<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let left = self.deadline.left().ok_or(io::ErrorKind::TimedOut)?;
        self.stream.set_write_timeout(Some(left))?;
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// A verifier that accepts every certificate and records it.
#[derive(Debug)]
struct RecordingVerifier {
    provider: Arc<CryptoProvider>,
    recorded: Mutex<Recorded>,
}

#[derive(Clone, Debug, Default)]
struct Recorded {
    chain: Option<(CertificateDer<'static>, Vec<CertificateDer<'static>>)>,
    has_signed: bool,
    bad_signature: Option<String>,
}

impl Default for RecordingVerifier {
    fn default() -> Self {
        RecordingVerifier {
            provider: Arc::new(rustls::crypto::ring::default_provider()),
            recorded: Mutex::default(),
        }
    }
}

impl RecordingVerifier {
    fn recorded(&self) -> Recorded {
        self.recorded.lock().clone()
    }

    fn record(&self, change: impl FnOnce(&mut Recorded)) {
        let mut recorded = self.recorded.lock();
        change(&mut recorded);
    }

    /// Continues the handshake in any case and records a signature that does not match the certificate.
    fn signed(
        &self,
        checked: Result<HandshakeSignatureValid, Error>,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.record(|recorded| {
            recorded.has_signed = true;
            recorded.bad_signature = checked.err().map(|error| error.to_string());
        });
        Ok(HandshakeSignatureValid::assertion())
    }
}

impl ServerCertVerifier for RecordingVerifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let others = others
            .iter()
            .map(|other| other.clone().into_owned())
            .collect();
        self.record(|recorded| recorded.chain = Some((leaf.clone().into_owned(), others)));
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        self.signed(verify_tls12_signature(message, leaf, signature, known))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        self.signed(verify_tls13_signature(message, leaf, signature, known))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
