-- Pages that posts answer or pass on, as they are shown beside them.
CREATE TABLE cite (
    -- A hash of its address.
    page INTEGER PRIMARY KEY,
    url TEXT NOT NULL,
    host TEXT NOT NULL,
    -- Whose post named it first: it is asked for in the name of their site.
    reader INTEGER NOT NULL,
    -- When a post last named it.
    named INTEGER NOT NULL,
    -- What it says, as JSON; none if it was not read, or there is nothing.
    body TEXT,
    -- When it was last asked for.
    fetched INTEGER,
    -- When it is asked for; none if it is not.
    due INTEGER,
    failures INTEGER NOT NULL DEFAULT 0,
    lease_until INTEGER,
    owner TEXT
) STRICT;
CREATE INDEX cite_due ON cite (due) WHERE due IS NOT NULL;
CREATE INDEX cite_host ON cite (host, due);
CREATE INDEX cite_named ON cite (named);

-- The last item whose pages were asked for: one row.
CREATE TABLE cite_seen (item INTEGER NOT NULL) STRICT;
INSERT INTO cite_seen (item) VALUES (0);
