//! The dialogue with the mail server, step by step, so that an error can name the step.

use std::error::Error as _;
use std::io;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::transport::smtp::response::Response;
use rustls::{CertificateError, InvalidMessage};

use super::super::sending::{masked, one_line};
use super::plan::Plan;
use jobs_config::SmtpTls;

/// The text of lettre's error for a connection that ends before the answer does; lettre has no type for it.
const CLOSED: &str = "incomplete response";

/// How long the server may take to answer QUIT, once it has the message.
const FAREWELL: Duration = Duration::from_secs(1);

/// The steps of the dialogue, in their order.
#[derive(Clone, Debug)]
enum Step {
    Connect,
    Tls,
    Login,
    Sender,
    Recipient(Address),
    Data,
    Message,
}

enum Event {
    At(Step),
    Done(Result<String, MailProblem>),
}

/// Why a mail was not sent, in one sentence for an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailProblem {
    pub text: String,
    pub fault: MailFault,
}

/// The kinds of problems with a mail server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailFault {
    /// The mail can't be sent as it is, or the server has refused it for good.
    Refused,
    /// The server has refused it for the moment.
    Busy,
    /// The server gave no answer.
    Unreachable,
    /// The time was up.
    TimedOut,
}

fn refused(text: String) -> MailProblem {
    MailProblem {
        text,
        fault: MailFault::Refused,
    }
}

fn broken(text: String) -> MailProblem {
    MailProblem {
        text,
        fault: MailFault::Unreachable,
    }
}

/// Sends the message once, and returns the server's answer to it.
///
/// The dialogue has a thread of its own, because a timeout of the socket does not bound all of it: looking up a name takes as
/// long as the system likes, and a server may send a byte now and then. A thread that is given up ends with the process.
pub(super) fn send(plan: Plan, timeout: Duration) -> Result<String, MailProblem> {
    let (sender, events) = channel();
    let (server, deadline) = (plan.server(), Instant::now() + timeout);
    std::thread::Builder::new()
        .name("smtp".into())
        .spawn(move || {
            let mut dialogue = Dialogue {
                plan,
                deadline,
                timeout,
                events: sender,
                step: Step::Connect,
            };
            dialogue.run();
        })
        .map_err(|error| broken(format!("no thread can be started: {error}")))?;
    let mut step = Step::Connect;
    loop {
        match events.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Event::At(next)) => step = next,
            Ok(Event::Done(result)) => return result,
            Err(RecvTimeoutError::Timeout) => return Err(timed_out(&step, &server, timeout)),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(broken(format!(
                    "the dialogue with `{server}` broke off within the program"
                )));
            }
        }
    }
}

struct Dialogue {
    plan: Plan,
    deadline: Instant,
    timeout: Duration,
    events: Sender<Event>,
    step: Step,
}

impl Dialogue {
    fn run(&mut self) {
        let (result, connection) = match self.deliver() {
            Ok((answer, connection)) => (Ok(answer), Some(connection)),
            Err(failure) => (Err(failure), None),
        };
        // Nobody receives any more when the time was over; the timeout has been reported then.
        let _ = self.events.send(Event::Done(result));
        if let Some(mut connection) = connection {
            // The server has the message: its answer to QUIT changes nothing.
            let _ = connection
                .set_timeout(Some(FAREWELL))
                .map(|()| connection.quit());
        }
    }

    fn deliver(&mut self) -> Result<(String, SmtpConnection), MailProblem> {
        let mut connection = self.connect()?;
        self.log_in(&mut connection)?;
        self.at(Step::Sender, &mut connection)?;
        let mail = Mail::new(Some(self.plan.from.clone()), self.parameters(&connection)?);
        connection
            .command(mail)
            .map_err(|error| self.failed(&error))?;
        for address in self.plan.to.clone() {
            self.at(Step::Recipient(address.clone()), &mut connection)?;
            let recipient = Rcpt::new(address, Vec::new());
            connection
                .command(recipient)
                .map_err(|error| self.failed(&error))?;
        }
        self.at(Step::Data, &mut connection)?;
        connection
            .command(Data)
            .map_err(|error| self.failed(&error))?;
        self.at(Step::Message, &mut connection)?;
        let answer = connection
            .message(&self.plan.message)
            .map_err(|error| self.failed(&error))?;
        Ok((self.shown(&answer), connection))
    }

