-- Clicks by country and kind of device; days that are over stand packed.

ALTER TABLE click ADD COLUMN device TEXT COLLATE "C" NOT NULL DEFAULT ''; -- kind of device as it was counted; '' where it was not
ALTER TABLE credit ADD COLUMN country TEXT COLLATE "C"; -- of the credited click
ALTER TABLE credit ADD COLUMN device TEXT COLLATE "C";
ALTER TABLE conversion ADD COLUMN earlier_sales BIGINT; -- where somebody was erased: how many of the customer's came before

ALTER TABLE click_quarter RENAME TO click_quarter_before;
CREATE TABLE click_quarter (
    placement_id   BIGINT NOT NULL,
    quarter        BIGINT NOT NULL, -- start of the quarter-hour
    network_seen   TEXT COLLATE "C" NOT NULL, -- '' where it is not known
    country        TEXT COLLATE "C" NOT NULL, -- likewise
    device         TEXT COLLATE "C" NOT NULL, -- likewise
    class          TEXT COLLATE "C" NOT NULL,
    clicks         BIGINT NOT NULL,
    visitors       BIGINT NOT NULL, -- first clicks of their network, campaign and day
    link_visitors  BIGINT NOT NULL, -- first clicks of their link and day
    PRIMARY KEY (placement_id, quarter, network_seen, country, device, class)
);
CREATE INDEX click_quarter_in_time ON click_quarter (quarter, placement_id);
-- Clicks that are kept tell their country; of those that are not only the sums are left.
INSERT INTO click_quarter
    (placement_id, quarter, network_seen, country, device, class, clicks, visitors, link_visitors)
    SELECT placement_id, quarter, network_seen, country, '', class, CAST(sum(clicks) AS BIGINT),
        CAST(sum(visitors) AS BIGINT), CAST(sum(link_visitors) AS BIGINT)
    FROM (
        SELECT placement_id, quarter, network_seen, '' AS country, class, clicks, visitors, link_visitors
        FROM click_quarter_before
        UNION ALL
        SELECT c.placement_id, c.clicked_at / 900000 * 900000, coalesce(c.network_seen, ''), l.country,
            c.class, count(*), count(*) FILTER (WHERE c.is_first),
            count(*) FILTER (WHERE c.is_first_of_link)
        FROM click c JOIN place l ON l.id = c.place_id WHERE l.country IS NOT NULL
        GROUP BY c.placement_id, c.clicked_at / 900000 * 900000, coalesce(c.network_seen, ''), l.country,
            c.class
        UNION ALL
        SELECT c.placement_id, c.clicked_at / 900000 * 900000, coalesce(c.network_seen, ''), '',
            c.class, -count(*), -count(*) FILTER (WHERE c.is_first),
            -count(*) FILTER (WHERE c.is_first_of_link)
        FROM click c JOIN place l ON l.id = c.place_id WHERE l.country IS NOT NULL
        GROUP BY c.placement_id, c.clicked_at / 900000 * 900000, coalesce(c.network_seen, ''), c.class
    ) AS moved GROUP BY placement_id, quarter, network_seen, country, class
    HAVING sum(clicks) <> 0 OR sum(visitors) <> 0 OR sum(link_visitors) <> 0;
DROP TABLE click_quarter_before;
UPDATE credit SET country = (
    SELECT l.country FROM click c JOIN place l ON l.id = c.place_id WHERE c.id = credit.click_id
) WHERE click_id IS NOT NULL;

-- The same sums of a placement's UTC day that is over; what comes later for such a day stands in
-- click_quarter until it is packed too.
CREATE TABLE click_day (
    placement_id  BIGINT NOT NULL,
    day           BIGINT NOT NULL, -- since 1970-01-01
    cells         BYTEA NOT NULL, -- store::click::cells
    PRIMARY KEY (placement_id, day)
);
