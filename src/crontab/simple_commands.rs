//! The simple commands of a shell command: a program or a word of the shell with its arguments.

use super::shell_words::Token;

/// The words of each simple command, in their order. Between two separators there may be none.
pub(super) fn simple_commands(tokens: &[Token]) -> impl Iterator<Item = Vec<&str>> {
    let parts = tokens.split(|token| !matches!(token, Token::Word(_)));
    parts.map(|part| part.iter().filter_map(word).collect())
}

fn word(token: &Token) -> Option<&str> {
    match token {
        Token::Word(word) => Some(word),
        Token::Pipe | Token::Separator | Token::Open | Token::Close => None,
    }
}
