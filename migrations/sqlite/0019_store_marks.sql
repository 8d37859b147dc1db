-- What readiness writes to find out whether the store takes writes; one row.
CREATE TABLE store_probe (
    id      INTEGER PRIMARY KEY,
    writes  INTEGER NOT NULL
) STRICT;

-- Which master key the data was written under; one row, once a program has opened its key on this store.
CREATE TABLE master_key (
    id    INTEGER PRIMARY KEY,
    mark  TEXT NOT NULL -- tells keys apart, and nothing else of them
) STRICT;
