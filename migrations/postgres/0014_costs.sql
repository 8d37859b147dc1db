-- What a campaign cost: money, or minutes of work that its hourly rate makes money of.
CREATE TABLE cost (
    id            TEXT COLLATE "C" PRIMARY KEY,
    workspace_id  TEXT COLLATE "C" NOT NULL REFERENCES workspace (id),
    campaign_id   TEXT COLLATE "C" NOT NULL REFERENCES campaign (id),
    network       TEXT COLLATE "C",
    link_id       TEXT COLLATE "C",
    from_day      BIGINT NOT NULL, -- since 1970-01-01, a day of the campaign's time zone
    to_day        BIGINT NOT NULL, -- the last one, which is part of it
    amount        BIGINT, -- minor units of the campaign's currency; NULL for work
    minutes       BIGINT, -- NULL for money
    note          TEXT,
    event_id      TEXT COLLATE "C", -- the teller's own id; NULLs are all different
    created_at    BIGINT NOT NULL,
    UNIQUE (workspace_id, event_id)
);
CREATE INDEX cost_by_workspace ON cost (workspace_id, id);
CREATE INDEX cost_by_campaign ON cost (campaign_id, from_day);

-- Where a post stands in each of its networks.
CREATE TABLE publication (
    post_id       TEXT COLLATE "C" NOT NULL REFERENCES post (id),
    network       TEXT COLLATE "C" NOT NULL,
    workspace_id  TEXT COLLATE "C" NOT NULL,
    permalink     TEXT COLLATE "C" NOT NULL, -- in the form of link::permalink
    published_at  BIGINT,
    PRIMARY KEY (post_id, network),
    UNIQUE (workspace_id, permalink)
);
CREATE INDEX link_by_post ON link (post_id);

-- What networks tell of posts: totals of a day, the latest told.
CREATE TABLE engagement (
    id            TEXT COLLATE "C" PRIMARY KEY,
    workspace_id  TEXT COLLATE "C" NOT NULL REFERENCES workspace (id),
    campaign_id   TEXT COLLATE "C" NOT NULL REFERENCES campaign (id),
    network       TEXT COLLATE "C" NOT NULL,
    link_id       TEXT COLLATE "C" NOT NULL, -- '' where it is of no link that is known
    permalink     TEXT COLLATE "C" NOT NULL, -- of a post that no link is known for; else ''
    day           BIGINT NOT NULL, -- since 1970-01-01, as it was told
    impressions   BIGINT, -- NULL, here and below, where it was not told
    likes         BIGINT,
    reposts       BIGINT,
    replies       BIGINT,
    followers     BIGINT, -- a level, no flow
    updated_at    BIGINT NOT NULL,
    UNIQUE (campaign_id, network, link_id, permalink, day)
);
CREATE INDEX engagement_by_workspace ON engagement (workspace_id, id);

-- Goals that a campaign had after it began, before they were changed.
CREATE TABLE goal_version (
    campaign_id  TEXT COLLATE "C" NOT NULL REFERENCES campaign (id),
    number       BIGINT NOT NULL, -- from 1; the goal in force has the next one
    goal_metric  TEXT COLLATE "C", -- as in campaign, here and below
    goal_target  BIGINT,
    goal_by      BIGINT,
    goal_waiver  TEXT,
    starts_at    BIGINT,
    ends_at      BIGINT,
    changed_at   BIGINT NOT NULL, -- when another one took its place
    key_id       TEXT COLLATE "C" NOT NULL, -- the key that it was changed with
    key_name     TEXT NOT NULL, -- what that was called then
    reason       TEXT NOT NULL,
    PRIMARY KEY (campaign_id, number)
);
