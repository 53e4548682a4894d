//! Lists of jobs: filtered, sorted, a page at a time. First the ids, from indexes and narrow tables, then the rows of the page.

use std::cmp::Ordering;
use std::collections::HashMap;

use diesel::connection::DefaultLoadingMode;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use super::Session;
use super::ids::{Ids, Passing};
use super::list_filter::json;
use super::open::store_error;
use super::prepared::{Prepare, Statement, Value};
use super::rows::{JobRow, all};
use super::schema::{job_runs, jobs};
use crate::{JobFilter, JobListing};
use jobs_error::Result;
use jobs_model::{Job, JobId, JobSort, JobsOnly, ListCounts};

/// A part of an order: the jobs that have the value, or those that have it not. An index gives its jobs in that order.
struct Part {
    /// `SELECT` of the ids, in the order, and in the reversed one.
    up: &'static str,
    down: &'static str,
    /// The number of its jobs.
    number: &'static str,
}

macro_rules! part {
    ($id:literal, $from:literal, $up:literal, $down:literal) => {
        Part {
            up: concat!("SELECT ", $id, " FROM ", $from, " ORDER BY ", $up),
            down: concat!("SELECT ", $id, " FROM ", $from, " ORDER BY ", $down),
            number: concat!("SELECT count(*) FROM ", $from),
        }
    };
}

/// The narrow `job_runs` stands for the numbers of jobs.
const NEWEST: &[Part] = &[part!("job_id", "job_runs", "job_id DESC", "job_id")];

const NAME: &[Part] = &[part!("id", "jobs", "name", "name DESC")];

const NEXT: &[Part] = &[
    part!(
        "id",
        "jobs WHERE next_at IS NOT NULL",
        "next_at, name",
        "next_at DESC, name DESC"
    ),
    part!("id", "jobs WHERE next_at IS NULL", "name", "name DESC"),
];

const LAST: &[Part] = &[
    part!(
        "job_id",
        "job_runs WHERE last_rank IS NOT NULL",
        "last_rank, job_id",
        "last_rank DESC, job_id DESC"
    ),
    part!(
        "job_id",
        "job_runs WHERE last_rank IS NULL",
        "job_id",
        "job_id DESC"
    ),
];

/// Up to this number of jobs, SQLite looks up each of them: fewer steps than to compare all jobs in an order.
const FEW: usize = 4_000;

/// A page of a list: how many jobs stand before it, and how many it has at most.
#[derive(Clone, Copy)]
struct Page {
    skipped: usize,
    limit: usize,
}

