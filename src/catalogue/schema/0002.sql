-- Version 2.

-- Nothing reads it, and files are numbered by the highest number there is.
ALTER TABLE file DROP COLUMN root;
CREATE INDEX file_n ON file (n);

-- The ledger of work for several machines; used in PostgreSQL only.

-- One clip to be observed by one question. `lease` counts how often it was given out: whoever ends it must name the
-- number it was given, so that one who was thought dead cannot come back with a result.
CREATE TABLE job (
    n BIGINT NOT NULL UNIQUE,
    path TEXT NOT NULL,
    observation TEXT NOT NULL,
    question TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    lease BIGINT NOT NULL,
    worker TEXT NOT NULL,
    expires_ms BIGINT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (path, observation)
);
CREATE INDEX job_state ON job (observation, state, n);
