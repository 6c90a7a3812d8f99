-- A site whose owner reads.
CREATE TABLE reader (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    site TEXT NOT NULL UNIQUE,
    -- Stamps of whom it follows and of its rules, as they were last taken over.
    follows TEXT NOT NULL DEFAULT '',
    rules TEXT NOT NULL DEFAULT ''
) STRICT;

-- Who is asked: of each host one feed after the other.
CREATE TABLE feed_host (
    name TEXT PRIMARY KEY,
    -- When the first of its feeds is due; none if nothing is to be asked.
    due INTEGER,
    -- Until when it wants to be left alone.
    held_until INTEGER,
    lease_until INTEGER,
    owner TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX feed_host_due ON feed_host (due) WHERE due IS NOT NULL;

-- A feed, however many follow it.
CREATE TABLE feed (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- A hash of the address that is followed.
    key TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    -- Where it is asked for: found on the page that is followed, or moved to for good.
    location TEXT NOT NULL,
    host TEXT NOT NULL,
    -- Where it says that it has moved to for good, and since when.
    moved_to TEXT,
    moved_at INTEGER,
    -- What it says of itself, as JSON.
    about TEXT,
    -- By what its server knows what we have.
    etag TEXT,
    last_modified TEXT,
    body_stamp TEXT,
    added INTEGER NOT NULL,
    checked INTEGER,
    succeeded INTEGER,
    -- When something new came last.
    changed INTEGER,
    -- When it is asked again; none if it is not.
    due INTEGER,
    -- Minutes between two questions while all is well.
    minutes INTEGER NOT NULL DEFAULT 60,
    failures INTEGER NOT NULL DEFAULT 0,
    failing_since INTEGER,
    state TEXT NOT NULL DEFAULT 'new',
    -- Why it failed, in words.
    cause TEXT,
    -- The feed that this one turned out to be.
    same_as INTEGER
) STRICT;
CREATE INDEX feed_due ON feed (host, due);
CREATE INDEX feed_location ON feed (location);
CREATE INDEX feed_same_as ON feed (same_as) WHERE same_as IS NOT NULL;

-- Who follows what, as their files say.
CREATE TABLE subscription (
    reader INTEGER NOT NULL,
    feed INTEGER NOT NULL,
    channel TEXT NOT NULL,
    -- What the owner wrote of whoever they follow, as JSON.
    card TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (reader, feed)
) STRICT, WITHOUT ROWID;
CREATE INDEX subscription_feed ON subscription (feed);

-- By what an item is known again, also when it is not kept any more. Hashes.
CREATE TABLE known (
    feed INTEGER NOT NULL,
    key INTEGER NOT NULL,
    link INTEGER,
    title INTEGER,
    published INTEGER,
    -- Of what people see of it.
    stamp INTEGER NOT NULL,
    item INTEGER,
    PRIMARY KEY (feed, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX known_item ON known (item) WHERE item IS NOT NULL;

-- What is kept of an item. Ids grow in the order of arrival.
CREATE TABLE item (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    feed INTEGER NOT NULL,
    arrived INTEGER NOT NULL,
    sorted INTEGER NOT NULL,
    kind TEXT NOT NULL,
    -- A hash of its page.
    page INTEGER,
    -- Cleaned, as JSON.
    body TEXT NOT NULL
) STRICT;
CREATE INDEX item_feed ON item (feed, id);
CREATE INDEX item_page ON item (page) WHERE page IS NOT NULL;
CREATE INDEX item_arrived ON item (arrived);

-- The pages that an item answers, by hashes of their addresses.
CREATE TABLE answer (
    page INTEGER NOT NULL,
    item INTEGER NOT NULL,
    PRIMARY KEY (page, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX answer_item ON answer (item);

-- What an item said before it was edited.
CREATE TABLE revision (
    item INTEGER NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (item, at)
) STRICT, WITHOUT ROWID;

-- An item in somebody's timeline.
CREATE TABLE entry (
    reader INTEGER NOT NULL,
    item INTEGER NOT NULL,
    feed INTEGER NOT NULL,
    channel TEXT NOT NULL,
    sorted INTEGER NOT NULL,
    is_read INTEGER NOT NULL,
    is_kept INTEGER NOT NULL DEFAULT 0,
    -- The rule that hides it.
    hidden TEXT,
    PRIMARY KEY (reader, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_time ON entry (reader, sorted, item) WHERE hidden IS NULL;
CREATE INDEX entry_channel ON entry (reader, channel, sorted, item) WHERE hidden IS NULL;
CREATE INDEX entry_feed ON entry (reader, feed, sorted, item) WHERE hidden IS NULL;
CREATE INDEX entry_unread ON entry (reader, channel, sorted, item) WHERE hidden IS NULL AND is_read = 0;
CREATE INDEX entry_hidden ON entry (reader, sorted, item) WHERE hidden IS NOT NULL;
CREATE INDEX entry_kept ON entry (reader, sorted, item) WHERE is_kept = 1;
CREATE INDEX entry_item ON entry (item);

-- The words of items, cut by us: the index only has to separate them.
CREATE VIRTUAL TABLE item_words USING fts5 (
    words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);
