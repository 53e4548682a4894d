//! Output of background processes whose command has ended. It is read and discarded, so that such a process neither gets SIGPIPE
//! nor waits for a reader. Another process does this, which goes on when the daemon ends. It gets a pipe before the end of the execution is
//! recorded, so no end of the daemon after that leaves a pipe without a reader.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use rustix::io::Errno;

use super::Outputs;
use jobs_fs::Readable;

/// Reads pipes in place of the daemon.
pub trait PipeKeeper: Send + Sync {
    /// Takes a pipe over: from now on the daemon need not read it. The caller closes its own descriptor.
    ///
    /// # Errors
    ///
    /// When no process can take it.
    fn take_over(&self, pipe: BorrowedFd<'_>) -> io::Result<()>;
}

/// Pause after each read. It limits the share of a core that a process which prints without end costs.
const PAUSE: Duration = Duration::from_millis(10);

/// Upper bound on the time that the end of the daemon waits for pipes to be taken over.
const LAST: Duration = Duration::from_secs(2);

impl Outputs {
    /// Sets the keeper of pipes that background processes hold open. Without one the daemon reads them until it ends.
    pub fn hand_pipes_to(&self, keeper: Box<dyn PipeKeeper>) {
        if self.shared.pipe_keeper.set(keeper).is_err() {
            tracing::debug!("the keeper of pipes was set before");
        }
    }

    /// The daemon shuts down: hands over the pipes that it still reads itself.
    pub async fn close(&self) {
        self.shared.closed.cancel();
        self.shared.discarding.close();
        if tokio::time::timeout(LAST, self.shared.discarding.wait())
            .await
            .is_err()
        {
            tracing::warn!("background processes may get SIGPIPE: their pipes were not taken over");
        }
    }

    pub(super) fn discard_rest(&self, pipe: Readable) {
        let Err(error) = self.hand_over(&pipe) else {
            return;
        };
        tracing::debug!(%error, "a pipe of a background process can't be handed over");
        let outputs = self.clone();
        self.shared.discarding.spawn(async move {
            tokio::select! {
                () = read_and_discard(&pipe) => return,
                () = outputs.shared.closed.cancelled() => {}
            }
            if let Err(error) = outputs.hand_over(&pipe) {
                tracing::warn!(%error, "a background process may get SIGPIPE: no process reads its pipe");
            }
        });
    }

    fn hand_over(&self, pipe: &Readable) -> io::Result<()> {
        let keeper = self.shared.pipe_keeper.get();
        let keeper = keeper.ok_or_else(|| io::Error::other("no process takes it"))?;
        keeper.take_over(pipe.as_fd())
    }
}

/// Reads and discards output until all write ends are closed.
async fn read_and_discard(pipe: &Readable) {
    let mut piece = vec![0; 64 * 1024];
    loop {
        let Ok(mut ready) = pipe.wait().await else {
            return;
        };
        match rustix::io::read(pipe, &mut piece) {
            Ok(0) => return,
            Ok(_) => tokio::time::sleep(PAUSE).await,
            Err(Errno::AGAIN) => ready.clear_ready(),
            Err(Errno::INTR) => {}
            Err(_) => return,
        }
    }
}
