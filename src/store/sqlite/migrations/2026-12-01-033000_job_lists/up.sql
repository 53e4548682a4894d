-- Tags of a job, with a space between them.
ALTER TABLE jobs ADD COLUMN tags TEXT NOT NULL DEFAULT '';
-- The same tags, a row for each: which jobs have a tag?
CREATE TABLE job_tags (
    tag    TEXT   NOT NULL,
    job_id BIGINT NOT NULL,
    PRIMARY KEY (tag, job_id)
) WITHOUT ROWID;

-- The text of a job in which a search looks: name, description, schedule and work, with secrets masked, in lower case.
CREATE TABLE job_texts (
    job_id INTEGER PRIMARY KEY NOT NULL,
    text   TEXT    NOT NULL
);

-- How the last executions of a job went; a row for each job. It is a table of its own because a row is written at each end, and
-- forty of these rows fit in a page, but only a few jobs.
CREATE TABLE job_runs (
    job_id        INTEGER PRIMARY KEY NOT NULL,
    -- Of the latest execution that has ended or did not run.
    last_exec     BIGINT,
    last_rank     INTEGER,
    last_ended    BIGINT,
    last_took     BIGINT,
    -- The latest execution that ran to its end; the failures in a row up to it, and when the first of them ended.
    ran_exec      BIGINT,
    streak        BIGINT  NOT NULL DEFAULT 0,
    failing_since BIGINT,
    is_slow       BOOLEAN NOT NULL DEFAULT 0,
    -- The usual duration, and the durations from which it is made, in milliseconds, four bytes each.
    usual_ms      BIGINT,
    recent        BLOB    NOT NULL DEFAULT x''
);
CREATE INDEX job_runs_last ON job_runs (last_rank);
CREATE INDEX job_runs_ended ON job_runs (last_ended) WHERE last_ended IS NOT NULL;
CREATE INDEX job_runs_failing ON job_runs (failing_since) WHERE streak > 0;
CREATE INDEX job_runs_slow ON job_runs (is_slow) WHERE is_slow;
CREATE INDEX job_runs_never ON job_runs (ran_exec) WHERE ran_exec IS NULL;

-- The order of the job list. With the name in the index, a page needs no row of a job before it, and no sort.
DROP INDEX jobs_next_at;
CREATE INDEX jobs_next_at ON jobs (next_at, name) WHERE next_at IS NOT NULL;
CREATE INDEX jobs_never_due ON jobs (name) WHERE next_at IS NULL;
CREATE INDEX jobs_mode ON jobs (mode);
