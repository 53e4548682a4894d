//! Secrets that are known by themselves, hidden beside those that look like one.

use super::{MASK, spans_of_output, text};

/// Makes each secret as many `*`: the places of what follows must stay what they are.
pub fn hide(bytes: &mut [u8], secrets: &[String]) {
    for secret in secrets {
        let secret = secret.as_bytes();
        let mut from = 0;
        while let Some(at) = find(&bytes[from..], secret) {
            bytes[from + at..from + at + secret.len()].fill(b'*');
            from += at + secret.len();
        }
    }
    for line in bytes.split_mut(|byte| *byte == b'\n') {
        let spans = std::str::from_utf8(line).map(spans_of_output);
        for span in spans.unwrap_or_default() {
            if line[span.clone()].ends_with(MASK.as_bytes()) {
                // It was masked when it was written.
                continue;
            }
            line[span].fill(b'*');
        }
    }
}

/// What went wrong, as it may be shown.
pub fn error(error: &str, secrets: &[String]) -> String {
    let mut bytes = text(error).into_owned().into_bytes();
    hide(&mut bytes, secrets);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len().max(1))
        .position(|window| window == wanted)
}
