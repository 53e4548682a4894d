//! The gate over a fake service, and the accept loop over a fake listener.

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::*;
use jobs_api::{Cancel, Done, JobStatus, Login, Logs, Pause, Shutdown};
use jobs_error::Result;
use jobs_events::Events;
use jobs_model::ExecId;

/// How long a call may take that has a permit.
const SOON: Duration = Duration::from_secs(10);

/// Answers `logs` with an error that has the seconds to wait as its execution, and panics at `pause`.
struct FakeService;

impl Handler for FakeService {
    fn answer(&self, _: &Caller, call: Call) -> Result<Answer> {
        match call {
            Call::Logs(ask) => Err(Error::NoSuchExecution(ExecId::try_from(ask.wait).unwrap())),
            Call::Pause(_) => panic!("the secret reason"),
            _ => Ok(done()),
        }
    }

    fn cached(&self, _: &Caller, call: &Call) -> Option<SharedAnswer> {
        matches!(call, Call::Shutdown(_)).then(|| SharedAnswer::from(done()))
    }

    fn authenticate(&self, _: &str, _: IpAddr) -> Result<Caller> {
        Ok(Caller::daemon())
    }

    fn events(&self, _: &Caller) -> Result<Events> {
        Ok(Events::new())
    }

    fn is_allowed(&self, _: IpAddr) -> bool {
        true
    }

    fn access_version(&self) -> u64 {
        0
    }
}

fn done() -> Answer {
    Answer::Shutdown(Box::new(Done {}))
}

fn gate(quick: usize, waiting: usize, cancelling: usize, logins: Option<usize>) -> Gate {
    let limits = Limits {
        quick,
        waiting,
        cancelling,
        logins,
        heavy: 1,
    };
    Gate::new(Arc::new(FakeService), limits)
}

/// Whether the gate answers a call; false when the call waits for a permit.
async fn is_answered(gate: &Gate, call: Call) -> bool {
    let caller = Caller::daemon();
    let answering = gate.answer(&caller, call, |_| ());
    match tokio::time::timeout(Duration::from_millis(200), answering).await {
        Ok(answered) => answered.is_ok(),
        Err(_) => false,
    }
}

/// The seconds that a `logs` waits in the service when it asks for 30.
async fn seconds_waited(gate: &Gate) -> i64 {
    let call = Call::Logs(Logs {
        wait: 30,
        ..Logs::default()
    });
    let caller = Caller::daemon();
    let answering = gate.answer(&caller, call, |_| ());
    match tokio::time::timeout(SOON, answering).await.unwrap() {
        Err(Failure::Failed(Error::NoSuchExecution(seconds))) => seconds,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn lanes_have_permits_of_their_own() {
    let quick = || Call::JobStatus(JobStatus::default());
    let cancel = || Call::Cancel(Cancel::default());
    let login = || Call::Login(Login::default());
    let cached = || Call::Shutdown(Shutdown::default());
    for (gate, call, expected) in [
        (gate(0, 1, 1, Some(1)), quick(), false),
        (gate(1, 0, 0, Some(0)), quick(), true),
        (gate(1, 1, 0, Some(1)), cancel(), false),
        (gate(0, 0, 1, Some(0)), cancel(), true),
        (gate(1, 1, 1, Some(0)), login(), false),
        (gate(0, 0, 0, Some(1)), login(), true),
        // Without a lane of their own, logins are quick calls.
        (gate(0, 1, 1, None), login(), false),
        (gate(1, 0, 0, None), login(), true),
        // A cached answer needs no permit.
        (gate(0, 0, 0, Some(0)), cached(), true),
    ] {
        let name = format!("{call:?}");
        assert_eq!(is_answered(&gate, call).await, expected, "{name}");
    }
}

#[tokio::test]
async fn logs_without_a_permit_to_wait_are_delayed_and_do_not_wait() {
    assert_eq!(seconds_waited(&gate(0, 1, 0, None)).await, 30);
    let began = Instant::now();
    assert_eq!(seconds_waited(&gate(1, 0, 0, None)).await, 0);
    assert!(began.elapsed() >= SLOW_DOWN);
}

#[tokio::test]
async fn panic_of_an_operation_is_a_failure_and_frees_the_permit() {
    let (gate, caller) = (gate(1, 0, 0, None), Caller::daemon());
    for _ in 0..2 {
        let answering = gate.reply(&caller, Call::Pause(Pause::default()));
        let answered = tokio::time::timeout(SOON, answering).await.unwrap();
        assert!(matches!(answered, Err(Failure::Panicked)), "{answered:?}");
    }
}

/// Gives these results of accept, and then none.
struct FakeListener(Mutex<VecDeque<io::Result<u32>>>);

impl Listen for FakeListener {
    type Connection = u32;

    async fn accept(&self) -> io::Result<u32> {
        let next = self.0.lock().unwrap().pop_front();
        match next {
            Some(result) => result,
            None => std::future::pending().await,
        }
    }
}

/// Admits odd connections. Connection 1 ends with the stop, 3 never.
#[derive(Default)]
struct FakeServer {
    log: Mutex<Vec<String>>,
    stop: CancellationToken,
}

impl FakeServer {
    fn log(&self, text: String) {
        self.log.lock().unwrap().push(text);
    }
}

impl Connections<u32> for FakeServer {
    const NAME: &'static str = "fake";
    const GRACE: Duration = Duration::from_millis(200);

    type Permit = ();

    fn admit(self: &Arc<Self>, connection: &u32) -> Option<()> {
        (connection % 2 == 1).then_some(())
    }

    async fn serve(self: Arc<Self>, connection: u32, (): ()) {
        self.log(format!("serve {connection}"));
        match connection {
            1 => self.stop.cancelled().await,
            _ => std::future::pending().await,
        }
    }

    async fn turn_away(self: Arc<Self>, connection: u32) {
        self.log(format!("turn away {connection}"));
    }
}

#[tokio::test]
async fn accept_goes_on_after_errors_and_stops_with_the_grace() {
    let results = [
        Err(io::ErrorKind::ConnectionAborted.into()),
        Ok(1),
        Ok(2),
        Err(io::ErrorKind::OutOfMemory.into()),
        Ok(3),
    ];
    let listener = FakeListener(Mutex::new(results.into()));
    let server = Arc::new(FakeServer::default());
    let stop = server.stop.clone();
    let accepting = tokio::spawn(accept_connections(listener, server.clone(), stop.clone()));
    let began = Instant::now();
    while server.log.lock().unwrap().len() < 3 {
        assert!(began.elapsed() < SOON, "{:?}", server.log);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // The error that is not of one client had a pause after it.
    assert!(began.elapsed() >= accept::BACK_OFF);
    let log = server.log.lock().unwrap().clone();
    assert_eq!(log, ["serve 1", "turn away 2", "serve 3"]);
    stop.cancel();
    let still_open = tokio::time::timeout(SOON, accepting)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(still_open.len(), 1);
}
