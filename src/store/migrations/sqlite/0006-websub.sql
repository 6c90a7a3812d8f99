-- Feeds that name hubs, and what is to be done about them next: ask a hub to tell of them.
CREATE TABLE websub (
    feed INTEGER PRIMARY KEY,
    -- Where the feed is asked for.
    url TEXT NOT NULL,
    due INTEGER NOT NULL,
    -- How often in a row no hub was won.
    failures INTEGER NOT NULL DEFAULT 0,
    -- What was heard last, in words.
    words TEXT NOT NULL DEFAULT '',
    -- When somebody said that there is something new, until the feed is asked.
    pinged INTEGER
) STRICT;
CREATE INDEX websub_due ON websub (due);
CREATE INDEX websub_pinged ON websub (pinged) WHERE pinged IS NOT NULL;

-- What hubs were asked for: one row for each callback.
CREATE TABLE websub_callback (
    -- Its name, which nobody can guess; a renewal has a new one.
    name TEXT PRIMARY KEY,
    feed INTEGER NOT NULL,
    hub TEXT NOT NULL,
    -- How many hubs the feed named then.
    hubs INTEGER NOT NULL,
    topic TEXT NOT NULL,
    -- What the hub signs with, if it was given anything.
    secret TEXT,
    state TEXT NOT NULL,
    asked INTEGER NOT NULL,
    lease_until INTEGER,
    -- When the hub is asked to stop, and how often it was; a callback that nobody wants any more.
    leave_due INTEGER,
    leave_tries INTEGER NOT NULL DEFAULT 0,
    is_leaving INTEGER NOT NULL DEFAULT 0,
    -- What was heard last, in words.
    words TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX websub_callback_feed ON websub_callback (feed);
CREATE INDEX websub_callback_lease ON websub_callback (lease_until) WHERE state = 'active';
CREATE INDEX websub_callback_over ON websub_callback (coalesce(lease_until, asked))
    WHERE state IN ('ended', 'denied');
CREATE INDEX websub_callback_leave ON websub_callback (leave_due) WHERE leave_due IS NOT NULL;

-- Deliveries that were accepted and are not merged yet.
CREATE TABLE websub_delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    feed INTEGER NOT NULL,
    name TEXT NOT NULL,
    -- What the feed calls itself.
    topic TEXT NOT NULL,
    content_type TEXT,
    body BLOB NOT NULL,
    -- A hash of the body: what comes twice is there once.
    stamp TEXT NOT NULL,
    received INTEGER NOT NULL,
    -- How often somebody began to merge it.
    tries INTEGER NOT NULL DEFAULT 0,
    UNIQUE (feed, stamp)
) STRICT;
