//! Small file helpers: which file is which, files for the daemon alone, places that no other account can change, locks, waiting for
//! a descriptor without a thread, and lines for a reader that may stop.

mod entries;
#[cfg(target_os = "linux")]
mod folder_watch;
mod identity;
mod line_queue;
mod lock;
#[cfg(unix)]
mod place;
#[cfg(not(unix))]
#[path = "no_place.rs"]
mod place;
mod private;
#[cfg(unix)]
mod readable;
mod refusal;
#[cfg(all(test, unix))]
mod tests;
#[cfg(unix)]
mod writers;
#[cfg(not(unix))]
#[path = "no_writers.rs"]
mod writers;

pub use entries::entries;
#[cfg(target_os = "linux")]
pub use folder_watch::FolderWatch;
pub use identity::{FileId, Stamp};
pub use line_queue::{LineQueue, unlocked_stderr, unlocked_stdout};
pub use lock::{Attempt, FileLock, Holder};
pub use place::{
    check_file, check_folder, check_socket, is_trusted, make_folder, make_folder_to_close,
};
pub use private::{
    everyone_may_read, open_file, open_input, open_own, open_private, private, read_at_most,
    read_file, sync_folder_of,
};
#[cfg(unix)]
pub use readable::Readable;
pub use refusal::{PlaceError, Problem, Refusal};
pub use writers::{is_own_group, trusted_owners, written_by_others};
