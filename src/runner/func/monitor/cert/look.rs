//! A TLS handshake that takes any certificate, to look at it. Nothing is ever sent over such a connection.

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

/// What a server has shown.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) address: SocketAddr,
    /// `TLS 1.3`
    pub(super) version: String,
    pub(super) leaf: CertificateDer<'static>,
    /// Those that it has sent with it.
    pub(super) others: Vec<CertificateDer<'static>>,
    /// Why it has not proved that it has the key of its certificate.
    pub(super) unproved: Option<String>,
}

/// Connects and looks.
pub(super) fn look(
    endpoint: &Endpoint,
    name: &ServerName<'static>,
    deadline: &Deadline,
) -> Result<Seen, String> {
    let (stream, address) = endpoint.connect(deadline)?;
    let witness = Arc::new(Witness::default());
    let mut connection = connection(&witness, name)?;
    let mut timed = Timed { stream, deadline };
    let ended = shake_hands(&mut connection, &mut timed);
    let testimony = witness.testimony();
    let Some((leaf, others)) = testimony.chain else {
        return Err(match ended {
            Err(error) if is_late(&error) => format!(
                "`{endpoint}` did not show a certificate within {}",
                whole_millis(deadline.whole())
            ),
            Err(error) => format!("`{endpoint}` does not speak TLS with us: {error}"),
            Ok(()) => format!("`{endpoint}` has shown no certificate"),
        });
    };
    // A server may want a certificate of ours and hang up: it has been seen all the same.
    let unproved = match (testimony.has_signed, ended) {
        (true, _) => testimony.bad_signature,
        (false, Err(error)) => Some(error.to_string()),
        (false, Ok(())) => Some("it has signed nothing".to_owned()),
    };
    Ok(Seen {
        address,
        version: version(connection.protocol_version()),
        leaf,
        others,
        unproved,
    })
}

fn connection(
    witness: &Arc<Witness>,
    name: &ServerName<'static>,
) -> Result<ClientConnection, String> {
    let verifier: Arc<dyn ServerCertVerifier> = Arc::<Witness>::clone(witness);
    let config = ClientConfig::builder_with_provider(Arc::clone(&witness.provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    ClientConnection::new(Arc::new(config), name.clone()).map_err(|error| error.to_string())
}

fn shake_hands(connection: &mut ClientConnection, timed: &mut Timed<'_>) -> io::Result<()> {
    while connection.is_handshaking() {
        connection.complete_io(timed)?;
    }
    connection.send_close_notify();
    // It may be gone already; what was to be seen was seen.
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

fn is_late(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock
    )
}

/// A stream each of whose waits ends with the deadline.
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

/// Takes every certificate, and remembers it.
#[derive(Debug)]
struct Witness {
    provider: Arc<CryptoProvider>,
    testimony: Mutex<Testimony>,
}

#[derive(Clone, Debug, Default)]
struct Testimony {
    chain: Option<(CertificateDer<'static>, Vec<CertificateDer<'static>>)>,
    has_signed: bool,
    bad_signature: Option<String>,
}

impl Default for Witness {
    fn default() -> Self {
        Witness {
            provider: Arc::new(rustls::crypto::ring::default_provider()),
            testimony: Mutex::default(),
        }
    }
}

impl Witness {
    fn testimony(&self) -> Testimony {
        self.testimony.lock().clone()
    }

    fn remember(&self, change: impl FnOnce(&mut Testimony)) {
        let mut testimony = self.testimony.lock();
        change(&mut testimony);
    }

    /// The handshake goes on in any case; a signature that is not the certificate's is told.
    fn signed(
        &self,
        checked: Result<HandshakeSignatureValid, Error>,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.remember(|testimony| {
            testimony.has_signed = true;
            testimony.bad_signature = checked.err().map(|error| error.to_string());
        });
        Ok(HandshakeSignatureValid::assertion())
    }
}

impl ServerCertVerifier for Witness {
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
        self.remember(|testimony| testimony.chain = Some((leaf.clone().into_owned(), others)));
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
