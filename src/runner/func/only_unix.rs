//! Replaces functions that need Unix on other systems.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Call, Failure};

/// No folders: no function that works here reads or writes files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Roots;

/// Nothing is sent of [`Roots`].
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct RootMessage;

impl Roots {
    /// Opens nothing.
    pub fn open(_: &[PathBuf]) -> Roots {
        Roots
    }

    pub(super) fn message(&self) -> (Vec<RootMessage>, [(); 0]) {
        (Vec::new(), [])
    }
}

/// Fails: the function needs Unix.
pub(super) fn run(_: &mut Call<'_>) -> Result<(), Failure> {
    Err(Failure("this function works on Unix systems only".into()))
}
