//! Decimal numbers: parsing, arithmetic and formatting.

use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use rust_decimal::{Decimal, RoundingStrategy};

use super::super::Failure;
use jobs_text::quoted;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Plus,
    Minus,
    Times,
    Divide,
    Remainder,
    Power,
}

impl Operator {
    pub(super) fn of(sign: char) -> Option<Operator> {
        match sign {
            '+' => Some(Operator::Plus),
            '-' => Some(Operator::Minus),
            '*' => Some(Operator::Times),
            '/' => Some(Operator::Divide),
            '%' => Some(Operator::Remainder),
            '^' => Some(Operator::Power),
            _ => None,
        }
    }

    /// The operator whose sign is the whole `text`.
    pub(super) fn named(text: &str) -> Option<Operator> {
        let mut chars = text.trim().chars();
        Operator::of(chars.next()?).filter(|_| chars.next().is_none())
    }

    fn sign(self) -> char {
        match self {
            Operator::Plus => '+',
            Operator::Minus => '-',
            Operator::Times => '*',
            Operator::Divide => '/',
            Operator::Remainder => '%',
            Operator::Power => '^',
        }
    }

    /// Applies the operator. The remainder has the sign of the dividend.
    pub(super) fn apply(self, a: Decimal, b: Decimal) -> Result<Decimal, Failure> {
        let result = match self {
            Operator::Plus => a.checked_add(b),
            Operator::Minus => a.checked_sub(b),
            Operator::Times => a.checked_mul(b),
            Operator::Divide | Operator::Remainder if b.is_zero() => {
                return Err(self.refused(a, b, "is a division by zero"));
            }
            Operator::Divide => a.checked_div(b),
            Operator::Remainder => a.checked_rem(b),
            Operator::Power => return power(a, b),
        };
        result.ok_or_else(|| self.refused(a, b, TOO_LARGE))
    }

    fn refused(self, a: Decimal, b: Decimal, why: &str) -> Failure {
        let b = if b.is_sign_negative() {
            format!("({})", b.normalize())
        } else {
            b.normalize().to_string()
        };
        Failure(format!("`{} {} {b}` {why}", a.normalize(), self.sign()))
    }
}

const TOO_LARGE: &str = "is too large: a result has at most 28 digits";

/// Parses `10`, `-2.5`, `.5` or `1e3`.
pub(super) fn read(text: &str) -> Result<Decimal, Failure> {
    let text = text.trim();
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let value = unsigned_value(unsigned)?;
    Ok(if text.starts_with('-') { -value } else { value })
}

/// Parses a number without a sign.
pub(super) fn unsigned_value(text: &str) -> Result<Decimal, Failure> {
    let wrong = |problem: &str| Failure::argument("number", format!("{} {problem}", quoted(text)));
    let (plain, exponent) = match text.split_once(['e', 'E']) {
        Some((plain, exponent)) => (plain, exponent),
        None => (text, "0"),
    };
    let is_number = plain.bytes().filter(|byte| *byte == b'.').count() <= 1
        && plain.bytes().any(|byte| byte.is_ascii_digit())
        && plain
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let exponent_digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let has_exponent =
        !exponent_digits.is_empty() && exponent_digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || !has_exponent {
        return Err(wrong("is not a number, for example `10` or `-2.5`"));
    }
    let scientific = format!("{plain}e{exponent}");
    let value = if exponent_digits.bytes().all(|byte| byte == b'0') {
        plain.parse()
    } else {
        Decimal::from_scientific(&scientific)
    };
    value.map_err(|_| wrong("is too large or too small: a number has at most 28 digits"))
}

/// Formats a number with exactly `digits` decimals and without an exponent. Halves are rounded away from zero.
pub(super) fn shown(value: Decimal, digits: u32) -> String {
    let rounded = value.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    let rounded = if rounded.is_zero() {
        Decimal::ZERO
    } else {
        rounded
    };
    // Do not use a precision in a format string: rust_decimal panics when the result has more than 32 characters.
    let text = rounded.to_string();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let width = usize::try_from(digits).unwrap_or_default();
    match width {
        0 => whole.to_owned(),
        _ => format!("{whole}.{decimals:0<width$}"),
    }
}

/// Raises to a power. Whole exponents give exact results; others are calculated in binary, to 15 digits.
fn power(base: Decimal, exponent: Decimal) -> Result<Decimal, Failure> {
    let too_large = || Operator::Power.refused(base, exponent, TOO_LARGE);
    if base.is_zero() && exponent.is_sign_negative() && !exponent.is_zero() {
        return Err(Operator::Power.refused(base, exponent, "is a division by zero"));
    }
    if !exponent.fract().is_zero() {
        return root(base, exponent);
    }
    // A base other than 0 and 1 leaves the range of a decimal long before an exponent of this size.
    let times = exponent.abs().to_u128().ok_or_else(too_large)?;
    let raised = whole_power(base, times);
    if !exponent.is_sign_negative() {
        return raised.ok_or_else(too_large);
    }
    match raised {
        // The result is smaller than the smallest decimal.
        None => Ok(Decimal::ZERO),
        Some(raised) => Decimal::ONE.checked_div(raised).ok_or_else(too_large),
    }
}

/// Raises by repeated squaring; `None` when the result is too large.
fn whole_power(base: Decimal, mut times: u128) -> Option<Decimal> {
    let (mut result, mut square) = (Decimal::ONE, base);
    loop {
        if times % 2 == 1 {
            result = result.checked_mul(square)?;
        }
        times /= 2;
        if times == 0 || result.is_zero() {
            return Some(result);
        }
        square = square.checked_mul(square)?;
    }
}

fn root(base: Decimal, exponent: Decimal) -> Result<Decimal, Failure> {
    let refused = |why: &str| Operator::Power.refused(base, exponent, why);
    let (Some(a), Some(b)) = (base.to_f64(), exponent.to_f64()) else {
        return Err(refused(TOO_LARGE));
    };
    let result = a.powf(b);
    if result.is_nan() {
        return Err(refused("is not a number"));
    }
    Decimal::from_f64(result).ok_or_else(|| refused(TOO_LARGE))
}
