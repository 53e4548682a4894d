-- The stopped jobs, counted without a look at all jobs.
CREATE INDEX jobs_stopped ON jobs (stopped, stopped_until) WHERE stopped = 1 OR stopped_until IS NOT NULL;
