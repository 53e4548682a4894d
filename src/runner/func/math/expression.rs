//! Evaluates expressions such as `2*(3+4)^2`.
//!
//! An expression is read from left to right with two stacks, one of values and one of pending operators (Dijkstra's
//! shunting-yard algorithm), instead of recursive functions: deep parentheses cannot overflow the call stack.

use rust_decimal::Decimal;

use super::super::Failure;
use super::number::{self, Operator};
use jobs_text::quoted;

/// An item on the stack of pending operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pending {
    Between(Operator),
    /// A minus sign before a value.
    Negation,
    /// `(`, with its position in characters from 1.
    Parenthesis(usize),
}

impl Pending {
    /// Precedence: a higher one is applied first. `-2^2` is -4, and `2*-3` is -6.
    fn precedence(self) -> u8 {
        match self {
            Pending::Parenthesis(_) => 0,
            Pending::Between(Operator::Plus | Operator::Minus) => 1,
            Pending::Between(Operator::Times | Operator::Divide | Operator::Remainder) => 2,
            Pending::Negation => 3,
            Pending::Between(Operator::Power) => 4,
        }
    }
}

/// The state of an evaluation.
struct Reader<'a> {
    text: &'a str,
    values: Vec<Decimal>,
    pending: Vec<Pending>,
}

/// The value of an expression of numbers, `+ - * / % ^`, signs and parentheses. `^` is right-associative.
pub(super) fn value(text: &str) -> Result<Decimal, Failure> {
    let mut reader = Reader {
        text,
        values: Vec::new(),
        pending: Vec::new(),
    };
    reader.read()?;
    while let Some(pending) = reader.pending.pop() {
        if let Pending::Parenthesis(at) = pending {
            return Err(reader.wrong(&format!("the `(` at character {at} is not closed")));
        }
        reader.apply(pending)?;
    }
    reader.value()
}

impl Reader<'_> {
    fn read(&mut self) -> Result<(), Failure> {
        let mut rest = self.text;
        let mut position = 1;
        let mut needs_value = true;
        while let Some(c) = rest.chars().next() {
            let length = if c.is_whitespace() {
                c.len_utf8()
            } else if needs_value {
                let length = self.start(rest, c, position)?;
                needs_value = c == '(' || matches!(c, '+' | '-');
                length
            } else {
                needs_value = c != ')';
                self.join(c, position)?;
                c.len_utf8()
            };
            let (read, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
            position += read.chars().count();
            rest = after;
        }
        if needs_value {
            return Err(self.wrong("a number is missing at the end"));
        }
        Ok(())
    }

    /// Reads the beginning of a value. Returns the number of bytes read.
    fn start(&mut self, rest: &str, c: char, position: usize) -> Result<usize, Failure> {
        match c {
            '(' => self.pending.push(Pending::Parenthesis(position)),
            '-' => self.pending.push(Pending::Negation),
            '+' => {}
            '0'..='9' | '.' => {
                let number = number_at_start(rest);
                self.values.push(number::unsigned_value(number)?);
                return Ok(number.len());
            }
            _ => {
                let problem = format!("a number is expected at character {position}, not `{c}`");
                return Err(self.wrong(&problem));
            }
        }
        Ok(c.len_utf8())
    }

    /// Reads what may follow a value: an operator or `)`.
    fn join(&mut self, c: char, position: usize) -> Result<(), Failure> {
        if c == ')' {
            return self.close(position);
        }
        let operator = Operator::of(c).ok_or_else(|| {
            self.wrong(&format!(
                "an operator is expected at character {position}, not `{c}`"
            ))
        })?;
        let next = Pending::Between(operator);
        while let Some(pending) = self.pending.last().copied() {
            let binds_first = pending.precedence() > next.precedence()
                || (pending.precedence() == next.precedence() && operator != Operator::Power);
            if !binds_first {
                break;
            }
            self.pending.pop();
            self.apply(pending)?;
        }
        self.pending.push(next);
        Ok(())
    }

    fn close(&mut self, position: usize) -> Result<(), Failure> {
        while let Some(pending) = self.pending.pop() {
            if matches!(pending, Pending::Parenthesis(_)) {
                return Ok(());
            }
            self.apply(pending)?;
        }
        Err(self.wrong(&format!("the `)` at character {position} closes nothing")))
    }

    fn apply(&mut self, pending: Pending) -> Result<(), Failure> {
        let right = self.value()?;
        let result = match pending {
            Pending::Between(operator) => operator.apply(self.value()?, right)?,
            Pending::Negation => -right,
            Pending::Parenthesis(_) => right,
        };
        self.values.push(result);
        Ok(())
    }

    fn value(&mut self) -> Result<Decimal, Failure> {
        self.values
            .pop()
            .ok_or_else(|| self.wrong("a number is missing"))
    }

    fn wrong(&self, problem: &str) -> Failure {
        Failure::argument("expression", format!("{}: {problem}", quoted(self.text)))
    }
}

/// The number at the beginning of `text`, with its exponent if it has one: `2e3`, `2E-3`.
fn number_at_start(text: &str) -> &str {
    let plain = |from: &str| {
        from.len()
            - from
                .trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')
                .len()
    };
    let mut end = plain(text);
    let after = text.get(end..).unwrap_or_default();
    if let Some(exponent) = after.strip_prefix(['e', 'E']) {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let count = digits.len()
            - digits
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .len();
        if count > 0 {
            end += after.len() - digits.len() + count;
        }
    }
    text.get(..end).unwrap_or(text)
}
