//! The forms in which a program may print a known secret: percent-encoded, as in a URL, and in base64, as in a header.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// A longer secret is searched for only as it is, in bytes.
const LONGEST: usize = 1024;

/// Shortest secret whose base64 is searched for, in bytes: a shorter one could be found by chance.
const SHORTEST: usize = 6;

/// The characters that RFC 3986 encodes in a value.
const STRICT: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The characters that `encodeURIComponent` of a browser encodes.
const COMPONENT: AsciiSet = STRICT
    .remove(b'!')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*');

/// The encoded forms of a secret that differ from it.
pub(super) fn forms(secret: &str) -> Vec<String> {
    if secret.len() > LONGEST {
        return Vec::new();
    }
    let mut forms = Vec::new();
    for set in [&STRICT, &COMPONENT] {
        let form = utf8_percent_encode(secret, set).to_string();
        forms.push(lower_escapes(&form));
        forms.push(form.replace("%20", "+"));
        forms.push(form);
    }
    if secret.len() >= SHORTEST {
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            forms.push(engine.encode(secret));
            // Within a longer text, such as `user:password`, the secret begins at one of three places of a group.
            for before in 0..3 {
                let shifted = [&vec![0; before], secret.as_bytes()].concat();
                let text = engine.encode(&shifted);
                // Characters that also hold bits of the text before or after the secret.
                let first = (before * 8).div_ceil(6);
                let last = shifted.len() * 8 / 6;
                forms.push(text[first..last].to_string());
            }
        }
    }
    forms.retain(|form| form != secret);
    forms
}

/// The text with escapes such as `%2f` instead of `%2F`.
fn lower_escapes(text: &str) -> String {
    let mut left = 0;
    text.chars()
        .map(|c| {
            if c == '%' {
                left = 2;
                return c;
            }
            let is_digit = left > 0;
            left -= u8::from(is_digit);
            if is_digit { c.to_ascii_lowercase() } else { c }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::Secrets;
    use super::*;

    fn shown(secret: &str, output: &str) -> String {
        let mut bytes = output.as_bytes().to_vec();
        Secrets::new([secret.to_string()]).hide(&mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn encoded_secret_is_hidden() {
        let secret = "pa ss/w?Zq!ö";
        for encoded in [
            "pa%20ss%2Fw%3FZq%21%C3%B6",
            "pa%20ss%2fw%3fZq%21%c3%b6",
            "pa+ss%2Fw%3FZq%21%C3%B6",
            "pa%20ss%2Fw%3FZq!%C3%B6",
        ] {
            let stars = "*".repeat(encoded.len());
            let output = format!("GET /x?v={encoded}&a=1");
            assert_eq!(shown(secret, &output), format!("GET /x?v={stars}&a=1"));
        }
        for before in ["", "u:", "me:", "you:"] {
            for after in ["", "\n", ";x"] {
                let encoded = STANDARD_NO_PAD.encode(format!("{before}{secret}{after}"));
                let rest = shown(secret, &format!("Sent: {encoded}"));
                let visible = rest.trim_start_matches("Sent: ").replace('*', "").len();
                let others = (before.len() + after.len()) * 8;
                assert!(
                    visible <= others.div_ceil(6) + 2,
                    "{before:?} {after:?}: {rest}"
                );
            }
        }
        let url_safe = URL_SAFE_NO_PAD.encode("????>>>>");
        assert_eq!(shown("????>>>>", &url_safe), "*".repeat(url_safe.len()));
    }

    #[test]
    fn other_encoded_text_is_shown() {
        for output in ["SGVsbG8gd29ybGQ=", "a%20b", "cGFzcw==", "pass"] {
            assert_eq!(shown("pa ss/w?", output), output);
        }
        // The base64 of a short secret is found in many texts.
        assert_eq!(shown("abcd", "YWJjZA=="), "YWJjZA==");
    }
}
