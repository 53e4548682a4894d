//! `Monitor port,HOST:PORT[,MS]`: whether a server listens, and how long connecting takes.

use std::time::Duration;

use super::super::{Call, Failure, ending};
use super::arguments::{millis, usage};
use super::deadline::{Deadline, shown, whole_millis};
use super::endpoint::Endpoint;

/// Timeout, unless the limit is longer.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) fn run(call: &mut Call<'_>, args: &[&str]) -> Result<(), Failure> {
    let (endpoint, limit) = match args {
        [endpoint] => (endpoint, None),
        [endpoint, limit] => (endpoint, Some(millis(limit)?)),
        _ => return Err(usage("port,HOST:PORT[,MS]")),
    };
    let endpoint = Endpoint::read(endpoint, None)?;
    let deadline = Deadline::of(call, DEFAULT_TIMEOUT, limit);
    let connected = endpoint.connect(&deadline);
    let took = deadline.taken();
    match connected {
        Ok((_, address)) => {
            let at = endpoint.at(address);
            writeln!(call.out, "port: {at} is open, connected in {}", shown(took))?;
        }
        Err(why) => {
            if deadline.left().is_none() {
                ending::set_timed_out();
            }
            writeln!(call.out, "port: no connection after {}", shown(took))?;
            return Err(Failure(format!("port: {why}")));
        }
    }
    match limit {
        Some(limit) if took > limit => Err(Failure(format!(
            "port: `{endpoint}` took {}, the limit is {}",
            shown(took),
            whole_millis(limit)
        ))),
        _ => Ok(()),
    }
}
