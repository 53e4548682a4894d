-- Times are milliseconds since 1970.
CREATE TABLE admins (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    username   TEXT    NOT NULL COLLATE NOCASE UNIQUE,
    email      TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    enabled    BOOLEAN NOT NULL,
    password   TEXT    NOT NULL,
    generation BIGINT  NOT NULL,
    last_login BIGINT,
    created_at BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL
);

CREATE TABLE tokens (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name       TEXT    NOT NULL UNIQUE,
    role       TEXT    NOT NULL,
    hash       TEXT    NOT NULL,
    expires_at BIGINT,
    created_at BIGINT  NOT NULL,
    created_by TEXT    NOT NULL
);

CREATE TABLE networks (
    list     TEXT   NOT NULL,
    network  TEXT   NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (list, network)
) WITHOUT ROWID;

CREATE TABLE audit (
    id        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at        BIGINT  NOT NULL,
    door      TEXT    NOT NULL,
    who       TEXT    NOT NULL,
    address   TEXT,
    operation TEXT    NOT NULL,
    target    TEXT    NOT NULL,
    before    TEXT,
    after     TEXT,
    outcome   TEXT    NOT NULL,
    error     TEXT
);
CREATE INDEX audit_at ON audit (at);

-- The log of a day, among millions of executions: times of being due come in their order, so this grows at its end.
CREATE INDEX executions_due ON executions (scheduled_at, job_id);
