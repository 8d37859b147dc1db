-- Clicks beyond the bound of one address on one link: counted, without a row of their own.
CREATE TABLE click_flood (
    placement_id BIGINT NOT NULL REFERENCES placement (id),
    quarter BIGINT NOT NULL,
    clicks BIGINT NOT NULL,
    PRIMARY KEY (placement_id, quarter)
);
