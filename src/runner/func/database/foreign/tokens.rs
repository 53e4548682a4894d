//! Splits a statement into tokens as MySQL and MariaDB do: enough of their grammar to recognize statements that only
//! read.
//!
//! This is the first of two safeguards. The second one is the server's read-only transaction, which refuses every
//! change of a table from any source. But it allows a statement to write files and change settings, which is refused
//! here. What a stored function does cannot be seen here.

/// Keywords with which a reading statement may begin.
const READS: [&str; 8] = [
    "SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "TABLE", "VALUES",
];

/// Keywords that may follow a parenthesis at the beginning.
const IN_PARENTHESES: [&str; 4] = ["SELECT", "WITH", "TABLE", "VALUES"];

/// How the server reads quotes, from its `sql_mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quoting {
    /// Whether a backslash in a text escapes the next character.
    backslash: bool,
    /// Whether `"` quotes names, in which a backslash has no special meaning.
    names_in_double: bool,
}

impl Quoting {
    /// The rules for a `sql_mode` of the server.
    pub(super) fn of_mode(sql_mode: &str) -> Quoting {
        let has = |name: &str| {
            sql_mode
                .split(',')
                .any(|mode| mode.eq_ignore_ascii_case(name))
        };
        Quoting {
            backslash: !has("NO_BACKSLASH_ESCAPES"),
            names_in_double: has("ANSI_QUOTES"),
        }
    }
}

/// A token of a statement. Comments are skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    /// A name, a keyword or a number without quotes.
    Word(&'a str),
    /// A text or a name in quotes.
    Quoted,
    /// Any other character.
    Sign(u8),
}

/// Refuses everything but one statement that only reads; the error says why.
pub(super) fn only_reads(sql: &str, quoting: Quoting) -> Result<(), String> {
    let mut last = None;
    let mut in_parentheses = false;
    let mut is_over = false;
    for token in Tokens::of(sql, quoting) {
        let token = token?;
        if token == Token::Sign(b';') {
            is_over = true;
            continue;
        }
        if is_over {
            return Err("there is more than one statement; one is asked at a time".into());
        }
        match (last, token) {
            (None | Some(Token::Sign(b'(')), Token::Sign(b'('))
                if in_parentheses || last.is_none() =>
            {
                in_parentheses = true;
            }
            (None, token) => begins_well(token, &READS)?,
            (Some(Token::Sign(b'(')), token) if in_parentheses => {
                begins_well(token, &IN_PARENTHESES)?;
                in_parentheses = false;
            }
            (Some(Token::Word(before)), Token::Word(word)) if writes_file(before, word) => {
                return Err("`query` only reads, and this would write a file".into());
            }
            _ => {}
        }
        last = Some(token);
    }
    last.map(drop).ok_or_else(|| "there is no statement".into())
}

/// Whether another statement follows the first.
pub(super) fn is_many(sql: &str, quoting: Quoting) -> bool {
    Tokens::of(sql, quoting)
        .map_while(Result::ok)
        .skip_while(|token| *token != Token::Sign(b';'))
        .any(|token| token != Token::Sign(b';'))
}

/// The keyword at the beginning of a statement, in capitals.
pub(super) fn keyword(sql: &str, quoting: Quoting) -> Option<String> {
    match Tokens::of(sql, quoting).next() {
        Some(Ok(Token::Word(word))) => Some(word.to_ascii_uppercase()),
        _ => None,
    }
}

fn begins_well(token: Token<'_>, allowed: &[&str]) -> Result<(), String> {
    match token {
        Token::Word(word) if allowed.iter().any(|read| read.eq_ignore_ascii_case(word)) => Ok(()),
        Token::Word(word) => Err(format!(
            "`query` only reads, and `{}` is none of {}",
            word.to_ascii_uppercase(),
            READS.join(", ")
        )),
        Token::Quoted | Token::Sign(_) => Err(format!(
            "a statement that reads begins with one of {}",
            READS.join(", ")
        )),
    }
}

/// Whether two words are `INTO OUTFILE` or `INTO DUMPFILE`. The server allows a number directly before `INTO`, as in
/// `1.5INTO` and `1e1INTO`.
fn writes_file(before: &str, word: &str) -> bool {
    let ends_with_into = before
        .len()
        .checked_sub("INTO".len())
        .and_then(|at| before.get(at..))
        .is_some_and(|end| end.eq_ignore_ascii_case("INTO"));
    ends_with_into
        && (word.eq_ignore_ascii_case("OUTFILE") || word.eq_ignore_ascii_case("DUMPFILE"))
}

