//! A start on a full disk: it waits until there is room, so that the daemon comes back by itself.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::anyhow;

use super::announce::{Announcement, Announcer};
use jobs_config::Paths;

/// Pause between two tries.
pub(super) const RETRY: Duration = Duration::from_secs(1);

/// The room that a start needs, in bytes.
const NEEDED: usize = 256 * 1024;

/// Tells that a start waits, once.
pub(super) struct Wait<'a> {
    announcer: &'a mut Announcer,
    has_told: bool,
}

impl<'a> Wait<'a> {
    pub(super) fn new(announcer: &'a mut Announcer) -> Wait<'a> {
        Wait {
            announcer,
            has_told: false,
        }
    }

    /// Whether a step of the start has failed for lack of room, and is to be tried again after [`RETRY`]. The first time this is told.
    pub(super) fn is_needed(&mut self, paths: &Paths, error: &anyhow::Error) -> bool {
        let Some(folder) = full_folder(paths) else {
            return false;
        };
        if !std::mem::replace(&mut self.has_told, true) {
            let why = format!(
                "there is no room on the disk of `{folder}`; it starts as soon as there is some ({error:#})"
            );
            tracing::error!("the start waits: {why}");
            super::signals::notify_status(&format!("waiting for room: {folder}"));
            self.announcer.send(&Announcement::Waiting(why));
        }
        true
    }

    /// Tries a step of the start until there is room for it.
    pub(super) fn until_done<T>(
        &mut self,
        paths: &Paths,
        mut step: impl FnMut() -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        loop {
            match step() {
                Err(error) if self.is_needed(paths, &error) => std::thread::sleep(RETRY),
                done => return done,
            }
        }
    }

    /// Tells that the start goes on.
    pub(super) fn is_over(&self) {
        if self.has_told {
            tracing::info!("there is room on the disk again; the start goes on");
        }
    }
}

/// The first folder of the daemon in which a file can't be written for lack of room.
fn full_folder(paths: &Paths) -> Option<String> {
    let folder_of = |file: &Path| file.parent().map(Path::to_path_buf);
    let folders = [
        folder_of(&paths.database),
        Some(paths.output.clone()),
        folder_of(&paths.lock),
        Some(paths.logs.clone()),
    ];
    folders
        .into_iter()
        .flatten()
        .find(|folder| is_full(folder))
        .map(|folder| folder.display().to_string())
}

fn is_full(folder: &Path) -> bool {
    let Some(folder) = folder.ancestors().find(|folder| folder.is_dir()) else {
        return false;
    };
    let path = folder.join(format!(".room-{}", std::process::id()));
    let written = File::create_new(&path).and_then(|mut file| {
        file.write_all(&vec![1; NEEDED])?;
        file.sync_data()
    });
    // The file is missing if it could not be made.
    let _ = std::fs::remove_file(&path);
    written.is_err_and(|error| {
        matches!(
            error.kind(),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded
        )
    })
}

/// The error of a start that was ended while it waited.
pub(super) fn ended() -> anyhow::Error {
    anyhow!("the daemon was ended while its start waited for room on the disk")
}
