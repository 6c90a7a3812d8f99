-- Where pages of others take mentions, as long as their servers say that this stays so.
CREATE TABLE discovered (
    site TEXT NOT NULL,
    -- A hash of the page's address.
    page TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (site, page)
) STRICT;
CREATE INDEX discovered_until ON discovered (site, until);

-- What hubs were told of: the path of a feed, and a stamp of what stood in it.
CREATE TABLE announced (
    site TEXT NOT NULL,
    feed TEXT NOT NULL,
    stamp TEXT NOT NULL,
    PRIMARY KEY (site, feed)
) STRICT;
