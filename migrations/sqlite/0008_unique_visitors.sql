-- Visitors are counted by link and by network as they come, and for any period afterwards: sets are kept
-- by placement, with the quarter-hours in which a visitor clicked.
ALTER TABLE click ADD COLUMN is_first_of_link INTEGER NOT NULL DEFAULT 0;
UPDATE click SET is_first_of_link = is_first WHERE is_first = 1;
ALTER TABLE click_quarter ADD COLUMN link_visitors INTEGER NOT NULL DEFAULT 0;
UPDATE click_quarter SET link_visitors = visitors;

DROP TABLE visitor_seen;
CREATE TABLE visitor_seen (
    placement_id  INTEGER NOT NULL,
    day           INTEGER NOT NULL, -- days since 1970-01-01, UTC
    chunk         INTEGER NOT NULL, -- 0, 1, 2 … as they were added; 4294967296 and more: packed
    least         INTEGER NOT NULL, -- upper half of the least pseudonym, or less
    visitors      BLOB NOT NULL, -- pseudonyms, eight bytes each
    quarters      BLOB NOT NULL, -- quarter-hour of the day in which each clicked
    PRIMARY KEY (placement_id, day, chunk)
) STRICT, WITHOUT ROWID;
-- The sum keeps it from being taken where a placement is known as well: a day has very many rows.
CREATE INDEX visitor_seen_by_day ON visitor_seen ((day + 0));
CREATE INDEX visitor_seen_unpacked ON visitor_seen (day, placement_id) WHERE chunk < 4294967296;
-- Who clicked is in the clicks, as far back as these are kept.
INSERT INTO visitor_seen (placement_id, day, chunk, least, visitors, quarters)
    SELECT placement_id, day, 0, 0, unhex(group_concat(printf('%016x', visitor), '')), unhex(group_concat(printf('%02x', quarter), ''))
    FROM (
        SELECT DISTINCT placement_id, clicked_at / 86400000 AS day, clicked_at % 86400000 / 900000 AS quarter, visitor
        FROM click WHERE visitor IS NOT NULL AND class IN ('human', 'likely_human')
    ) AS seen GROUP BY placement_id, day;
CREATE INDEX placement_by_circle ON placement (coalesce(campaign_id, link_id));
