-- A site whose owner reads.
CREATE TABLE reader (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site TEXT NOT NULL UNIQUE,
    -- Stamps of whom it follows and of its rules, as they were last taken over.
    follows TEXT NOT NULL DEFAULT '',
    rules TEXT NOT NULL DEFAULT ''
);

-- Who is asked: of each host one feed after the other.
CREATE TABLE feed_host (
    name TEXT PRIMARY KEY,
    -- When the first of its feeds is due; none if nothing is to be asked.
    due BIGINT,
    -- Until when it wants to be left alone.
    held_until BIGINT,
    lease_until BIGINT,
    owner TEXT
);
CREATE INDEX feed_host_due ON feed_host (due) WHERE due IS NOT NULL;

-- A feed, however many follow it.
CREATE TABLE feed (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- A hash of the address that is followed.
    key TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    -- Where it is asked for: found on the page that is followed, or moved to for good.
    location TEXT NOT NULL,
    host TEXT NOT NULL,
    -- Where it says that it has moved to for good, and since when.
    moved_to TEXT,
    moved_at BIGINT,
    -- What it says of itself, as JSON.
    about TEXT,
    -- By what its server knows what we have.
    etag TEXT,
    last_modified TEXT,
    body_stamp TEXT,
    added BIGINT NOT NULL,
    checked BIGINT,
    succeeded BIGINT,
    -- When something new came last.
    changed BIGINT,
    -- When it is asked again; none if it is not.
    due BIGINT,
    -- Minutes between two questions while all is well.
    minutes BIGINT NOT NULL DEFAULT 60,
    failures BIGINT NOT NULL DEFAULT 0,
    failing_since BIGINT,
    state TEXT NOT NULL DEFAULT 'new',
    -- Why it failed, in words.
    cause TEXT,
    -- The feed that this one turned out to be.
    same_as BIGINT
);
CREATE INDEX feed_due ON feed (host, due);
CREATE INDEX feed_location ON feed (location);
CREATE INDEX feed_same_as ON feed (same_as) WHERE same_as IS NOT NULL;

-- Who follows what, as their files say.
CREATE TABLE subscription (
    reader BIGINT NOT NULL,
    feed BIGINT NOT NULL,
    channel TEXT NOT NULL,
    -- What the owner wrote of whoever they follow, as JSON.
    card TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (reader, feed)
);
CREATE INDEX subscription_feed ON subscription (feed);

-- By what an item is known again, also when it is not kept any more. Hashes.
CREATE TABLE known (
    feed BIGINT NOT NULL,
    key BIGINT NOT NULL,
    link BIGINT,
    title BIGINT,
    published BIGINT,
    -- Of what people see of it.
    stamp BIGINT NOT NULL,
    item BIGINT,
    PRIMARY KEY (feed, key)
);
CREATE INDEX known_item ON known (item) WHERE item IS NOT NULL;

-- What is kept of an item. Ids grow in the order of arrival.
CREATE TABLE item (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feed BIGINT NOT NULL,
    arrived BIGINT NOT NULL,
    sorted BIGINT NOT NULL,
    kind TEXT NOT NULL,
    -- A hash of its page.
    page BIGINT,
    -- Cleaned, as JSON.
    body TEXT NOT NULL
);
CREATE INDEX item_feed ON item (feed, id);
CREATE INDEX item_page ON item (page) WHERE page IS NOT NULL;
CREATE INDEX item_arrived ON item (arrived);

-- The pages that an item answers, by hashes of their addresses.
CREATE TABLE answer (
    page BIGINT NOT NULL,
    item BIGINT NOT NULL,
    PRIMARY KEY (page, item)
);
CREATE INDEX answer_item ON answer (item);

-- What an item said before it was edited.
CREATE TABLE revision (
    item BIGINT NOT NULL,
    at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (item, at)
);

-- An item in somebody's timeline.
CREATE TABLE entry (
    reader BIGINT NOT NULL,
    item BIGINT NOT NULL,
    feed BIGINT NOT NULL,
    channel TEXT NOT NULL,
    sorted BIGINT NOT NULL,
    is_read BIGINT NOT NULL,
    is_kept BIGINT NOT NULL DEFAULT 0,
    -- The rule that hides it.
    hidden TEXT,
    PRIMARY KEY (reader, item)
);
CREATE INDEX entry_time ON entry (reader, sorted, item) WHERE hidden IS NULL;
CREATE INDEX entry_channel ON entry (reader, channel, sorted, item) WHERE hidden IS NULL;
CREATE INDEX entry_feed ON entry (reader, feed, sorted, item) WHERE hidden IS NULL;
CREATE INDEX entry_unread ON entry (reader, channel, sorted, item) WHERE hidden IS NULL AND is_read = 0;
CREATE INDEX entry_hidden ON entry (reader, sorted, item) WHERE hidden IS NOT NULL;
CREATE INDEX entry_kept ON entry (reader, sorted, item) WHERE is_kept = 1;
CREATE INDEX entry_item ON entry (item);

-- The words of items, cut by us: the index only has to know them apart.
CREATE TABLE item_words (
    item BIGINT PRIMARY KEY,
    words TSVECTOR NOT NULL
);
CREATE INDEX item_words_words ON item_words USING gin (words);
