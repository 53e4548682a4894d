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

/// Whether a command of the text is piped into another one, also within `$(...)` and backticks. A pipe in quotes, in a here
/// document or in a pattern of `case` does not count.
pub fn has_pipe(command: &str) -> bool {
    has_pipe_within(command, 0)
}

fn has_pipe_within(command: &str, level: usize) -> bool {
    /// Substitutions within each other that are looked at.
    const DEEPEST: usize = 8;
    let lexer = Lexer::read(command);
    is_piped(&lexer.tokens)
        || level < DEEPEST
            && lexer
                .substitutions
                .iter()
                .any(|inner| has_pipe_within(inner, level + 1))
}

fn is_piped(tokens: &[Token]) -> bool {
    let (mut depth, mut pipes) = (0_usize, 0_usize);
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Word(_) => {}
            Token::Pipe => pipes += 1,
            Token::Separator if pipes > 0 => return true,
            Token::Separator => {}
            Token::Open if begins_pattern(&tokens[..at]) => {}
            Token::Open => depth += 1,
            // The end of a pattern: what looked like pipes separates alternatives.
            Token::Close if depth == 0 => pipes = 0,
            Token::Close => depth -= 1,
        }
    }
    pipes > 0
}

/// Whether a parenthesis after these tokens begins a pattern: after `case x in` or `;;`.
fn begins_pattern(before: &[Token]) -> bool {
    let is_in = |token: &Token| matches!(token, Token::Word(word) if word == "in");
    let count = |text: &str| {
        let is_it = |token: &&Token| matches!(token, Token::Word(word) if word == text);
        before.iter().filter(is_it).count()
    };
    match before {
        _ if count("case") <= count("esac") => false,
        [.., last] if is_in(last) => true,
        [.., last, Token::Separator] => is_in(last) || *last == Token::Separator,
        _ => false,
    }
}

/// The parts of a command.
pub(super) fn tokens(command: &str) -> Vec<Token> {
    Lexer::read(command).tokens
}

struct Lexer<'t> {
    rest: Peekable<Chars<'t>>,
    tokens: Vec<Token>,
    /// The word that has begun.
    word: Option<String>,
    /// Whether the next word is the target of a redirection.
    is_target: bool,
    /// Whether the next word is the delimiter of a here document.
    is_delimiter: bool,
    /// The delimiters of here documents that begin on the next line.
    documents: Vec<String>,
    /// The texts of the command substitutions.
    substitutions: Vec<String>,
}

