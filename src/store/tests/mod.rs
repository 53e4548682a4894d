//! Tests of the boundary, on each backend.

#[macro_use]
pub mod conformance;

/// A new database in a file, with the folder that it is in.
fn sqlite() -> (tempfile::TempDir, super::Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = super::Store::open(&folder.path().join("jobs.db")).unwrap();
    (folder, store)
}

conformance!(on_sqlite, super::sqlite);
