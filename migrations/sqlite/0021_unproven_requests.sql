-- Requests to a source that prove no sender, counted apart from those of its real sender that were refused.
ALTER TABLE source ADD COLUMN unproven INTEGER NOT NULL DEFAULT 0;
ALTER TABLE source ADD COLUMN last_unproven_at INTEGER;
ALTER TABLE source ADD COLUMN last_unproven TEXT; -- code of the reason
-- Those that were counted together until now.
UPDATE source SET unproven = rejected, last_unproven_at = last_rejected_at, last_unproven = last_rejection,
    rejected = 0, last_rejected_at = NULL, last_rejection = NULL WHERE last_rejection LIKE 'signature_%';