impl<'t> Lexer<'t> {
    fn read(command: &'t str) -> Lexer<'t> {
        let mut lexer = Lexer {
            rest: command.chars().peekable(),
            tokens: Vec::new(),
            word: None,
            is_target: false,
            is_delimiter: false,
            documents: Vec::new(),
            substitutions: Vec::new(),
        };
        lexer.run();
        lexer
    }

    fn run(&mut self) {
        while let Some(c) = self.rest.next() {
            match c {
                ' ' | '\t' | '\r' => self.end_word(),
                '\n' => {
                    self.end(Token::Separator);
                    self.skip_documents();
                }
                ';' => self.end(Token::Separator),
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
                '&' if self.takes('>') => self.redirection('>'),
                '&' => self.end(Token::Separator),
                // Its failure is no failure of the command, with or without a pipe.
                '<' | '>' if self.takes('(') => drop(self.substitution()),
                '<' | '>' => self.redirection(c),
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

    /// A variable, or a substitution, whose text is no part of the word.
    fn expansion(&mut self, c: char) {
        self.push('$');
        if c == '`' {
            let mut text = String::new();
            while let Some(c) = self.rest.next().filter(|c| *c != '`') {
                match c {
                    '\\' => {
                        let next = self.rest.next();
                        if !matches!(next, Some('`' | '$' | '\\')) {
                            text.push('\\');
                        }
                        text.extend(next);
                    }
                    c => text.push(c),
                }
            }
            self.substitutions.push(text);
        } else if self.takes('(') {
            let text = self.substitution();
            // `$((1 | 2))` is arithmetic.
            if !(text.starts_with('(') && text.ends_with(')')) {
                self.substitutions.push(text);
            }
        }
    }

    /// Reads a text up to the parenthesis that closes it.
    fn substitution(&mut self) -> String {
        self.push('$');
        let (mut depth, mut quote) = (1, None);
        let mut text = String::new();
        while let Some(c) = self.rest.next() {
            match (quote, c) {
                (Some(open), c) if c == open => quote = None,
                (Some('\''), _) => {}
                (_, '\\') => {
                    text.push(c);
                    text.extend(self.rest.next());
                    continue;
                }
                (Some(_), _) => {}
                (None, '\'' | '"') => quote = Some(c),
                (None, '(') => depth += 1,
                // The end of a pattern.
                (None, ')') if depth == 1 && is_in_case(&text) => {}
                (None, ')') if depth == 1 => return text,
                (None, ')') => depth -= 1,
                (None, _) => {}
            }
            text.push(c);
        }
        text
    }

    fn redirection(&mut self, c: char) {
        // In `2>file` the digits are no word.
        if self
            .word
            .as_ref()
            .is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit()))
        {
            self.word = None;
        }
        self.end_word();
        let mut operator = String::from(c);
        while let Some(c) = self.rest.next_if(|c| matches!(c, '<' | '>' | '&' | '|')) {
            operator.push(c);
        }
        self.is_delimiter = operator == "<<";
        if self.is_delimiter {
            self.takes('-');
        }
        self.is_target = true;
    }

    /// Leaves out the here documents that begin at this line.
    fn skip_documents(&mut self) {
        for delimiter in std::mem::take(&mut self.documents) {
            while self.rest.peek().is_some() {
                let line: String = self.rest.by_ref().take_while(|c| *c != '\n').collect();
                // Tabs before the end count only after `<<-`; elsewhere they are rare.
                if line.trim_start_matches('\t').trim_end_matches('\r') == delimiter {
                    break;
                }
            }
        }
    }

    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    fn push_all(&mut self, text: &str) {
        self.word.get_or_insert_default().push_str(text);
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else {
            return;
        };
        if std::mem::take(&mut self.is_delimiter) {
            self.documents.push(word.clone());
        }
        if !std::mem::take(&mut self.is_target) {
            self.tokens.push(Token::Word(word));
        }
    }

    fn end(&mut self, token: Token) {
        self.end_word();
        self.is_target = false;
        self.is_delimiter = false;
        self.tokens.push(token);
    }

    fn takes(&mut self, c: char) -> bool {
        self.rest.next_if_eq(&c).is_some()
    }
}

/// Whether a `case` in the text has no `esac` yet.
fn is_in_case(text: &str) -> bool {
    let mut words = text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '('));
    let mut open = 0_usize;
    while let Some(word) = words.next() {
        match word {
            // `case WORD in`
            "case" if words.clone().take(4).any(|word| word == "in") => open += 1,
            "esac" => open = open.saturating_sub(1),
            _ => {}
        }
    }
    open > 0
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
            "x=$(pg_dump db | gzip)",
            "x=\"$(pg_dump db | gzip)\"; y",
            "x=`pg_dump db | gzip`",
            "x=`a \\`b | c\\``",
            "a $(b $(c | d))",
            "x=$(case $y in a|b) c | d;; esac)",
            "x=$( (a | b) )",
            "case $x in a) (b | c);; esac",
            "case $x in a) b;; esac\n\n(b | c)",
            "a\n\n(b | c)",
            "x=$(a '|' b | c)",
            "cat <<EOF | gzip\na\nEOF",
            "cat <<EOF\na\nEOF\nb | c",
            "cat <<'A' <<-B\na\nA\nb\n\tB\nc | d",
            "a <<< b | c",
        ] {
            assert!(has_pipe(text), "{text}");
        }
        for text in [
            "a || b",
            "a '|' b",
            "grep \"a|b\" c",
            "grep -E a\\|b c",
            "a >| b",
            "case $x in a|b) c;; esac",
            "a # | b",
            "x=$(a || b)",
            "x='$(a | b)'",
            "x='`a | b`'",
            "x=$(grep 'a|b' c)",
            "x=`grep \"a|b\" c`",
            "x=$((1 | 2))",
            "x=$(a # b | c\n)",
            "x=$(case $y in a|b) c;; esac)",
            "x=$(case $y in (a|b) c;; esac)",
            "case $x in (a|b) c;; (d|e) f;; esac",
            "x=\\$(a)",
            "cat <<EOF\na | b\nEOF",
            "cat <<-'EOF' > x\n\ta | b\n\tEOF\nc",
            "cat <<EOF; b\n$(a | b)\nEOF",
            "a <<< 'b | c'",
            "",
        ] {
            assert!(!has_pipe(text), "{text}");
        }
    }
}
