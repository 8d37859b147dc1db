-- Every table of the first version. Times are Unix milliseconds, ids are text made by the program.

CREATE TABLE workspace (
    id          TEXT COLLATE "C" PRIMARY KEY,
    name        TEXT NOT NULL,
    convention  TEXT NOT NULL, -- JSON of link::utm::Convention
    created_at  BIGINT NOT NULL
);

CREATE TABLE api_key (
    id            TEXT COLLATE "C" PRIMARY KEY,
    workspace_id  TEXT COLLATE "C" NOT NULL REFERENCES workspace (id),
    name          TEXT NOT NULL,
    token_hash    TEXT COLLATE "C" NOT NULL UNIQUE, -- SHA-256 of the token, hex
    scopes        TEXT NOT NULL, -- comma-separated
    created_at    BIGINT NOT NULL,
    revoked_at    BIGINT
);

CREATE TABLE campaign (
    id            TEXT COLLATE "C" PRIMARY KEY,
    workspace_id  TEXT COLLATE "C" NOT NULL REFERENCES workspace (id),
    name          TEXT NOT NULL,
    name_lower    TEXT NOT NULL, -- what searches compare with
    utm_campaign  TEXT COLLATE "C" NOT NULL,
    goal_metric   TEXT, -- NULL when waived
    goal_target   BIGINT,
    goal_by       BIGINT,
    goal_waiver   TEXT,
    currency      TEXT NOT NULL,
    time_zone     TEXT NOT NULL,
    starts_at     BIGINT,
    ends_at       BIGINT,
    hourly_rate   BIGINT, -- minor units an hour
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    archived_at   BIGINT,
    UNIQUE (workspace_id, utm_campaign)
);

CREATE TABLE post (
    id            TEXT COLLATE "C" PRIMARY KEY,
    workspace_id  TEXT COLLATE "C" NOT NULL REFERENCES workspace (id),
    campaign_id   TEXT COLLATE "C" NOT NULL REFERENCES campaign (id),
    text          TEXT,
    created_at    BIGINT NOT NULL
);

CREATE TABLE link (
    id              TEXT COLLATE "C" PRIMARY KEY,
    workspace_id    TEXT COLLATE "C" NOT NULL REFERENCES workspace (id),
    campaign_id     TEXT COLLATE "C" REFERENCES campaign (id),
    post_id         TEXT COLLATE "C" REFERENCES post (id),
    network         TEXT COLLATE "C",
    domain          TEXT COLLATE "C" NOT NULL,
    slug            TEXT COLLATE "C" NOT NULL,
    url             TEXT NOT NULL,
    destination     TEXT NOT NULL,
    utm             TEXT NOT NULL, -- JSON of link::utm::Utm
    utm_source      TEXT,
    utm_campaign    TEXT,
    intent          TEXT NOT NULL,
    click_id_param  TEXT,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    archived_at     BIGINT,
    UNIQUE (domain, slug)
);
CREATE INDEX link_by_workspace ON link (workspace_id, id);
CREATE INDEX link_by_utm ON link (workspace_id, utm_campaign, utm_source);

-- No foreign keys from here on: a click or conversion is kept whatever becomes of its link.
CREATE TABLE click (
    id            TEXT COLLATE "C" PRIMARY KEY,
    workspace_id  TEXT COLLATE "C" NOT NULL,
    link_id       TEXT COLLATE "C" NOT NULL,
    campaign_id   TEXT COLLATE "C",
    network       TEXT COLLATE "C",
    clicked_at    BIGINT NOT NULL,
    visitor       TEXT COLLATE "C", -- pseudonym of one day; NULL where no identity was wanted
    user_agent    TEXT,
    referrer      TEXT,
    class         TEXT NOT NULL,
    class_rule    TEXT NOT NULL,
    is_first      BOOLEAN NOT NULL
);
CREATE INDEX click_by_workspace ON click (workspace_id, id);
CREATE INDEX click_by_campaign ON click (campaign_id, id);

-- First human click of a visitor within a scope (campaign and network, or a link without campaign).
CREATE TABLE visitor_first (
    scope       TEXT COLLATE "C" NOT NULL,
    visitor     TEXT COLLATE "C" NOT NULL,
    click_id    TEXT COLLATE "C" NOT NULL,
    clicked_at  BIGINT NOT NULL,
    PRIMARY KEY (scope, visitor)
);

-- Roll-up of clicks by quarter-hour; scope of reports is the campaign.
CREATE TABLE click_quarter (
    campaign_id  TEXT COLLATE "C" NOT NULL,
    network      TEXT COLLATE "C" NOT NULL, -- '' where the link has none
    link_id      TEXT COLLATE "C" NOT NULL,
    quarter      BIGINT NOT NULL, -- start of the quarter-hour
    human        BIGINT NOT NULL,
    bot          BIGINT NOT NULL,
    visitors     BIGINT NOT NULL,
    PRIMARY KEY (campaign_id, quarter, link_id, network)
);

