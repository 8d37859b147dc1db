-- Every table of the first version. Times are Unix milliseconds, ids are text made by the program.

CREATE TABLE workspace (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    convention  TEXT NOT NULL, -- JSON of link::utm::Convention
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE api_key (
    id            TEXT PRIMARY KEY,
    workspace_id  TEXT NOT NULL REFERENCES workspace (id),
    name          TEXT NOT NULL,
    token_hash    TEXT NOT NULL UNIQUE, -- SHA-256 of the token, hex
    scopes        TEXT NOT NULL, -- comma-separated
    created_at    INTEGER NOT NULL,
    revoked_at    INTEGER
) STRICT;

CREATE TABLE campaign (
    id            TEXT PRIMARY KEY,
    workspace_id  TEXT NOT NULL REFERENCES workspace (id),
    name          TEXT NOT NULL,
    name_lower    TEXT NOT NULL, -- what searches compare with
    utm_campaign  TEXT NOT NULL,
    goal_metric   TEXT, -- NULL when waived
    goal_target   INTEGER,
    goal_by       INTEGER,
    goal_waiver   TEXT,
    currency      TEXT NOT NULL,
    time_zone     TEXT NOT NULL,
    starts_at     INTEGER,
    ends_at       INTEGER,
    hourly_rate   INTEGER, -- minor units an hour
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    archived_at   INTEGER,
    UNIQUE (workspace_id, utm_campaign)
) STRICT;

CREATE TABLE post (
    id            TEXT PRIMARY KEY,
    workspace_id  TEXT NOT NULL REFERENCES workspace (id),
    campaign_id   TEXT NOT NULL REFERENCES campaign (id),
    text          TEXT,
    created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE link (
    id              TEXT PRIMARY KEY,
    workspace_id    TEXT NOT NULL REFERENCES workspace (id),
    campaign_id     TEXT REFERENCES campaign (id),
    post_id         TEXT REFERENCES post (id),
    network         TEXT,
    domain          TEXT NOT NULL,
    slug            TEXT NOT NULL,
    url             TEXT NOT NULL,
    destination     TEXT NOT NULL,
    utm             TEXT NOT NULL, -- JSON of link::utm::Utm
    utm_source      TEXT,
    utm_campaign    TEXT,
    intent          TEXT NOT NULL,
    click_id_param  TEXT,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    archived_at     INTEGER,
    UNIQUE (domain, slug)
) STRICT;
CREATE INDEX link_by_workspace ON link (workspace_id, id);
CREATE INDEX link_by_utm ON link (workspace_id, utm_campaign, utm_source);

-- No foreign keys from here on: a click or conversion is kept whatever becomes of its link.
CREATE TABLE click (
    id            TEXT PRIMARY KEY,
    workspace_id  TEXT NOT NULL,
    link_id       TEXT NOT NULL,
    campaign_id   TEXT,
    network       TEXT,
    clicked_at    INTEGER NOT NULL,
    visitor       TEXT, -- pseudonym of one day; NULL where no identity was wanted
    user_agent    TEXT,
    referrer      TEXT,
    class         TEXT NOT NULL,
    class_rule    TEXT NOT NULL,
    is_first      INTEGER NOT NULL
) STRICT;
CREATE INDEX click_by_workspace ON click (workspace_id, id);
CREATE INDEX click_by_campaign ON click (campaign_id, id);

-- First human click of a visitor within a scope (campaign and network, or a link without campaign).
CREATE TABLE visitor_first (
    scope       TEXT NOT NULL,
    visitor     TEXT NOT NULL,
    click_id    TEXT NOT NULL,
    clicked_at  INTEGER NOT NULL,
    PRIMARY KEY (scope, visitor)
) STRICT;

-- Roll-up of clicks by quarter-hour; scope of reports is the campaign.
CREATE TABLE click_quarter (
    campaign_id  TEXT NOT NULL,
    network      TEXT NOT NULL, -- '' where the link has none
    link_id      TEXT NOT NULL,
    quarter      INTEGER NOT NULL, -- start of the quarter-hour
    human        INTEGER NOT NULL,
    bot          INTEGER NOT NULL,
    visitors     INTEGER NOT NULL,
    PRIMARY KEY (campaign_id, quarter, link_id, network)
) STRICT;

CREATE TABLE conversion (
    id            TEXT PRIMARY KEY,
    workspace_id  TEXT NOT NULL,
    source_id     TEXT NOT NULL, -- 'api' for the API
    event_id      TEXT NOT NULL,
    kind          TEXT NOT NULL,
    name          TEXT,
    occurred_at   INTEGER NOT NULL,
    received_at   INTEGER NOT NULL,
    amount        INTEGER, -- minor units, negative for refunds
    currency      TEXT,
    refund_of     TEXT,
    external_id   TEXT, -- the customer's, as the evidence has it
    email_hash    TEXT, -- likewise
    evidence      TEXT NOT NULL, -- JSON of conversion::Evidence
    joined_by     TEXT NOT NULL,
    click_id      TEXT,
    campaign_id   TEXT,
    network       TEXT,
    link_id       TEXT,
    joined_via    TEXT -- the conversion whose click ids were used
) STRICT;
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
    click_id       TEXT NOT NULL,
    conversion_id  TEXT NOT NULL,
    PRIMARY KEY (click_id, conversion_id)
) STRICT;

-- Shares of conversions by attribution model. Exactly one row with campaign_id NULL stands for a
-- conversion that nobody is credited with.
CREATE TABLE credit (
    conversion_id  TEXT NOT NULL,
    model          TEXT NOT NULL,
    ordinal        INTEGER NOT NULL,
    workspace_id   TEXT NOT NULL,
    campaign_id    TEXT,
    network        TEXT,
    link_id        TEXT,
    click_id       TEXT,
    clicked_at     INTEGER, -- NULL where the click is not known
    occurred_at    INTEGER NOT NULL,
    earned_at      INTEGER NOT NULL, -- of a refund its sale's time, else occurred_at; window and goal go by it
    kind          TEXT NOT NULL,
    name           TEXT,
    weight         INTEGER NOT NULL, -- millionths; those of one conversion and model sum to 1000000
    amount         INTEGER, -- this share of the amount, minor units
    currency       TEXT,
    joined_by      TEXT NOT NULL,
    PRIMARY KEY (conversion_id, model, ordinal)
) STRICT;
CREATE INDEX credit_by_campaign ON credit (campaign_id, model, occurred_at);
CREATE INDEX credit_by_workspace ON credit (workspace_id, model, occurred_at);

CREATE TABLE source (
    id                TEXT PRIMARY KEY,
    workspace_id      TEXT NOT NULL REFERENCES workspace (id),
    provider          TEXT NOT NULL,
    name              TEXT NOT NULL,
    sealed_secret     TEXT NOT NULL, -- vault::Vault::seal
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    archived_at       INTEGER,
    accepted          INTEGER NOT NULL,
    last_accepted_at  INTEGER,
    rejected          INTEGER NOT NULL,
    last_rejected_at  INTEGER,
    last_rejection    TEXT -- code of the reason
) STRICT;

CREATE TABLE idempotency (
    workspace_id  TEXT NOT NULL,
    key           TEXT NOT NULL,
    fingerprint   TEXT NOT NULL, -- SHA-256 of method, path and body, hex
    status        INTEGER NOT NULL,
    body          TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, key)
) STRICT;
CREATE INDEX idempotency_by_age ON idempotency (created_at);
