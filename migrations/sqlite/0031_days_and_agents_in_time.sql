-- Packing one day of links without a campaign reads that day's rows; dropping old agents reads the old ones.
CREATE INDEX click_day_in_time ON click_day (day, placement_id);
CREATE INDEX agent_in_time ON agent (seen_on);
