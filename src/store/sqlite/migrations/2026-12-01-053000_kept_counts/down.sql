DROP TABLE job_texts;
CREATE TABLE job_texts (
    job_id INTEGER PRIMARY KEY NOT NULL,
    text   TEXT    NOT NULL
);
DELETE FROM facts WHERE key IN ('job_texts', 'uncounted');
DROP INDEX job_runs_never;
ALTER TABLE job_runs DROP COLUMN has_run;
CREATE INDEX job_runs_never ON job_runs (ran_exec) WHERE ran_exec IS NULL;
CREATE INDEX job_runs_ended ON job_runs (last_ended) WHERE last_ended IS NOT NULL;
DROP INDEX executions_source;
DROP INDEX executions_trouble;
DROP TABLE slow_runs;
DROP TABLE quarter_counts;
