-- Mentions that were accepted and not sorted in yet. Rows are only added at the end, so that many can
-- be synced to the disk at once.
CREATE TABLE inbox (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site TEXT NOT NULL,
    key TEXT NOT NULL,
    status TEXT NOT NULL,
    source TEXT NOT NULL,
    target TEXT NOT NULL,
    host TEXT NOT NULL,
    page TEXT NOT NULL,
    vouch TEXT,
    received BIGINT NOT NULL
);
CREATE INDEX inbox_site ON inbox (site, id);
