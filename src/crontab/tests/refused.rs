//! Lines that another program reads in another way are refused.

use crate::parse;

/// The results of the lines, each as its command or the reason why it is refused.
fn results(text: &str) -> Vec<String> {
    let lines = parse(text, false);
    let texts = lines.into_iter().map(|line| match line {
        Ok(entry) => format!("{}: {}", entry.line, entry.command),
        Err(refused) => format!("{}: refused: {}", refused.line, refused.reason),
    });
    texts.collect()
}

#[test]
fn parse_refuses_what_another_program_reads_otherwise() {
    for (line, reason) in [
        ("0 */5 * * * * * /opt/x", "seven fields"),
        ("0 30 4 1 1 * 2030 /opt/x", "seven fields"),
        ("5 4 * * * * 2031 /opt/x", "seven fields"),
        ("0 0 12 1/5 * ? 2030-2032 /opt/x", "seven fields"),
        ("* * * * * *", "the command is missing"),
        ("0 3 * * * 5", "the command is missing"),
        ("* * * * * * ", "the command is missing"),
        ("0 3 4 * * mon /opt/x", "`mon` may be the weekday"),
        ("0 30 4 * * MON-FRI /opt/x", "`MON-FRI` may be the weekday"),
        ("0 30 4 * * fri#3", "`fri#3` may be the weekday"),
        ("@monthly 45 monthly.tidy nice /opt/x", "anacrontab"),
        ("@daily 5", "anacrontab"),
        (
            "1 5 cron.daily nice run-parts /etc/cron.daily",
            "anacrontab",
        ),
        (
            "7\t25\tweekly run-parts --report /etc/cron.weekly",
            "anacrontab",
        ),
        ("@daily * /opt/x", "is not a command"),
        ("0 3 * * * -n -q /opt/x", "flag of the cron of OpenBSD"),
        ("@daily -s /opt/x", "flag of the cron of OpenBSD"),
        (
            "CRON_TZ=Asia/Tokyo 0 3 * * * /opt/x",
            "the value of `CRON_TZ`",
        ),
        ("TZ=UTC 0 3 * * * /opt/x", "the value of `TZ`"),
        ("0 3 * * * caf\u{fffd}", "not UTF-8"),
        ("NAME=caf\u{fffd}", "not UTF-8"),
        ("SHELL=\"/bin/bash", "not closed"),
        ("SHELL='/bin/bash' # the shell", "text follows"),
    ] {
        let results = results(line);
        assert!(
            results.len() == 1
                && results[0].starts_with("1: refused: ")
                && results[0].contains(reason),
            "{line:?}: {results:?}"
        );
    }
}

#[test]
fn parse_refuses_both_halves_of_a_command() {
    let text = "0 5 * * * find /d -delete \\\n  0 6 * * * b\n0 7 * * * c\n";
    let lines = results(text);
    assert!(lines[0].contains("only the first half"), "{lines:?}");
    assert!(lines[1].contains("the rest of a command"), "{lines:?}");
    assert_eq!(lines[2], "3: c");
    let text = "61 5 * * * \\\n\\\n0 6 * * * b \\\n# a comment\n0 7 * * * c\n";
    let lines = results(text);
    assert_eq!((lines.len(), lines[3].as_str()), (4, "5: c"), "{lines:?}");
    // A comment and a value do not go on either, and an escaped backslash is one.
    let text = "# a \\\n0 5 * * * b\nDIR=C:\\\n0 6 * * * c\n0 7 * * * d\\\\\n0 8 * * * e\n";
    assert_eq!(results(text), ["2: b", "4: c", "5: d\\\\", "6: e"]);
}

#[test]
fn parse_refuses_jobs_below_a_variable_that_is_refused() {
    let text = "0 1 * * * a\nPATH=\"/opt/bin\n0 2 * * * b\nOTHER=1\n0 3 * * * c\nPATH=/opt/bin\n0 4 * * * d\n";
    let lines = results(text);
    assert_eq!((lines[0].as_str(), lines[4].as_str()), ("1: a", "7: d"));
    for line in &lines[2..4] {
        assert!(line.contains("line 2, which sets `PATH`"), "{line}");
    }
    // After the rest of a command, a variable may be a part of it.
    let lines = results("0 1 * * * a \\\nB=1\n0 2 * * * c\n");
    assert!(lines[2].contains("line 2, which sets `B`"), "{lines:?}");
}
