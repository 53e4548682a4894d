//! The client's side: blocking, without a runtime and without a thread.

use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};

use interprocess::local_socket::Stream;
use interprocess::local_socket::traits::Stream as _;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{code, line_max, peer, socket};
use jobs_api::Request;
use jobs_fs::{PlaceError, Problem, Refusal};

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ClientError {
    /// No daemon listens on the socket.
    #[error("no daemon answers on `{}`: {reason}\nhint: {hint}", .path.display())]
    Unreachable {
        path: PathBuf,
        reason: String,
        hint: String,
    },
    /// Another account could listen, or does. Nothing was sent.
    #[error("{0}")]
    Untrusted(String),
    /// The connection was lost, or the answer can't be read.
    #[error("{0}")]
    Broken(String),
    /// The daemon answered with an error.
    #[error("{message}")]
    Remote {
        code: i64,
        message: String,
        data: Option<Value>,
    },
}

impl ClientError {
    /// Whether no daemon listens.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, ClientError::Unreachable { .. })
    }

    /// Whether the error is that the job does not exist.
    pub fn is_no_such_job(&self) -> bool {
        matches!(self, ClientError::Remote { code, .. } if *code == code::NO_SUCH_JOB)
    }
}

/// A connection to the daemon.
pub struct Client {
    stream: BufReader<Stream>,
    next_id: u64,
}

impl Client {
    /// Connects to the socket at `path`, if only root and the own account can listen there. The requests hold secrets.
    ///
    /// # Errors
    ///
    /// [`ClientError::Unreachable`] with the reason, [`ClientError::Untrusted`] when another account listens, or can replace
    /// the socket.
    pub fn connect(path: &Path) -> Result<Client, ClientError> {
        match jobs_fs::check_socket(path) {
            Err(PlaceError::Refused(refusal)) => return Err(untrusted_place(path, &refusal)),
            // Then the connection fails too, with the same reason.
            Ok(()) | Err(PlaceError::Io { .. }) => {}
        }
        let stream = socket::name(path)
            .and_then(Stream::connect)
            .map_err(|error| unreachable(path, &error))?;
        match peer::listener(&stream) {
            Ok(None) => {}
            Ok(Some(uid)) => return Err(untrusted_listener(path, uid)),
            Err(error) => return Err(unreachable(path, &error)),
        }
        Ok(Client {
            stream: BufReader::new(stream),
            next_id: 0,
        })
    }

    /// Calls an operation and waits for its answer.
    ///
    /// # Errors
    ///
    /// [`ClientError::Remote`] when the daemon refuses, [`ClientError::Broken`] when the connection does not hold.
    pub fn call<A: Request>(&mut self, request: &A) -> Result<A::Answer, ClientError> {
        let params = serde_json::to_value(request)
            .map_err(|error| ClientError::Broken(error.to_string()))?;
        self.call_raw(A::METHOD, params)
    }

    /// Calls a method by its name.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub fn call_raw<T: DeserializeOwned>(
        &mut self,
        method: &str,
        params: Value,
    ) -> Result<T, ClientError> {
        self.next_id += 1;
        let request =
            json!({ "jsonrpc": "2.0", "method": method, "params": params, "id": self.next_id });
        let mut line = request.to_string();
        let most = line_max(method);
        if line.len() > most {
            return Err(ClientError::Broken(format!(
                "the request has {} bytes; {most} is the most that the daemon takes",
                line.len()
            )));
        }
        line.push('\n');
        self.stream
            .get_mut()
            .write_all(line.as_bytes())
            .map_err(broken)?;
        let mut answer = Vec::new();
        self.stream.read_until(b'\n', &mut answer).map_err(broken)?;
        if answer.is_empty() {
            return Err(ClientError::Broken(
                "the daemon closed the connection; it may be shutting down".into(),
            ));
        }
        read_response(&answer)
    }
}

#[derive(serde::Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Response<T> {
    #[serde(default = "none")]
    result: Option<T>,
    #[serde(default)]
    error: Option<ErrorObject>,
}

fn none<T>() -> Option<T> {
    None
}

#[derive(serde::Deserialize)]
struct ErrorObject {
    code: i64,
    message: String,
    #[serde(default)]
    data: Option<Value>,
}

fn read_response<T: DeserializeOwned>(line: &[u8]) -> Result<T, ClientError> {
    let answer: Response<T> = serde_json::from_slice(line).map_err(|error| {
        ClientError::Broken(format!("the daemon's answer can't be read: {error}"))
    })?;
    match (answer.result, answer.error) {
        (_, Some(fault)) => Err(ClientError::Remote {
            code: fault.code,
            message: fault.message,
            data: fault.data,
        }),
        (Some(result), None) => Ok(result),
        (None, None) => Err(ClientError::Broken(
            "the daemon's answer is neither a result nor an error".into(),
        )),
    }
}

fn broken(error: io::Error) -> ClientError {
    ClientError::Broken(format!("the connection to the daemon broke: {error}"))
}

fn untrusted_place(path: &Path, refusal: &Refusal) -> ClientError {
    let hint = match refusal.problem {
        Problem::Owner(uid) => format!("{}; else {}", as_account(uid), refusal.mend()),
        Problem::GroupWrites(_)
        | Problem::EveryoneWrites
        | Problem::Link(_)
        | Problem::LinkOwner(_) => refusal.mend(),
    };
    ClientError::Untrusted(format!(
        "the socket `{}` is not used: {refusal}\nhint: {hint}",
        path.display()
    ))
}

fn untrusted_listener(path: &Path, uid: u32) -> ClientError {
    ClientError::Untrusted(format!(
        "the account {uid} listens on `{}`, and this program talks only to a daemon of root or of its own account\nhint: {}",
        path.display(),
        as_account(uid)
    ))
}

fn as_account(uid: u32) -> String {
    format!(
        "if the daemon of that account is meant, run this program as the account, as by `sudo -u '#{uid}'`"
    )
}

fn unreachable(path: &Path, error: &io::Error) -> ClientError {
    const START: &str = "is it running? `jobs start -d` starts it";
    let (reason, hint) = match error.kind() {
        ErrorKind::NotFound => ("there is no socket".to_string(), START),
        ErrorKind::ConnectionRefused => ("no daemon listens (has it died?)".to_string(), START),
        ErrorKind::PermissionDenied => (
            "permission denied".to_string(),
            "only the daemon's own account and root may call it",
        ),
        _ => (error.to_string(), START),
    };
    ClientError::Unreachable {
        path: path.to_path_buf(),
        reason,
        hint: hint.to_string(),
    }
}
