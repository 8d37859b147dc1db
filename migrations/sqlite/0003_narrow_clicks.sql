-- Clicks become narrow, because there are many: what repeats from click to click stands once in
-- `placement` and `agent`, and what a visitor has clicked before in a few packed rows.

-- What a link stood for when it was clicked; an edit of the link makes a new row.
CREATE TABLE placement (
    id            INTEGER PRIMARY KEY, -- counted up by the program
    workspace_id  TEXT NOT NULL,
    link_id       TEXT NOT NULL,
    campaign_id   TEXT,
    network       TEXT
) STRICT;
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
    id          INTEGER PRIMARY KEY, -- counted up by the program
    user_agent  TEXT NOT NULL UNIQUE,
    seen_on     INTEGER NOT NULL -- days since 1970-01-01, UTC: of the latest click, not later than it
) STRICT;
INSERT INTO agent (id, user_agent, seen_on)
    SELECT row_number() OVER (ORDER BY user_agent), user_agent, max(clicked_at) / 86400000
    FROM click WHERE user_agent IS NOT NULL GROUP BY user_agent;

-- Which visitors have clicked: each row adds some to its scope (campaign and network, or a link
-- without campaign) on one day.
CREATE TABLE visitor_seen (
    scope     TEXT NOT NULL,
    day       INTEGER NOT NULL, -- days since 1970-01-01, UTC
    chunk     INTEGER NOT NULL, -- 0, 1, 2 … as they were added
    visitors  BLOB NOT NULL, -- pseudonyms, eight bytes each
    PRIMARY KEY (scope, day, chunk)
) STRICT, WITHOUT ROWID;
INSERT INTO visitor_seen (scope, day, chunk, visitors)
    SELECT scope, clicked_at / 86400000, 0, unhex(group_concat(substr(visitor, 1, 16), ''))
    FROM visitor_first WHERE length(visitor) >= 16 AND NOT substr(visitor, 1, 16) GLOB '*[^0-9a-f]*'
    GROUP BY scope, clicked_at / 86400000;

-- Roll-up of clicks by quarter-hour.
ALTER TABLE click_quarter RENAME TO click_quarter_before;
CREATE TABLE click_quarter (
    placement_id  INTEGER NOT NULL,
    quarter       INTEGER NOT NULL, -- start of the quarter-hour
    human         INTEGER NOT NULL,
    bot           INTEGER NOT NULL,
    visitors      INTEGER NOT NULL,
    PRIMARY KEY (placement_id, quarter)
) STRICT, WITHOUT ROWID;

ALTER TABLE click RENAME TO click_before;

CREATE TABLE click (
    id            TEXT PRIMARY KEY,
    clicked_at    INTEGER NOT NULL, -- the time in the id
    placement_id  INTEGER NOT NULL,
    agent_id      INTEGER,
    referrer      TEXT,
    visitor       INTEGER, -- pseudonym of one day; NULL where no identity was wanted
    class         TEXT NOT NULL,
    class_rule    TEXT NOT NULL,
    is_first      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO click (id, clicked_at, placement_id, agent_id, referrer, visitor, class, class_rule, is_first)
    SELECT c.id, c.clicked_at, p.id, a.id, c.referrer,
        CASE WHEN length(c.visitor) >= 16 AND NOT substr(c.visitor, 1, 16) GLOB '*[^0-9a-f]*' THEN
                ((instr('0123456789abcdef', substr(c.visitor, 1, 1)) - 1) << 60) |
                ((instr('0123456789abcdef', substr(c.visitor, 2, 1)) - 1) << 56) |
                ((instr('0123456789abcdef', substr(c.visitor, 3, 1)) - 1) << 52) |
                ((instr('0123456789abcdef', substr(c.visitor, 4, 1)) - 1) << 48) |
                ((instr('0123456789abcdef', substr(c.visitor, 5, 1)) - 1) << 44) |
                ((instr('0123456789abcdef', substr(c.visitor, 6, 1)) - 1) << 40) |
                ((instr('0123456789abcdef', substr(c.visitor, 7, 1)) - 1) << 36) |
                ((instr('0123456789abcdef', substr(c.visitor, 8, 1)) - 1) << 32) |
                ((instr('0123456789abcdef', substr(c.visitor, 9, 1)) - 1) << 28) |
                ((instr('0123456789abcdef', substr(c.visitor, 10, 1)) - 1) << 24) |
                ((instr('0123456789abcdef', substr(c.visitor, 11, 1)) - 1) << 20) |
                ((instr('0123456789abcdef', substr(c.visitor, 12, 1)) - 1) << 16) |
                ((instr('0123456789abcdef', substr(c.visitor, 13, 1)) - 1) << 12) |
                ((instr('0123456789abcdef', substr(c.visitor, 14, 1)) - 1) << 8) |
                ((instr('0123456789abcdef', substr(c.visitor, 15, 1)) - 1) << 4) |
                ((instr('0123456789abcdef', substr(c.visitor, 16, 1)) - 1) << 0)
        END,
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
