//! What the functions that send have in common.

#[cfg(test)]
pub(super) mod testing;

use std::io::{self, Write};
use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::Call;
use crate::mask;
use crate::text::{ellipsis, escaped};

/// How long a function that sends may take when its job has no timeout.
const USUAL_TIMEOUT: Duration = Duration::from_secs(30);

/// The most characters of an answer in an error sentence.
const LONGEST_ANSWER: usize = 500;

/// How long the call may take in all.
pub(super) fn timeout(call: &Call<'_>) -> Duration {
    call.timeout.unwrap_or(USUAL_TIMEOUT)
}

/// A text from elsewhere for use within a sentence: on one line, without control characters, and cut.
pub(super) fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    escaped(&ellipsis(&words.join(" "), LONGEST_ANSWER + 1))
}

/// The text with each secret in it as `***`.
pub(super) fn masked(text: &str, secrets: &[String]) -> String {
    let mut masked = text.to_string();
    // The longest first: one may be a part of another.
    let mut secrets: Vec<&String> = secrets.iter().filter(|secret| !secret.is_empty()).collect();
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    for secret in secrets {
        masked = masked.replace(secret.as_str(), "***");
    }
    masked
}

/// What of an address is secret: its user and password, and what stands for a key or a token in its query; as they are
/// written there and decoded.
pub(super) fn secrets_of(url: &str) -> Vec<String> {
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
    // A flag such as `key=1` is no secret, and to mask each `1` would hide what matters.
    found.retain(|text| text.len() > 2);
    found
}

/// Wider than what is masked in a job's text: the keys of gateways have all sorts of names.
fn is_secret_name(name: &str) -> bool {
    const MORE: [&str; 4] = ["key", "pass", "sign", "auth"];
    let name = decoded(name).to_ascii_lowercase();
    let is_short = ["sig", "code", "sid"].contains(&name.as_str());
    is_short || mask::is_secret_name(&name) || MORE.iter().any(|word| name.contains(word))
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Writes line by line, with secrets masked. What has no line end yet is written by [`Masking::finish`].
pub(super) struct Masking<'a> {
    out: &'a mut dyn Write,
    secrets: Vec<String>,
    ahead: Vec<u8>,
}

impl<'a> Masking<'a> {
    pub(super) fn new(out: &'a mut dyn Write, secrets: Vec<String>) -> Masking<'a> {
        Masking {
            out,
            secrets,
            ahead: Vec::new(),
        }
    }

    /// Writes the last line.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let rest = std::mem::take(&mut self.ahead);
        self.put(&rest)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        let text = masked(&String::from_utf8_lossy(bytes), &self.secrets);
        self.out.write_all(text.as_bytes())
    }
}

impl Write for Masking<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.ahead.extend_from_slice(bytes);
        if let Some(end) = self.ahead.iter().rposition(|byte| *byte == b'\n') {
            let rest = self.ahead.split_off(end + 1);
            let lines = std::mem::replace(&mut self.ahead, rest);
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
    use crate::text::http_host;

    #[test]
    fn an_address_tells_its_secrets() {
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
    fn what_has_no_host_is_no_address() {
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
    fn what_is_written_in_pieces_is_masked_too() {
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
    fn an_answer_is_one_line() {
        assert_eq!(
            one_line("550 no\r\n\tsuch\u{1b}[2J  user"),
            "550 no such\\u{1b}[2J user"
        );
        assert_eq!(one_line(&"x".repeat(5_000)).chars().count(), 501);
    }
}
