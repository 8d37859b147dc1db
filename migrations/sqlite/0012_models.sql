-- Windows of a campaign, in days; NULL where the configured ones hold.
ALTER TABLE campaign ADD COLUMN lead_window_days INTEGER;
ALTER TABLE campaign ADD COLUMN sale_window_days INTEGER;

-- By which rules each conversion was credited. A worker credits anew what was credited by others.
CREATE TABLE credited (
    conversion_id  TEXT PRIMARY KEY,
    workspace_id   TEXT NOT NULL,
    occurred_at    INTEGER NOT NULL,
    model_version  INTEGER NOT NULL, -- attribution::Terms::version; 0: to be credited anew
    left_out       INTEGER NOT NULL -- touches that lie outside their campaigns' windows
) STRICT, WITHOUT ROWID;
CREATE INDEX credited_by_version ON credited (model_version, occurred_at, conversion_id);
CREATE INDEX credited_left_out ON credited (workspace_id) WHERE left_out > 0;
INSERT INTO credited (conversion_id, workspace_id, occurred_at, model_version, left_out)
    SELECT id, workspace_id, occurred_at, 0, 0 FROM conversion;
