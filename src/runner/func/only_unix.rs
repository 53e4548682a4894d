//! Stands in, on other systems, for the functions that handle files as Unix systems do.

use super::{Call, Failure};

/// Says so.
pub(super) fn run(_: &mut Call<'_>) -> Result<(), Failure> {
    Err(Failure("this function works on Unix systems only".into()))
}
