-- What readiness writes to find out whether the store takes writes; one row.
CREATE TABLE store_probe (
    id      BIGINT PRIMARY KEY,
    writes  BIGINT NOT NULL
);

-- Which master key the data was written under; one row, once a program has opened its key on this store.
CREATE TABLE master_key (
    id    BIGINT PRIMARY KEY,
    mark  TEXT COLLATE "C" NOT NULL -- tells keys apart, and nothing else of them
);
