//! The body of an answer: decoded piece by piece, kept up to a limit, searched to its end.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8};

/// Bytes that are read at once.
const PIECE: usize = 16 * 1024;

/// Where an HTML page says its charset: within so many bytes, by the standard.
const PRESCAN: usize = 1024;

/// A body that has been read.
#[derive(Debug)]
pub(super) struct Body {
    /// The decoded text, up to the limit.
    pub(super) text: String,
    /// How many bytes there were in all.
    pub(super) bytes: u64,
    pub(super) is_cut: bool,
    /// Whether the text that was looked for is in it; none was looked for when absent.
    pub(super) found: Option<bool>,
    /// Why it ends where it does, when that is too early.
    pub(super) problem: Option<io::Error>,
}

/// Reads a body to its end. `content_type` tells the charset; `wanted` is looked for in all of it; `most` bytes of text are kept
/// (0 is no limit).
pub(super) fn read(
    mut from: impl Read,
    content_type: Option<&str>,
    wanted: Option<&str>,
    most: u64,
) -> Body {
    let most = match most {
        0 => usize::MAX,
        most => usize::try_from(most).unwrap_or(usize::MAX),
    };
    let mut body = Body {
        text: String::new(),
        bytes: 0,
        is_cut: false,
        found: wanted.map(str::is_empty),
        problem: None,
    };
    let mut search = wanted.map(Search::new);
    let mut piece = vec![0; PIECE];
    let mut filled = 0;
    // The beginning is collected first: in it a page may say its charset.
    while filled < PRESCAN {
        match from.read(&mut piece[filled..]) {
            Ok(0) => break,
            Ok(length) => filled += length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                body.problem = Some(error);
                break;
            }
        }
    }
    let mut decoder = charset(content_type, &piece[..filled]).new_decoder();
    loop {
        body.bytes += filled as u64;
        let is_last = filled == 0 || body.problem.is_some();
        let text = decode(&mut decoder, &piece[..filled], is_last);
        if let Some(search) = &mut search
            && search.finds(&text)
        {
            body.found = Some(true);
        }
        let room = most.saturating_sub(body.text.len());
        let kept = text.floor_char_boundary(room.min(text.len()));
        body.text.push_str(&text[..kept]);
        body.is_cut |= kept < text.len();
        if is_last {
            return body;
        }
        filled = loop {
            match from.read(&mut piece) {
                Ok(length) => break length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    body.problem = Some(error);
                    break 0;
                }
            }
        };
    }
}

fn decode(decoder: &mut Decoder, mut bytes: &[u8], is_last: bool) -> String {
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

/// The charset of a body: what its Content-Type says, what a page says of itself, else UTF-8. A byte order mark beats it: the decoder looks
/// for one.
fn charset(content_type: Option<&str>, beginning: &[u8]) -> &'static Encoding {
    let label = content_type.and_then(|text| {
        text.split(';')
            .skip(1)
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
            .map(|(_, label)| label.trim().trim_matches(['"', '\'']).to_string())
    });
    if let Some(found) = label.and_then(|label| Encoding::for_label(label.as_bytes())) {
        return found;
    }
    let media = content_type
        .and_then(|text| text.split(';').next())
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if media.is_empty() || media.contains("html") || media.contains("xml") {
        return declared(beginning).unwrap_or(UTF_8);
    }
    UTF_8
}

/// `<meta charset=...>`, `<meta http-equiv ... charset=...>`, `<?xml ... encoding=...?>`.
fn declared(beginning: &[u8]) -> Option<&'static Encoding> {
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
        Encoding::for_label(&value.as_bytes()[..end])
    };
    after("charset", "<meta").or_else(|| after("encoding", "<?xml"))
}

/// Looks for a text in a text that comes in pieces.
struct Search<'a> {
    wanted: &'a str,
    /// The end of what has come, which may be the beginning of what is wanted.
    tail: String,
}

impl Search<'_> {
    fn new(wanted: &str) -> Search<'_> {
        Search {
            wanted,
            tail: String::new(),
        }
    }

    fn finds(&mut self, piece: &str) -> bool {
        self.tail.push_str(piece);
        if self.tail.contains(self.wanted) {
            return true;
        }
        let kept = self.wanted.len().saturating_sub(1).min(self.tail.len());
        let from = self.tail.ceil_char_boundary(self.tail.len() - kept);
        self.tail.drain(..from);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a byte at a time, then ends in the way that is asked for.
    struct Drip<'a>(&'a [u8], bool);

    impl Read for Drip<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            match self.0.split_first() {
                Some((byte, rest)) => {
                    into[0] = *byte;
                    self.0 = rest;
                    Ok(1)
                }
                None if self.1 => Err(io::Error::other("cut")),
                None => Ok(0),
            }
        }
    }

    #[test]
    fn charsets_are_decoded_wherever_they_are_told() {
        let gbk = encoding_rs::GBK.encode("备份完成").0.into_owned();
        let meta = [b"<html><meta charset='gbk'>".as_slice(), &gbk].concat();
        let http_equiv = [
            b"<meta http-equiv=content-type content=\"text/html; charset=big5\">".as_slice(),
            &encoding_rs::BIG5.encode("備份").0,
        ]
        .concat();
        let utf16 = [&[0xff, 0xfe][..], &[0x07, 0x59, 0xfd, 0x4e]].concat();
        for (bytes, content_type, part) in [
            (gbk.as_slice(), Some("text/plain; charset=GBK"), "备份完成"),
            (&gbk, Some("text/plain;Charset=\"gb2312\""), "备份完成"),
            (&meta, Some("text/html"), "备份完成"),
            (&meta, None, "备份完成"),
            (&http_equiv, Some("text/html"), "備份"),
            ("备份".as_bytes(), Some("application/json"), "备份"),
            (
                "备份".as_bytes(),
                Some("text/plain; charset=no-such"),
                "备份",
            ),
            (&utf16, Some("text/plain"), "備份".get(0..0).unwrap()),
        ] {
            let body = read(Drip(bytes, false), content_type, Some(part), 0);
            assert_eq!(body.found, Some(true), "{content_type:?} {:?}", body.text);
            assert_eq!(body.bytes, bytes.len() as u64);
            assert!(body.problem.is_none() && !body.is_cut);
        }
    }

    #[test]
    fn what_is_wanted_is_found_behind_the_limit_and_across_pieces() {
        let long = format!("{}needle备", "x".repeat(100_000));
        let body = read(long.as_bytes(), None, Some("needle备"), 10);
        assert_eq!(
            (body.found, body.text.as_str(), body.is_cut),
            (Some(true), "xxxxxxxxxx", true)
        );
        assert_eq!(body.bytes, long.len() as u64);
        let body = read(Drip(b"abcneedle", false), None, Some("needles"), 3);
        assert_eq!((body.found, body.text.as_str()), (Some(false), "abc"));
        // No character is cut in half.
        let body = read("备份".as_bytes(), None, None, 4);
        assert_eq!((body.text.as_str(), body.is_cut), ("备", true));
    }

    #[test]
    fn a_body_that_breaks_off_says_so_and_keeps_what_came() {
        for length in [10, 5000] {
            let text = "y".repeat(length);
            let body = read(Drip(text.as_bytes(), true), None, Some("yyy"), 0);
            assert!(body.problem.is_some());
            assert_eq!((body.text.len(), body.found), (length, Some(true)));
        }
    }
}
