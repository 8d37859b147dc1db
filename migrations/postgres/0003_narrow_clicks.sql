-- Clicks become narrow, because there are many: what repeats from click to click stands once in
-- `placement` and `agent`, and what a visitor has clicked before in a few packed rows.

-- What a link stood for when it was clicked; an edit of the link makes a new row.
CREATE TABLE placement (
    id            BIGINT PRIMARY KEY, -- counted up by the program
    workspace_id  TEXT COLLATE "C" NOT NULL,
    link_id       TEXT COLLATE "C" NOT NULL,
    campaign_id   TEXT COLLATE "C",
    network       TEXT COLLATE "C"
);
CREATE UNIQUE INDEX placement_once
    ON placement (link_id, coalesce(campaign_id, ''), coalesce(network, ''));
CREATE INDEX placement_by_campaign ON placement (campaign_id);
CREATE INDEX placement_by_workspace ON placement (workspace_id);
INSERT INTO placement (id, workspace_id, link_id, campaign_id, network)
    SELECT row_number() OVER (ORDER BY link_id, campaign_id, network), workspace_id, link_id,
        campaign_id, network
    FROM (SELECT DISTINCT workspace_id, link_id, campaign_id, network FROM click) AS clicked;

-- User agents, each once.
CREATE TABLE agent (
    id          BIGINT PRIMARY KEY, -- counted up by the program
    user_agent  TEXT COLLATE "C" NOT NULL UNIQUE,
    seen_on     BIGINT NOT NULL -- days since 1970-01-01, UTC: of the latest click, not later than it
);
INSERT INTO agent (id, user_agent, seen_on)
    SELECT row_number() OVER (ORDER BY user_agent), user_agent, max(clicked_at) / 86400000
    FROM click WHERE user_agent IS NOT NULL GROUP BY user_agent;

-- Which visitors have clicked: each row adds some to its scope (campaign and network, or a link
-- without campaign) on one day.
CREATE TABLE visitor_seen (
    scope     TEXT COLLATE "C" NOT NULL,
    day       BIGINT NOT NULL, -- days since 1970-01-01, UTC
    chunk     BIGINT NOT NULL, -- 0, 1, 2 … as they were added
    visitors  BYTEA NOT NULL, -- pseudonyms, eight bytes each
    PRIMARY KEY (scope, day, chunk)
);
INSERT INTO visitor_seen (scope, day, chunk, visitors)
    SELECT scope, clicked_at / 86400000, 0, decode(string_agg(left(visitor, 16), ''), 'hex')
    FROM visitor_first WHERE visitor ~ '^[0-9a-f]{16}' GROUP BY scope, clicked_at / 86400000;

-- Roll-up of clicks by quarter-hour.
ALTER TABLE click_quarter RENAME TO click_quarter_before;
CREATE TABLE click_quarter (
    placement_id  BIGINT NOT NULL,
    quarter       BIGINT NOT NULL, -- start of the quarter-hour
    human         BIGINT NOT NULL,
    bot           BIGINT NOT NULL,
    visitors      BIGINT NOT NULL,
    PRIMARY KEY (placement_id, quarter)
);

ALTER TABLE click RENAME TO click_before;
ALTER INDEX click_pkey RENAME TO click_before_pkey;

-- A month's clicks are a table of their own. An id begins with its time, so its month follows from it.
CREATE TABLE click (
    id            TEXT COLLATE "C" PRIMARY KEY,
    clicked_at    BIGINT NOT NULL, -- the time in the id
    placement_id  BIGINT NOT NULL,
    agent_id      BIGINT,
    referrer      TEXT,
    visitor       BIGINT, -- pseudonym of one day; NULL where no identity was wanted
    class         TEXT NOT NULL,
    class_rule    TEXT NOT NULL,
    is_first      BOOLEAN NOT NULL
) PARTITION BY RANGE (id);

-- Where clicks of the month of that moment go, made when it is not there yet: click_2026_11 and so on.
CREATE FUNCTION make_click_month(moment BIGINT) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    first_day TIMESTAMP := date_trunc('month', to_timestamp(moment / 1000) AT TIME ZONE 'UTC');
    bounds TEXT[];
    bound TIMESTAMP;
    ms BIGINT;
BEGIN
    IF to_regclass(quote_ident('click_' || to_char(first_day, 'YYYY_MM'))) IS NOT NULL THEN
        RETURN;
    END IF;
    FOREACH bound IN ARRAY ARRAY[first_day, first_day + INTERVAL '1 month'] LOOP
        ms := extract(epoch FROM bound)::BIGINT * 1000;
        bounds := bounds || ('clk_' || (
            SELECT string_agg(
                substr('0123456789abcdefghjkmnpqrstvwxyz', ((ms >> (45 - 5 * place)) & 31)::INT + 1, 1),
                '' ORDER BY place)
            FROM generate_series(0, 9) AS place));
    END LOOP;
    EXECUTE format('CREATE TABLE %I PARTITION OF click FOR VALUES FROM (%L) TO (%L)',
        'click_' || to_char(first_day, 'YYYY_MM'), bounds[1], bounds[2]);
END $$;

SELECT make_click_month(month.clicked_at) FROM (
    SELECT min(clicked_at) AS clicked_at FROM click_before
    GROUP BY date_trunc('month', to_timestamp(clicked_at / 1000) AT TIME ZONE 'UTC')) AS month;
INSERT INTO click (id, clicked_at, placement_id, agent_id, referrer, visitor, class, class_rule, is_first)
    SELECT c.id, c.clicked_at, p.id, a.id, c.referrer,
        CASE WHEN c.visitor ~ '^[0-9a-f]{16}'
            THEN CAST(CAST('x' || left(c.visitor, 16) AS BIT(64)) AS BIGINT) END,
        CASE WHEN c.class = 'human' THEN 'human' WHEN c.class_rule LIKE 'preview:%' THEN 'preview'
            ELSE 'crawler' END,
        c.class_rule, c.is_first
    FROM click_before c
    JOIN placement p ON p.link_id = c.link_id
        AND p.campaign_id IS NOT DISTINCT FROM c.campaign_id
        AND p.network IS NOT DISTINCT FROM c.network
    LEFT JOIN agent a ON a.user_agent = c.user_agent;
INSERT INTO click_quarter (placement_id, quarter, human, bot, visitors)
    SELECT placement_id, clicked_at / 900000 * 900000, count(*) FILTER (WHERE class = 'human'),
        count(*) FILTER (WHERE class <> 'human'), count(*) FILTER (WHERE is_first)
    FROM click GROUP BY placement_id, clicked_at / 900000 * 900000;

DROP TABLE click_before;
DROP TABLE click_quarter_before;
DROP TABLE visitor_first;
