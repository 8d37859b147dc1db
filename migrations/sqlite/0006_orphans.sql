-- Requests for slugs that no link has: sums by day, and what makes each count once.
CREATE TABLE orphan (
    domain        TEXT NOT NULL,
    slug          TEXT NOT NULL, -- '' for all beyond the day's most
    day           INTEGER NOT NULL, -- since 1970-01-01, UTC
    class         TEXT NOT NULL,
    network_seen  TEXT NOT NULL, -- '' where it is not known
    requests      INTEGER NOT NULL,
    last_at       INTEGER NOT NULL,
    PRIMARY KEY (domain, slug, day, class, network_seen)
) STRICT, WITHOUT ROWID;
CREATE INDEX orphan_by_day ON orphan (day);

-- How many different slugs a day has.
CREATE TABLE orphan_day (
    day    INTEGER PRIMARY KEY,
    slugs  INTEGER NOT NULL
) STRICT;

-- Ids that were counted lately, so that an entry that comes again changes nothing.
CREATE TABLE orphan_seen (
    id          TEXT PRIMARY KEY,
    counted_on  INTEGER NOT NULL -- day of the worker's clock
) STRICT, WITHOUT ROWID;
CREATE INDEX orphan_seen_by_day ON orphan_seen (counted_on);

-- Which link somebody may have meant, whatever the case of its letters.
CREATE INDEX link_in_any_case ON link (domain, lower(slug));
