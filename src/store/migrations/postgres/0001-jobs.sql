-- Work that has to be done at some time, once; what is being done has a lease.
CREATE TABLE job (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- The same work is one job, however often it is asked for.
    key TEXT NOT NULL,
    payload TEXT NOT NULL,
    due BIGINT NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0,
    lease_until BIGINT,
    -- Who has the lease: a new name each time it is taken.
    owner TEXT,
    -- When it is due once more: it was asked for again while it was being done.
    again_due BIGINT,
    UNIQUE (site, kind, key)
);
CREATE INDEX job_due ON job (site, due);
