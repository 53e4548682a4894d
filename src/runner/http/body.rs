//! The body of an answer: decoded piece by piece, kept up to a limit, searched to its end.

use std::io::{self, Read, Write};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8};

/// Bytes that are read at once.
const PIECE: usize = 16 * 1024;

/// Where an HTML page says its charset: within so many bytes, by the standard.
const PRESCAN: usize = 1024;

/// A body that has been read.
#[derive(Debug)]
pub(super) struct Body {
    /// How many bytes there were in all.
    pub(super) bytes: u64,
    /// How many bytes of text were kept.
    pub(super) kept: u64,
    /// Whether there was more.
    pub(super) is_cut: bool,
    /// Whether the text that was looked for is in it; none was looked for when absent.
    pub(super) found: Option<bool>,
    /// Why it ends where it does, when that is too early.
    pub(super) problem: Option<io::Error>,
}

/// Reads a body to its end. `content_type` tells the charset; `wanted` is looked for in all of it; `most` bytes of text are kept
/// (0 is no limit): they go to `out` as they come.
///
/// # Errors
///
/// When `out` takes no more.
pub(super) fn read(
    mut from: impl Read,
    content_type: Option<&str>,
    wanted: Option<&str>,
    most: u64,
    out: &mut dyn Write,
) -> io::Result<Body> {
    let mut body = Body {
        bytes: 0,
        kept: 0,
        is_cut: false,
        found: wanted.map(str::is_empty),
        problem: None,
    };
    let most = if most == 0 { u64::MAX } else { most };
    let mut search = wanted.map(Search::new);
    let mut piece = vec![0; PIECE];
    let mut filled = 0;
    let charset = match told(content_type) {
        Some(charset) => charset,
        // The page may say so itself: its beginning is collected first.
        None => {
            while filled < PRESCAN {
                match fill(&mut from, &mut piece[filled..], &mut body) {
                    0 => break,
                    length => filled += length,
                }
            }
            declared(&piece[..filled]).unwrap_or(UTF_8)
        }
    };
    let mut decoder = charset.new_decoder();
    if filled == 0 {
        filled = fill(&mut from, &mut piece, &mut body);
    }
    loop {
        let is_last = filled == 0 || body.problem.is_some();
        let text = decode(&mut decoder, &piece[..filled], is_last);
        if body.found == Some(false)
            && let Some(search) = &mut search
        {
            body.found = Some(search.finds(&text));
        }
        body.keep(&text, most, out)?;
        if is_last {
            return Ok(body);
        }
        filled = fill(&mut from, &mut piece, &mut body);
    }
}

/// Reads once; nothing at the end, and when it breaks off.
fn fill(from: &mut impl Read, into: &mut [u8], body: &mut Body) -> usize {
    while body.problem.is_none() {
        match from.read(into) {
            Ok(length) => {
                body.bytes += length as u64;
                return length;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                body.problem = Some(error);
            }
        }
    }
    0
}

impl Body {
    /// Keeps as much of a text as there is room for; behind a cut nothing.
    fn keep(&mut self, text: &str, most: u64, out: &mut dyn Write) -> io::Result<()> {
        if self.is_cut || text.is_empty() {
            return Ok(());
        }
        let room = usize::try_from(most - self.kept).unwrap_or(usize::MAX);
        let end = text.floor_char_boundary(room.min(text.len()));
        out.write_all(&text.as_bytes()[..end])?;
        self.kept += end as u64;
        self.is_cut = end < text.len();
        Ok(())
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

/// The charset that a Content-Type tells; nothing when a page may tell it. A byte order mark beats both: the decoder looks for one.
fn told(content_type: Option<&str>) -> Option<&'static Encoding> {
    let mut parts = content_type.unwrap_or_default().split(';');
    let media = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
    let label = parts
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .map(|(_, label)| label.trim().trim_matches(['"', '\'']));
    let charset = label.and_then(|label| Encoding::for_label(label.as_bytes()));
    let may_tell_itself = media.is_empty() || media.contains("html") || media.contains("xml");
    charset.or((!may_tell_itself).then_some(UTF_8))
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
        // What can be read as ASCII so far is not in UTF-16, whatever it says.
        Encoding::for_label(&value.as_bytes()[..end]).map(Encoding::output_encoding)
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

    fn read(
        from: impl Read,
        content_type: Option<&str>,
        wanted: Option<&str>,
        most: u64,
    ) -> (Body, String) {
        let mut text = Vec::new();
        let body = super::read(from, content_type, wanted, most, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(body.kept, text.len() as u64);
        (body, text)
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
        let xml = [b"<?xml version='1.0' encoding='gbk'?>".as_slice(), &gbk].concat();
        let false_utf16 = "<meta charset=utf-16>备份".as_bytes();
        let utf16 = [&[0xff, 0xfe][..], &[0x07, 0x59, 0xfd, 0x4e]].concat();
        for (bytes, content_type, part) in [
            (gbk.as_slice(), Some("text/plain; charset=GBK"), "备份完成"),
            (&gbk, Some("text/plain;Charset=\"gb2312\""), "备份完成"),
            (&meta, Some("text/html"), "备份完成"),
            (&meta, None, "备份完成"),
            (&xml, Some("application/xml"), "备份完成"),
            (&http_equiv, Some("text/html"), "備份"),
            (false_utf16, Some("text/html"), "备份"),
            ("备份".as_bytes(), Some("application/json"), "备份"),
            (
                "备份".as_bytes(),
                Some("text/plain; charset=no-such"),
                "备份",
            ),
            (&utf16, Some("text/plain"), "备份"),
        ] {
            let (body, text) = read(Drip(bytes, false), content_type, Some(part), 0);
            assert_eq!(body.found, Some(true), "{content_type:?} {text:?}");
            assert_eq!(body.bytes, bytes.len() as u64);
            assert!(body.problem.is_none() && !body.is_cut);
        }
    }

    #[test]
    fn what_is_wanted_is_found_behind_the_limit_and_across_pieces() {
        let long = format!("{}needle备", "x".repeat(100_000));
        let (body, text) = read(long.as_bytes(), None, Some("needle备"), 10);
        assert_eq!(
            (body.found, text.as_str(), body.is_cut),
            (Some(true), "xxxxxxxxxx", true)
        );
        assert_eq!(body.bytes, long.len() as u64);
        let (body, text) = read(Drip(b"abcneedle", false), None, Some("needles"), 3);
        assert_eq!((body.found, text.as_str()), (Some(false), "abc"));
        let (body, text) = read("abc".as_bytes(), None, None, 3);
        assert_eq!((body.is_cut, text.as_str()), (false, "abc"));
    }

    #[test]
    fn no_character_is_cut_in_half_and_nothing_follows_the_cut() {
        let (body, text) = read("备份".as_bytes(), None, None, 4);
        assert_eq!((text.as_str(), body.is_cut), ("备", true));
        // There is room for the last letters, but not for what comes before them.
        let far = format!("{}备{}", "x".repeat(16 * 1024 - 1), "y".repeat(9));
        let (body, text) = read(far.as_bytes(), None, None, 16 * 1024);
        assert_eq!((text.len(), body.is_cut), (16 * 1024 - 1, true));
        assert!(!text.contains('y'));
    }

    #[test]
    fn a_body_that_breaks_off_says_so_and_keeps_what_came() {
        for length in [10, 5000] {
            let text = "y".repeat(length);
            let (body, kept) = read(Drip(text.as_bytes(), true), None, Some("yyy"), 0);
            assert!(body.problem.is_some());
            assert_eq!((kept.len(), body.found), (length, Some(true)));
        }
    }
}