    /// Connects with the encryption that `smtp.tls` asks for, or fails.
    fn connect(&mut self) -> Result<SmtpConnection, MailProblem> {
        let (host, port) = (self.plan.host.clone(), self.plan.port);
        let tls = match self.plan.tls {
            SmtpTls::None => None,
            SmtpTls::Starttls | SmtpTls::Tls => {
                Some(parameters(&host, self.plan.ca_file.as_deref())?)
            }
        };
        let from_start = tls.as_ref().filter(|_| self.plan.tls == SmtpTls::Tls);
        let name = ClientId::default();
        let left = self.left()?;
        let mut connection =
            SmtpConnection::connect((host, port), Some(left), &name, from_start, None)
                .map_err(|error| self.failed(&error))?;
        if self.plan.tls != SmtpTls::Starttls {
            return Ok(connection);
        }
        self.at(Step::Tls, &mut connection)?;
        if !connection.can_starttls() {
            return Err(refused(format!(
                "`{}` does not offer STARTTLS, and the message must not go without TLS (`smtp.tls`)",
                self.plan.server()
            )));
        }
        if let Some(tls) = &tls {
            connection
                .starttls(tls, &name)
                .map_err(|error| self.failed(&error))?;
        }
        Ok(connection)
    }

    fn log_in(&mut self, connection: &mut SmtpConnection) -> Result<(), MailProblem> {
        let Some((user, password)) = self.plan.login.clone() else {
            return Ok(());
        };
        self.at(Step::Login, connection)?;
        let offered: Vec<Mechanism> = [Mechanism::Plain, Mechanism::Login]
            .into_iter()
            .filter(|known| connection.server_info().supports_auth_mechanism(*known))
            .collect();
        if offered.is_empty() {
            return Err(refused(format!(
                "`{}` offers neither of the logins PLAIN and LOGIN",
                self.plan.server()
            )));
        }
        connection
            .auth(&offered, &Credentials::new(user, password))
            .map_err(|error| self.failed(&error))?;
        Ok(())
    }

    /// The parameters of MAIL FROM: an address that is not ASCII needs a server with the extension SMTPUTF8.
    fn parameters(&self, connection: &SmtpConnection) -> Result<Vec<MailParameter>, MailProblem> {
        let mut all = self.plan.to.iter().chain([&self.plan.from]);
        let Some(address) = all.find(|address| !address.to_string().is_ascii()) else {
            return Ok(Vec::new());
        };
        if connection
            .server_info()
            .supports_feature(Extension::SmtpUtfEight)
        {
            return Ok(vec![MailParameter::SmtpUtfEight]);
        }
        Err(refused(format!(
            "`{address}` is not ASCII, and `{}` takes no such address (SMTPUTF8)",
            self.plan.server()
        )))
    }

    /// Begins a step, which may take the rest of the time.
    fn at(&mut self, step: Step, connection: &mut SmtpConnection) -> Result<(), MailProblem> {
        self.step = step.clone();
        // Nobody receives any more when the time was over; `left` ends the dialogue then.
        let _ = self.events.send(Event::At(step));
        let left = self.left()?;
        connection
            .set_timeout(Some(left))
            .map_err(|error| broken(format!("no timeout can be set: {error}")))
    }

