//! A name for each new job: the one of its command, or the first number of it that is not taken.

use std::collections::{HashMap, HashSet};

use jobs_crontab as crontab;
use jobs_error::Result;
use jobs_store::Reader;

/// The names that this import has given, and what it knows of those that were there.
#[derive(Default)]
pub(super) struct Naming {
    taken: HashSet<String>,
    /// Of names that were wanted more than once: up to which number all are taken.
    numbers: HashMap<String, u64>,
}

impl Naming {
    /// Gives a name to one more job. Nobody else may add jobs meanwhile.
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

/// The first name with a number past `number` that is not taken; `number` is that one then.
fn first_free(wanted: &str, number: &mut u64, taken: &HashSet<String>) -> String {
    loop {
        *number += 1;
        let name = crontab::numbered(wanted, *number);
        if !taken.contains(&name) {
            return name;
        }
    }
}
