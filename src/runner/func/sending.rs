//! Shared by the functions that send: timeout, masking of secrets, checks of addresses.

#[cfg(test)]
pub(super) mod testing;

use std::io::{self, Write};
use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::Call;
use jobs_mask as mask;
use jobs_text::{ellipsis, escaped};

/// Timeout of a function that sends, when its job has none.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Upper bound on the characters of a response in an error.
const MAX_RESPONSE_CHARS: usize = 500;

/// The timeout of the call.
pub(super) fn timeout(call: &Call<'_>) -> Duration {
    call.timeout.unwrap_or(DEFAULT_TIMEOUT)
}

/// A foreign text for use within a sentence: on one line, without control characters, and cut.
pub fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    escaped(&ellipsis(&words.join(" "), MAX_RESPONSE_CHARS + 1))
}

/// Replaces each secret in a text with `***`.
pub fn masked(text: &str, secrets: &[String]) -> String {
    let mut masked = text.to_string();
    // The longest secret first, since it may contain another one.
    let mut secrets: Vec<&String> = secrets.iter().filter(|secret| !secret.is_empty()).collect();
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    for secret in secrets {
        masked = masked.replace(secret.as_str(), "***");
    }
    masked
}

/// The secrets of an address: its user and password, and values of keys or tokens in its query, both as written and
/// decoded.
pub fn secrets_of(url: &str) -> Vec<String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let account = authority.rsplit_once('@').map(|(account, _)| account);
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    let mut found: Vec<String> = account.map(str::to_string).into_iter().collect();
    if let Some((_, password)) = account.and_then(|account| account.split_once(':')) {
        found.push(password.to_string());
    }
    for pair in query.split('&') {
        if let Some((name, value)) = pair.split_once('=')
            && is_secret_name(name)
        {
            found.push(value.to_string());
        }
    }
    let plain: Vec<String> = found.iter().map(|text| decoded(text)).collect();
    found.extend(plain);
    // A flag such as `key=1` is not secret, and masking each `1` would hide the rest.
    found.retain(|text| text.len() > 2);
    found
}

/// Whether a query parameter is secret. This covers more names than the mask of jobs: gateways name their keys in
/// many ways.
fn is_secret_name(name: &str) -> bool {
    const MORE: [&str; 4] = ["key", "pass", "sign", "auth"];
    let name = decoded(name).to_ascii_lowercase();
    let is_short = ["sig", "code", "sid"].contains(&name.as_str());
    is_short || mask::is_secret_name(&name) || MORE.iter().any(|word| name.contains(word))
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Writes line by line, with secrets masked. [`Masking::finish`] writes the last, unfinished line.
pub(super) struct Masking<'a> {
    out: &'a mut dyn Write,
    secrets: Vec<String>,
    buffer: Vec<u8>,
}

impl<'a> Masking<'a> {
    pub(super) fn new(out: &'a mut dyn Write, secrets: Vec<String>) -> Masking<'a> {
        Masking {
            out,
            secrets,
            buffer: Vec::new(),
        }
    }

    /// Writes the last line.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let rest = std::mem::take(&mut self.buffer);
        self.put(&rest)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        let text = masked(&String::from_utf8_lossy(bytes), &self.secrets);
        self.out.write_all(text.as_bytes())
    }
}

impl Write for Masking<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if let Some(end) = self.buffer.iter().rposition(|byte| *byte == b'\n') {
            let rest = self.buffer.split_off(end + 1);
            let lines = std::mem::replace(&mut self.buffer, rest);
            self.put(&lines)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jobs_text::http_host;

    #[test]
    fn secrets_of_address_finds_all() {
        let url = "https://bob:p%40ss@example.com:8443/x?to=7&api_key=abc%2Fdef&sign=zz9#token=no";
        let found = secrets_of(url);
        for secret in [
            "bob:p%40ss",
            "p%40ss",
            "p@ss",
            "abc%2Fdef",
            "abc/def",
            "zz9",
        ] {
            assert!(found.iter().any(|text| text == secret), "{secret}");
        }
        assert!(!found.iter().any(|text| text == "7" || text == "no"));
        assert_eq!(http_host(url), Some("example.com:8443"));
        let shown = masked(&format!("failed: {url}"), &found);
        assert!(
            !shown.contains("p%40ss") && !shown.contains("abc"),
            "{shown}"
        );
        assert!(shown.contains("to=7"), "{shown}");
    }

    #[test]
    fn host_of_other_text_is_none() {
        for url in [
            "",
            "example.com",
            "ftp://example.com",
            "http://",
            "http:///x",
            "http://:80/",
            "http://a b/",
            "http://u@/",
            "http://a/\r\nX: y",
        ] {
            assert_eq!(http_host(url), None, "{url}");
        }
        assert_eq!(http_host("HTTPS://[::1]:9/x"), Some("[::1]:9"));
    }

    #[test]
    fn masking_masks_secret_split_over_writes() {
        let mut out = Vec::new();
        let mut masking = Masking::new(
            &mut out,
            vec!["hunter2".to_string(), "hunter2 and more".to_string()],
        );
        for piece in ["a hun", "ter2 b\nsecond ", "hunter2 and", " more", " end"] {
            masking.write_all(piece.as_bytes()).unwrap();
        }
        masking.finish().unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "a *** b\nsecond *** end");
    }

    #[test]
    fn one_line_escapes_and_cuts() {
        assert_eq!(
            one_line("550 no\r\n\tsuch\u{1b}[2J  user"),
            "550 no such\\u{1b}[2J user"
        );
        assert_eq!(one_line(&"x".repeat(5_000)).chars().count(), 501);
    }
}
