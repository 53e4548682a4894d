-- Channels: a preset with its settings, a JSON object of texts. Times are milliseconds since 1970.
CREATE TABLE channels (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name       TEXT    NOT NULL UNIQUE,
    preset     TEXT    NOT NULL,
    settings   TEXT    NOT NULL,
    created_at BIGINT  NOT NULL,
    created_by TEXT    NOT NULL,
    updated_at BIGINT  NOT NULL
);
