//! The database: crashes, full disks, damaged files, and databases of earlier releases.

mod counts;
mod crash;
pub mod disk;
mod gone;
mod releases;
