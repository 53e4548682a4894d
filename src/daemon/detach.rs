//! `start -d`: into the background, before there is any thread, and back with the news whether it works.

use std::io::PipeWriter;

use anyhow::{Context, bail};
use daemonize::{Daemonize, Outcome};

use super::announce::{self, Announcement, Announcer};
use super::inherited;

/// What the commands inherit, as they would from cron.
const UMASK: u32 = 0o022;

/// Forks. The child does `work` and its exit code is that of the daemon; the parent returns when the daemon has said
/// that it is ready (its process id), or why it is not.
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
            match announce::listen(reader) {
                Some(Announcement::Ready(pid)) => Ok(pid),
                Some(Announcement::Failed(why)) => bail!(why),
                None => {
                    bail!("the daemon ended while it started; `jobs logs --system` may tell why")
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
    Announcer::pipe(writer).say(&Announcement::Failed(why));
    std::process::exit(1)
}