impl Session<'_> {
    pub fn jobs(&mut self, filter: &JobFilter) -> Result<Vec<Job>> {
        self.page_of_jobs(filter, 0, i64::MAX)
    }

    pub fn page_of_jobs(
        &mut self,
        filter: &JobFilter,
        skipped: i64,
        limit: i64,
    ) -> Result<Vec<Job>> {
        let ids = self.page_of_job_ids(filter, skipped, limit)?;
        self.jobs_by_id(&ids)
    }

    pub fn page_of_job_ids(
        &mut self,
        filter: &JobFilter,
        skipped: i64,
        limit: i64,
    ) -> Result<Vec<JobId>> {
        let passing = self.passing(filter)?;
        let chosen = self.chosen(passing, filter)?;
        self.page_in(&chosen, filter, Page::of(skipped, limit))
    }

    pub fn job_listing(
        &mut self,
        filter: &JobFilter,
        (skipped, limit): (i64, i64),
        with_counts: bool,
    ) -> Result<JobListing> {
        let passing = self.passing(filter)?;
        let counts = match with_counts {
            true => Some(self.counts_in(&passing, filter)?),
            false => None,
        };
        let chosen = self.chosen(passing, filter)?;
        let total = match counts {
            Some(counts) => counts.of(filter.only),
            None => self.number_in(&chosen)?,
        };
        let ids = self.page_in(&chosen, filter, Page::of(skipped, limit))?;
        Ok(JobListing {
            jobs: self.jobs_by_id(&ids)?,
            total,
            counts,
        })
    }

    pub fn jobs_total(&mut self, filter: &JobFilter) -> Result<u64> {
        let passing = self.passing(filter)?;
        let chosen = self.chosen(passing, filter)?;
        self.number_in(&chosen)
    }

    /// Those of the jobs that are in the choice of the filter.
    fn chosen(&mut self, passing: Passing, filter: &JobFilter) -> Result<Passing> {
        Ok(match filter.only {
            None => passing,
            Some(only) => Passing::Only(Ids::of(passing.of(self.choice(only, filter.now)?))),
        })
    }

    fn number_in(&mut self, passing: &Passing) -> Result<u64> {
        Ok(match passing {
            Passing::All => self.number(NAME[0].number)? as u64,
            Passing::Without(ids) => {
                (self.number(NAME[0].number)?.saturating_sub(ids.len())) as u64
            }
            Passing::Only(ids) => ids.len() as u64,
        })
    }

    /// The number of jobs in each choice.
    fn counts_in(&mut self, passing: &Passing, filter: &JobFilter) -> Result<ListCounts> {
        let mut number = |only: JobsOnly| -> Result<u64> {
            let chosen = self.choice(only, filter.now)?;
            Ok(passing.of(chosen).len() as u64)
        };
        Ok(ListCounts {
            failing: number(JobsOnly::Failing)?,
            running: number(JobsOnly::Running)?,
            missed: number(JobsOnly::Missed)?,
            slower: number(JobsOnly::Slower)?,
            stopped: number(JobsOnly::Stopped)?,
            never: number(JobsOnly::Never)?,
            all: self.number_in(passing)?,
        })
    }

    fn page_in(&mut self, passing: &Passing, filter: &JobFilter, page: Page) -> Result<Vec<JobId>> {
        let sort = filter.sort.unwrap_or(JobSort::Next);
        if let Passing::Only(ids) = passing
            && ids.len() <= FEW
        {
            return self.page_of_few(ids, sort, filter.is_reversed, page);
        }
        let parts = match sort {
            JobSort::Next => NEXT,
            JobSort::Name => NAME,
            JobSort::Last => LAST,
            JobSort::Newest => NEWEST,
            // These have no index: each end would write pages of it, which were half as many bytes again in the log.
            JobSort::Ended => {
                let values = job_runs::table.select((job_runs::job_id, job_runs::last_ended));
                let values = values.prepared().load(self.connection);
                return Ok(page.sorted(values.map_err(store_error)?, passing, filter.is_reversed));
            }
            JobSort::Took => {
                let values = job_runs::table.select((job_runs::job_id, job_runs::last_took));
                let values = values.prepared().load(self.connection);
                return Ok(page.sorted(values.map_err(store_error)?, passing, filter.is_reversed));
            }
        };
        match passing {
            Passing::All => self.page_of_all(parts, filter.is_reversed, page),
            Passing::Without(_) | Passing::Only(_) => {
                self.page_of_some(parts, filter.is_reversed, page, passing)
            }
        }
    }

    /// SQLite looks up each of the jobs and sorts them.
    fn page_of_few(
        &mut self,
        ids: &Ids,
        sort: JobSort,
        is_reversed: bool,
        page: Page,
    ) -> Result<Vec<JobId>> {
        let (from, id, value, tie) = match sort {
            JobSort::Next => ("jobs", "id", Some("next_at"), "name"),
            JobSort::Name => ("jobs", "id", None, "name"),
            JobSort::Ended => ("job_runs", "job_id", Some("last_ended"), "job_id"),
            JobSort::Took => ("job_runs", "job_id", Some("last_took"), "job_id"),
            JobSort::Last => ("job_runs", "job_id", Some("last_rank"), "job_id"),
            JobSort::Newest => ("job_runs", "job_id", None, "job_id"),
        };
        let is_falling = is_reversed != (sort == JobSort::Newest);
        let falling = if is_falling { " DESC" } else { "" };
        let value = value.map_or_else(String::new, |value| {
            format!("{value} IS NULL, {value}{falling}, ")
        });
        // The `+` stops SQLite from going through an index in that order.
        let sql = format!(
            "SELECT {id} FROM {from} WHERE {id} IN (SELECT value FROM json_each(?)) \
             ORDER BY {value}+{tie}{falling} LIMIT +? OFFSET ?"
        );
        let json = json(&ids.list());
        let values = [Value::Text(&json), number(page.limit), number(page.skipped)];
        Statement::<BigInt>::query(&sql, &values)
            .load(self.connection)
            .map_err(store_error)
    }

    /// SQLite passes over the jobs before the page, in the index.
    fn page_of_all(&mut self, parts: &[Part], is_reversed: bool, page: Page) -> Result<Vec<JobId>> {
        let mut ids = Vec::new();
        let mut skipped = page.skipped;
        for part in parts {
            let left = page.limit - ids.len();
            if left == 0 {
                break;
            }
            let sql = format!("{} LIMIT +? OFFSET ?", part.sql(is_reversed));
            let values = [number(left), number(skipped)];
            let found: Vec<JobId> = Statement::<BigInt>::query(&sql, &values)
                .load(self.connection)
                .map_err(store_error)?;
            skipped = match (found.is_empty(), skipped) {
                (true, 1..) => skipped.saturating_sub(self.number(part.number)?),
                (true, _) | (false, _) => 0,
            };
            ids.extend(found);
        }
        Ok(ids)
    }

    /// Takes from the order the jobs that pass: SQLite would look up each of them in a list, and sort them.
    fn page_of_some(
        &mut self,
        parts: &[Part],
        is_reversed: bool,
        page: Page,
        passing: &Passing,
    ) -> Result<Vec<JobId>> {
        let number_of_all = match passing {
            Passing::Only(ids) => ids.len(),
            Passing::All | Passing::Without(_) => usize::MAX,
        };
        let end = page.end().min(number_of_all);
        let mut ids = Vec::new();
        let mut seen = 0;
        for part in parts {
            if seen >= end {
                break;
            }
            let query = Statement::<BigInt>::query(part.sql(is_reversed), &[]);
            let rows = query
                .load_iter::<JobId, DefaultLoadingMode>(self.connection)
                .map_err(store_error)?;
            for row in rows {
                let id = row.map_err(store_error)?;
                if passing.contains(id) {
                    seen += 1;
                    if seen > page.skipped {
                        ids.push(id);
                    }
                    if seen >= end {
                        break;
                    }
                }
            }
        }
        Ok(ids)
    }

    fn number(&mut self, sql: &str) -> Result<usize> {
        let number: i64 = Statement::<BigInt>::query(sql, &[])
            .get_result(self.connection)
            .map_err(store_error)?;
        Ok(usize::try_from(number).unwrap_or(0))
    }

    fn jobs_by_id(&mut self, ids: &[JobId]) -> Result<Vec<Job>> {
        let found: Vec<Job> = all(jobs::table
            .filter(
                sql::<Bool>("id IN (SELECT value FROM json_each(")
                    .bind::<Text, _>(json(ids))
                    .sql("))"),
            )
            .select(JobRow::as_select())
            .prepared()
            .load(self.connection))?;
        let mut found: HashMap<JobId, Job> = found.into_iter().map(|job| (job.id, job)).collect();
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }
}

