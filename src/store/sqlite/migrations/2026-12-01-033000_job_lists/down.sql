DROP INDEX jobs_mode;
DROP INDEX jobs_never_due;
DROP INDEX jobs_next_at;
CREATE INDEX jobs_next_at ON jobs (next_at) WHERE next_at IS NOT NULL;
DROP TABLE job_runs;
DROP TABLE job_texts;
DROP TABLE job_tags;
ALTER TABLE jobs DROP COLUMN tags;
