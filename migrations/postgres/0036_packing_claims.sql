-- Who packs an open day reads it without the lock of those who write, and claims it first; NULL when nobody does, and
-- when the day was written to since.
ALTER TABLE report_day ADD COLUMN claim BIGINT;
