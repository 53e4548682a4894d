-- Times are milliseconds since 1970-01-01T00:00:00Z, sizes are bytes.

CREATE TABLE jobs (
    id              INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name            TEXT    NOT NULL UNIQUE,
    desc            TEXT    NOT NULL,
    cron_expr       TEXT    NOT NULL,
    timezone        TEXT,
    mode            TEXT    NOT NULL,
    command         TEXT    NOT NULL,
    allow_mode      INTEGER NOT NULL,
    max_run_count   BIGINT  NOT NULL,
    run_count       BIGINT  NOT NULL,
    stopped         BOOLEAN NOT NULL,
    catch_up        TEXT    NOT NULL,
    catch_up_window BIGINT  NOT NULL,
    mailto          TEXT,
    origin          TEXT,
    jitter          BIGINT  NOT NULL,
    start_at        BIGINT,
    end_at          BIGINT,
    stopped_from    BIGINT,
    stopped_until   BIGINT,
    skip_next       BIGINT  NOT NULL,
    next_at         BIGINT,
    scheduled_at    BIGINT,
    anchor_at       BIGINT  NOT NULL,
    created_at      BIGINT  NOT NULL,
    updated_at      BIGINT  NOT NULL
);
-- "What is due?" and "when is the next?" read this index and nothing else.
CREATE INDEX jobs_next_at ON jobs (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX jobs_origin ON jobs (origin) WHERE origin IS NOT NULL;

CREATE TABLE executions (
    exec_id       INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    job_id        BIGINT  NOT NULL,
    job_name      TEXT    NOT NULL,
    mode          TEXT    NOT NULL,
    source        TEXT    NOT NULL,
    status        TEXT    NOT NULL,
    exit_code     INTEGER,
    scheduled_at  BIGINT  NOT NULL,
    started_at    BIGINT,
    ended_at      BIGINT,
    duration_ms   BIGINT,
    command       TEXT    NOT NULL,
    stdout        BLOB    NOT NULL,
    stderr        BLOB    NOT NULL,
    stdout_bytes  BIGINT  NOT NULL,
    stderr_bytes  BIGINT  NOT NULL,
    kept_bytes    BIGINT  NOT NULL,
    in_file       BOOLEAN NOT NULL,
    error         TEXT,
    attempts      INTEGER NOT NULL,
    cpu_ms        BIGINT,
    max_rss_bytes BIGINT,
    count         BIGINT  NOT NULL,
    jitter_ms     BIGINT
);
CREATE INDEX executions_job ON executions (job_id, exec_id);
-- A few rows at any time: what runs and what waits, in order and by job.
CREATE INDEX executions_live ON executions (status, exec_id) WHERE status IN ('queued', 'running');
CREATE INDEX executions_live_job ON executions (job_id, status, exec_id) WHERE status IN ('queued', 'running');
-- What grows old: numbers do not tell, for an execution may last for months.
CREATE INDEX executions_ended ON executions (ended_at, exec_id) WHERE ended_at IS NOT NULL;
-- What an operator looks for among millions: whatever did not end well.
CREATE INDEX executions_status ON executions (status, exec_id) WHERE status NOT IN ('queued', 'running', 'success');
-- The last failure of a job outlives its other history.
CREATE INDEX executions_failed ON executions (job_id, exec_id) WHERE status IN ('failed', 'timeout', 'interrupted');

-- Small facts about the whole: the boot id that was seen last, the bytes that the history holds.
CREATE TABLE facts (
    key   TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
);

-- Jobs that are gone while their history is still being taken away, in small steps.
CREATE TABLE removed_jobs (
    job_id BIGINT PRIMARY KEY NOT NULL
);
