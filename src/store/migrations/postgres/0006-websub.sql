-- Feeds that name hubs, and what is to be done about them next: ask a hub to tell of them.
CREATE TABLE websub (
    feed BIGINT PRIMARY KEY,
    -- Where the feed is asked for.
    url TEXT NOT NULL,
    due BIGINT NOT NULL,
    -- How often in a row no hub was won.
    failures BIGINT NOT NULL DEFAULT 0,
    -- What was heard last, in words.
    words TEXT NOT NULL DEFAULT '',
    -- When somebody said that there is something new, until the feed is asked.
    pinged BIGINT
);
CREATE INDEX websub_due ON websub (due);
CREATE INDEX websub_pinged ON websub (pinged) WHERE pinged IS NOT NULL;

-- What hubs were asked for: one row for each callback.
CREATE TABLE websub_callback (
    -- Its name, which nobody can guess; a renewal has a new one.
    name TEXT PRIMARY KEY,
    feed BIGINT NOT NULL,
    hub TEXT NOT NULL,
    -- How many hubs the feed named then.
    hubs BIGINT NOT NULL,
    topic TEXT NOT NULL,
    -- What the hub signs with, if it was given anything.
    secret TEXT,
    state TEXT NOT NULL,
    asked BIGINT NOT NULL,
    lease_until BIGINT,
    -- When the hub is asked to stop, and how often it was; a callback that nobody wants any more.
    leave_due BIGINT,
    leave_tries BIGINT NOT NULL DEFAULT 0,
    is_leaving BIGINT NOT NULL DEFAULT 0,
    -- What was heard last, in words.
    words TEXT NOT NULL DEFAULT ''
);
CREATE INDEX websub_callback_feed ON websub_callback (feed);
CREATE INDEX websub_callback_lease ON websub_callback (lease_until) WHERE state = 'active';
CREATE INDEX websub_callback_over ON websub_callback (coalesce(lease_until, asked))
    WHERE state IN ('ended', 'denied');
CREATE INDEX websub_callback_leave ON websub_callback (leave_due) WHERE leave_due IS NOT NULL;

-- Deliveries that were accepted and are not merged yet.
CREATE TABLE websub_delivery (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feed BIGINT NOT NULL,
    name TEXT NOT NULL,
    -- What the feed calls itself.
    topic TEXT NOT NULL,
    content_type TEXT,
    body BYTEA NOT NULL,
    -- A hash of the body: what comes twice is there once.
    stamp TEXT NOT NULL,
    received BIGINT NOT NULL,
    -- How often somebody began to merge it.
    tries BIGINT NOT NULL DEFAULT 0,
    UNIQUE (feed, stamp)
);
