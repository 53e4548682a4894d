//! Output of jobs for a terminal: colours stay, and all else that a terminal obeys goes (titles, the clipboard, the cursor, the
//! screen), so that a job cannot change what is shown of it or of others.

use std::fmt::Write;

use anstyle_parse::{Params, Parser, Perform};
use jobs_text::changes_direction;

/// Filters one stream of output, which may come in parts that end within a sequence or a character.
#[derive(Default)]
pub struct Filter {
    parser: Parser,
    shown: Shown,
}

/// The characters that go to the terminal.
#[derive(Default)]
struct Shown {
    text: String,
    /// A carriage return came last. Before a line end it is left out, elsewhere it becomes a line end: nothing is written over.
    has_return: bool,
    /// A colour is set.
    is_coloured: bool,
}

impl Filter {
    /// The part of the output as it may be shown.
    pub fn pass(&mut self, bytes: &[u8]) -> String {
        for byte in bytes {
            if *byte == b'\n' {
                // A sequence that is not closed must not hide the next line.
                self.parser = Parser::default();
                self.shown.line_end();
            } else {
                self.parser.advance(&mut self.shown, *byte);
            }
        }
        std::mem::take(&mut self.shown.text)
    }

    /// The text after the last part, which ends a colour that the job has left on.
    pub fn end(&mut self) -> &'static str {
        self.parser = Parser::default();
        self.shown.has_return = false;
        match std::mem::take(&mut self.shown.is_coloured) {
            true => "\x1b[0m",
            false => "",
        }
    }
}

impl Shown {
    fn line_end(&mut self) {
        self.has_return = false;
        self.text.push('\n');
    }
}

impl Perform for Shown {
    fn print(&mut self, c: char) {
        if std::mem::take(&mut self.has_return) {
            self.line_end();
        }
        if !c.is_control() && !changes_direction(c) {
            self.text.push(c);
        }
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\t' => self.print_tab(),
            b'\r' => self.has_return = true,
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], ignore: bool, action: u8) {
        if action != b'm' || !intermediates.is_empty() || ignore {
            return;
        }
        if std::mem::take(&mut self.has_return) {
            self.line_end();
        }
        if let Some(colours) = colours(params) {
            self.is_coloured = !matches!(&*colours, "" | "0");
            // Writing to a text cannot fail.
            let _ = write!(self.text, "\x1b[{colours}m");
        }
    }
}

impl Shown {
    fn print_tab(&mut self) {
        if std::mem::take(&mut self.has_return) {
            self.line_end();
        }
        self.text.push('\t');
    }
}

/// The parameters of a colour sequence without the one that makes text invisible. None when no other is left.
fn colours(params: &Params) -> Option<String> {
    /// Makes text invisible.
    const CONCEAL: u16 = 8;
    /// Is followed by the kind of a colour and its parts.
    const EXTENDED: [u16; 3] = [38, 48, 58];
    let mut kept: Vec<String> = Vec::new();
    let mut parts_left = 0;
    let mut is_kind = false;
    let mut dropped = false;
    for param in params {
        let first = param.first().copied().unwrap_or_default();
        if is_kind {
            parts_left = match first {
                5 => 1,
                2 => 3,
                _ => 0,
            };
        } else if parts_left > 0 {
            parts_left -= 1;
        } else if first == CONCEAL {
            dropped = true;
            continue;
        }
        let is_part = is_kind || parts_left > 0;
        is_kind = !is_part && param.len() == 1 && EXTENDED.contains(&first);
        let words: Vec<String> = param.iter().map(ToString::to_string).collect();
        kept.push(words.join(":"));
    }
    (!kept.is_empty() || !dropped).then(|| kept.join(";"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[(&str, &str)] = &[
        ("plain text\tand 备份\n", "plain text\tand 备份\n"),
        ("\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"),
        (
            "\x1b[1;38;5;8;48;2;8;8;8mx\x1b[m",
            "\x1b[1;38;5;8;48;2;8;8;8mx\x1b[0m",
        ),
        ("\x1b[38:5:8mx", "\x1b[38:5:8mx"),
        ("\x1b[8mhidden\x1b[0m", "hidden\x1b[0m"),
        ("\x1b[31;8mhidden", "\x1b[31mhidden"),
        ("a\x1b]0;title\x07b", "ab"),
        ("a\x1b]52;c;cm0K\x1b\\b", "ab"),
        ("a\x1b]8;;http://evil/\x1b\\link\x1b]8;;\x1b\\b", "alinkb"),
        ("a\x1bP1$qm\x1b\\b", "ab"),
        ("a\x1b_apc\x1b\\b\x1b^pm\x1b\\c\x1bXsos\x1b\\d", "abcd"),
        ("a\x1b[2J\x1b[1A\x1b[2K\x1b[Hb", "ab"),
        ("a\x1b[?1049h\x1b[?25lb", "ab"),
        ("a\x1b[6n\x1b[c\x1b[>4;1m\x1b[?4mb", "ab"),
        ("a\x1bc\x1b7\x1b8\x1b(0\x1b#8b", "ab"),
        ("a\u{9b}2Jb\u{9d}0;t\u{9c}c\u{85}d", "a2Jb0;tcd"),
        ("a\x08\x08b\x07\x0b\x0c\x00\x7fc", "abc"),
        ("evil\rgood\n", "evil\ngood\n"),
        ("dos\r\nend\r\n", "dos\nend\n"),
        ("10%\r\r20%\n", "10%\n20%\n"),
        ("a\x1b]0;not closed\nnext\n", "a\nnext\n"),
        ("a\x1b[3\nnext", "a\nnext"),
        ("\u{202e}evil\u{2066}", "evil"),
        ("\x1b[3\x1b[31mx", "\x1b[31mx"),
        ("\x1b[31\x18mx", "mx"),
    ];

    #[test]
    fn output_keeps_colours_and_loses_control_wherever_it_is_cut() {
        for (text, shown) in TABLE {
            for cut in 0..=text.len() {
                let mut filter = Filter::default();
                let (first, second) = text.as_bytes().split_at(cut);
                let got = filter.pass(first) + &filter.pass(second);
                assert_eq!(got, *shown, "{text:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn output_that_is_not_utf8_has_no_control() {
        let mut filter = Filter::default();
        let shown = filter.pass(b"a\x9b2Jb\xff\x1b]0;t\x9cc\x07d\n\xe2\x9b\n");
        assert!(
            shown.chars().all(|c| c == '\n' || !c.is_control()),
            "{shown:?}"
        );
        assert!(shown.starts_with('a') && shown.contains('d'), "{shown:?}");
    }

    #[test]
    fn end_resets_a_colour_that_was_left_on() {
        let mut filter = Filter::default();
        filter.pass(b"\x1b[31mred");
        assert_eq!(filter.end(), "\x1b[0m");
        assert_eq!(filter.end(), "");
        filter.pass(b"\x1b[31mred\x1b[0m");
        assert_eq!(filter.end(), "");
    }
}
