//! `Echo TEXT...`: prints its arguments.

use super::{Call, Failure};

/// Prints the arguments as they were written, separated by commas; without arguments, an empty line.
pub(super) fn run(call: &mut Call<'_>) -> Result<(), Failure> {
    writeln!(call.out, "{}", call.rest(0))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::prints;
    use super::*;
    use std::io::Write;

    #[test]
    fn echo_prints_arguments_with_commas() {
        for (args, printed) in [
            (&["Hello World"][..], "Hello World\n"),
            (&["a", "", "b"], "a,,b\n"),
            (&[], "\n"),
        ] {
            assert_eq!(prints(run, args), printed, "{args:?}");
        }
    }

    #[test]
    fn failure_from_closed_output_names_it() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let failure = Failure::from(writeln!(Closed, "x").unwrap_err());
        assert!(failure.0.starts_with("the output can't be written: "));
    }
}
