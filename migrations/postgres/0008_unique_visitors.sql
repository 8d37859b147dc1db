-- Visitors are counted by link and by network as they come, and for any period afterwards: sets are kept
-- by placement, with the quarter-hours in which a visitor clicked.
ALTER TABLE click ADD COLUMN is_first_of_link BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE click SET is_first_of_link = is_first WHERE is_first;
ALTER TABLE click_quarter ADD COLUMN link_visitors BIGINT NOT NULL DEFAULT 0;
UPDATE click_quarter SET link_visitors = visitors;

ALTER TABLE visitor_seen RENAME TO visitor_seen_before;
ALTER INDEX visitor_seen_pkey RENAME TO visitor_seen_before_pkey;
CREATE TABLE visitor_seen (
    placement_id  BIGINT NOT NULL,
    day           BIGINT NOT NULL, -- days since 1970-01-01, UTC
    chunk         BIGINT NOT NULL, -- 0, 1, 2 … as they were added; 4294967296 and more: packed
    least         BIGINT NOT NULL, -- upper half of the least pseudonym
    visitors      BYTEA NOT NULL, -- pseudonyms, eight bytes each
    quarters      BYTEA NOT NULL, -- quarter-hour of the day in which each clicked; 255 where it is not known
    PRIMARY KEY (placement_id, day, chunk)
);
CREATE INDEX visitor_seen_by_day ON visitor_seen (day);
-- Who clicked was known by campaign and network; any placement of these will do.
INSERT INTO visitor_seen (placement_id, day, chunk, least, visitors, quarters)
    SELECT p.id, s.day, s.chunk, 0, s.visitors, decode(repeat('ff', length(s.visitors) / 8), 'hex')
    FROM visitor_seen_before s JOIN (
        SELECT min(id) AS id,
            CASE WHEN campaign_id IS NULL THEN link_id ELSE campaign_id || ' ' || coalesce(network, '') END AS scope
        FROM placement GROUP BY 2
    ) p ON p.scope = s.scope;
DROP TABLE visitor_seen_before;
CREATE INDEX placement_by_circle ON placement (coalesce(campaign_id, link_id));
