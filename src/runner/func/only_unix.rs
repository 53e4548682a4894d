//! Replaces functions that need Unix on other systems.

use super::{Call, Failure};

/// Fails: the function needs Unix.
pub(super) fn run(_: &mut Call<'_>) -> Result<(), Failure> {
    Err(Failure("this function works on Unix systems only".into()))
}
