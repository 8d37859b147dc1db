-- Requests of providers as they came in, orders as they were told, promo codes.

ALTER TABLE source ADD COLUMN settings TEXT NOT NULL DEFAULT '{}'; -- JSON of provider::Settings
ALTER TABLE source ADD COLUMN previous_secret TEXT; -- sealed; works until previous_until
ALTER TABLE source ADD COLUMN previous_until INTEGER;
ALTER TABLE source ADD COLUMN quiet_after_hours INTEGER; -- NULL: nobody waits for it

CREATE TABLE inbox (
    id            TEXT PRIMARY KEY,
    workspace_id  TEXT NOT NULL,
    source_id     TEXT NOT NULL,
    received_at   INTEGER NOT NULL,
    status        TEXT NOT NULL, -- read, nothing, failed or refused
    code          TEXT, -- of the reason, where it failed or was refused
    detail        TEXT, -- what to mend, or why nothing came of it
    told          INTEGER NOT NULL, -- conversions and orders that it told of
    tries         INTEGER NOT NULL,
    handled_at    INTEGER NOT NULL,
    sealed        BLOB -- the request under the master key; NULL once its person was erased
) STRICT;
CREATE INDEX inbox_by_source ON inbox (source_id, status, id);
CREATE INDEX inbox_by_workspace ON inbox (workspace_id, status, id);

-- Which deliveries told of an order or a conversion.
CREATE TABLE inbox_subject (
    subject      TEXT NOT NULL,
    delivery_id  TEXT NOT NULL,
    PRIMARY KEY (subject, delivery_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX inbox_subject_by_delivery ON inbox_subject (delivery_id);

-- What an order is known by at its source; deliveries that share a name tell of one order.
CREATE TABLE order_name (
    source_id  TEXT NOT NULL,
    name       TEXT NOT NULL,
    order_id   TEXT NOT NULL,
    rank       INTEGER NOT NULL, -- 0 stands best for the order
    PRIMARY KEY (source_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX order_name_by_order ON order_name (order_id);

-- What was told of each part of an order: the newest word. The ledger follows from it.
CREATE TABLE order_fact (
    order_id  TEXT NOT NULL,
    part      TEXT NOT NULL,
    version   INTEGER NOT NULL, -- the provider's own time
    fact      TEXT NOT NULL, -- JSON of conversion::order::Fact
    PRIMARY KEY (order_id, part)
) STRICT, WITHOUT ROWID;

-- What who ordered is known by, as long as it is kept: also of orders that have no line in the ledger yet.
CREATE TABLE order_mark (
    workspace_id  TEXT NOT NULL,
    mark          TEXT NOT NULL, -- customer:, email: or click: and the mark
    order_id      TEXT NOT NULL,
    PRIMARY KEY (workspace_id, mark, order_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX order_mark_by_order ON order_mark (order_id);

ALTER TABLE conversion ADD COLUMN order_id TEXT; -- the order whose line it is
ALTER TABLE conversion ADD COLUMN order_part TEXT;
ALTER TABLE conversion ADD COLUMN unjoined TEXT; -- why nothing matched
CREATE INDEX conversion_by_order ON conversion (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX conversion_unjoined ON conversion (workspace_id, id) WHERE joined_by = 'none';

-- Promo codes by lower case, and which conversions used one.
CREATE TABLE promo_code (
    workspace_id  TEXT NOT NULL,
    code          TEXT NOT NULL, -- lower case
    shown         TEXT NOT NULL, -- as it was written
    campaign_id   TEXT NOT NULL,
    network       TEXT,
    link_id       TEXT,
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, code)
) STRICT, WITHOUT ROWID;
CREATE TABLE conversion_code (
    workspace_id   TEXT NOT NULL,
    code           TEXT NOT NULL,
    conversion_id  TEXT NOT NULL,
    PRIMARY KEY (workspace_id, code, conversion_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX conversion_code_by_conversion ON conversion_code (conversion_id);
