//! `start -d`: forks into the background before there is any thread, and waits until the daemon is ready or has failed.

use std::io::PipeWriter;

use anyhow::{Context, bail};
use daemonize::{Daemonize, Outcome};

use super::announce::{self, Announcement, Announcer};
use super::{UMASK, inherited};

/// Forks. The child calls `work` and exits with its result. The parent returns as soon as the daemon has announced that it
/// is ready (with its process id) or why it is not.
pub fn detach(work: impl FnOnce(Announcer) -> i32) -> anyhow::Result<u32> {
    inherited::close();
    let (reader, writer) = std::io::pipe().context("cannot make a pipe")?;
    match Daemonize::new()
        .working_directory("/")
        .umask(UMASK)
        .execute()
    {
        Outcome::Parent(Ok(_)) => {
            drop(writer);
            let waiting = |why: &str| eprintln!("jobs: the daemon waits in the background: {why}");
            match announce::listen(reader, waiting) {
                Some(Announcement::Ready(pid)) => Ok(pid),
                Some(Announcement::Failed(why)) => bail!(why),
                Some(Announcement::Waiting(_)) | None => {
                    bail!(
                        "the daemon ended while it started; `jobs logs --system` may show the reason"
                    )
                }
            }
        }
        Outcome::Child(Ok(_)) => {
            drop(reader);
            std::process::exit(work(Announcer::pipe(writer)))
        }
        Outcome::Parent(Err(error)) => Err(error).context("cannot go into the background"),
        Outcome::Child(Err(error)) => give_up(writer, &error),
    }
}

fn give_up(writer: PipeWriter, error: &daemonize::Error) -> ! {
    let why = format!("cannot go into the background: {error}");
    Announcer::pipe(writer).send(&Announcement::Failed(why));
    std::process::exit(1)
}
