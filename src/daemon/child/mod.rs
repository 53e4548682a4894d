//! The program as a child of the daemon: sets up and becomes a command, runs a built-in function, or reads the output of background
//! programs.

use std::path::{Path, PathBuf};

use jobs_config::Secret;
use jobs_error::Result;
use jobs_model::{JobFigures, Rows};
use jobs_runner::func::database::foreign::Foreign;
use jobs_runner::func::{self, Databases};
use jobs_runner::setup;
use jobs_schedule::Time;
use jobs_store as store;

/// Does the work of a child and returns its exit status; `None` when this process is not a child.
pub fn child() -> Option<i32> {
    let mut arguments = std::env::args_os().skip(1);
    let first = arguments.next()?;
    #[cfg(unix)]
    if first == jobs_runner::drain::SUBCOMMAND {
        return Some(jobs_runner::drain::drain());
    }
    if first == setup::SUBCOMMAND {
        Some(setup::become_command(arguments))
    } else if first == func::SUBCOMMAND {
        Some(func::answer_call(&|own, named| {
            let named = named
                .into_iter()
                .map(|(name, place)| (name, Secret::new(place)));
            Box::new(Bases {
                foreign: Foreign::new(&own, Path::new("/"), named),
                own,
            })
        }))
    } else {
        None
    }
}

/// The daemon's own database, and the databases of the configuration.
struct Bases {
    foreign: Foreign,
    own: PathBuf,
}

impl Databases for Bases {
    fn names(&self) -> Vec<String> {
        self.foreign.names()
    }

    fn query(&self, base: Option<&str>, sql: &str, most: usize) -> Result<Rows> {
        self.foreign.query(base, sql, most)
    }

    fn execute(&self, base: &str, sql: &str) -> Result<u64> {
        self.foreign.execute(base, sql)
    }

    fn figures(&self, from: Time, until: Time, job: Option<&str>) -> Result<Vec<JobFigures>> {
        store::read_only(&self.own, |reader| reader.figures(from, until, job))
    }
}

#[cfg(all(test, unix))]
mod tests;
