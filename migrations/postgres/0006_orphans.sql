-- Requests for slugs that no link has: sums by day, and what makes each count once.
CREATE TABLE orphan (
    domain        TEXT COLLATE "C" NOT NULL,
    slug          TEXT COLLATE "C" NOT NULL, -- '' for all beyond the day's most
    day           BIGINT NOT NULL, -- since 1970-01-01, UTC
    class         TEXT COLLATE "C" NOT NULL,
    network_seen  TEXT COLLATE "C" NOT NULL, -- '' where it is not known
    requests      BIGINT NOT NULL,
    last_at       BIGINT NOT NULL,
    PRIMARY KEY (domain, slug, day, class, network_seen)
);
CREATE INDEX orphan_by_day ON orphan (day);

-- How many different slugs a day has.
CREATE TABLE orphan_day (
    day    BIGINT PRIMARY KEY,
    slugs  BIGINT NOT NULL
);

-- Ids that were counted lately, so that an entry that comes again changes nothing.
CREATE TABLE orphan_seen (
    id          TEXT COLLATE "C" PRIMARY KEY,
    counted_on  BIGINT NOT NULL -- day of the worker's clock
);
CREATE INDEX orphan_seen_by_day ON orphan_seen (counted_on);

-- Which link somebody may have meant, whatever the case of its letters.
CREATE INDEX link_in_any_case ON link (domain, lower(slug));
