-- The jobs that a row of the audit concerns, by number: a job may have had another name then. `name` is the name of the job in
-- `before` and `after` of the row.
CREATE TABLE audit_jobs (
    job_id   BIGINT NOT NULL,
    audit_id BIGINT NOT NULL,
    name     TEXT   NOT NULL,
    PRIMARY KEY (job_id, audit_id)
) WITHOUT ROWID;
CREATE INDEX audit_jobs_row ON audit_jobs (audit_id);

-- Rows that were written before have no numbers: they belong to the job that has the name now, if it was there then.
INSERT INTO audit_jobs (job_id, audit_id, name)
    SELECT jobs.id, audit.id, jobs.name
    FROM audit JOIN jobs ON jobs.name = audit.target
    WHERE audit.at >= jobs.created_at
      AND audit.operation IN ('add', 'copy', 'edit', 'rm', 'run', 'stop', 'skip', 'restart');
