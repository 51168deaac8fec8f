-- Version 3.

-- What people decided about findings, in the order in which they did: the last about a clause of a clip counts, as long
-- as the finding says what it said then.
CREATE TABLE review (
    n BIGINT PRIMARY KEY,
    at TEXT NOT NULL,
    sha256 TEXT NOT NULL REFERENCES clip (sha256),
    policy TEXT NOT NULL,
    check_id TEXT NOT NULL,
    article TEXT NOT NULL,
    found TEXT NOT NULL,
    summary TEXT NOT NULL,
    verdict TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    note TEXT NOT NULL
);
CREATE INDEX review_sha256 ON review (sha256, policy);
