-- Pages that posts answer or pass on, as they are shown beside them.
CREATE TABLE cite (
    -- A hash of its address.
    page BIGINT PRIMARY KEY,
    url TEXT NOT NULL,
    host TEXT NOT NULL,
    -- Whose post named it first: it is asked for in the name of their site.
    reader BIGINT NOT NULL,
    -- When a post last named it.
    named BIGINT NOT NULL,
    -- What it says, as JSON; none if it was not read, or there is nothing.
    body TEXT,
    -- When it was last asked for.
    fetched BIGINT,
    -- When it is asked for; none if it is not.
    due BIGINT,
    failures BIGINT NOT NULL DEFAULT 0,
    lease_until BIGINT,
    owner TEXT
);
CREATE INDEX cite_due ON cite (due) WHERE due IS NOT NULL;
CREATE INDEX cite_host ON cite (host, due);
CREATE INDEX cite_named ON cite (named);

-- The last item whose pages were asked for: one row.
CREATE TABLE cite_seen (item BIGINT NOT NULL);
INSERT INTO cite_seen (item) VALUES (0);
