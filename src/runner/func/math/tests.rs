//!
//! Tables of calculations and errors.
use super::super::testing::{fails, prints};
use super::run;

#[test]
fn math_of_operator_and_numbers_prints_result() {
    let table: &[(&[&str], &str)] = &[
        (&["+", "10", "5"], "15.00"),
        (&["+", "100", "50"], "150.00"),
        (&["-", "10", "5"], "5.00"),
        (&["*", "10", "5"], "50.00"),
        (&["/", "10", "4"], "2.50"),
        (&["%", "10", "4"], "2.00"),
        (&["^", "2", "10"], "1024.00"),
        (&["+", "1", "2", "3", "4"], "10.00"),
        (&["-", "10", "2", "3"], "5.00"),
        (&["/", "100", "5", "2"], "10.00"),
        (&["%", "17", "10", "4"], "3.00"),
        (&["^", "2", "3", "2"], "512.00"),
        (&["+", "0.1", "0.2"], "0.30"),
        (&["+", "0.1", "0.2", "digits=15"], "0.300000000000000"),
        (&["+", "-10", "+5"], "-5.00"),
        (&["*", "-0.001", "1"], "0.00"),
        (&["%", "-7", "3"], "-1.00"),
        (&["%", "7", "-3"], "1.00"),
        (&["/", "1", "3", "digits=15"], "0.333333333333333"),
        (&["/", "2", "3", "digits=0"], "1"),
        (&["+", "1e3", ".5"], "1000.50"),
        (&["+", "5.", "2E-1"], "5.20"),
        (&[" + ", "1", "1"], "2.00"),
        (&["*", "1.005", "1"], "1.01"),
        (&["*", "-2.345", "1"], "-2.35"),
        (&["-", "0", "0"], "0.00"),
    ];
    for (args, result) in table {
        assert_eq!(prints(run, args), format!("{result}\n"), "{args:?}");
    }
}

#[test]
fn math_of_expression_prints_result() {
    let table = [
        ("2*(3+4)^2", "98.00"),
        ("1+2*3", "7.00"),
        ("(1+2)*3", "9.00"),
        ("8-3-2", "3.00"),
        ("100/10/2", "5.00"),
        ("100 / (10 / 2)", "20.00"),
        ("2^3^2", "512.00"),
        ("(2^3)^2", "64.00"),
        ("-2^2", "-4.00"),
        ("(-2)^2", "4.00"),
        ("2^-1", "0.50"),
        ("2^-2^1", "0.25"),
        ("2*-3", "-6.00"),
        ("--2", "2.00"),
        ("-(-(2))", "2.00"),
        ("+2-+-2", "4.00"),
        ("10%4*3", "6.00"),
        ("-7%3", "-1.00"),
        ("0.1+0.2-0.3", "0.00"),
        ("2e3+1", "2001.00"),
        ("1e-2*100", "1.00"),
        ("  42  ", "42.00"),
        ("2^0.5", "1.41"),
        ("8^(1/3)", "2.00"),
        ("0^0", "1.00"),
        ("0^2.5", "0.00"),
        ("1^99999999999999999999", "1.00"),
        ("(-1)^99999999999999999999", "-1.00"),
        ("0.5^1000000", "0.00"),
        ("10^-40", "0.00"),
        ("2^90", "1237940039285380274899124224.00"),
        (
            "79228162514264337593543950335",
            "79228162514264337593543950335.00",
        ),
    ];
    for (expression, result) in table {
        let printed = prints(run, &[expression]);
        assert_eq!(printed, format!("{result}\n"), "{expression}");
    }
    assert_eq!(prints(run, &["2^0.5", "digits=12"]), "1.414213562373\n");
    assert_eq!(
        prints(run, &["10^20", "digits=15"]),
        "100000000000000000000.000000000000000\n"
    );
}

#[test]
fn math_of_deep_expression_prints_result() {
    let deep = 100_000;
    let open = "(".repeat(deep);
    let close = ")".repeat(deep);
    assert_eq!(prints(run, &[&format!("{open}1{close}")]), "1.00\n");
    assert_eq!(prints(run, &[&format!("{}1", "-".repeat(deep))]), "1.00\n");
    assert_eq!(prints(run, &[&format!("1{}", "^1".repeat(deep))]), "1.00\n");
    let why = fails(run, &[&open]);
    assert!(
        why.ends_with("...`: a number is missing at the end"),
        "{why}"
    );
    let why = fails(run, &[&format!("{open}1")]);
    assert!(
        why.ends_with("the `(` at character 100000 is not closed"),
        "{why}"
    );
}

