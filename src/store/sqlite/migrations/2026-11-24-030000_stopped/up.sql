-- The stopped jobs, counted without a look at all jobs. `stopped = 1` here would have SQLite plan each question anew that
-- compares `stopped` with a value: it could be 1.
CREATE INDEX jobs_stopped ON jobs (stopped, stopped_until) WHERE stopped OR stopped_until IS NOT NULL;
