-- Counts of clicks beyond the bound are dropped a quarter-hour at a time.
CREATE INDEX click_flood_in_time ON click_flood (quarter);
