//! Small file helpers: which file is which, files for the daemon alone, and waiting for a descriptor without a thread.

mod identity;
mod private;
#[cfg(unix)]
mod readable;

pub use identity::{FileId, Stamp};
pub use private::{everyone_may_read, private, sync_folder_of};
#[cfg(unix)]
pub use readable::Readable;
