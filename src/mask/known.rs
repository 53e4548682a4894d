//! Hides secrets whose values are known (from the environment of a job), besides those that
//! [`super::spans_of_output`] finds.

use super::{MASK, spans_of_output, text};

/// Replaces each secret with as many `*` as it has bytes: the offsets of the bytes after it must not change.
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
                // It was masked when the line was written.
                continue;
            }
            line[span].fill(b'*');
        }
    }
}

/// An error message as it may be shown.
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
