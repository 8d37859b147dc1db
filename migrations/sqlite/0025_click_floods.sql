-- Clicks beyond the bound of one address on one link: counted, without a row of their own.
CREATE TABLE click_flood (
    placement_id INTEGER NOT NULL REFERENCES placement (id),
    quarter INTEGER NOT NULL,
    clicks INTEGER NOT NULL,
    PRIMARY KEY (placement_id, quarter)
) STRICT, WITHOUT ROWID;
