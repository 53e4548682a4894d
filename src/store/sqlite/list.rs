//! Lists of jobs: filtered, sorted, a page at a time. First the ids, from indexes and narrow tables, then the rows of the page.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use super::Session;
use super::list_filter::{Bind, Sql, add_choice, add_filter, json};
use super::open::store_error;
use super::prepared::Prepare;
use super::rows::{JobRow, all};
use super::schema::jobs;
use crate::JobFilter;
use jobs_error::Result;
use jobs_model::{Job, JobId, JobSort, JobsOnly, ListCounts};

/// A part of an order: the jobs that have the value, or those that have it not.
struct Part {
    table: &'static str,
    id: &'static str,
    condition: &'static str,
    order: &'static str,
    reversed: &'static str,
    /// Whether the index of the part has the name.
    has_name: bool,
}

const fn of_jobs(condition: &'static str, order: &'static str, reversed: &'static str) -> Part {
    Part {
        table: "jobs",
        id: "id",
        condition,
        order,
        reversed,
        has_name: true,
    }
}

const fn of_runs(condition: &'static str, order: &'static str, reversed: &'static str) -> Part {
    Part {
        table: "job_runs",
        id: "job_id",
        condition,
        order,
        reversed,
        has_name: false,
    }
}

/// The parts of an order, each with an index that gives its jobs in that order. The narrow `job_runs` stands for the numbers of jobs.
const fn parts(sort: JobSort) -> &'static [Part] {
    match sort {
        JobSort::Next => {
            const {
                &[
                    of_jobs(
                        "next_at IS NOT NULL",
                        "next_at, name",
                        "next_at DESC, name DESC",
                    ),
                    of_jobs("next_at IS NULL", "name", "name DESC"),
                ]
            }
        }
        JobSort::Name => const { &[of_jobs("TRUE", "name", "name DESC")] },
        JobSort::Ended => {
            const {
                &[
                    of_runs(
                        "last_ended IS NOT NULL",
                        "last_ended, job_id",
                        "last_ended DESC, job_id DESC",
                    ),
                    of_runs("last_ended IS NULL", "job_id", "job_id DESC"),
                ]
            }
        }
        // Sorted after the query.
        JobSort::Took => &[],
        JobSort::Last => {
            const {
                &[
                    of_runs(
                        "last_rank IS NOT NULL",
                        "last_rank, job_id",
                        "last_rank DESC, job_id DESC",
                    ),
                    of_runs("last_rank IS NULL", "job_id", "job_id DESC"),
                ]
            }
        }
        JobSort::Newest => const { &[of_runs("TRUE", "job_id DESC", "job_id")] },
    }
}

/// Bound values of a page without a filter that has values.
const PAGE_BINDS: usize = 2;

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// A job, and how long its last execution took.
#[derive(QueryableByName)]
struct Duration {
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    took: Option<i64>,
}

#[derive(QueryableByName)]
struct Counts {
    #[diesel(sql_type = BigInt)]
    all_jobs: i64,
    #[diesel(sql_type = BigInt)]
    failing: i64,
    #[diesel(sql_type = BigInt)]
    running: i64,
    #[diesel(sql_type = BigInt)]
    missed: i64,
    #[diesel(sql_type = BigInt)]
    slower: i64,
    #[diesel(sql_type = BigInt)]
    stopped: i64,
    #[diesel(sql_type = BigInt)]
    never: i64,
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
        let found: Vec<Job> = all(jobs::table
            .filter(
                sql::<Bool>("id IN (SELECT value FROM json_each(")
                    .bind::<Text, _>(json(&ids))
                    .sql("))"),
            )
            .select(JobRow::as_select())
            .prepared()
            .load(self.connection))?;
        let mut found: HashMap<JobId, Job> = found.into_iter().map(|job| (job.id, job)).collect();
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    pub fn page_of_job_ids(
        &mut self,
        filter: &JobFilter,
        skipped: i64,
        limit: i64,
    ) -> Result<Vec<JobId>> {
        if filter.sort == Some(JobSort::Took) {
            return self.page_by_duration(filter, skipped, limit);
        }
        let mut ids = Vec::new();
        let mut skipped = skipped;
        for part in parts(filter.sort.unwrap_or(JobSort::Next)) {
            let left = limit - i64::try_from(ids.len()).unwrap_or(limit);
            if left <= 0 {
                break;
            }
            let found = self.ids_of_part(part, filter, skipped, left)?;
            skipped = match (found.is_empty(), skipped) {
                (true, 1..) => skipped - self.number_in_part(part, filter)?,
                (true, _) | (false, _) => 0,
            };
            ids.extend(found);
        }
        Ok(ids)
    }

