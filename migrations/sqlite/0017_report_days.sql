-- What reports read of a day, packed: derived from rows that stand elsewhere. A day that was written to since
-- is open, and read from those rows, until it is packed again.
CREATE TABLE report_day (
    owner  TEXT NOT NULL, -- campaign; workspace for what no campaign is known for
    part   TEXT NOT NULL, -- credits, clicks, people
    day    INTEGER NOT NULL, -- since 1970-01-01
    bytes  BLOB, -- store::report_day; NULL while it is open
    PRIMARY KEY (owner, part, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX report_day_open ON report_day (day, part) WHERE bytes IS NULL;
CREATE INDEX report_day_in_time ON report_day (part, day);
DROP INDEX credit_of_campaign;
DROP INDEX credit_unattributed;
CREATE INDEX credit_of_day ON credit
    (coalesce(campaign_id, workspace_id), (coalesce(clicked_at, earned_at) / 86400000));
INSERT INTO report_day (owner, part, day)
    SELECT DISTINCT coalesce(campaign_id, workspace_id), 'credits', coalesce(clicked_at, earned_at) / 86400000
    FROM credit;
INSERT INTO report_day (owner, part, day)
    SELECT DISTINCT p.campaign_id, 'clicks', d.day FROM click_day d JOIN placement p ON p.id = d.placement_id
    WHERE p.campaign_id IS NOT NULL;
INSERT INTO report_day (owner, part, day)
    SELECT DISTINCT p.campaign_id, 'people', s.day FROM visitor_seen s JOIN placement p ON p.id = s.placement_id
    WHERE p.campaign_id IS NOT NULL AND s.chunk >= 4294967296;
-- From this day on the last bit of a pseudonym tells whether it is of more than one day (click::Visitor).
CREATE TABLE visitor_kind (
    day  INTEGER NOT NULL -- since 1970-01-01
) STRICT;
INSERT INTO visitor_kind (day) SELECT max(max(day), unixepoch() / 86400) + 1 FROM visitor_seen HAVING count(*) > 0;
-- The totals of a campaign's days stand together now.
ALTER TABLE click_day DROP COLUMN totals;
-- Conversions of a kind in the order of time, for questions about time.
CREATE INDEX conversion_by_kind ON conversion (workspace_id, kind, occurred_at);
CREATE INDEX link_by_campaign ON link (campaign_id, id) WHERE campaign_id IS NOT NULL;
