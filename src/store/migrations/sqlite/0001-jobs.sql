-- Work that has to be done at some time, once; what is being done has a lease.
CREATE TABLE job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    site TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- The same work is one job, however often it is asked for.
    key TEXT NOT NULL,
    payload TEXT NOT NULL,
    due INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    lease_until INTEGER,
    -- Who has the lease: a new name each time it is taken.
    owner TEXT,
    -- When it is due once more: it was asked for again while it was being done.
    again_due INTEGER,
    UNIQUE (site, kind, key)
) STRICT;
CREATE INDEX job_due ON job (site, due);