#[test]
fn math_of_bad_input_names_problem() {
    let table: &[(&[&str], &str)] = &[
        (&["/", "1", "0"], "`1 / 0` is a division by zero"),
        (&["/", "8", "2", "0.0"], "`4 / 0` is a division by zero"),
        (&["%", "5", "0"], "`5 % 0` is a division by zero"),
        (&["0^-1"], "`0 ^ (-1)` is a division by zero"),
        (&["1/(2-2)"], "`1 / 0` is a division by zero"),
        (
            &["9^99"],
            "`9 ^ 99` is too large: a result has at most 28 digits",
        ),
        (&["9^9^9^9"], "`9 ^ 387420489` is too large"),
        (&["*", "1e28", "1e28"], "is too large"),
        (&["0.1^-99"], "`0.1 ^ (-99)` is too large"),
        (&["0.5^-1000"], "`0.5 ^ (-1000)` is too large"),
        (&["0.3^-1000"], "`0.3 ^ (-1000)` is too large"),
        (&["1e28^2.5"], "is too large"),
        (&["(-8)^0.5"], "`-8 ^ 0.5` is not a number"),
        (
            &["+", "1", "x"],
            "number: `x` is not a number, for example `10` or `-2.5`",
        ),
        (&["+", "1", ""], "number: `` is not a number"),
        (&["+", "1", "NaN"], "number: `NaN` is not a number"),
        (&["+", "1", "inf"], "number: `inf` is not a number"),
        (&["+", "1", "1.2.3"], "number: `1.2.3` is not a number"),
        (&["+", "1", "1e"], "number: `1e` is not a number"),
        (&["+", "1", "1_000"], "number: `1_000` is not a number"),
        (&["+", "1", "--1"], "number: `-1` is not a number"),
        (&["+", "1", "１"], "number: `１` is not a number"),
        (&["+", "1", "1e99"], "number: `1e99` is too large"),
        (
            &["+", "1", "1e99999999999"],
            "number: `1e99999999999` is too large",
        ),
        (&["1e-99"], "number: `1e-99` is too large or too small"),
        (
            &["+", "1", "99999999999999999999999999999999"],
            "is too large",
        ),
        (&["?", "1", "2"], "operator: `?` is none of `+ - * / % ^`"),
        (&["1", "2"], "operator: `1` is none of"),
        (&["++", "1", "2"], "operator: `++` is none of"),
        (&["+", "1"], "usage: Math "),
        (&[], "usage: Math "),
        (&["digits=2"], "usage: Math "),
        (
            &["1+1", "digits=16"],
            "digits: `16` is not a whole number from 0 to 15",
        ),
        (&["1+1", "digits="], "digits: `` is not a whole number"),
        (&["1+1", "digits=-1"], "digits: `-1` is not a whole number"),
        (&[""], "expression: ``: a number is missing at the end"),
        (&["1+"], "expression: `1+`: a number is missing at the end"),
        (&["-"], "expression: `-`: a number is missing at the end"),
        (
            &["()"],
            "expression: `()`: a number is expected at character 2, not `)`",
        ),
        (
            &["*2"],
            "expression: `*2`: a number is expected at character 1, not `*`",
        ),
        (
            &["1 2"],
            "expression: `1 2`: an operator is expected at character 3, not `2`",
        ),
        (
            &["2(3)"],
            "expression: `2(3)`: an operator is expected at character 2, not `(`",
        ),
        (
            &["1+张"],
            "expression: `1+张`: a number is expected at character 3, not `张`",
        ),
        (
            &["(1"],
            "expression: `(1`: the `(` at character 1 is not closed",
        ),
        (
            &["1)"],
            "expression: `1)`: the `)` at character 2 closes nothing",
        ),
        (&["1..2"], "number: `1..2` is not a number"),
        (&["."], "number: `.` is not a number"),
        (
            &["2ex"],
            "expression: `2ex`: an operator is expected at character 2, not `e`",
        ),
    ];
    for (args, what) in table {
        let why = fails(run, args);
        assert!(why.contains(what), "{args:?}: {why}");
    }
}
