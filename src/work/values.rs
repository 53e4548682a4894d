//! Checks of single values of the bracket format.

use super::brackets::shorten;
use super::keys::Key;
use jobs_error::{Error, Result};

pub(super) fn boolean(word: &str) -> Result<bool> {
    match word {
        "true" | "yes" | "1" => Ok(true),
        "false" | "no" | "0" => Ok(false),
        _ => Err(Error::invalid(
            Key::CleanEnv.name(),
            format!("`{}` is neither true nor false", shorten(word)),
        )),
    }
}

pub(super) fn umask(text: &str) -> Result<u32> {
    let digits = text.strip_prefix("0o").unwrap_or(text);
    match u32::from_str_radix(digits, 8) {
        Ok(mask) if mask <= 0o777 && !text.starts_with('+') => Ok(mask),
        _ => Err(Error::invalid(
            Key::Umask.name(),
            format!("`{}` is not an octal number from 000 to 777", shorten(text)),
        )),
    }
}

pub(super) fn nice(text: &str) -> Result<i32> {
    match text.parse() {
        Ok(nice) if (-20..=19).contains(&nice) => Ok(nice),
        _ => Err(Error::invalid(
            Key::Nice.name(),
            format!("`{}` is not a number from -20 to 19", shorten(text)),
        )),
    }
}
