//! The body of an answer: unpacked and decoded piece by piece, kept up to a limit, searched to its end.

use std::io::{self, Write};

use encoding_rs::{Decoder, Encoding, UTF_8};
use flate2::write::MultiGzDecoder;

use super::charset::{self, PRESCAN};

/// How a body is read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reading<'a> {
    /// The header `Content-Type`, which may name the charset.
    pub(super) content_type: Option<&'a str>,
    /// Whether `Content-Encoding` is gzip.
    pub(super) is_gzip: bool,
    /// A text to look for in the whole body.
    pub(super) wanted: Option<&'a str>,
    /// How many bytes of text are kept; 0 is no limit.
    pub(super) kept_max: u64,
}

/// A body that has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    /// How many bytes came, unpacked.
    pub(super) bytes: u64,
    /// How many bytes of text were kept.
    pub(super) kept: u64,
    /// Whether there was more text than was kept.
    pub(super) is_cut: bool,
    /// Whether the wanted text is in it; none if no text was wanted.
    pub(super) found: Option<bool>,
}

/// Why a piece of a body could not be taken.
#[derive(Debug)]
pub(super) enum Fault {
    Gzip(io::Error),
    Output(io::Error),
}

/// Reads a body whose pieces are pushed as they come.
pub(super) enum Reader<'a> {
    Plain(Text<'a>),
    Gzip {
        decoder: Box<MultiGzDecoder<Text<'a>>>,
        /// Nothing has come yet. A server may announce gzip and send nothing.
        is_empty: bool,
        is_broken: bool,
    },
}

impl<'a> Reader<'a> {
    /// The text that is kept goes to `out` as it comes.
    pub(super) fn new(reading: Reading<'a>, out: &'a mut (dyn Write + Send)) -> Reader<'a> {
        let text = Text::new(reading, out);
        match reading.is_gzip {
            true => Reader::Gzip {
                decoder: Box::new(MultiGzDecoder::new(text)),
                is_empty: true,
                is_broken: false,
            },
            false => Reader::Plain(text),
        }
    }

    /// How many bytes have come, unpacked.
    pub(super) fn bytes(&self) -> u64 {
        match self {
            Reader::Plain(text) => text.summary.bytes,
            Reader::Gzip { decoder, .. } => decoder.get_ref().summary.bytes,
        }
    }

    /// Takes the next piece. After a fault only [`Reader::finish`] may follow.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), Fault> {
        match self {
            Reader::Plain(text) => text.push(piece).map_err(Fault::Output),
            Reader::Gzip {
                decoder,
                is_empty,
                is_broken,
            } => {
                *is_empty &= piece.is_empty();
                let unpacked = decoder.write_all(piece).and_then(|()| decoder.flush());
                *is_broken = unpacked.is_err();
                fault(decoder.get_mut(), unpacked)
            }
        }
    }

    /// No more pieces come: all of them came, or the connection broke.
    pub(super) fn finish(mut self, is_whole: bool) -> (Summary, Result<(), Fault>) {
        match &mut self {
            Reader::Plain(text) => {
                let done = text.finish().map_err(Fault::Output);
                (text.summary, done)
            }
            Reader::Gzip {
                decoder,
                is_empty,
                is_broken,
            } => {
                let unpacked = match is_whole && !*is_empty && !*is_broken {
                    true => decoder.try_finish(),
                    false => Ok(()),
                };
                let text = decoder.get_mut();
                let done = fault(text, unpacked);
                let done = done.and(text.finish().map_err(Fault::Output));
                (text.summary, done)
            }
        }
    }
}

/// Tells a fault of the output, which comes back through the decoder, from one of the gzip data.
fn fault(text: &mut Text<'_>, unpacked: io::Result<()>) -> Result<(), Fault> {
    match (text.failed.take(), unpacked) {
        (Some(error), _) => Err(Fault::Output(error)),
        (None, unpacked) => unpacked.map_err(Fault::Gzip),
    }
}

