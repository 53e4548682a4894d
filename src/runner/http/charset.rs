//! The charset of a body: named by `Content-Type`, or by the page itself.

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8};

/// An HTML page names its charset within so many bytes, by the standard.
pub(super) const PRESCAN: usize = 1024;

/// Decodes the next bytes of a text; `is_last` tells that no more come.
pub(super) fn decode(decoder: &mut Decoder, mut bytes: &[u8], is_last: bool) -> String {
    let most = decoder
        .max_utf8_buffer_length(bytes.len())
        .unwrap_or(bytes.len().saturating_mul(3) + 16);
    let mut text = String::with_capacity(most);
    loop {
        let (result, read, _) = decoder.decode_to_string(bytes, &mut text, is_last);
        bytes = &bytes[read..];
        match result {
            CoderResult::InputEmpty => return text,
            CoderResult::OutputFull => text.reserve(bytes.len() + 16),
        }
    }
}

/// The charset that a Content-Type names; none when the page may name it. A byte order mark beats both: the decoder looks for one.
pub(super) fn of(content_type: Option<&str>) -> Option<&'static Encoding> {
    let mut parts = content_type.unwrap_or_default().split(';');
    let media = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
    let label = parts
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .map(|(_, label)| label.trim().trim_matches(['"', '\'']));
    let charset = label.and_then(|label| Encoding::for_label(label.as_bytes()));
    let may_name_it = media.is_empty() || media.contains("html") || media.contains("xml");
    charset.or((!may_name_it).then_some(UTF_8))
}

/// The charset that a page names: `<meta charset=...>`, `<meta http-equiv ... charset=...>`, `<?xml ... encoding=...?>`.
pub(super) fn declared(beginning: &[u8]) -> Option<&'static Encoding> {
    let text =
        String::from_utf8_lossy(&beginning[..beginning.len().min(PRESCAN)]).to_ascii_lowercase();
    let after = |word: &str, tag: &str| {
        let tag = text.find(tag)?;
        let at = text[tag..].find(word)? + tag + word.len();
        let value = text[at..].trim_start().strip_prefix('=')?;
        let value = value.trim_start().trim_start_matches(['"', '\'']);
        let end = value
            .find(|c: char| !(c.is_ascii_alphanumeric() || "-_:".contains(c)))
            .unwrap_or(value.len());
        // A page that can be read as ASCII so far is not in UTF-16, whatever it names.
        Encoding::for_label(&value.as_bytes()[..end]).map(Encoding::output_encoding)
    };
    after("charset", "<meta").or_else(|| after("encoding", "<?xml"))
}
