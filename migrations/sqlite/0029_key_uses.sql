-- The UTC day on which a key was used last, counted from 1970-01-01.
ALTER TABLE api_key ADD COLUMN last_used_day INTEGER;
