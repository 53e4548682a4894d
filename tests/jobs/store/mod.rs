//! The database: crashes, full disks, damaged files.

mod crash;
pub mod disk;
