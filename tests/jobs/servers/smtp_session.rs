//! A connection to the mail server.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustls::{ServerConnection, StreamOwned};

use super::{Mail, Say, Shared, Tls};

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

/// The connection ends: the client has disconnected, or a prepared reaction closes it.
pub(super) struct Over;

impl From<std::io::Error> for Over {
    fn from(_: std::io::Error) -> Over {
        Over
    }
}

pub(super) struct Session<'a> {
    shared: &'a Shared,
    stream: Stream,
    ahead: Vec<u8>,
    user: Option<String>,
    from: String,
    to: Vec<String>,
}

impl<'a> Session<'a> {
    pub(super) fn new(shared: &'a Shared, stream: TcpStream) -> Session<'a> {
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        Session {
            shared,
            stream: Stream::Plain(stream),
            ahead: Vec::new(),
            user: None,
            from: String::new(),
            to: Vec::new(),
        }
    }

    pub(super) fn run(mut self) -> Option<Over> {
        self.talk().err()
    }

    fn talk(&mut self) -> Result<(), Over> {
        if self.shared.mode.tls == Tls::Always {
            self.encrypt()?;
        }
        self.answer("HELLO", "220 test ESMTP")?;
        loop {
            let line = self.line()?;
            self.shared.heard.lock().unwrap().push(line.clone());
            let command = line
                .split([' ', ':'])
                .next()
                .unwrap_or_default()
                .to_ascii_uppercase();
            match command.as_str() {
                "EHLO" | "HELO" => self.hello(&line)?,
                "STARTTLS" => {
                    self.answer(&line, "220 go ahead")?;
                    self.ahead.clear();
                    self.encrypt()?;
                }
                "AUTH" => self.login(&line)?,
                "MAIL" => {
                    (self.from, self.to) = (path(&line), Vec::new());
                    self.answer(&line, "250 2.1.0 sender ok")?;
                }
                "RCPT" => {
                    if self.answer(&line, "250 2.1.5 recipient ok")? {
                        self.to.push(path(&line));
                    }
                }
                "DATA" => {
                    if self.answer(&line, "354 go on")? {
                        self.message()?;
                    }
                }
                "QUIT" => {
                    self.answer(&line, "221 bye")?;
                    return Ok(());
                }
                "RSET" | "NOOP" => {
                    self.answer(&line, "250 ok")?;
                }
                _ => self.send("500 unknown command")?,
            }
        }
    }

    fn encrypt(&mut self) -> Result<(), Over> {
        let Stream::Plain(plain) = &self.stream else {
            return Err(Over);
        };
        let plain = plain.try_clone()?;
        let connection = ServerConnection::new(self.shared.tls.clone()).map_err(|_| Over)?;
        self.stream = Stream::Tls(Box::new(StreamOwned::new(connection, plain)));
        Ok(())
    }

    fn hello(&mut self, line: &str) -> Result<(), Over> {
        let mode = &self.shared.mode;
        let mut lines = vec!["test greets you".to_string(), "8BITMIME".to_string()];
        if mode.tls == Tls::Starttls && matches!(self.stream, Stream::Plain(_)) {
            lines.push("STARTTLS".to_string());
        }
        if !mode.mechanisms.is_empty() {
            lines.push(format!("AUTH {}", mode.mechanisms));
        }
        let last = lines.len() - 1;
        let lines: Vec<String> = lines
            .iter()
            .enumerate()
            .map(|(at, text)| format!("250{}{text}", if at == last { ' ' } else { '-' }))
            .collect();
        self.answer(line, &lines.join("\r\n"))?;
        Ok(())
    }

    fn login(&mut self, line: &str) -> Result<(), Over> {
        let mut words = line.split(' ').skip(1);
        let (user, password) = match (words.next(), words.next()) {
            (Some("PLAIN"), Some(given)) => {
                let text = decoded(given);
                let mut parts = text.split('\0').skip(1).map(str::to_string);
                (
                    parts.next().unwrap_or_default(),
                    parts.next().unwrap_or_default(),
                )
            }
            (Some("LOGIN"), None) => {
                self.send("334 VXNlcm5hbWU6")?;
                let user = decoded(&self.line()?);
                self.send("334 UGFzc3dvcmQ6")?;
                (user, decoded(&self.line()?))
            }
            _ => return self.send("504 unknown mechanism"),
        };
        if self.shared.mode.login != Some((user.clone(), password)) {
            return self.send("535 5.7.8 wrong user or password");
        }
        if self.answer(line, "235 2.7.0 welcome")? {
            self.user = Some(user);
        }
        Ok(())
    }

    fn message(&mut self) -> Result<(), Over> {
        let mut data = String::new();
        loop {
            let line = self.line()?;
            if line == "." {
                break;
            }
            data.push_str(line.strip_prefix('.').unwrap_or(&line));
            data.push_str("\r\n");
        }
        let mail = Mail {
            from: self.from.clone(),
            to: self.to.clone(),
            data,
            user: self.user.clone(),
            is_encrypted: matches!(self.stream, Stream::Tls(_)),
        };
        // Record the message before the answer, so that a test that waits for the client finds it.
        let is_accepted = match self.rule(".") {
            None => true,
            Some(Say::Reply(text)) => text.starts_with('2'),
            Some(_) => false,
        };
        if is_accepted {
            self.shared.mails.lock().unwrap().push(mail);
        }
        self.answer(".", "250 2.0.0 queued as 4711")?;
        Ok(())
    }

    fn rule(&self, command: &str) -> Option<Say> {
        let mut rules = self.shared.mode.rules.iter();
        let rule = rules.find(|(start, _)| command.starts_with(start));
        rule.map(|(_, say)| say.clone())
    }

    /// Sends the prepared answer for this command, or else the usual one. Returns whether the answer accepts the command.
    fn answer(&mut self, command: &str, usual: &str) -> Result<bool, Over> {
        match self.rule(command) {
            None => self.send(usual)?,
            Some(Say::Reply(text)) => {
                self.send(&text)?;
                return Ok(text.starts_with(['2', '3']));
            }
            Some(Say::Silence) => {
                self.line()?;
                return Err(Over);
            }
            Some(Say::Drip) => loop {
                self.write(b"2")?;
                std::thread::sleep(Duration::from_millis(50));
            },
            Some(Say::Close) => return Err(Over),
        }
        Ok(true)
    }

    fn send(&mut self, line: &str) -> Result<(), Over> {
        self.write(format!("{line}\r\n").as_bytes())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Over> {
        let stream: &mut dyn Write = match &mut self.stream {
            Stream::Plain(stream) => stream,
            Stream::Tls(stream) => stream.as_mut(),
        };
        stream.write_all(bytes)?;
        stream.flush()?;
        Ok(())
    }

    /// The next line, without its end.
    fn line(&mut self) -> Result<String, Over> {
        loop {
            if let Some(end) = self.ahead.windows(2).position(|two| two == b"\r\n") {
                let line: Vec<u8> = self.ahead.drain(..end + 2).collect();
                return Ok(String::from_utf8_lossy(&line[..end]).into_owned());
            }
            let mut piece = [0; 4096];
            let count = match &mut self.stream {
                Stream::Plain(stream) => stream.read(&mut piece)?,
                Stream::Tls(stream) => stream.read(&mut piece)?,
            };
            if count == 0 {
                return Err(Over);
            }
            self.ahead.extend_from_slice(&piece[..count]);
        }
    }
}

/// The text between `<` and `>`.
fn path(line: &str) -> String {
    let start = line.find('<').map_or(0, |at| at + 1);
    let end = line.rfind('>').unwrap_or(line.len());
    line[start..end].to_string()
}

fn decoded(text: &str) -> String {
    let bytes = BASE64_STANDARD.decode(text.trim()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
