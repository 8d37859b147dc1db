-- Names of columns that a workspace mapped by hand, for the next file of the same network.
CREATE TABLE export_column (
    workspace_id  TEXT NOT NULL REFERENCES workspace (id),
    kind          TEXT NOT NULL, -- what the file is sent as: costs or engagement
    network       TEXT NOT NULL, -- canonical name; '' where none was named
    column_name   TEXT NOT NULL, -- ours
    header        TEXT NOT NULL, -- its name in the network's file
    PRIMARY KEY (workspace_id, kind, network, column_name)
) STRICT, WITHOUT ROWID;