impl Part {
    const fn sql(&self, is_reversed: bool) -> &'static str {
        if is_reversed { self.down } else { self.up }
    }
}

impl Page {
    fn of(skipped: i64, limit: i64) -> Page {
        Page {
            skipped: usize::try_from(skipped).unwrap_or(0),
            limit: usize::try_from(limit).unwrap_or(0),
        }
    }

    const fn end(self) -> usize {
        self.skipped.saturating_add(self.limit)
    }

    /// The page of the jobs that pass, by their values. Jobs without a value stay last.
    fn sorted(
        self,
        mut values: Vec<(JobId, Option<i64>)>,
        passing: &Passing,
        is_reversed: bool,
    ) -> Vec<JobId> {
        values.retain(|(id, _)| passing.contains(*id));
        let by_value = |one: &(JobId, Option<i64>), other: &(JobId, Option<i64>)| -> Ordering {
            let order = (one.1, one.0).cmp(&(other.1, other.0));
            let order = if is_reversed { order.reverse() } else { order };
            one.1.is_none().cmp(&other.1.is_none()).then(order)
        };
        // Only the page is sorted.
        if self.end() < values.len() {
            values.select_nth_unstable_by(self.end(), by_value);
            values.truncate(self.end());
        }
        if self.skipped >= values.len() {
            return Vec::new();
        }
        if self.skipped > 0 {
            values.select_nth_unstable_by(self.skipped, by_value);
            values.drain(..self.skipped);
        }
        values.sort_unstable_by(by_value);
        values.into_iter().map(|(id, _)| id).collect()
    }
}

fn number(number: usize) -> Value<'static> {
    Value::Number(i64::try_from(number).unwrap_or(i64::MAX))
}
