-- Sessions of the web page. The secret and the key are kept as SHA-256; times are milliseconds since 1970.
CREATE TABLE sessions (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    secret     TEXT    NOT NULL UNIQUE,
    key        TEXT    NOT NULL,
    account    BIGINT,
    generation BIGINT  NOT NULL,
    uid        BIGINT,
    role       TEXT    NOT NULL,
    made_at    BIGINT  NOT NULL,
    seen_at    BIGINT  NOT NULL,
    until      BIGINT  NOT NULL,
    address    TEXT,
    agent      TEXT    NOT NULL
);
