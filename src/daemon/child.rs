//! What this program is when the daemon starts it for an execution: a command that is set up first, or a function.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::model::{JobFigures, Rows};
use crate::runner::func::{self, Databases};
use crate::runner::setup;
use crate::schedule::Time;

/// Does what such a process is for and returns its exit status; nothing when this is none.
pub fn child() -> Option<i32> {
    let mut arguments = std::env::args_os().skip(1);
    let first = arguments.next()?;
    if first == setup::WORD {
        Some(setup::become_command(arguments))
    } else if first == func::WORD {
        Some(func::answer_call(&|own, named| {
            Box::new(Bases { own, named })
        }))
    } else {
        None
    }
}

/// The daemon's own database, and those of the configuration.
struct Bases {
    own: PathBuf,
    named: BTreeMap<String, String>,
}

impl Databases for Bases {
    fn query(&self, base: Option<&str>, _: &str, _: usize) -> Result<Rows> {
        Err(Error::Conflict(format!(
            "{:?} {base:?} {}",
            self.own,
            self.named.len()
        )))
    }

    fn execute(&self, base: &str, _: &str) -> Result<u64> {
        Err(Error::Conflict(base.to_string()))
    }

    fn figures(&self, _: Time, _: Time, job: Option<&str>) -> Result<Vec<JobFigures>> {
        Err(Error::Conflict(format!("{job:?}")))
    }
}
