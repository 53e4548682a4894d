//! A server over a fake service in which executions begin, print and end as a test says.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State as Shared};
use axum::http::{Response, StatusCode};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::client::Client;
use crate::client::Client as From;
use jobs_api::{Answer, Call, Caller, Handler, History, JobView, LogChunk, Logs, Transport, Who};
use jobs_error::{Error, Result};
use jobs_events::{Change, Event, Events, Finished, JobChange, Started};
use jobs_model::{Bytes, ExecId, Execution, Job, JobId, Mode, Role, Source, State, Status};
use jobs_schedule::Time;

pub const PATH: &str = "/jobs/events";

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

pub struct TestServer {
    service: Arc<FakeService>,
    server: Arc<super::super::Server>,
    pub stop: CancellationToken,
}

struct FakeService {
    events: Events,
    executions: Mutex<BTreeMap<ExecId, (Execution, Vec<u8>)>>,
    changed: Condvar,
    is_void: AtomicBool,
}

impl Handler for FakeService {
    fn answer(&self, _: &Caller, call: Call) -> Result<Answer> {
        match call {
            Call::Logs(request) => self
                .logs(&request)
                .map(|chunk| Answer::Logs(Box::new(chunk))),
            Call::History(request) => self
                .history(&request)
                .map(|rows| Answer::History(Box::new(rows))),
            Call::Show(request) => {
                let name = request.job.to_string();
                let id: Option<JobId> = name.strip_prefix("job-").and_then(|id| id.parse().ok());
                let id = id.ok_or(Error::NoSuchJob(name))?;
                let view = JobView {
                    job: job(id),
                    state: State::Waiting,
                    running: 0,
                    queued: 0,
                    last: None,
                    paused: false,
                    strip: None,
                    usual_ms: None,
                    streak: 0,
                    failing_since: None,
                    running_since: None,
                    running_exec: None,
                    work: None,
                };
                Ok(Answer::Show(Box::new(view)))
            }
            other => panic!("{other:?}"),
        }
    }

    fn authenticate(&self, _: &str, address: IpAddr) -> Result<Caller> {
        if self.is_void.load(Ordering::Relaxed) {
            return Err(Error::Unauthorized("it is void".into()));
        }
        Ok(Caller {
            who: Who::User { uid: None },
            transport: Transport::Http,
            role: Some(Role::Viewer),
            address: Some(address),
            session: None,
        })
    }

    fn events(&self, caller: &Caller) -> Result<Events> {
        match caller.role {
            Some(_) => Ok(self.events.clone()),
            None => Err(Error::Unauthorized("who are you?".into())),
        }
    }

    fn is_allowed(&self, _: IpAddr) -> bool {
        true
    }

    fn access_version(&self) -> u64 {
        0
    }
}

impl FakeService {
    fn logs(&self, request: &Logs) -> Result<LogChunk> {
        let exec_id = request.exec_id.unwrap();
        let deadline = Instant::now() + Duration::from_secs(request.wait);
        let mut executions = self.executions.lock().unwrap();
        loop {
            let Some((execution, printed)) = executions.get(&exec_id) else {
                return Err(Error::NoSuchExecution(exec_id));
            };
            let from = usize::try_from(request.stdout_offset).unwrap();
            let bytes = printed[from.min(printed.len())..].to_vec();
            let left = deadline.saturating_duration_since(Instant::now());
            let done = execution.status.is_final();
            if done || !bytes.is_empty() || left.is_zero() {
                return Ok(LogChunk {
                    execution: Some(execution.clone()),
                    stdout: Bytes(bytes),
                    stderr: Bytes::default(),
                    stdout_next: printed.len() as u64,
                    stderr_next: 0,
                    stdout_cut: 0,
                    stdout_lost: 0,
                    stderr_lost: 0,
                    stderr_cut: 0,
                    done,
                });
            }
            executions = self.changed.wait_timeout(executions, left).unwrap().0;
        }
    }

    fn history(&self, request: &History) -> Result<Vec<Execution>> {
        let executions = self.executions.lock().unwrap();
        if let Some(exec_id) = request.exec_id {
            let found = executions.get(&exec_id);
            return match found {
                Some((execution, _)) => Ok(vec![execution.clone()]),
                None => Err(Error::NoSuchExecution(exec_id)),
            };
        }
        let rows = executions.values().rev().map(|(execution, _)| execution);
        let rows = rows.filter(|execution| {
            request
                .status
                .is_none_or(|status| status == execution.status)
                && request
                    .job
                    .as_ref()
                    .is_none_or(|job| job.to_string() == execution.job_id.to_string())
        });
        Ok(rows.cloned().collect())
    }
}

fn job(id: JobId) -> Job {
    Job {
        id,
        ..Job::named(format!("job-{id}"), Time::from_millis(0))
    }
}

