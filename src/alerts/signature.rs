//! Whether two failures are the same: the last line of what a job printed, without the parts that differ each time.

use std::sync::LazyLock;

use regex::Regex;

/// Ids, paths and numbers.
static VARYING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        r"|(/[\w.+@%~=:-]+)+/?",
        r"|\b[0-9a-fA-F]*[0-9][0-9a-fA-F]{7,}\b",
        r"|\b0x[0-9a-fA-F]+\b",
        r"|[0-9]+([.:,-][0-9]+)*",
    ))
    .expect("the pattern is tested")
});

/// Longest signature, in characters.
const LONGEST: usize = 200;

/// The signature of a failure: its status, its exit code and its last line without ids, paths and numbers.
pub fn signature(status: &str, exit: Option<i32>, last_line: &str) -> String {
    let line = VARYING.replace_all(last_line.trim(), "#");
    let exit = exit.map_or_else(String::new, |exit| format!(" {exit}"));
    let signature = format!("{status}{exit}: {line}");
    signature.chars().take(LONGEST).collect()
}

/// The last line that is not empty.
pub fn last_line(lines: &[String]) -> Option<&str> {
    lines
        .iter()
        .rev()
        .map(|line| line.trim())
        .find(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signature_leaves_out_what_differs_each_time() {
        for (one, other) in [
            (
                "connection refused 10.0.0.1:5432",
                "connection refused 10.0.0.7:5433",
            ),
            ("no space: /var/tmp/x1/a.log", "no space: /var/tmp/x2/b.log"),
            (
                "request 7b1c1a6e-1111-4222-8333-0123456789ab failed",
                "request aaaaaaaa-1111-4222-8333-0123456789ff failed",
            ),
            (
                "commit 12ab34cd56 not found",
                "commit 9f8e7d6c5b4a not found",
            ),
            (
                "2026-12-01 03:00:01 at 0x7f12",
                "2026-12-02 03:00:59 at 0x1a",
            ),
        ] {
            let of = |line| signature("failed", Some(1), line);
            assert_eq!(of(one), of(other));
        }
        assert_ne!(
            signature("failed", Some(1), "connection refused"),
            signature("failed", Some(1), "disk full")
        );
        assert_ne!(
            signature("failed", Some(1), "x"),
            signature("failed", Some(2), "x")
        );
        assert_ne!(
            signature("failed", None, "x"),
            signature("timeout", None, "x")
        );
    }
}
