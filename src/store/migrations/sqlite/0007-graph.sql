-- Somebody whose list of follows is read, however many sites of the daemon follow them.
CREATE TABLE follow_list (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Their home page as people are compared by it.
    key TEXT NOT NULL UNIQUE,
    home TEXT NOT NULL,
    -- Where the list is; none if none is known.
    source TEXT,
    -- When it was last looked for, and when it was last read.
    sought INTEGER,
    read INTEGER,
    -- By what its server knows what we have, and a stamp of it.
    etag TEXT,
    last_modified TEXT,
    stamp TEXT,
    -- How many stand in it.
    size INTEGER NOT NULL DEFAULT 0,
    due INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX follow_list_due ON follow_list (due);

-- Which sites follow them.
CREATE TABLE follow_member (
    site TEXT NOT NULL,
    list INTEGER NOT NULL REFERENCES follow_list (id) ON DELETE CASCADE,
    PRIMARY KEY (site, list)
) STRICT, WITHOUT ROWID;
CREATE INDEX follow_member_list ON follow_member (list);

-- Who stands in a list.
CREATE TABLE follow_edge (
    list INTEGER NOT NULL REFERENCES follow_list (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    -- Their home page as people are compared by it.
    target TEXT NOT NULL,
    home TEXT NOT NULL,
    feed TEXT,
    name TEXT,
    -- The words of XFN.
    xfn TEXT NOT NULL,
    PRIMARY KEY (list, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX follow_edge_target ON follow_edge (target, list);

-- Whom the owner of a site does not want to be suggested.
CREATE TABLE dismissed (
    site TEXT NOT NULL,
    key TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (site, key)
) STRICT, WITHOUT ROWID;
