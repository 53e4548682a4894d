//! One message with its sender and recipients, and the connection over which it is sent.

use std::net::Ipv6Addr;
use std::path::PathBuf;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use lettre::Address;

use super::super::sending::one_line;
use jobs_config::SmtpTls;

/// A message to send, and how to send it.
pub(super) struct Plan {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: SmtpTls,
    /// The account and its password.
    pub(super) login: Option<(String, String)>,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) from: Address,
    pub(super) to: Vec<Address>,
    /// Headers and body.
    pub(super) message: Vec<u8>,
}

impl Plan {
    /// The server for a message, `mail.example.com:587`.
    pub(super) fn server(&self) -> String {
        match self.host.parse::<Ipv6Addr>() {
            Ok(address) => format!("[{address}]:{}", self.port),
            Err(_) => format!("{}:{}", self.host, self.port),
        }
    }

    /// The encryption and the account of the connection, for a message.
    pub(super) fn manner(&self) -> String {
        let tls = match self.tls {
            SmtpTls::None => "without TLS",
            SmtpTls::Starttls => "STARTTLS",
            SmtpTls::Tls => "TLS",
        };
        match &self.login {
            Some((user, _)) => format!("{tls}, as {}", one_line(user)),
            None => tls.to_string(),
        }
    }

    /// The password, and the forms in which it is sent to the server.
    pub(super) fn secrets(&self) -> Vec<String> {
        let Some((user, password)) = &self.login else {
            return Vec::new();
        };
        vec![
            password.clone(),
            BASE64_STANDARD.encode(password),
            BASE64_STANDARD.encode(format!("\0{user}\0{password}")),
        ]
    }
}
