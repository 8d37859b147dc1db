-- Customers: whoever conversions tie together by their marks. What stands here follows from the ledger.

CREATE TABLE customer (
    id                  TEXT PRIMARY KEY, -- of their first told conversion, but for the prefix
    workspace_id        TEXT NOT NULL,
    begun_at            INTEGER NOT NULL, -- the first touch, else first_seen_at
    first_seen_at       INTEGER NOT NULL, -- the earliest conversion
    became_customer_at  INTEGER, -- the earliest sale
    first_campaign_id   TEXT,
    first_network       TEXT,
    first_link_id       TEXT,
    first_touched_at    INTEGER,
    first_clicked_at    INTEGER, -- NULL where the click is not known
    last_campaign_id    TEXT,
    last_network        TEXT,
    last_link_id        TEXT,
    last_touched_at     INTEGER,
    last_clicked_at     INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_by_workspace ON customer (workspace_id, id);
CREATE INDEX customer_by_begin ON customer (workspace_id, begun_at);

-- Which customer a mark stands for.
CREATE TABLE customer_mark (
    workspace_id  TEXT NOT NULL,
    kind          TEXT NOT NULL, -- external_id, or email: its keyed hash
    mark          TEXT NOT NULL,
    customer_id   TEXT NOT NULL,
    PRIMARY KEY (workspace_id, kind, mark)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_mark_by_customer ON customer_mark (customer_id, kind, mark);

-- What a customer's conversions themselves brought: clicks, or what a promo code or UTM tags tell of one.
CREATE TABLE customer_touch (
    conversion_id  TEXT NOT NULL,
    ordinal        INTEGER NOT NULL,
    customer_id    TEXT NOT NULL,
    touched_at     INTEGER NOT NULL, -- clicked_at, else when the conversion happened
    clicked_at     INTEGER, -- NULL where the click is not known
    campaign_id    TEXT,
    network        TEXT,
    link_id        TEXT,
    PRIMARY KEY (conversion_id, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_touch_in_time
    ON customer_touch (customer_id, touched_at, conversion_id, ordinal);

ALTER TABLE conversion ADD COLUMN customer_id TEXT;
CREATE INDEX conversion_by_customer ON conversion (customer_id, occurred_at)
    WHERE customer_id IS NOT NULL;
CREATE INDEX conversion_sale_by_customer ON conversion (customer_id, occurred_at)
    WHERE customer_id IS NOT NULL AND kind = 'sale';
-- What was told before there were customers; a worker takes it up.
CREATE INDEX conversion_without_customer ON conversion (id)
    WHERE customer_id IS NULL AND (external_id IS NOT NULL OR email_hash IS NOT NULL);
