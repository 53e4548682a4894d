//! `Monitor KIND[,OPERAND][,LIMIT]`: measures a resource, prints the value, and fails when it exceeds the limit.
//!
//! The value is printed in any case, also on failure.

mod arguments;
mod cert;
mod deadline;
mod disk;
mod endpoint;
mod http;
mod port;
mod process;
mod system;
#[cfg(test)]
mod tests;

use super::{Call, Failure};
use jobs_text::{listed, quoted};

/// Measures, prints to the call's output, and compares with the limit.
type Measure = fn(&mut Call<'_>, &[&str]) -> Result<(), Failure>;

const KINDS: [(&str, Measure); 8] = [
    ("disk", disk::run),
    ("cpu", system::cpu),
    ("memory", system::memory),
    ("load", system::load),
    ("process", process::run),
    ("port", port::run),
    ("http", http::run),
    ("cert", cert::run),
];

const USAGE: &str = "usage: Monitor disk[,PATH][,PERCENT] or cpu[,PERCENT] or memory[,PERCENT] or load[,LOAD] or process,NAME[,MIN] \
                     or port,HOST:PORT[,MS] or http,URL[,STATUS][,MS] or cert,HOST[:PORT][,DAYS]";

/// Measures the kind in the first argument; `process nginx` means the same as `process,nginx`.
pub(super) fn run(call: &mut Call<'_>) -> Result<(), Failure> {
    let args = call.args;
    let [first, rest @ ..] = args else {
        return Err(Failure(USAGE.to_owned()));
    };
    let first = first.trim();
    let (kind, operand) = match first.split_once(char::is_whitespace) {
        Some((kind, operand)) => (kind, Some(operand.trim())),
        None => (first, None),
    };
    let measure = KINDS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(kind))
        .map(|(_, measure)| measure)
        .ok_or_else(|| unknown(kind))?;
    let operands: Vec<&str> = operand
        .into_iter()
        .chain(rest.iter().map(|arg| arg.trim()))
        .collect();
    measure(call, &operands)
}

fn unknown(kind: &str) -> Failure {
    let names = listed(KINDS.map(|(name, _)| name));
    Failure::argument("kind", format!("{} is none of {names}", quoted(kind)))
}