    /// A page in the order of the last durations. They have no index, because a run rarely takes as long as the run before: each end
    /// would write two pages of the index, which were half as many bytes again in the log. To sort all is a matter of milliseconds.
    fn page_by_duration(
        &mut self,
        filter: &JobFilter,
        skipped: i64,
        limit: i64,
    ) -> Result<Vec<JobId>> {
        let mut query = Sql::default();
        query.push("SELECT job_id AS number, last_took AS took");
        from_part(&mut query, &of_runs("TRUE", "", ""), filter);
        let mut rows: Vec<Duration> = query.query().load(self.connection).map_err(store_error)?;
        let is_reversed = filter.is_reversed;
        rows.sort_unstable_by(|a, b| {
            let order = (a.took, a.number).cmp(&(b.took, b.number));
            let order = if is_reversed { order.reverse() } else { order };
            a.took.is_none().cmp(&b.took.is_none()).then(order)
        });
        let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let page = rows.into_iter().skip(skipped).take(limit);
        Ok(page.map(|row| row.number).collect())
    }

    fn ids_of_part(
        &mut self,
        part: &Part,
        filter: &JobFilter,
        skipped: i64,
        limit: i64,
    ) -> Result<Vec<JobId>> {
        let mut query = Sql::default();
        query.push(&format!("SELECT {} AS number", part.id));
        from_part(&mut query, part, filter);
        let order = if filter.is_reversed {
            part.reversed
        } else {
            part.order
        };
        query.bind(&format!(" ORDER BY {order} LIMIT +?"), Bind::Number(limit));
        query.bind(" OFFSET ?", Bind::Number(skipped));
        let is_plain = query.binds() == PAGE_BINDS;
        let query = query.query();
        let rows: Vec<Number> = match is_plain {
            true => query.prepared().load(self.connection),
            // Filters make too many texts to cache.
            false => query.load(self.connection),
        }
        .map_err(store_error)?;
        Ok(rows.into_iter().map(|row| row.number).collect())
    }

    fn number_in_part(&mut self, part: &Part, filter: &JobFilter) -> Result<i64> {
        let mut query = Sql::default();
        query.push("SELECT count(*) AS number");
        from_part(&mut query, part, filter);
        let row: Number = query
            .query()
            .get_result(self.connection)
            .map_err(store_error)?;
        Ok(row.number)
    }

    pub fn jobs_total(&mut self, filter: &JobFilter) -> Result<u64> {
        let part = of_jobs("TRUE", "", "");
        Ok(self.number_in_part(&part, filter)?.unsigned_abs())
    }

    pub fn list_counts(&mut self, filter: &JobFilter) -> Result<ListCounts> {
        let now = filter.now;
        let mut query = Sql::default();
        let has_filter = {
            let mut conditions = Sql::default();
            add_filter(&mut conditions, filter, "job_id", false);
            !conditions.text.is_empty()
        };
        // With a filter, SQLite makes its set of jobs once, and looks each of them up in the sets of the choices.
        for (name, only) in [
            ("failing", JobsOnly::Failing),
            ("running", JobsOnly::Running),
            ("missed", JobsOnly::Missed),
            ("slower", JobsOnly::Slower),
            ("stopped", JobsOnly::Stopped),
            ("never", JobsOnly::Never),
        ] {
            query.push(if query.text.is_empty() {
                "SELECT "
            } else {
                ", "
            });
            if has_filter {
                query.push("count(*) FILTER (WHERE job_id IN (");
                add_choice(&mut query, only, now);
                query.push(&format!(")) AS {name}"));
            } else {
                let from = match only {
                    JobsOnly::Failing | JobsOnly::Missed | JobsOnly::Stopped | JobsOnly::Never => {
                        "(SELECT count(*) FROM ("
                    }
                    // An execution of a removed job may still run.
                    JobsOnly::Running | JobsOnly::Slower => {
                        "(SELECT count(*) FROM (SELECT job_id FROM job_runs WHERE job_id IN ("
                    }
                };
                query.push(from);
                add_choice(&mut query, only, now);
                let end = match only {
                    JobsOnly::Failing | JobsOnly::Missed | JobsOnly::Stopped | JobsOnly::Never => {
                        "))"
                    }
                    JobsOnly::Running | JobsOnly::Slower => ")))",
                };
                query.push(&format!("{end} AS {name}"));
            }
        }
        if has_filter {
            query.push(", count(*) AS all_jobs FROM job_runs WHERE TRUE");
            add_filter(&mut query, filter, "job_id", false);
        } else {
            query.push(", (SELECT count(*) FROM jobs) AS all_jobs");
        }
        let counts: Counts = query
            .query()
            .get_result(self.connection)
            .map_err(store_error)?;
        Ok(ListCounts {
            all: counts.all_jobs.unsigned_abs(),
            failing: counts.failing.unsigned_abs(),
            running: counts.running.unsigned_abs(),
            missed: counts.missed.unsigned_abs(),
            slower: counts.slower.unsigned_abs(),
            stopped: counts.stopped.unsigned_abs(),
            never: counts.never.unsigned_abs(),
        })
    }
}

/// Adds `FROM` and `WHERE` for the jobs of a part that pass the filter.
fn from_part(query: &mut Sql, part: &Part, filter: &JobFilter) {
    query.push(&format!(" FROM {} WHERE {}", part.table, part.condition));
    // The `+` stops SQLite from starting with the jobs of a filter, which it would then have to sort.
    let id = format!("+{}", part.id);
    add_filter(query, filter, &id, part.has_name);
    if let Some(only) = filter.only {
        query.push(&format!(" AND {id} IN ("));
        add_choice(query, only, filter.now);
        query.push(")");
    }
}