    fn left(&self) -> Result<Duration, MailProblem> {
        match self.deadline.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(timed_out(&self.step, &self.plan.server(), self.timeout)),
            left => Ok(left),
        }
    }

    /// The server's answer, code and text, with secrets masked.
    fn shown(&self, answer: &Response) -> String {
        let lines: Vec<&str> = answer.message().collect();
        let text = format!("{} {}", answer.code(), lines.join(" "));
        one_line(&masked(&text, &self.plan.secrets()))
    }

    fn failed(&self, error: &Error) -> MailProblem {
        let server = self.plan.server();
        if source_of(error).is_some_and(is_timeout) {
            return timed_out(&self.step, &server, self.timeout);
        }
        let why = one_line(&masked(&why(error), &self.plan.secrets()));
        if let Some(problem) = source_of(error).and_then(tls_problem) {
            let hint = match problem {
                rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
                    " (`jobs.http_ca_file` names certificates that are trusted besides the system's)"
                }
                rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
                    " (the port does not speak TLS from the beginning, which `smtp.tls: tls` asks for)"
                }
                _ => "",
            };
            return broken(format!("no TLS connection with `{server}`: {why}{hint}"));
        }
        let nothing = "nothing was sent";
        let text = match &self.step {
            Step::Connect => format!("can't connect to `{server}`: {why}"),
            Step::Tls => format!("`{server}` refused STARTTLS: {why}"),
            Step::Login => {
                let user = self.plan.login.as_ref().map_or("", |(user, _)| user);
                format!("`{server}` refused the login of `{user}`: {why}")
            }
            Step::Sender => format!("`{server}` refused the sender `{}`: {why}", self.plan.from),
            Step::Recipient(address) => {
                format!("`{server}` refused the recipient `{address}`: {why}; {nothing}")
            }
            Step::Data => format!("`{server}` refused the message: {why}; {nothing}"),
            Step::Message if error.status().is_some() => {
                format!("`{server}` refused the message: {why}; {nothing}")
            }
            Step::Message => {
                format!("`{server}` may or may not have taken the message: {why}")
            }
        };
        let fault = match error.status() {
            Some(_) if error.is_transient() => MailFault::Busy,
            Some(_) => MailFault::Refused,
            None => MailFault::Unreachable,
        };
        MailProblem { text, fault }
    }
}

fn timed_out(step: &Step, server: &str, timeout: Duration) -> MailProblem {
    let problem = |text| MailProblem {
        text,
        fault: MailFault::TimedOut,
    };
    let what = match step {
        Step::Connect => "connected to".to_string(),
        Step::Tls => "began TLS with".to_string(),
        Step::Login => "logged in to".to_string(),
        Step::Sender => "named the sender to".to_string(),
        Step::Recipient(address) => format!("named the recipient `{address}` to"),
        Step::Data => "announced the message to".to_string(),
        Step::Message => {
            return problem(format!(
                "timed out after {timeout:?}: `{server}` may or may not have taken the message"
            ));
        }
    };
    problem(format!(
        "timed out after {timeout:?} while it {what} `{server}`; nothing was sent"
    ))
}

/// Upper bound on `jobs.http_ca_file`, in bytes. That of the system has some 200 KiB.
const PEM_MAX: u64 = 16 * 1024 * 1024;

/// The system's certificates, and those of a file.
fn parameters(host: &str, ca_file: Option<&Path>) -> Result<TlsParameters, MailProblem> {
    let mut builder = TlsParameters::builder(host.to_string());
    if let Some(path) = ca_file {
        let failed =
            |why: String| refused(format!("`jobs.http_ca_file`: `{}`: {why}", path.display()));
        let pem = jobs_fs::read_file(path, PEM_MAX).map_err(|error| failed(error.to_string()))?;
        if !String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----") {
            return Err(failed(
                "there is no certificate in PEM form in it".to_string(),
            ));
        }
        let certificates = Certificate::from_pem(&pem).map_err(|error| failed(why(&error)))?;
        builder = builder.add_root_certificate(certificates);
    }
    builder
        .build()
        .map_err(|error| refused(format!("TLS can't be set up: {}", why(&error))))
}

/// The server's answer, else the error on the way to it.
fn why(error: &Error) -> String {
    let source = error.source().map(ToString::to_string);
    match (error.status(), source) {
        (Some(code), Some(text)) => format!("{code} {text}"),
        (Some(code), None) => code.to_string(),
        (None, Some(text)) if error.is_response() && text == CLOSED => {
            "it closed the connection".to_string()
        }
        (None, Some(text)) if error.is_response() => format!("it said what is no answer: {text}"),
        (None, Some(text)) => text,
        (None, None) => error.to_string(),
    }
}

fn source_of(error: &Error) -> Option<&io::Error> {
    error.source()?.downcast_ref()
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock
    )
}

/// The TLS error inside of an error of the connection: rustls wraps its errors in the system's type.
fn tls_problem(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}
