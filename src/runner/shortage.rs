//! Starts for which the system has no descriptor, process or memory left. They are tried again for a while: such a shortage
//! seldom lasts, and a job that fails at once would be lost.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use jobs_model::ExecId;

/// How long a start is tried again.
const PATIENCE: Duration = Duration::from_secs(60);

/// Pause before the second try. Each pause is twice as long as the one before, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);

const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The executions whose start waits, each with the problem.
static WAITING: Mutex<BTreeMap<ExecId, String>> = Mutex::new(BTreeMap::new());

/// A sentence for the health check, if starts wait for descriptors, processes or memory.
pub fn shortage() -> Option<String> {
    let waiting = WAITING.lock();
    let (_, problem) = waiting.last_key_value()?;
    let number = match waiting.len() {
        1 => "an execution".to_string(),
        number => format!("{number} executions"),
    };
    Some(format!(
        "{number} can't be started at present, and each start is tried again: {problem}"
    ))
}

/// Whether an error of the system says that descriptors, processes or memory are used up.
#[cfg(unix)]
pub(super) fn is_shortage(error: &io::Error) -> bool {
    use rustix::io::Errno;

    let errno = error.raw_os_error().map(Errno::from_raw_os_error);
    errno.is_some_and(|errno| {
        [Errno::MFILE, Errno::NFILE, Errno::AGAIN, Errno::NOMEM].contains(&errno)
    })
}

#[cfg(not(unix))]
pub(super) fn is_shortage(_: &io::Error) -> bool {
    false
}

/// Descriptors that a start needs at once: four for its pipes, and some for its input, its socket and the files that it reads.
const NEEDED_DESCRIPTORS: usize = 8;

/// Whether this process can't open the descriptors that a start needs. For failures that do not tell their reason.
pub(super) fn descriptors_are_used_up() -> bool {
    let probe = if cfg!(unix) { "/dev/null" } else { "NUL" };
    let opened: std::io::Result<Vec<std::fs::File>> = (0..NEEDED_DESCRIPTORS)
        .map(|_| std::fs::File::open(probe))
        .collect();
    opened.is_err_and(|error| is_shortage(&error))
}

/// The tries of one start.
pub(super) struct Patience {
    exec_id: ExecId,
    within: Duration,
    pause: Duration,
    /// Set when the first try has failed.
    until: Option<Instant>,
}

impl Patience {
    pub(super) fn new(exec_id: ExecId) -> Patience {
        Patience {
            exec_id,
            within: PATIENCE,
            pause: FIRST_PAUSE,
            until: None,
        }
    }

    /// Waits before the next try. Returns false when it was the last one, or when the execution is stopped.
    pub(super) async fn wait(&mut self, problem: &str, stop: &CancellationToken) -> bool {
        let until = *self.until.get_or_insert_with(|| {
            tracing::warn!(
                exec_id = self.exec_id,
                problem,
                "an execution can't be started at present; it is tried again for {} s",
                self.within.as_secs()
            );
            Instant::now() + self.within
        });
        if Instant::now() >= until {
            return false;
        }
        WAITING.lock().insert(self.exec_id, problem.to_string());
        tokio::select! {
            () = stop.cancelled() => return false,
            () = tokio::time::sleep(self.pause) => {}
        }
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }
}

impl Drop for Patience {
    fn drop(&mut self) {
        if self.until.is_some() {
            WAITING.lock().remove(&self.exec_id);
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn is_shortage_of_errors_that_pass() {
        for (errno, expected) in [
            (libc::EMFILE, true),
            (libc::ENFILE, true),
            (libc::EAGAIN, true),
            (libc::ENOMEM, true),
            (libc::ENOENT, false),
            (libc::EACCES, false),
            (libc::E2BIG, false),
        ] {
            let error = io::Error::from_raw_os_error(errno);
            assert_eq!(is_shortage(&error), expected, "{error}");
        }
    }

    #[tokio::test]
    async fn start_is_tried_for_a_time_and_shown_meanwhile() {
        let stop = CancellationToken::new();
        let mut patience = Patience::new(-7);
        patience.within = Duration::from_millis(200);
        let mut tries = 0;
        while patience.wait("no process is left", &stop).await {
            assert!(shortage().unwrap().contains("no process is left"));
            tries += 1;
        }
        assert!((1..=4).contains(&tries), "{tries}");
        drop(patience);
        assert!(shortage().is_none_or(|shown| !shown.contains("no process is left")));
        stop.cancel();
        assert!(!Patience::new(-8).wait("x", &stop).await);
    }
}
