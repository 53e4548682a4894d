//! Names for new jobs: the name made from the command, with the first free number if that name is taken.

use std::collections::{HashMap, HashSet};

use jobs_crontab as crontab;
use jobs_error::Result;
use jobs_store::Reader;

/// The names that are taken: those that this import has given, and those that were looked up in the store.
#[derive(Default)]
pub(super) struct Naming {
    taken: HashSet<String>,
    /// For each name that was needed more than once: all numbers up to this one are taken.
    numbers: HashMap<String, u64>,
}

impl Naming {
    /// Returns a free name for one more job. The caller's write transaction keeps others from adding jobs meanwhile.
    pub(super) fn give(&mut self, reader: &mut Reader<'_>, wanted: &str) -> Result<String> {
        let name = match self.numbers.get_mut(wanted) {
            Some(number) => first_free(wanted, number, &self.taken),
            None if self.taken.contains(wanted) || reader.has_job_named(wanted)? => {
                // The numbered names of the store are looked up once, not each in turn for each job.
                self.taken
                    .extend(reader.job_names_from(&format!("{wanted}-"))?);
                let mut number = 1;
                let name = first_free(wanted, &mut number, &self.taken);
                self.numbers.insert(wanted.to_string(), number);
                name
            }
            None => wanted.to_string(),
        };
        self.taken.insert(name.clone());
        Ok(name)
    }
}

/// The first free name with a number above `number`. Sets `number` to the number found.
fn first_free(wanted: &str, number: &mut u64, taken: &HashSet<String>) -> String {
    loop {
        *number += 1;
        let name = crontab::numbered(wanted, *number);
        if !taken.contains(&name) {
            return name;
        }
    }
}
