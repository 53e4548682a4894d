//! `Echo TEXT...`: prints its arguments.

use super::{Call, Failure};

/// Prints the arguments as they were written, with a comma between them; without any, an empty line.
pub(super) fn run(call: &mut Call<'_>) -> Result<(), Failure> {
    writeln!(call.out, "{}", call.args.join(","))?;
    Ok(())
}
