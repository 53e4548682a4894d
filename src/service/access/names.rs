//! Which names accounts and tokens may have, and what a mail address is.

use jobs_error::{Error, Result};

/// The longest name.
const LONGEST: usize = 64;

/// Refuses a name that could be mistaken for something else. `field` is what it was given as.
pub(super) fn check(field: &str, name: &str) -> Result<()> {
    let is_known = |c: char| c.is_ascii_alphanumeric() || "._-@".contains(c);
    let problem = if name.is_empty() {
        "is missing".to_string()
    } else if name.chars().count() > LONGEST {
        format!(
            "has {} characters; {LONGEST} is the most",
            name.chars().count()
        )
    } else if let Some(c) = name.chars().find(|c| !is_known(*c)) {
        format!("`{}` has `{}` in it", name.escape_debug(), c.escape_debug())
    } else if name.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("`{name}` is digits only, which is what a number looks like")
    } else if name.starts_with('-') {
        format!("`{name}` begins with `-`, which is what a flag looks like")
    } else {
        return Ok(());
    };
    Err(Error::invalid(field, problem).hint(format!(
        "1 to {LONGEST} of the letters a to z, digits and `. _ - @`, such as `alice`"
    )))
}

/// Reads a mail address; an empty one is none.
pub(super) fn mail_address(text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(String::new());
    }
    match text.parse::<lettre::Address>() {
        Ok(_) => Ok(text.to_string()),
        Err(error) => Err(Error::invalid(
            "email",
            format!("`{}` is no mail address: {error}", text.escape_debug()),
        )
        .hint("an address such as `alice@example.org`, or \"\" for none")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_name_that_looks_like_a_number_or_a_flag_is_refused() {
        for good in ["alice", "a", "ci-2", "a.b@c_d", "7z", &"x".repeat(64)] {
            assert!(check("username", good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("", "is missing"),
            ("42", "digits only"),
            ("-n", "a flag"),
            ("a b", "has ` ` in it"),
            ("a\n", "has `\\n` in it"),
            ("ali\u{441}e", "in it"),
            (&"x".repeat(65), "65 characters"),
        ] {
            let error = check("username", bad).expect_err(bad).to_string();
            assert!(
                error.contains(why) && error.starts_with("username: "),
                "{bad:?}: {error}"
            );
        }
    }

    #[test]
    fn check_mail_address_accepts_only_valid_ones() {
        for (text, expected) in [
            ("", Some("")),
            (" ", Some("")),
            ("alice@example.org", Some("alice@example.org")),
            (" a+b@localhost ", Some("a+b@localhost")),
            ("alice", None),
            ("alice@", None),
            ("a@b\r\nBcc: c@d", None),
        ] {
            assert_eq!(mail_address(text).ok().as_deref(), expected, "{text:?}");
        }
    }
}
