//! Test helpers of the functions that send: a call, and a web server on loopback.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::super::{Call, Databases, Settings, find};
use jobs_error::{Error, Result};
use jobs_model::{JobFigures, Rows};
use jobs_schedule::{Time, Zone};

/// 2026-11-24T10:00:00Z.
pub(in super::super) const NOW: Time = Time::from_millis(1_795_514_400_000);

/// A fake database that has only figures.
#[derive(Default)]
pub(in super::super) struct Figures(pub(in super::super) Vec<JobFigures>);

impl Databases for Figures {
    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    fn query(&self, _: Option<&str>, _: &str, _: usize) -> Result<Rows> {
        Err(Error::Store("there is no database".to_string()))
    }

    fn execute(&self, _: &str, _: &str) -> Result<u64> {
        Err(Error::Store("there is no database".to_string()))
    }

    fn figures(&self, from: Time, until: Time, job: Option<&str>) -> Result<Vec<JobFigures>> {
        assert!(from < until);
        let all = self.0.iter();
        Ok(all
            .filter(|figures| job.is_none_or(|name| figures.name == name))
            .cloned()
            .collect())
    }
}

/// Settings that keep a response up to 64 KiB.
pub(in super::super) fn settings() -> Settings {
    Settings {
        response_max_bytes: 64 * 1024,
        ..Settings::default()
    }
}

/// Calls a function. Returns its output and its result.
pub(in super::super) fn call(
    name: &str,
    args: &[&str],
    settings: &Settings,
) -> (String, std::result::Result<(), String>) {
    call_with(name, args, settings, &Figures::default())
}

pub(in super::super) fn call_with(
    name: &str,
    args: &[&str],
    settings: &Settings,
    databases: &dyn Databases,
) -> (String, std::result::Result<(), String>) {
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_string()).collect();
    let mut out = Vec::new();
    let mut call = Call {
        args: &args,
        raw: &args,
        job_name: "test",
        now: NOW,
        zone: &Zone::utc(),
        timeout: Some(Duration::from_secs(2)),
        settings,
        databases,
        note: &mut None,
        out: &mut out,
    };
    let ended = (find(name).unwrap().run)(&mut call).map_err(|failure| failure.to_string());
    (String::from_utf8(out).unwrap(), ended)
}

/// A request as the server received it.
#[derive(Clone, Debug)]
pub(in super::super) struct Request {
    /// For example `POST /x HTTP/1.1`.
    pub(in super::super) line: String,
    /// Names in lower case.
    pub(in super::super) headers: Vec<(String, String)>,
    pub(in super::super) body: String,
}

impl Request {
    pub(in super::super) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find_map(|(other, value)| (other == name).then_some(value.as_str()))
    }
}

/// A web server that gives the same response to every request.
pub(in super::super) struct Web {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Web {
    /// With an empty status, the server does not answer: the connection stays open and silent for a while.
    pub(in super::super) fn start(status: &'static str, body: &'static str) -> Web {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let of_thread = requests.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Some(mut stream) = stream.ok() else {
                    continue;
                };
                let Some(request) = receive(&mut stream) else {
                    continue;
                };
                of_thread.lock().unwrap().push(request);
                if status.is_empty() {
                    std::thread::sleep(Duration::from_secs(4));
                    continue;
                }
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                );
                stream.write_all(answer.as_bytes()).ok();
            }
        });
        Web { port, requests }
    }

    pub(in super::super) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(in super::super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn receive(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let end = loop {
        let mut piece = [0; 4096];
        let count = stream.read(&mut piece).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&piece[..count]);
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n").map(str::to_string);
    let line = lines.next()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_string()))
        })
        .collect();
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = bytes.split_off(end + 4);
    let have = body.len();
    body.resize(length, 0);
    stream
        .read_exact(body.get_mut(have..).unwrap_or_default())
        .ok()?;
    Some(Request {
        line,
        headers,
        body: String::from_utf8(body).unwrap(),
    })
}
