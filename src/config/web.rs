//! Values that name hosts and web pages.

use serde_json::{Value, json};

use super::kinds::{Refusal, not_a};

/// An origin as browsers send it: `https://example.com`, without the port that is the usual one.
pub(super) fn origin(word: &str) -> Result<Value, Refusal> {
    if word == "*" {
        return Err(
            "`*` would let the scripts of every web page in; name the pages that need it".into(),
        );
    }
    let url = url::Url::parse(word).map_err(|_| not_a(word, "an origin"))?;
    let is_web = ["http", "https"].contains(&url.scheme());
    let has_account = !url.username().is_empty() || url.password().is_some();
    let has_more = url.path() != "/" || url.query().is_some() || url.fragment().is_some();
    if !is_web || has_account {
        return Err(not_a(word, "an origin"));
    }
    if has_more {
        return Err(format!(
            "`{word}` has more than scheme, host and port, and browsers send no more"
        )
        .into());
    }
    Ok(json!(url.origin().ascii_serialization()))
}

/// The name of a host, in small letters, without the dot of the root.
pub(super) fn host(word: &str) -> Result<Value, Refusal> {
    let name = word.strip_suffix('.').unwrap_or(word).to_ascii_lowercase();
    let is_label = |label: &str| {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        (1..=63).contains(&label.len()) && label.bytes().all(is_letter)
    };
    match name.len() <= 253 && name.split('.').all(is_label) {
        true => Ok(json!(name)),
        false => Err(not_a(word, "the name of a host")),
    }
}

/// The address of a web page: `http` or `https`, a host, and perhaps a path.
pub(super) fn page(word: &str) -> Result<Value, Refusal> {
    let refused = || not_a(word, "the address of a web page");
    let url = url::Url::parse(word).map_err(|_| refused())?;
    let is_web = ["http", "https"].contains(&url.scheme());
    let has_account = !url.username().is_empty() || url.password().is_some();
    let has_more = url.query().is_some() || url.fragment().is_some();
    match is_web && !has_account && !has_more {
        true => Ok(json!(url.as_str())),
        false => Err(refused()),
    }
}
