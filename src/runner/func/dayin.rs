//! `Dayin [ARGUMENT,...]` (Chinese for "print"): prints the job and its arguments.

use super::{Call, Failure};

/// Prints the job's name, the time, and each argument with its number.
pub(super) fn run(call: &mut Call<'_>) -> Result<(), Failure> {
    writeln!(call.out, "job: {}", call.job_name)?;
    writeln!(call.out, "time: {}", call.now.rfc3339(call.zone))?;
    writeln!(call.out, "arguments: {}", call.args.len())?;
    for (index, argument) in call.args.iter().enumerate() {
        writeln!(call.out, "  {}: {argument}", index + 1)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::prints;
    use super::*;

    #[test]
    fn dayin_prints_job_and_arguments() {
        let heading = "job: nightly\ntime: 2026-12-01T10:00:00.007+08:00\n";
        assert_eq!(
            prints(run, &["1", "hello", "true"]),
            format!("{heading}arguments: 3\n  1: 1\n  2: hello\n  3: true\n")
        );
        assert_eq!(prints(run, &[]), format!("{heading}arguments: 0\n"));
        assert_eq!(
            prints(run, &["", "张三"]),
            format!("{heading}arguments: 2\n  1: \n  2: 张三\n")
        );
    }
}
