-- What a campaign cost: money, or minutes of work that its hourly rate makes money of.
CREATE TABLE cost (
    id            TEXT PRIMARY KEY,
    workspace_id  TEXT NOT NULL REFERENCES workspace (id),
    campaign_id   TEXT NOT NULL REFERENCES campaign (id),
    network       TEXT,
    link_id       TEXT,
    from_day      INTEGER NOT NULL, -- since 1970-01-01, a day of the campaign's time zone
    to_day        INTEGER NOT NULL, -- the last one, which is part of it
    amount        INTEGER, -- minor units of the campaign's currency; NULL for work
    minutes       INTEGER, -- NULL for money
    note          TEXT,
    event_id      TEXT, -- the teller's own id; NULLs are all different
    created_at    INTEGER NOT NULL,
    UNIQUE (workspace_id, event_id)
) STRICT;
CREATE INDEX cost_by_workspace ON cost (workspace_id, id);
CREATE INDEX cost_by_campaign ON cost (campaign_id, from_day);

-- Where a post stands in each of its networks.
CREATE TABLE publication (
    post_id       TEXT NOT NULL REFERENCES post (id),
    network       TEXT NOT NULL,
    workspace_id  TEXT NOT NULL,
    permalink     TEXT NOT NULL, -- in the form of link::permalink
    published_at  INTEGER,
    PRIMARY KEY (post_id, network),
    UNIQUE (workspace_id, permalink)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_by_post ON link (post_id);

-- What networks tell of posts: totals of a day, the latest told.
CREATE TABLE engagement (
    id            TEXT PRIMARY KEY,
    workspace_id  TEXT NOT NULL REFERENCES workspace (id),
    campaign_id   TEXT NOT NULL REFERENCES campaign (id),
    network       TEXT NOT NULL,
    link_id       TEXT NOT NULL, -- '' where it is of no link that is known
    permalink     TEXT NOT NULL, -- of a post that no link is known for; else ''
    day           INTEGER NOT NULL, -- since 1970-01-01, as it was told
    impressions   INTEGER, -- NULL, here and below, where it was not told
    likes         INTEGER,
    reposts       INTEGER,
    replies       INTEGER,
    followers     INTEGER, -- a level, no flow
    updated_at    INTEGER NOT NULL,
    UNIQUE (campaign_id, network, link_id, permalink, day)
) STRICT;
CREATE INDEX engagement_by_workspace ON engagement (workspace_id, id);

-- Goals that a campaign had after it began, before they were changed.
CREATE TABLE goal_version (
    campaign_id  TEXT NOT NULL REFERENCES campaign (id),
    number       INTEGER NOT NULL, -- from 1; the goal in force has the next one
    goal_metric  TEXT, -- as in campaign, here and below
    goal_target  INTEGER,
    goal_by      INTEGER,
    goal_waiver  TEXT,
    starts_at    INTEGER,
    ends_at      INTEGER,
    changed_at   INTEGER NOT NULL, -- when another one took its place
    key_id       TEXT NOT NULL, -- the key that it was changed with
    key_name     TEXT NOT NULL, -- what that was called then
    reason       TEXT NOT NULL,
    PRIMARY KEY (campaign_id, number)
) STRICT, WITHOUT ROWID;
