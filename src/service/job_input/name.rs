//! The check of a job's name.

use jobs_error::{Error, Result};

/// The longest name, in characters.
const LONGEST: usize = 128;

/// Refuses a name that could be taken for an id or a flag, and names that are hard to type.
pub(super) fn check(name: &str) -> Result<()> {
    let problem = if name.is_empty() {
        "is missing".to_string()
    } else if name.chars().count() > LONGEST {
        format!(
            "has {} characters; {LONGEST} is the most",
            name.chars().count()
        )
    } else if name.chars().any(char::is_control) {
        format!("`{}` has a control character in it", name.escape_debug())
    } else if name.trim() != name {
        format!("`{name}` begins or ends with a blank")
    } else if name.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("`{name}` is digits only, which is what an id looks like")
    } else if name.starts_with('-') {
        format!("`{name}` begins with `-`, which is what a flag looks like")
    } else {
        return Ok(());
    };
    Err(Error::invalid("name", problem).hint("a name such as `backup`, `db.nightly` or `备份`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_that_looks_like_an_id_or_a_flag_is_refused() {
        for good in [
            "backup",
            "db.nightly",
            "备份 数据库",
            "7zip",
            "a",
            "1-2",
            "@home",
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("", "is missing"),
            ("42", "digits only"),
            ("-n", "a flag"),
            (" a", "blank"),
            ("a\n", "control"),
            ("a\u{1b}[2J", "control"),
            (&"x".repeat(129), "129 characters"),
        ] {
            let error = check(bad).expect_err(bad).to_string();
            assert!(error.contains(why), "{bad:?}: {error}");
        }
    }
}
