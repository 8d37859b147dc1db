-- Domains that short links were ever made on. Links keep their host as text.
CREATE TABLE domain (
    id           TEXT COLLATE "C" PRIMARY KEY,
    workspace_id TEXT COLLATE "C" REFERENCES workspace (id), -- NULL: every workspace may use it
    host         TEXT COLLATE "C" NOT NULL UNIQUE, -- ASCII form, with its port unless that is 80 or 443
    scheme       TEXT NOT NULL, -- http or https
    path         TEXT NOT NULL, -- what stands before the slug, such as /go; mostly empty
    origin       TEXT NOT NULL, -- configuration, command or links
    created_at   BIGINT NOT NULL
);

-- Which domain took the links of another one, so that they still answer under their old name.
CREATE TABLE domain_move (
    domain   TEXT COLLATE "C" NOT NULL,
    moved_to TEXT COLLATE "C" NOT NULL,
    moved_at BIGINT NOT NULL,
    PRIMARY KEY (domain, moved_to)
);