/// Decodes the text of a body, keeps its beginning and searches all of it.
pub(super) struct Text<'a> {
    /// None until the charset is known.
    decoder: Option<Decoder>,
    /// The beginning of a page that may name its charset itself.
    beginning: Vec<u8>,
    search: Option<Search<'a>>,
    kept_max: u64,
    out: &'a mut (dyn Write + Send),
    summary: Summary,
    /// Why `out` took no more, until it is reported.
    failed: Option<io::Error>,
    is_finished: bool,
}

impl Write for Text<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = self.push(bytes) {
            let kind = error.kind();
            self.failed = Some(error);
            return Err(kind.into());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> Text<'a> {
    fn new(reading: Reading<'a>, out: &'a mut (dyn Write + Send)) -> Text<'a> {
        Text {
            decoder: charset::of(reading.content_type).map(Encoding::new_decoder),
            beginning: Vec::new(),
            search: reading.wanted.map(Search::new),
            kept_max: match reading.kept_max {
                0 => u64::MAX,
                most => most,
            },
            out,
            summary: Summary {
                found: reading.wanted.map(str::is_empty),
                ..Summary::default()
            },
            failed: None,
            is_finished: false,
        }
    }

    fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        // The decoder of gzip writes its rest when it is dropped.
        if self.is_finished {
            return Ok(());
        }
        self.summary.bytes += bytes.len() as u64;
        if self.decoder.is_some() {
            return self.decode(bytes, false);
        }
        self.beginning.extend_from_slice(bytes);
        if self.beginning.len() < PRESCAN {
            return Ok(());
        }
        self.decode_beginning(false)
    }

    fn finish(&mut self) -> io::Result<()> {
        let done = match self.decoder {
            Some(_) => self.decode(&[], true),
            None => self.decode_beginning(true),
        };
        self.is_finished = true;
        done
    }

    fn decode_beginning(&mut self, is_last: bool) -> io::Result<()> {
        let beginning = std::mem::take(&mut self.beginning);
        let charset = charset::declared(&beginning).unwrap_or(UTF_8);
        self.decoder = Some(charset.new_decoder());
        self.decode(&beginning, is_last)
    }

    fn decode(&mut self, bytes: &[u8], is_last: bool) -> io::Result<()> {
        let Some(decoder) = &mut self.decoder else {
            return Ok(());
        };
        let text = charset::decode(decoder, bytes, is_last);
        if self.summary.found == Some(false)
            && let Some(search) = &mut self.search
        {
            self.summary.found = Some(search.finds(&text));
        }
        self.keep(&text)
    }

    /// Keeps as much of a text as there is room for; behind a cut nothing.
    fn keep(&mut self, text: &str) -> io::Result<()> {
        let summary = &mut self.summary;
        if summary.is_cut || text.is_empty() {
            return Ok(());
        }
        let room = usize::try_from(self.kept_max - summary.kept).unwrap_or(usize::MAX);
        let end = text.floor_char_boundary(room.min(text.len()));
        self.out.write_all(&text.as_bytes()[..end])?;
        summary.kept += end as u64;
        summary.is_cut = end < text.len();
        Ok(())
    }
}

