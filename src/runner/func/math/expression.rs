//! Expressions such as `2*(3+4)^2`.
//!
//! They are read from left to right with a stack of values and one of what waits for its right side (Dijkstra's shunting
//! yard), not by functions that call themselves: no depth of parentheses can end the process.

use rust_decimal::Decimal;

use super::super::Failure;
use super::number::{self, Operator};
use crate::text::quoted;

/// What waits on the stack for its right side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    Between(Operator),
    /// A minus sign before a value.
    Negation,
    /// `(`, and at which character it stands, from 1.
    Parenthesis(usize),
}

impl Waiting {
    /// What binds tighter is done first: `-2^2` is -4, and `2*-3` is -6.
    fn rank(self) -> u8 {
        match self {
            Waiting::Parenthesis(_) => 0,
            Waiting::Between(Operator::Plus | Operator::Minus) => 1,
            Waiting::Between(Operator::Times | Operator::Divide | Operator::Remainder) => 2,
            Waiting::Negation => 3,
            Waiting::Between(Operator::Power) => 4,
        }
    }
}

/// A text that is being read.
struct Reader<'a> {
    text: &'a str,
    values: Vec<Decimal>,
    waiting: Vec<Waiting>,
}

/// The value of an expression of numbers, `+ - * / % ^`, signs and parentheses; `^` binds to the right.
pub(super) fn value(text: &str) -> Result<Decimal, Failure> {
    let mut reader = Reader {
        text,
        values: Vec::new(),
        waiting: Vec::new(),
    };
    reader.read()?;
    while let Some(waiting) = reader.waiting.pop() {
        if let Waiting::Parenthesis(at) = waiting {
            return Err(reader.wrong(&format!("the `(` at character {at} is not closed")));
        }
        reader.apply(waiting)?;
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

    /// Reads at a place where a value must begin; how many bytes.
    fn start(&mut self, rest: &str, c: char, position: usize) -> Result<usize, Failure> {
        match c {
            '(' => self.waiting.push(Waiting::Parenthesis(position)),
            '-' => self.waiting.push(Waiting::Negation),
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

    /// Takes what may follow a value: an operator or `)`.
    fn join(&mut self, c: char, position: usize) -> Result<(), Failure> {
        if c == ')' {
            return self.close(position);
        }
        let operator = Operator::of(c).ok_or_else(|| {
            self.wrong(&format!(
                "an operator is expected at character {position}, not `{c}`"
            ))
        })?;
        let next = Waiting::Between(operator);
        while let Some(waiting) = self.waiting.last().copied() {
            let binds_first = waiting.rank() > next.rank()
                || (waiting.rank() == next.rank() && operator != Operator::Power);
            if !binds_first {
                break;
            }
            self.waiting.pop();
            self.apply(waiting)?;
        }
        self.waiting.push(next);
        Ok(())
    }

    fn close(&mut self, position: usize) -> Result<(), Failure> {
        while let Some(waiting) = self.waiting.pop() {
            if matches!(waiting, Waiting::Parenthesis(_)) {
                return Ok(());
            }
            self.apply(waiting)?;
        }
        Err(self.wrong(&format!("the `)` at character {position} closes nothing")))
    }

    fn apply(&mut self, waiting: Waiting) -> Result<(), Failure> {
        let right = self.value()?;
        let result = match waiting {
            Waiting::Between(operator) => operator.apply(self.value()?, right)?,
            Waiting::Negation => -right,
            Waiting::Parenthesis(_) => right,
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

/// The number with which `text` begins, with its exponent when there is one: `2e3`, `2E-3`.
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
