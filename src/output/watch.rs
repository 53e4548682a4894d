//! Learns from the kernel what is written, without looking.

use tokio_util::sync::CancellationToken;

use super::Outputs;
use crate::error::Result;

/// What is written within this time is handled together: a job that prints byte by byte costs little.
const GATHER: std::time::Duration = std::time::Duration::from_millis(10);

#[cfg(target_os = "linux")]
pub(super) async fn watch(outputs: &Outputs, stop: CancellationToken) -> Result<()> {
    use std::collections::BTreeSet;
    use std::mem::MaybeUninit;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    use rustix::fs::inotify;
    use rustix::io::Errno;

    use crate::error::Error;
    use crate::readable::Readable;

    let folder = &outputs.shared.folder;
    let broken = |error: std::io::Error| {
        Error::io(
            format!("cannot watch the folder `{}`", folder.display()),
            error,
        )
    };
    let fd = inotify::init(inotify::CreateFlags::NONBLOCK | inotify::CreateFlags::CLOEXEC)
        .map_err(|error| broken(error.into()))?;
    inotify::add_watch(&fd, folder, inotify::WatchFlags::MODIFY)
        .map_err(|error| broken(error.into()))?;
    let fd = Readable::new(fd).map_err(broken)?;
    let mut buffer = [MaybeUninit::<u8>::uninit(); 16 * 1024];
    loop {
        let mut ready = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            ready = fd.wait() => ready.map_err(broken)?,
        };
        let mut written = BTreeSet::new();
        let mut is_complete = true;
        let mut reader = inotify::Reader::new(&fd, &mut buffer);
        loop {
            match reader.next() {
                Ok(event) if event.events().contains(inotify::ReadFlags::QUEUE_OVERFLOW) => {
                    is_complete = false
                }
                Ok(event) => {
                    let name = event.file_name().map(|name| name.to_bytes().to_vec());
                    written.extend(name);
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    ready.clear_ready();
                    break;
                }
                Err(error) => return Err(broken(error.into())),
            }
        }
        for name in written {
            let name = std::ffi::OsStr::from_bytes(&name);
            if let Some((exec_id, stream)) = super::stream_of(Path::new(name)) {
                outputs.written(exec_id, stream);
            }
        }
        if !is_complete {
            outputs.shared.lives.ring_all();
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(GATHER) => {}
        }
    }
}

/// Elsewhere it looks now and then.
#[cfg(not(target_os = "linux"))]
pub(super) async fn watch(outputs: &Outputs, stop: CancellationToken) -> Result<()> {
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(GATHER * 20) => outputs.shared.lives.ring_all(),
        }
    }
}
