//! `Test [ARGUMENT,...]`: prints that it was called, and its arguments.

use super::{Call, Failure};
use jobs_text::counted;

/// Prints that it was called, with the number of arguments and the arguments.
pub(super) fn run(call: &mut Call<'_>) -> Result<(), Failure> {
    let count = counted(call.args.len(), "argument");
    if call.args.is_empty() {
        writeln!(call.out, "the test function was called with {count}")?;
    } else {
        let args = call.rest(0);
        writeln!(
            call.out,
            "the test function was called with {count}: {args}"
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::prints;
    use super::*;

    #[test]
    fn test_prints_arguments_and_count() {
        for (args, end) in [
            (&["test123"][..], "1 argument: test123\n"),
            (&["a", "", "李四"], "3 arguments: a,,李四\n"),
            (&[], "0 arguments\n"),
        ] {
            let printed = prints(run, args);
            assert_eq!(printed, format!("the test function was called with {end}"));
        }
    }
}
