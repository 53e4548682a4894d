//!
//! Tests of `Monitor` against this machine and servers on loopback.
mod arguments;
mod network;
mod system;

use super::super::testing::TestCall;
use super::run;

/// The output and the failure of a call that must fail.
fn printed_and_failed(args: &[&str]) -> (String, String) {
    let (printed, ended) = TestCall::default().call(run, args);
    (printed, ended.expect_err("it must fail").0)
}
