//! Splits the text of a shell command into simple commands and their words. It reads what a job name and a warning need,
//! not the whole language.

use std::iter::Peekable;
use std::str::Chars;

/// A part of a shell command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A word without its quotes. A redirection and its target are left out.
    Word(String),
    /// `|` or `|&`.
    Pipe,
    /// `;`, `&`, `&&`, `||` or a line break.
    Separator,
    /// `(`.
    Open,
    /// `)`.
    Close,
}

/// Whether a command of the text is piped into another one. A pipe in quotes, in a substitution or in a pattern of `case`
/// does not count.
pub fn has_pipe(command: &str) -> bool {
    let (mut depth, mut pipes) = (0_usize, 0_usize);
    for token in tokens(command) {
        match token {
            Token::Word(_) => {}
            Token::Pipe => pipes += 1,
            Token::Separator if pipes > 0 => return true,
            Token::Separator => {}
            Token::Open => depth += 1,
            // The end of a pattern: what looked like pipes separates alternatives.
            Token::Close if depth == 0 => pipes = 0,
            Token::Close => depth -= 1,
        }
    }
    pipes > 0
}

/// The parts of a command.
pub(super) fn tokens(command: &str) -> Vec<Token> {
    let mut lexer = Lexer {
        rest: command.chars().peekable(),
        tokens: Vec::new(),
        word: None,
        is_target: false,
    };
    lexer.run();
    lexer.tokens
}

struct Lexer<'t> {
    rest: Peekable<Chars<'t>>,
    tokens: Vec<Token>,
    /// The word that has begun.
    word: Option<String>,
    /// Whether the next word is the target of a redirection.
    is_target: bool,
}

impl Lexer<'_> {
    fn run(&mut self) {
        while let Some(c) = self.rest.next() {
            match c {
                ' ' | '\t' | '\r' => self.end_word(),
                '\n' | ';' => self.end(Token::Separator),
                '#' if self.word.is_none() => {
                    while self.rest.peek().is_some_and(|c| *c != '\n') {
                        self.rest.next();
                    }
                }
                '|' if self.takes('|') => self.end(Token::Separator),
                '|' => {
                    self.takes('&');
                    self.end(Token::Pipe);
                }
                '&' if self.takes('&') => self.end(Token::Separator),
                '&' if self.takes('>') => self.redirection(),
                '&' => self.end(Token::Separator),
                '<' | '>' if self.takes('(') => self.substitution(),
                '<' | '>' => self.redirection(),
                '(' => self.end(Token::Open),
                ')' => self.end(Token::Close),
                c => self.word_char(c),
            }
        }
        self.end_word();
    }

    /// Adds to the word: a character, a quoted text or a substitution.
    fn word_char(&mut self, c: char) {
        match c {
            '\\' => match self.rest.next() {
                Some('\n') | None => {}
                Some(c) => self.push(c),
            },
            '\'' => {
                self.push_all("");
                while let Some(c) = self.rest.next().filter(|c| *c != '\'') {
                    self.push(c);
                }
            }
            '"' => {
                self.push_all("");
                while let Some(c) = self.rest.next().filter(|c| *c != '"') {
                    match c {
                        '\\' => self.rest.next().into_iter().for_each(|c| self.push(c)),
                        '$' | '`' => self.expansion(c),
                        c => self.push(c),
                    }
                }
            }
            '$' | '`' => self.expansion(c),
            c => self.push(c),
        }
    }

    /// A variable, or a substitution, whose text is left out.
    fn expansion(&mut self, c: char) {
        self.push('$');
        if c == '`' {
            while let Some(c) = self.rest.next().filter(|c| *c != '`') {
                if c == '\\' {
                    self.rest.next();
                }
            }
        } else if self.takes('(') {
            self.substitution();
        }
    }

    /// Leaves out a text up to the parenthesis that closes it.
    fn substitution(&mut self) {
        self.push('$');
        let (mut depth, mut quote) = (1, None);
        while depth > 0
            && let Some(c) = self.rest.next()
        {
            match (quote, c) {
                (Some(open), c) if c == open => quote = None,
                (Some('\''), _) => {}
                (_, '\\') => drop(self.rest.next()),
                (Some(_), _) => {}
                (None, '\'' | '"') => quote = Some(c),
                (None, '(') => depth += 1,
                (None, ')') => depth -= 1,
                (None, _) => {}
            }
        }
    }

    fn redirection(&mut self) {
        // In `2>file` the digits are no word.
        if self
            .word
            .as_ref()
            .is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit()))
        {
            self.word = None;
        }
        self.end_word();
        while self
            .rest
            .next_if(|c| matches!(c, '<' | '>' | '&' | '|'))
            .is_some()
        {}
        self.is_target = true;
    }

    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    fn push_all(&mut self, text: &str) {
        self.word.get_or_insert_default().push_str(text);
    }

    fn end_word(&mut self) {
        if let Some(word) = self.word.take()
            && !std::mem::take(&mut self.is_target)
        {
            self.tokens.push(Token::Word(word));
        }
    }

    fn end(&mut self, token: Token) {
        self.end_word();
        self.is_target = false;
        self.tokens.push(token);
    }

    fn takes(&mut self, c: char) -> bool {
        self.rest.next_if_eq(&c).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_words_without_quotes_and_redirections() {
        let words = |text: &str| {
            let words = tokens(text).into_iter().map(|token| match token {
                Token::Word(word) => word,
                Token::Pipe => "|".into(),
                Token::Separator => ";".into(),
                Token::Open => "(".into(),
                Token::Close => ")".into(),
            });
            words.collect::<Vec<_>>().join("_")
        };
        for (text, expected) in [
            ("a  b\t'c d' \"e f\"", "a_b_c d_e f"),
            ("a >/dev/null 2>&1", "a"),
            ("a > b < c 2>> d &>e x", "a_x"),
            ("a && b || c; d & e", "a_;_b_;_c_;_d_;_e"),
            ("a | b |& c", "a_|_b_|_c"),
            ("( cd / && x )", "(_cd_/_;_x_)"),
            ("a $(b | c \")\" ) d", "a_$$_d"),
            ("a `b | c` d", "a_$_d"),
            ("a \"$(b \"c | d\")\" e", "a_$$_e"),
            ("a # b | c", "a"),
            ("a#b", "a#b"),
            ("a\\ b c", "a b_c"),
            ("diff <(a) <(b)", "diff_$_$"),
            ("", ""),
            ("'", ""),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn has_pipe_finds_pipes_of_commands_only() {
        for text in [
            "a | b",
            "a|b",
            "( a | b ) > c",
            "x; a |& b",
            "a | b; c",
            "case $x in a) b | c;; esac",
            "a && b | c",
        ] {
            assert!(has_pipe(text), "{text}");
        }
        for text in [
            "a || b",
            "a '|' b",
            "grep \"a|b\" c",
            "grep -E a\\|b c",
            "a >| b",
            "x=$(a | b)",
            "case $x in a|b) c;; esac",
            "a # | b",
            "",
        ] {
            assert!(!has_pipe(text), "{text}");
        }
    }
}
