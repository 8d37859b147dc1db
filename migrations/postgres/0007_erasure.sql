-- People who were erased, so that what comes late or again does not bring them back. No mark stands
-- here, only its hash under the master key; who has neither key nor mark learns nothing from it.
CREATE TABLE tombstone (
    mark          TEXT COLLATE "C" PRIMARY KEY, -- keyed hash, hex; of a click the id that stands in for it
    workspace_id  TEXT COLLATE "C" NOT NULL,
    kind          TEXT COLLATE "C" NOT NULL, -- customer, email, click, or visit: a click that went along
    erased_at     BIGINT NOT NULL
);

-- Which master keys the marks were hashed under; empty as long as nobody was erased.
CREATE TABLE tombstone_key (
    print  TEXT COLLATE "C" PRIMARY KEY -- tells keys apart, and nothing else of them
);

-- From a click, and from a conversion, to what was joined through it.
CREATE INDEX credit_by_click ON credit (click_id) WHERE click_id IS NOT NULL;
CREATE INDEX conversion_by_click ON conversion (click_id) WHERE click_id IS NOT NULL;
CREATE INDEX conversion_by_via ON conversion (joined_via) WHERE joined_via IS NOT NULL;
