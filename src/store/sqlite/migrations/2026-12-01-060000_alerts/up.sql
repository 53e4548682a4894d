-- The settings about alerts of a job, as JSON; MAILTO of its crontab is one of them. NULL: none.
ALTER TABLE jobs RENAME COLUMN mailto TO alerts;
UPDATE jobs SET alerts = json_object('mailto', alerts) WHERE alerts IS NOT NULL;
CREATE INDEX jobs_alerts ON jobs (id) WHERE alerts IS NOT NULL;

-- Which conditions of which jobs are told to which channels. Lists have a space between their members.
CREATE TABLE alert_rules (
    id             INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name           TEXT    NOT NULL UNIQUE,
    matches        TEXT    NOT NULL,
    tags           TEXT    NOT NULL,
    conditions     TEXT    NOT NULL,
    channels       TEXT    NOT NULL,
    severity       TEXT    NOT NULL,
    escalate_to    TEXT,
    escalate_after BIGINT,
    made_at        BIGINT  NOT NULL
);

-- What is or was wrong: a row for each job, condition and signature from its opening to its close. Times are milliseconds since
-- 1970. `job_id` is 0 for a condition of the daemon.
CREATE TABLE alerts (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    job_id      BIGINT  NOT NULL,
    job_name    TEXT    NOT NULL,
    condition   TEXT    NOT NULL,
    signature   TEXT    NOT NULL,
    severity    TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    opened_at   BIGINT  NOT NULL,
    last_at     BIGINT  NOT NULL,
    count       BIGINT  NOT NULL,
    exec_id     BIGINT,
    told_at     BIGINT,
    channels    TEXT    NOT NULL,
    acked_at    BIGINT,
    acked_by    TEXT,
    closed_at   BIGINT
);
CREATE INDEX alerts_open ON alerts (job_id) WHERE closed_at IS NULL;
CREATE INDEX alerts_job ON alerts (job_id, id);

-- The instants at which something about alerts is to be looked at; the alarm of the scheduler waits for the first. `of` is an
-- execution or an alert, by the kind.
CREATE TABLE alert_times (
    kind   TEXT   NOT NULL,
    job_id BIGINT NOT NULL,
    of     BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    PRIMARY KEY (kind, job_id, of)
) WITHOUT ROWID;
CREATE INDEX alert_times_at ON alert_times (at);
CREATE INDEX alert_times_job ON alert_times (job_id);

-- The outbox and its history: a message to one channel, or the reason why there was none. `due_at` is set while it waits.
CREATE TABLE notices (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    alert_id   BIGINT  NOT NULL,
    job_id     BIGINT  NOT NULL,
    job_name   TEXT    NOT NULL,
    condition  TEXT    NOT NULL,
    severity   TEXT    NOT NULL,
    event      TEXT    NOT NULL,
    channel    TEXT    NOT NULL,
    matter     TEXT    NOT NULL,
    made_at    BIGINT  NOT NULL,
    due_at     BIGINT,
    expires_at BIGINT  NOT NULL,
    state      TEXT    NOT NULL,
    tries      BIGINT  NOT NULL,
    over_at    BIGINT,
    reason     TEXT
);
CREATE INDEX notices_due ON notices (channel, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX notices_job ON notices (job_id, id);
-- When a channel is left alone. 0: the setting of the configuration.
CREATE TABLE channel_hours (
    channel      TEXT   NOT NULL PRIMARY KEY,
    quiet        TEXT   NOT NULL,
    max_per_hour BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX notices_sent ON notices (channel, over_at) WHERE state = 'sent';
