mod arguments;
mod network;
mod system;

use super::super::trial::Trial;
use super::run;

/// What it printed and why it failed.
fn printed_and_failed(args: &[&str]) -> (String, String) {
    let (printed, ended) = Trial::default().call(run, args);
    (printed, ended.expect_err("it must fail").0)
}
