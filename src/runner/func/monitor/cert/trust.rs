//! Checks whether other programs would accept a certificate.

use std::path::Path;

use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore};

use super::handshake::Inspected;
use super::leaf::Leaf;
use jobs_text::quoted;

/// Whether an authority of the system or of `ca_file` has signed the certificate; the inner error says why not. The
/// outer error means that the file cannot be read.
pub(super) fn trusted(
    inspected: &Inspected,
    leaf: &Leaf,
    now: UnixTime,
    ca_file: Option<&Path>,
) -> Result<Result<(), String>, String> {
    let mut roots = RootCertStore::empty();
    // Some of the system's files may be broken; use the others.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(file) = ca_file {
        add(&mut roots, file)?;
    }
    if roots.is_empty() {
        return Ok(Err("this system has no trusted authorities".to_owned()));
    }
    if let Some(why) = &inspected.unproved {
        return Ok(Err(format!(
            "the server did not prove that it has the key: {why}"
        )));
    }
    let known = rustls::crypto::ring::default_provider().signature_verification_algorithms;
    let checked = ParsedCertificate::try_from(&inspected.leaf).and_then(|parsed| {
        verify_server_cert_signed_by_trust_anchor(
            &parsed,
            &roots,
            &inspected.others,
            now,
            known.all,
        )
    });
    Ok(checked.map_err(|error| match error {
        Error::InvalidCertificate(CertificateError::UnknownIssuer)
            if leaf.subject == leaf.issuer =>
        {
            "it is self-signed".to_owned()
        }
        error => reason(&error),
    }))
}

/// Whether the certificate is valid for the name; the error says why not.
pub(super) fn fits(leaf: &CertificateDer<'_>, name: &ServerName<'_>) -> Result<(), String> {
    ParsedCertificate::try_from(leaf)
        .and_then(|parsed| verify_server_name(&parsed, name))
        .map_err(|error| match error {
            Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            ) => format!("it is not for {}", quoted(&name.to_str())),
            error => reason(&error),
        })
}

fn add(roots: &mut RootCertStore, file: &Path) -> Result<(), String> {
    let shown = quoted(&file.to_string_lossy());
    let wrong = |why: String| format!("the certificates in {shown} can't be read: {why}");
    let mut count = 0;
    for certificate in
        CertificateDer::pem_file_iter(file).map_err(|error| wrong(error.to_string()))?
    {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| wrong(error.to_string()))?;
        count += 1;
    }
    if count == 0 {
        return Err(wrong("there are none".to_owned()));
    }
    Ok(())
}

fn reason(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(problem) => match problem {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "it has expired".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "it is not valid yet".to_owned()
            }
            CertificateError::UnknownIssuer => "no trusted authority has signed it".to_owned(),
            CertificateError::BadSignature => "its signature is wrong".to_owned(),
            other => other.to_string(),
        },
        other => other.to_string(),
    }
}