fn execution(exec_id: ExecId, job_id: JobId) -> Execution {
    Execution {
        exec_id,
        job_id,
        job_name: job(job_id).name,
        mode: Mode::Command,
        source: Source::Manual,
        status: Status::Running,
        exit_code: None,
        scheduled_at: Time::from_millis(0),
        started_at: None,
        ended_at: None,
        duration_ms: None,
        command: String::new(),
        stdout: Vec::new().into(),
        stderr: Vec::new().into(),
        stdout_bytes: 0,
        stderr_bytes: 0,
        kept_bytes: 0,
        in_file: false,
        error: None,
        attempts: 1,
        cpu_ms: None,
        max_rss_bytes: None,
        count: 1,
        jitter_ms: None,
        retry_of: None,
        retry_number: 0,
        retries_left: 0,
        waits_until: None,
        why: None,
    }
}

impl TestServer {
    pub fn new() -> TestServer {
        let service = Arc::new(FakeService {
            events: Events::new(),
            executions: Mutex::default(),
            changed: Condvar::new(),
            is_void: AtomicBool::new(false),
        });
        let stop = CancellationToken::new();
        let mut server = super::super::Server::new(service.clone(), stop.clone());
        server.streams.periods = super::super::Periods {
            alive: Duration::from_millis(200),
            access_check: Duration::from_secs(1),
            read_within: Duration::from_secs(1),
        };
        TestServer {
            server: Arc::new(server),
            service,
            stop,
        }
    }

    pub fn job(&self, id: JobId, change: Change) {
        let change = JobChange::of(&job(id), change);
        self.service.events.publish(Event::Job(change));
    }

    pub fn start(&self, exec_id: ExecId, job_id: JobId) {
        let execution = execution(exec_id, job_id);
        let started = Started {
            exec_id,
            job_id,
            job_name: execution.job_name.clone(),
            mode: execution.mode,
            source: execution.source,
            scheduled_at: execution.scheduled_at,
            started_at: execution.scheduled_at,
            jitter_ms: None,
        };
        let mut executions = self.service.executions.lock().unwrap();
        executions.insert(exec_id, (execution, Vec::new()));
        drop(executions);
        self.service.events.publish(Event::Started(started));
    }

    pub fn print(&self, exec_id: ExecId, bytes: &[u8]) {
        let mut executions = self.service.executions.lock().unwrap();
        executions
            .get_mut(&exec_id)
            .unwrap()
            .1
            .extend_from_slice(bytes);
        self.service.changed.notify_all();
    }

    pub fn end(&self, exec_id: ExecId, job_id: JobId, status: Status) {
        if let Some((execution, _)) = self.service.executions.lock().unwrap().get_mut(&exec_id) {
            execution.status = status;
        }
        self.service.changed.notify_all();
        self.service.events.publish(Event::Finished(Finished {
            exec_id,
            job_id,
            job_name: job(job_id).name,
            mode: Mode::Command,
            status,
            exit_code: None,
            duration_ms: None,
            error: None,
            count: 1,
        }));
    }

    /// Removes an execution from the history.
    pub fn forget(&self, exec_id: ExecId) {
        self.service.executions.lock().unwrap().remove(&exec_id);
        self.service.changed.notify_all();
    }

    /// Makes the token void.
    pub fn revoke(&self) {
        self.service.is_void.store(true, Ordering::Relaxed);
    }

    async fn send(&self, path: &str, id: Option<&str>, has_token: bool) -> Response<Body> {
        let mut request = Request::builder().uri(path).extension(From {
            address: HERE,
            is_tls: false,
        });
        if has_token {
            request = request.header("authorization", "Bearer x");
        }
        if let Some(id) = id {
            request = request.header("last-event-id", id.as_bytes());
        }
        let request = request.body(Body::empty()).unwrap();
        super::super::events(Shared(self.server.clone()), request).await
    }

    /// Sends a request whose answer is not a stream.
    pub async fn request(&self, path: &str, id: Option<&str>) -> (StatusCode, Value) {
        Self::read(self.send(path, id, true).await).await
    }

    pub async fn request_without_token(&self, path: &str) -> (StatusCode, Value) {
        Self::read(self.send(path, None, false).await).await
    }

    /// Sends a request and returns only the status: the answer may be a stream.
    pub async fn request_status(&self, path: &str) -> StatusCode {
        self.send(path, None, true).await.status()
    }

    async fn read(answer: Response<Body>) -> (StatusCode, Value) {
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20)
            .await
            .unwrap();
        (status, serde_json::from_slice(&body).unwrap_or(json!(null)))
    }

    /// Opens a stream and waits for its first id.
    pub async fn listen(&self, path: &str, id: Option<&str>) -> Client {
        let answer = self.send(path, id, true).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Client::of(answer.into_body().into_data_stream()).await
    }
}

/// Ends the threads that wait for output, because the runtime of the test waits for them.
impl Drop for TestServer {
    fn drop(&mut self) {
        self.service.executions.lock().unwrap().clear();
        self.service.changed.notify_all();
    }
}
