-- Of each click: what its class rests on and by which rules it was given, the network it was seen on,
-- and its place. Of each agent: its families.
ALTER TABLE click ADD COLUMN traits BIGINT NOT NULL DEFAULT 16; -- enrich::verdict::Packed
ALTER TABLE click ADD COLUMN rules BIGINT NOT NULL DEFAULT 1; -- enrich::RULES_VERSION
ALTER TABLE click ADD COLUMN network_seen TEXT COLLATE "C";
ALTER TABLE click ADD COLUMN seen_by TEXT;
ALTER TABLE click ADD COLUMN place_id BIGINT;

ALTER TABLE agent ADD COLUMN browser TEXT;
ALTER TABLE agent ADD COLUMN os TEXT;
ALTER TABLE agent ADD COLUMN device TEXT NOT NULL DEFAULT 'other';

-- Places that clicks came from, each once.
CREATE TABLE place (
    id         BIGINT PRIMARY KEY, -- counted up by the program
    continent  TEXT,
    country    TEXT, -- ISO 3166-1 alpha-2
    region     TEXT, -- ISO 3166-2, or a name
    city       TEXT,
    asn        BIGINT -- number of the autonomous system
);

-- The network that the credited click was seen on.
ALTER TABLE credit ADD COLUMN network_seen TEXT;

-- Roll-up of clicks by quarter-hour, network seen and class.
ALTER TABLE click_quarter RENAME TO click_quarter_before;
CREATE TABLE click_quarter (
    placement_id  BIGINT NOT NULL,
    quarter       BIGINT NOT NULL, -- start of the quarter-hour
    network_seen  TEXT COLLATE "C" NOT NULL, -- '' where it is not known
    class         TEXT COLLATE "C" NOT NULL,
    clicks        BIGINT NOT NULL,
    visitors      BIGINT NOT NULL,
    PRIMARY KEY (placement_id, quarter, network_seen, class)
);
INSERT INTO click_quarter (placement_id, quarter, network_seen, class, clicks, visitors)
    SELECT placement_id, clicked_at / 900000 * 900000, '', class, count(*), count(*) FILTER (WHERE is_first)
    FROM click GROUP BY placement_id, clicked_at / 900000 * 900000, class;
-- Clicks that retention has dropped are in the old sums only.
INSERT INTO click_quarter (placement_id, quarter, network_seen, class, clicks, visitors)
    SELECT b.placement_id, b.quarter, '', 'human', b.human - coalesce(n.human, 0), b.visitors - coalesce(n.visitors, 0)
    FROM click_quarter_before b LEFT JOIN (
        SELECT placement_id, quarter, CAST(sum(clicks) AS BIGINT) AS human, CAST(sum(visitors) AS BIGINT) AS visitors
        FROM click_quarter WHERE class = 'human' GROUP BY placement_id, quarter
    ) n ON n.placement_id = b.placement_id AND n.quarter = b.quarter
    WHERE b.human > coalesce(n.human, 0)
    ON CONFLICT (placement_id, quarter, network_seen, class) DO UPDATE SET
    clicks = click_quarter.clicks + excluded.clicks, visitors = click_quarter.visitors + excluded.visitors;
INSERT INTO click_quarter (placement_id, quarter, network_seen, class, clicks, visitors)
    SELECT b.placement_id, b.quarter, '', 'crawler', b.bot - coalesce(n.bot, 0), 0
    FROM click_quarter_before b LEFT JOIN (
        SELECT placement_id, quarter, CAST(sum(clicks) AS BIGINT) AS bot
        FROM click_quarter WHERE class <> 'human' GROUP BY placement_id, quarter
    ) n ON n.placement_id = b.placement_id AND n.quarter = b.quarter
    WHERE b.bot > coalesce(n.bot, 0)
    ON CONFLICT (placement_id, quarter, network_seen, class) DO UPDATE SET
    clicks = click_quarter.clicks + excluded.clicks;
DROP TABLE click_quarter_before;
