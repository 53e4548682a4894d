//! The texts in which a search looks, with secrets masked.
//!
//! A row has the texts of [`BLOCK`] jobs with neighbouring numbers: a search reads all texts, and reading a row costs more than
//! comparing one. A text has before it the number of its job within the block, in a byte, and its length, in four.

use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use memchr::memmem::Finder;

use super::Session;
use super::open::store_error;
use super::prepared::Prepare;
use super::schema::job_texts;
use jobs_error::Result;
use jobs_model::{Job, JobId};

/// Jobs whose texts are in one row.
const BLOCK: i64 = 16;

/// Bytes before a text.
const HEAD: usize = 5;

impl Session<'_> {
    /// Stores the text of a job in which a search looks.
    pub(super) fn set_text(&mut self, job: &Job) -> Result<()> {
        let mut texts = self.texts_of(job.id)?;
        remove(&mut texts, job.id);
        add(&mut texts, job);
        self.set_texts(job.id, &texts)
    }

    pub(super) fn remove_text(&mut self, id: JobId) -> Result<()> {
        let mut texts = self.texts_of(id)?;
        remove(&mut texts, id);
        self.set_texts(id, &texts)
    }

    /// Stores the texts of these jobs, which are all jobs of their blocks.
    pub(super) fn set_whole_blocks(&mut self, jobs: &[Job]) -> Result<()> {
        for of_block in jobs.chunk_by(|one, other| block(one.id) == block(other.id)) {
            let mut texts = Vec::new();
            for job in of_block {
                add(&mut texts, job);
            }
            self.set_texts(of_block[0].id, &texts)?;
        }
        Ok(())
    }

    /// The jobs whose text contains `part`, rising.
    pub(super) fn ids_with_text(&mut self, part: &str) -> Result<Vec<JobId>> {
        let part = part.to_lowercase();
        let finder = Finder::new(&part);
        let mut found = Vec::new();
        let rows = job_texts::table
            .order(job_texts::block)
            .select((job_texts::block, job_texts::texts))
            .prepared()
            .load_iter::<(i64, Vec<u8>), DefaultLoadingMode>(self.connection)
            .map_err(store_error)?;
        for row in rows {
            let (block, texts) = row.map_err(store_error)?;
            // Most searches find few texts.
            if finder.find(&texts).is_some() {
                let of_block = entries(&texts).filter(|(_, text)| finder.find(text).is_some());
                let first = found.len();
                found.extend(of_block.map(|(within, _)| block * BLOCK + i64::from(within)));
                found[first..].sort_unstable();
            }
        }
        Ok(found)
    }

    fn texts_of(&mut self, id: JobId) -> Result<Vec<u8>> {
        let texts: Option<Vec<u8>> = job_texts::table
            .find(block(id))
            .select(job_texts::texts)
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)?;
        Ok(texts.unwrap_or_default())
    }

    fn set_texts(&mut self, id: JobId, texts: &[u8]) -> Result<()> {
        if texts.is_empty() {
            return diesel::delete(job_texts::table.find(block(id)))
                .execute(self.connection)
                .map(drop)
                .map_err(store_error);
        }
        diesel::replace_into(job_texts::table)
            .values((job_texts::block.eq(block(id)), job_texts::texts.eq(texts)))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }
}

pub(super) const fn block(id: JobId) -> i64 {
    id.div_euclid(BLOCK)
}

/// The number of a job within its block.
const fn within(id: JobId) -> u8 {
    id.rem_euclid(BLOCK) as u8
}

/// Adds the text of a job behind the texts of its block.
fn add(texts: &mut Vec<u8>, job: &Job) {
    let work = jobs_work::masked_text(job.mode, &job.command);
    let text = [&job.name, &job.desc, &job.cron_expr, &work]
        .map(String::as_str)
        .join("\n")
        .to_lowercase();
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    texts.push(within(job.id));
    texts.extend(length.to_le_bytes());
    texts.extend(&text.as_bytes()[..text.len().min(length as usize)]);
}

/// Removes the text of a job from the texts of its block.
fn remove(texts: &mut Vec<u8>, id: JobId) {
    let mut end = 0;
    let found = entries(texts).find_map(|(entry, text)| {
        let begin = end;
        end += HEAD + text.len();
        (entry == within(id)).then_some(begin..end)
    });
    if let Some(found) = found {
        texts.drain(found);
    }
}

/// The texts of a block, each with the number of its job within the block.
fn entries(mut texts: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let ([within, length @ ..], rest) = texts.split_first_chunk::<HEAD>()?;
        let length = u32::from_le_bytes(*length) as usize;
        let (text, rest) = rest.split_at_checked(length)?;
        texts = rest;
        Some((*within, text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jobs_schedule::Time;

    #[test]
    fn texts_of_a_block_are_replaced_and_removed_one_by_one() {
        let job = |id, name: &str| Job {
            id,
            ..Job::named(name.to_string(), Time::from_millis(0))
        };
        let mut texts = Vec::new();
        for (id, name) in [(16, "First"), (31, "last"), (20, "Ünder")] {
            assert_eq!(block(id), 1);
            add(&mut texts, &job(id, name));
        }
        let names = |texts: &[u8]| -> Vec<(u8, String)> {
            entries(texts)
                .map(|(within, text)| {
                    let text = String::from_utf8(text.to_vec()).unwrap();
                    (within, text.lines().next().unwrap_or_default().to_string())
                })
                .collect()
        };
        let is = |texts: &[u8], expected: &[(u8, &str)]| {
            let expected: Vec<_> = expected
                .iter()
                .map(|(id, name)| (*id, name.to_string()))
                .collect();
            assert_eq!(names(texts), expected);
        };
        is(&texts, &[(0, "first"), (15, "last"), (4, "ünder")]);
        remove(&mut texts, 31);
        is(&texts, &[(0, "first"), (4, "ünder")]);
        remove(&mut texts, 17);
        remove(&mut texts, 16);
        remove(&mut texts, 20);
        assert!(texts.is_empty());
    }
}
