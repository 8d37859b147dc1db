-- Requests of providers as they came in, orders as they were told, promo codes.

ALTER TABLE source ADD COLUMN settings TEXT COLLATE "C" NOT NULL DEFAULT '{}'; -- JSON of provider::Settings
ALTER TABLE source ADD COLUMN previous_secret TEXT COLLATE "C"; -- sealed; works until previous_until
ALTER TABLE source ADD COLUMN previous_until BIGINT;
ALTER TABLE source ADD COLUMN quiet_after_hours BIGINT; -- NULL: nobody waits for it

CREATE TABLE inbox (
    id            TEXT COLLATE "C" PRIMARY KEY,
    workspace_id  TEXT COLLATE "C" NOT NULL,
    source_id     TEXT COLLATE "C" NOT NULL,
    received_at   BIGINT NOT NULL,
    status        TEXT COLLATE "C" NOT NULL, -- read, nothing, failed or refused
    code          TEXT COLLATE "C", -- of the reason, where it failed or was refused
    detail        TEXT COLLATE "C", -- what to mend, or why nothing came of it
    told          BIGINT NOT NULL, -- conversions and orders that it told of
    tries         BIGINT NOT NULL,
    handled_at    BIGINT NOT NULL,
    sealed        BYTEA -- the request under the master key; NULL once its person was erased
);
CREATE INDEX inbox_by_source ON inbox (source_id, status, id);
CREATE INDEX inbox_by_workspace ON inbox (workspace_id, status, id);

-- Which deliveries told of an order or a conversion.
CREATE TABLE inbox_subject (
    subject      TEXT COLLATE "C" NOT NULL,
    delivery_id  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (subject, delivery_id)
);
CREATE INDEX inbox_subject_by_delivery ON inbox_subject (delivery_id);

-- What an order is known by at its source; deliveries that share a name tell of one order.
CREATE TABLE order_name (
    source_id  TEXT COLLATE "C" NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    order_id   TEXT COLLATE "C" NOT NULL,
    rank       BIGINT NOT NULL, -- 0 stands best for the order
    PRIMARY KEY (source_id, name)
);
CREATE INDEX order_name_by_order ON order_name (order_id);

-- What was told of each part of an order: the newest word. The ledger follows from it.
CREATE TABLE order_fact (
    order_id  TEXT COLLATE "C" NOT NULL,
    part      TEXT COLLATE "C" NOT NULL,
    version   BIGINT NOT NULL, -- the provider's own time
    fact      TEXT COLLATE "C" NOT NULL, -- JSON of conversion::order::Fact
    PRIMARY KEY (order_id, part)
);

-- What who ordered is known by, as long as it is kept: also of orders that have no line in the ledger yet.
CREATE TABLE order_mark (
    workspace_id  TEXT COLLATE "C" NOT NULL,
    mark          TEXT COLLATE "C" NOT NULL, -- customer:, email: or click: and the mark
    order_id      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace_id, mark, order_id)
);
CREATE INDEX order_mark_by_order ON order_mark (order_id);

ALTER TABLE conversion ADD COLUMN order_id TEXT COLLATE "C"; -- the order whose line it is
ALTER TABLE conversion ADD COLUMN order_part TEXT COLLATE "C";
ALTER TABLE conversion ADD COLUMN unjoined TEXT COLLATE "C"; -- why nothing matched
CREATE INDEX conversion_by_order ON conversion (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX conversion_unjoined ON conversion (workspace_id, id) WHERE joined_by = 'none';

-- Promo codes by lower case, and which conversions used one.
CREATE TABLE promo_code (
    workspace_id  TEXT COLLATE "C" NOT NULL,
    code          TEXT COLLATE "C" NOT NULL, -- lower case
    shown         TEXT COLLATE "C" NOT NULL, -- as it was written
    campaign_id   TEXT COLLATE "C" NOT NULL,
    network       TEXT COLLATE "C",
    link_id       TEXT COLLATE "C",
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, code)
);
CREATE TABLE conversion_code (
    workspace_id   TEXT COLLATE "C" NOT NULL,
    code           TEXT COLLATE "C" NOT NULL,
    conversion_id  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace_id, code, conversion_id)
);
CREATE INDEX conversion_code_by_conversion ON conversion_code (conversion_id);
