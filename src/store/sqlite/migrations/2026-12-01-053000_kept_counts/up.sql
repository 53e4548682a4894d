-- The executions that ended in a quarter of an hour, by the begin of the quarter and by status; occurrences that did not run by
-- when that was recorded. The rows are what a count of the history would give.
CREATE TABLE quarter_counts (
    at     BIGINT NOT NULL,
    status TEXT   NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (at, status)
) WITHOUT ROWID;

-- Executions up to this number are not counted yet: the daemon counts them in steps while it runs.
INSERT INTO facts (key, value) SELECT 'uncounted', max(exec_id) FROM executions HAVING max(exec_id) IS NOT NULL;

-- The executions that took longer than usual: few, and the usual duration is known only when they end.
CREATE TABLE slow_runs (
    ended_at BIGINT NOT NULL,
    exec_id  BIGINT NOT NULL,
    job_id   BIGINT NOT NULL,
    took_ms  BIGINT NOT NULL,
    usual_ms BIGINT NOT NULL,
    PRIMARY KEY (ended_at, exec_id)
) WITHOUT ROWID;

-- All that a summary tells of executions that failed and of occurrences that were missed, without a look at their rows.
CREATE INDEX executions_trouble ON executions (ended_at, status, job_id, scheduled_at, count)
    WHERE status = 'failed' OR status = 'timeout' OR status = 'interrupted' OR status = 'missed';

-- Executions that no schedule started, which are few.
CREATE INDEX executions_source ON executions (source, exec_id) WHERE source <> 'cron';

-- Each end writes these columns, so they are in no index: SQLite would write a page of each index. `has_run` changes once.
DROP INDEX job_runs_ended;
DROP INDEX job_runs_never;
ALTER TABLE job_runs ADD COLUMN has_run BOOLEAN NOT NULL DEFAULT 0;
UPDATE job_runs SET has_run = 1 WHERE ran_exec IS NOT NULL;
CREATE INDEX job_runs_never ON job_runs (has_run) WHERE NOT has_run;

-- The texts of 16 jobs in one row: a search reads 16 times fewer rows. `block` is the number of the job divided by 16. A text has its
-- job's remainder in a byte and its length in four bytes before it. The next start fills the table.
DROP TABLE job_texts;
CREATE TABLE job_texts (
    block INTEGER PRIMARY KEY NOT NULL,
    texts BLOB    NOT NULL
);
DELETE FROM facts WHERE key = 'job_texts';