struct Tokens<'a> {
    rest: &'a str,
    quoting: Quoting,
}

impl<'a> Tokens<'a> {
    fn of(sql: &'a str, quoting: Quoting) -> Tokens<'a> {
        Tokens { rest: sql, quoting }
    }

    fn skip(&mut self, bytes: usize) -> &'a str {
        // Callers pass a character boundary; a position past the end means the end.
        let (skipped, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        skipped
    }

    /// Skips to the position after the next `end`.
    fn skip_past(&mut self, end: &str) -> bool {
        match self.rest.find(end) {
            Some(at) => {
                self.skip(at + end.len());
                true
            }
            None => false,
        }
    }

    /// Skips a comment, if one begins here.
    fn skip_comment(&mut self) -> Result<bool, String> {
        if self.rest.starts_with("/*") {
            self.skip(2);
            if self.rest.starts_with(['!']) || self.rest.starts_with("M!") {
                return Err(
                    "comments that are carried out, `/*! */` and `/*M! */`, are not taken".into(),
                );
            }
            if !self.skip_past("*/") {
                return Err("there is a comment that does not end".into());
            }
            return Ok(true);
        }
        let is_line = self.rest.starts_with('#')
            || self.rest.strip_prefix("--").is_some_and(|rest| {
                rest.bytes()
                    .next()
                    .is_none_or(|byte| byte == b' ' || byte.is_ascii_control())
            });
        if is_line && !self.skip_past("\n") {
            self.rest = "";
        }
        Ok(is_line)
    }

    /// Skips a text or a name in quotes; the next character is its first quote.
    fn skip_quoted(&mut self, quote: u8) -> Result<(), String> {
        let escapes = match quote {
            b'\'' => self.quoting.backslash,
            b'"' => self.quoting.backslash && !self.quoting.names_in_double,
            _ => false,
        };
        let mut bytes = self.rest.bytes().enumerate().skip(1).peekable();
        while let Some((at, byte)) = bytes.next() {
            if byte == b'\\' && escapes {
                bytes.next();
            } else if byte == quote && bytes.next_if(|(_, next)| *next == quote).is_none() {
                self.skip(at + 1);
                return Ok(());
            }
        }
        Err(format!(
            "there is a `{}` that is not closed",
            char::from(quote)
        ))
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Result<Token<'a>, String>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let first = self.rest.bytes().next()?;
            if first == b' ' || first.is_ascii_control() {
                self.skip(1);
                continue;
            }
            match self.skip_comment() {
                Ok(true) => continue,
                Ok(false) => {}
                Err(problem) => {
                    self.rest = "";
                    return Some(Err(problem));
                }
            }
            if matches!(first, b'\'' | b'"' | b'`') {
                return Some(match self.skip_quoted(first) {
                    Ok(()) => Ok(Token::Quoted),
                    Err(problem) => {
                        self.rest = "";
                        Err(problem)
                    }
                });
            }
            let word = self.rest.bytes().take_while(|byte| is_word(*byte)).count();
            return Some(Ok(if word > 0 {
                Token::Word(self.skip(word))
            } else {
                self.skip(1);
                Token::Sign(first)
            }));
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT_MODE: &str = "STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION";

    fn only_reads_in(sql: &str, mode: &str) -> Result<(), String> {
        only_reads(sql, Quoting::of_mode(mode))
    }

    #[test]
    fn only_reads_accepts_reading_statements() {
        for sql in [
            "SELECT 1",
            "select 1;",
            "  -- why\n# and\n/* so */ SELECT 1 ; ; -- end",
            "((SELECT 1) UNION (SELECT 2)) LIMIT 1",
            "(SELECT 1)",
            "( ( TABLE t ) )",
            "WITH x AS (SELECT 1) SELECT * FROM x",
            "SHOW TABLES",
            "DESC t",
            "DESCRIBE `into`",
            "EXPLAIN UPDATE t SET a = 1",
            "VALUES (1), (2)",
            "SELECT 'INTO OUTFILE', \"INTO OUTFILE\", `INTO`  FROM t -- INTO OUTFILE",
            "SELECT ';', 'it''s; \\'; ok'",
            "SELECT 5--1",
            "SELECT '/*! */'",
            "SELECT outfile FROM into_dumpfile",
            "SELECT 1 /*+ MAX_EXECUTION_TIME(1000) */",
            "SELECT (SELECT 1), concat((1), (2))",
        ] {
            assert_eq!(only_reads_in(sql, DEFAULT_MODE), Ok(()), "{sql}");
        }
    }

    #[test]
    fn only_reads_refuses_writing_statements() {
        for (sql, why) in [
            ("", "no statement"),
            (" ; -- x", "no statement"),
            ("DELETE FROM t", "`DELETE` is none of SELECT"),
            ("/* x */ update t set a = 1", "`UPDATE` is none of"),
            ("(DELETE FROM t)", "`DELETE` is none of"),
            ("(SHOW TABLES)", "`SHOW` is none of"),
            ("`SELECT` 1", "begins with one of"),
            ("SET GLOBAL x = 1", "`SET`"),
            ("DO 1", "`DO`"),
            ("CALL p()", "`CALL`"),
            ("LOCK TABLES t WRITE", "`LOCK`"),
            ("ANALYZE UPDATE t SET a = 1", "`ANALYZE`"),
            ("SELECT 1; DELETE FROM t", "more than one"),
            ("SELECT 1;/**/;DELETE FROM t", "more than one"),
            ("SELECT 1 /*! INTO OUTFILE '/x' */", "carried out"),
            ("SELECT 1 /*!50000 INTO OUTFILE '/x' */", "carried out"),
            ("SELECT 1 /*M! INTO OUTFILE '/x' */", "carried out"),
            ("SELECT 1 INTO OUTFILE '/x'", "write a file"),
            ("SELECT 1 into/**/dumpfile'/x'", "write a file"),
            ("SELECT 1 INTO -- x\n OUTFILE '/x'", "write a file"),
            ("SELECT 1 INTO #\n OUTFILE '/x'", "write a file"),
            ("SELECT 1.INTO OUTFILE '/x'", "write a file"),
            ("SELECT 1.5INTO OUTFILE '/x'", "write a file"),
            ("SELECT 1e1INTO OUTFILE '/x'", "write a file"),
            ("SELECT 'a\\'' INTO OUTFILE '/x'", "write a file"),
            ("SELECT \"a\\\"\" INTO OUTFILE '/x'", "write a file"),
            ("SELECT `a\\` INTO OUTFILE '/x'", "write a file"),
            ("SELECT '--' INTO OUTFILE '/x'", "write a file"),
            ("SELECT 1 --1 \n INTO OUTFILE '/x'", "write a file"),
            ("TABLE t INTO OUTFILE '/x'", "write a file"),
            ("SELECT 'a", "`'` that is not closed"),
            ("SELECT `a", "that is not closed"),
            ("SELECT 1 /* a", "does not end"),
        ] {
            let problem = only_reads_in(sql, DEFAULT_MODE).expect_err(sql);
            assert!(problem.contains(why), "{sql}: {problem}");
        }
    }

    #[test]
    fn only_reads_follows_sql_mode_of_quotes() {
        let ends_at_backslash = r"SELECT '\' INTO OUTFILE '/x' -- '";
        assert_eq!(only_reads_in(ends_at_backslash, DEFAULT_MODE), Ok(()));
        let problem = only_reads_in(ends_at_backslash, "NO_BACKSLASH_ESCAPES").unwrap_err();
        assert!(problem.contains("write a file"), "{problem}");

        let name = r#"SELECT "\" INTO OUTFILE '/x' -- ""#;
        assert_eq!(only_reads_in(name, DEFAULT_MODE), Ok(()));
        let problem = only_reads_in(name, "REAL_AS_FLOAT,ansi_quotes").unwrap_err();
        assert!(problem.contains("write a file"), "{problem}");
    }

    #[test]
    fn is_many_finds_second_statement() {
        let quoting = Quoting::of_mode("");
        assert!(is_many("UPDATE t SET a = ';'; DELETE FROM t", quoting));
        assert!(!is_many("UPDATE t SET a = ';';; -- x", quoting));
        assert_eq!(
            keyword("/* x */ insert into t", quoting).as_deref(),
            Some("INSERT")
        );
        assert_eq!(keyword("'x'", quoting), None);
    }
}
