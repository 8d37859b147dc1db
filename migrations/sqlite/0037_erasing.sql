-- What is left of people under way to be erased: each row goes with what it names.
-- step: 1 an order with its lines, 2 a conversion, 3 a click; later steps rely on earlier ones.
CREATE TABLE erasing (
    workspace_id TEXT NOT NULL,
    step INTEGER NOT NULL,
    subject TEXT NOT NULL,
    PRIMARY KEY (workspace_id, step, subject)
) STRICT, WITHOUT ROWID;
