-- Domains that short links were ever made on. Links keep their host as text.
CREATE TABLE domain (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT REFERENCES workspace (id), -- NULL: every workspace may use it
    host         TEXT NOT NULL UNIQUE, -- ASCII form, with its port unless that is 80 or 443
    scheme       TEXT NOT NULL, -- http or https
    path         TEXT NOT NULL, -- what stands before the slug, such as /go; mostly empty
    origin       TEXT NOT NULL, -- configuration, command or links
    created_at   INTEGER NOT NULL
) STRICT;

-- Which domain took the links of another one, so that they still answer under their old name.
CREATE TABLE domain_move (
    domain   TEXT NOT NULL,
    moved_to TEXT NOT NULL,
    moved_at INTEGER NOT NULL,
    PRIMARY KEY (domain, moved_to)
) STRICT, WITHOUT ROWID;
