-- A page that says it mentions one of ours: one row for each source and target.
CREATE TABLE mention (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    site TEXT NOT NULL,
    -- A hash of source and target.
    key TEXT NOT NULL,
    -- The name of its status page, which nobody can guess.
    status TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    target TEXT NOT NULL,
    -- The host of the source.
    host TEXT NOT NULL,
    -- The path of the page of ours.
    page TEXT NOT NULL,
    vouch TEXT,
    -- The mention whose page told of it, if nobody sent it (salmention).
    via TEXT,
    received INTEGER NOT NULL,
    asked INTEGER NOT NULL,
    checked INTEGER,
    state TEXT NOT NULL,
    -- Why, in words.
    words TEXT NOT NULL,
    -- How often in a row its page could not be had.
    failures INTEGER NOT NULL DEFAULT 0,
    -- What was found: the mention as a file of JF2, who wrote it, and a stamp of its text.
    content TEXT,
    author TEXT,
    text_stamp TEXT,
    trust TEXT,
    robo INTEGER NOT NULL DEFAULT 0,
    flame INTEGER NOT NULL DEFAULT 0,
    -- What the owner said of it, when, and a stamp of what they had seen.
    decided TEXT,
    decided_at INTEGER,
    decided_stamp TEXT,
    UNIQUE (site, key)
) STRICT;
CREATE INDEX mention_state ON mention (site, state, received);
CREATE INDEX mention_page ON mention (site, page, trust, received);
CREATE INDEX mention_via ON mention (site, via) WHERE via IS NOT NULL;
CREATE INDEX job_lease ON job (site, lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX mention_decided ON mention (site, decided_at);

-- What happened to a mention.
CREATE TABLE history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    site TEXT NOT NULL,
    key TEXT NOT NULL,
    at INTEGER NOT NULL,
    words TEXT NOT NULL
) STRICT;
CREATE INDEX history_key ON history (site, key, id);

-- What only the owner knows: a hash of their pass phrase, keys.
CREATE TABLE secret (
    site TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (site, name)
) STRICT;

-- Who is logged in: a hash of what their cookie says.
CREATE TABLE session (
    site TEXT NOT NULL,
    token TEXT NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (site, token)
) STRICT;
