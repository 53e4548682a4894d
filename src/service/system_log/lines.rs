//! Pages of matching lines of a large file, the last line first, in bounded memory.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

/// Upper bound on the bytes of a line; the rest of a longer line is skipped.
const LINE_MAX: usize = 64 * 1024;

/// The offset of every so many-th matching line is remembered, so that the second pass does not read the whole file.
const MARK_EVERY: u64 = 1_000;

/// The matching lines: their number, and those of a page.
pub(super) struct Found {
    pub(super) total: u64,
    /// The last line first.
    pub(super) lines: Vec<String>,
}

/// Finds the matching lines of a file, skips the last `skipped` of them and takes the `size` before those. Empty lines do not
/// count.
pub(super) fn last_matching(
    file: &File,
    skipped: u64,
    size: u64,
    matches: impl Fn(&str) -> bool,
) -> io::Result<Found> {
    // Lines written meanwhile are left out.
    let end = file.metadata()?.len();
    let mut marks = Vec::new();
    let mut total: u64 = 0;
    let mut lines = Lines::of(file, 0, end)?;
    while let Some((at, line)) = lines.next()? {
        if !matches(&line) {
            continue;
        }
        if total.is_multiple_of(MARK_EVERY) {
            marks.push(at);
        }
        total += 1;
    }
    let last = total.saturating_sub(skipped);
    let first = last.saturating_sub(size);
    let mut found = Vec::new();
    let mark = usize::try_from(first / MARK_EVERY).unwrap_or(usize::MAX);
    if first < last
        && let Some(begin) = marks.get(mark)
    {
        let mut number = first / MARK_EVERY * MARK_EVERY;
        let mut lines = Lines::of(file, *begin, end)?;
        while number < last
            && let Some((_, line)) = lines.next()?
        {
            if !matches(&line) {
                continue;
            }
            if number >= first {
                found.push(line);
            }
            number += 1;
        }
    }
    found.reverse();
    Ok(Found {
        total,
        lines: found,
    })
}

/// The number of lines of a file.
pub(super) fn count(file: &File) -> io::Result<u64> {
    let mut lines = Lines::of(file, 0, file.metadata()?.len())?;
    let mut count = 0;
    while lines.next()?.is_some() {
        count += 1;
    }
    Ok(count)
}

struct Lines<'a> {
    reader: BufReader<io::Take<&'a File>>,
    at: u64,
}

impl<'a> Lines<'a> {
    /// The lines from the byte `begin` to before the byte `end`.
    fn of(mut file: &'a File, begin: u64, end: u64) -> io::Result<Lines<'a>> {
        file.seek(SeekFrom::Start(begin))?;
        Ok(Lines {
            reader: BufReader::with_capacity(LINE_MAX, file.take(end.saturating_sub(begin))),
            at: begin,
        })
    }

    /// The next line that is not empty, and its offset.
    fn next(&mut self) -> io::Result<Option<(u64, String)>> {
        let mut line = Vec::new();
        let mut begin = self.at;
        loop {
            let part = match self.reader.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                part => part?,
            };
            let end = part.iter().position(|byte| *byte == b'\n');
            let text = &part[..end.unwrap_or(part.len())];
            let room = LINE_MAX.saturating_sub(line.len());
            line.extend_from_slice(&text[..text.len().min(room)]);
            let (is_over, used) = (part.is_empty(), text.len() + usize::from(end.is_some()));
            self.reader.consume(used);
            self.at += used as u64;
            if (end.is_some() || is_over) && !line.is_empty() {
                return Ok(Some((begin, String::from_utf8_lossy(&line).into_owned())));
            }
            if is_over {
                return Ok(None);
            }
            if end.is_some() {
                begin = self.at;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file(text: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text).unwrap();
        file
    }

    #[test]
    fn last_matching_takes_pages_from_the_end() {
        let text: String = (0..2_500)
            .map(|number| format!("line {number}\n"))
            .collect();
        let file = file(text.as_bytes());
        let all = |_: &str| true;
        let odd = |line: &str| line.ends_with(['1', '3', '5', '7', '9']);
        for (skipped, size, is_odd, total, first, length) in [
            (0, 3, false, 2_500, "line 2499", 3),
            (1_499, 3, false, 2_500, "line 1000", 3),
            (1_500, 1_200, false, 2_500, "line 999", 1_000),
            (2_499, 3, false, 2_500, "line 0", 1),
            (2_500, 3, false, 2_500, "", 0),
            (u64::MAX, u64::MAX, false, 2_500, "", 0),
            (0, 2, true, 1_250, "line 2499", 2),
            (1_249, 2, true, 1_250, "line 1", 1),
        ] {
            let found = if is_odd {
                last_matching(&file, skipped, size, odd)
            } else {
                last_matching(&file, skipped, size, all)
            }
            .unwrap();
            let seen = (
                found.total,
                found.lines.first().map_or("", String::as_str),
                found.lines.len(),
            );
            assert_eq!(seen, (total, first, length), "{skipped} {size} {is_odd}");
        }
    }

    #[test]
    fn last_matching_long_line_is_cut_and_invalid_line_is_shown() {
        let mut text = b"\n\nfirst\n\xff\xfe\n".to_vec();
        text.extend(vec![b'x'; 3 * LINE_MAX]);
        text.extend(b"\nno newline");
        let file = file(&text);
        let found = last_matching(&file, 0, 10, |_| true).unwrap();
        assert_eq!((found.total, count(&file).unwrap()), (4, 4));
        assert_eq!(found.lines[0], "no newline");
        assert_eq!(found.lines[1].len(), LINE_MAX);
        assert_eq!(found.lines[2], "\u{fffd}\u{fffd}");
        assert_eq!(found.lines[3], "first");
        assert_eq!(
            last_matching(&self::file(b""), 0, 9, |_| true)
                .unwrap()
                .total,
            0
        );
    }
}