/// Looks for a text in a text that comes in pieces.
struct Search<'a> {
    wanted: &'a str,
    /// The end of the text so far, which may be the beginning of the wanted text.
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

    /// Reads a body that comes in pieces of so many bytes, and to its end unless it breaks off.
    fn read(
        (bytes, piece, is_whole): (&[u8], usize, bool),
        content_type: Option<&str>,
        wanted: Option<&str>,
        kept_max: u64,
    ) -> (Summary, String) {
        let reading = Reading {
            content_type,
            wanted,
            kept_max,
            is_gzip: false,
        };
        let mut text = Vec::new();
        let mut reader = Reader::new(reading, &mut text);
        for piece in bytes.chunks(piece) {
            reader.push(piece).unwrap();
        }
        assert_eq!(reader.bytes(), bytes.len() as u64);
        let (summary, done) = reader.finish(is_whole);
        done.unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(summary.kept, text.len() as u64);
        (summary, text)
    }

    const DRIP: usize = 1;
    const WHOLE: usize = 16 * 1024;

    #[test]
    fn charset_is_decoded_wherever_it_is_named() {
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
            let (body, text) = read((bytes, DRIP, true), content_type, Some(part), 0);
            assert_eq!(body.found, Some(true), "{content_type:?} {text:?}");
            assert_eq!(body.bytes, bytes.len() as u64);
            assert!(!body.is_cut);
        }
    }

    #[test]
    fn wanted_text_is_found_behind_the_limit_and_across_pieces() {
        let long = format!("{}needle备", "x".repeat(100_000));
        let (body, text) = read((long.as_bytes(), WHOLE, true), None, Some("needle备"), 10);
        assert_eq!(
            (body.found, text.as_str(), body.is_cut),
            (Some(true), "xxxxxxxxxx", true)
        );
        assert_eq!(body.bytes, long.len() as u64);
        let (body, text) = read((b"abcneedle", DRIP, true), None, Some("needles"), 3);
        assert_eq!((body.found, text.as_str()), (Some(false), "abc"));
        let (body, text) = read((b"abc", WHOLE, true), None, None, 3);
        assert_eq!((body.is_cut, text.as_str()), (false, "abc"));
    }

    #[test]
    fn kept_text_ends_at_a_character_and_nothing_follows() {
        let (body, text) = read(("备份".as_bytes(), WHOLE, true), None, None, 4);
        assert_eq!((text.as_str(), body.is_cut), ("备", true));
        // There is room for the last letters, but not for what comes before them.
        let far = format!("{}备{}", "x".repeat(16 * 1024 - 1), "y".repeat(9));
        let (body, text) = read((far.as_bytes(), WHOLE, true), None, None, 16 * 1024);
        assert_eq!((text.len(), body.is_cut), (16 * 1024 - 1, true));
        assert!(!text.contains('y'));
    }

    #[test]
    fn body_that_breaks_off_keeps_what_came() {
        for length in [10, 5000] {
            let text = "y".repeat(length);
            let (body, kept) = read((text.as_bytes(), DRIP, false), None, Some("yyy"), 0);
            assert_eq!((kept.len(), body.found), (length, Some(true)));
        }
    }

    #[test]
    fn gzip_body_is_unpacked_and_its_faults_are_told_apart() {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all("备份 done\n".as_bytes()).unwrap();
        let packed = packer.finish().unwrap();
        let read = |bytes: &[u8], is_whole| {
            let mut text = Vec::new();
            let reading = Reading {
                is_gzip: true,
                ..Reading::default()
            };
            let mut reader = Reader::new(reading, &mut text);
            let pushed = bytes.chunks(3).try_for_each(|piece| reader.push(piece));
            let (_, finished) = reader.finish(is_whole);
            (pushed.and(finished), String::from_utf8(text).unwrap())
        };
        let twice = [packed.as_slice(), &packed].concat();
        let cut = &packed[..packed.len() - 4];
        for (bytes, is_whole, is_right, text) in [
            (packed.as_slice(), true, true, "备份 done\n"),
            (&twice, true, true, "备份 done\n备份 done\n"),
            (b"", true, true, ""),
            (cut, true, false, "备份 done\n"),
            // The connection broke, and that is the problem.
            (cut, false, true, "备份 done\n"),
            (b"nope, nope", true, false, ""),
        ] {
            let (done, unpacked) = read(bytes, is_whole);
            assert_eq!((done.is_ok(), unpacked.as_str()), (is_right, text));
            assert!(!matches!(done, Err(Fault::Output(_))));
        }
    }
}
