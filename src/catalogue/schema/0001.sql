-- Version 1. The same statements for SQLite and PostgreSQL: TEXT, BIGINT and DOUBLE PRECISION only.

-- A recording, known by its content.
CREATE TABLE clip (
    sha256 TEXT PRIMARY KEY,
    sm3 TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    name TEXT NOT NULL,
    duration_s DOUBLE PRECISION NOT NULL
);
CREATE INDEX clip_bytes ON clip (bytes);

-- Where it was found, the latest with the highest number. `stamp` is size, time and inode: while it stays, the
-- file is not read again.
CREATE TABLE file (
    n BIGINT NOT NULL,
    path TEXT PRIMARY KEY,
    root TEXT NOT NULL,
    stamp TEXT NOT NULL,
    sha256 TEXT NOT NULL REFERENCES clip (sha256)
);
CREATE INDEX file_sha256 ON file (sha256);

-- What was seen and heard in it, by one version of the program, one question and one set of models.
CREATE TABLE evidence (
    n BIGINT NOT NULL UNIQUE,
    sha256 TEXT NOT NULL REFERENCES clip (sha256),
    observation TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (sha256, observation)
);

-- What was made of it: same key, one result, ever.
CREATE TABLE result (
    n BIGINT NOT NULL UNIQUE,
    key TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL REFERENCES clip (sha256),
    policy TEXT NOT NULL,
    verdict TEXT NOT NULL,
    json TEXT NOT NULL
);
CREATE INDEX result_sha256 ON result (sha256, n);

CREATE TABLE finding (
    key TEXT NOT NULL REFERENCES result (key),
    n BIGINT NOT NULL,
    check_id TEXT NOT NULL,
    article TEXT NOT NULL,
    verdict TEXT NOT NULL,
    confidence DOUBLE PRECISION NOT NULL,
    summary TEXT NOT NULL,
    PRIMARY KEY (key, n)
);

-- Which result of a clip counts for a policy at present.
CREATE TABLE current (
    sha256 TEXT NOT NULL REFERENCES clip (sha256),
    policy TEXT NOT NULL,
    key TEXT NOT NULL REFERENCES result (key),
    PRIMARY KEY (sha256, policy)
);

-- What was done with the catalogue, each entry chained to the one before by its digest.
CREATE TABLE log (
    n BIGINT PRIMARY KEY,
    at TEXT NOT NULL,
    what TEXT NOT NULL,
    detail TEXT NOT NULL,
    sha256 TEXT NOT NULL
);
