//! `Math OPERATOR,NUMBER,NUMBER[,NUMBER...]` and `Math EXPRESSION`: calculates.
//!
//! Numbers are decimal, not binary: `0.1+0.2` is 0.3, and amounts of money are exact. They have 28 digits: further
//! decimals of a result are rounded, and a result whose integer part needs more digits is an error.

mod expression;
mod number;
#[cfg(test)]
mod tests;

use rust_decimal::Decimal;

use super::{Call, Failure};
use jobs_text::quoted;
use number::Operator;

const USAGE: &str =
    "usage: Math OPERATOR,NUMBER,NUMBER[,NUMBER...][,digits=N] or Math EXPRESSION[,digits=N]";

/// Number of decimals, when `digits=N` is absent.
const DIGITS: u32 = 2;

/// Upper bound on `digits=N`.
const MAX_DIGITS: u32 = 15;

/// Prints the result, rounded half away from zero to two decimals or to `digits=N`.
pub(super) fn run(call: &mut Call<'_>) -> Result<(), Failure> {
    let (digits, args) = match call.args.split_last() {
        Some((last, rest)) if last.starts_with("digits=") => (digits(last)?, rest),
        _ => (DIGITS, call.args),
    };
    let result = match args {
        [] => return Err(Failure(USAGE.to_owned())),
        [expression] => expression::value(expression)?,
        [operator, numbers @ ..] => fold(operator, numbers)?,
    };
    writeln!(call.out, "{}", number::shown(result, digits))?;
    Ok(())
}

fn digits(text: &str) -> Result<u32, Failure> {
    let number = text.trim_start_matches("digits=").trim();
    number
        .parse()
        .ok()
        .filter(|digits| *digits <= MAX_DIGITS)
        .ok_or_else(|| {
            let problem = format!("{} is not a whole number from 0 to 15", quoted(number));
            Failure::argument("digits", problem)
        })
}

/// Applies the operator to all numbers: from the left, but `^` from the right, as in an expression.
fn fold(operator: &str, numbers: &[String]) -> Result<Decimal, Failure> {
    let known = Operator::named(operator).ok_or_else(|| {
        let problem = format!("{} is none of `+ - * / % ^`", quoted(operator));
        Failure::argument("operator", problem)
    })?;
    let mut numbers = numbers
        .iter()
        .map(|text| number::read(text))
        .collect::<Result<Vec<_>, _>>()?;
    if known == Operator::Power {
        numbers.reverse();
    }
    match numbers.as_slice() {
        [first, rest @ ..] if !rest.is_empty() => rest.iter().try_fold(*first, |so_far, next| {
            if known == Operator::Power {
                known.apply(*next, so_far)
            } else {
                known.apply(so_far, *next)
            }
        }),
        _ => Err(Failure(USAGE.to_owned())),
    }
}