CREATE TABLE conversion (
    id            TEXT COLLATE "C" PRIMARY KEY,
    workspace_id  TEXT COLLATE "C" NOT NULL,
    source_id     TEXT COLLATE "C" NOT NULL, -- 'api' for the API
    event_id      TEXT COLLATE "C" NOT NULL,
    kind          TEXT NOT NULL,
    name          TEXT,
    occurred_at   BIGINT NOT NULL,
    received_at   BIGINT NOT NULL,
    amount        BIGINT, -- minor units, negative for refunds
    currency      TEXT,
    refund_of     TEXT COLLATE "C",
    external_id   TEXT COLLATE "C", -- the customer's, as the evidence has it
    email_hash    TEXT COLLATE "C", -- likewise
    evidence      TEXT NOT NULL, -- JSON of conversion::Evidence
    joined_by     TEXT NOT NULL,
    click_id      TEXT COLLATE "C",
    campaign_id   TEXT COLLATE "C",
    network       TEXT COLLATE "C",
    link_id       TEXT COLLATE "C",
    joined_via    TEXT COLLATE "C" -- the conversion whose click ids were used
);
CREATE INDEX conversion_by_workspace ON conversion (workspace_id, id);
CREATE INDEX conversion_by_external_id ON conversion (workspace_id, external_id, occurred_at);
CREATE INDEX conversion_by_email ON conversion (workspace_id, email_hash, occurred_at);
-- An event is reported once: a source's id of it, within its kind and name.
CREATE UNIQUE INDEX conversion_once
    ON conversion (workspace_id, source_id, event_id, kind, coalesce(name, ''));
CREATE INDEX conversion_by_event ON conversion (workspace_id, event_id);
CREATE INDEX conversion_by_refund ON conversion (workspace_id, refund_of);

-- Click ids a conversion claims; a click that arrives late finds its conversions here.
CREATE TABLE conversion_touch (
    click_id       TEXT COLLATE "C" NOT NULL,
    conversion_id  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (click_id, conversion_id)
);

-- Shares of conversions by attribution model. Exactly one row with campaign_id NULL stands for a
-- conversion that nobody is credited with.
CREATE TABLE credit (
    conversion_id  TEXT COLLATE "C" NOT NULL,
    model          TEXT COLLATE "C" NOT NULL,
    ordinal        BIGINT NOT NULL,
    workspace_id   TEXT COLLATE "C" NOT NULL,
    campaign_id    TEXT COLLATE "C",
    network        TEXT COLLATE "C",
    link_id        TEXT COLLATE "C",
    click_id       TEXT COLLATE "C",
    clicked_at     BIGINT, -- NULL where the click is not known
    occurred_at    BIGINT NOT NULL,
    earned_at      BIGINT NOT NULL, -- of a refund its sale's time, else occurred_at; window and goal go by it
    kind          TEXT NOT NULL,
    name           TEXT,
    weight         BIGINT NOT NULL, -- millionths; those of one conversion and model sum to 1000000
    amount         BIGINT, -- this share of the amount, minor units
    currency       TEXT,
    joined_by      TEXT NOT NULL,
    PRIMARY KEY (conversion_id, model, ordinal)
);
CREATE INDEX credit_by_campaign ON credit (campaign_id, model, occurred_at);
CREATE INDEX credit_by_workspace ON credit (workspace_id, model, occurred_at);

CREATE TABLE source (
    id                TEXT COLLATE "C" PRIMARY KEY,
    workspace_id      TEXT COLLATE "C" NOT NULL REFERENCES workspace (id),
    provider          TEXT NOT NULL,
    name              TEXT NOT NULL,
    sealed_secret     TEXT NOT NULL, -- vault::Vault::seal
    created_at        BIGINT NOT NULL,
    updated_at        BIGINT NOT NULL,
    archived_at       BIGINT,
    accepted          BIGINT NOT NULL,
    last_accepted_at  BIGINT,
    rejected          BIGINT NOT NULL,
    last_rejected_at  BIGINT,
    last_rejection    TEXT -- code of the reason
);

CREATE TABLE idempotency (
    workspace_id  TEXT COLLATE "C" NOT NULL,
    key           TEXT COLLATE "C" NOT NULL,
    fingerprint   TEXT NOT NULL, -- SHA-256 of method, path and body, hex
    status        BIGINT NOT NULL,
    body          TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, key)
);
CREATE INDEX idempotency_by_age ON idempotency (created_at);
