-- The currency and time zone of campaigns that name none; NULL where each campaign must name its own.
ALTER TABLE workspace ADD COLUMN currency TEXT;
ALTER TABLE workspace ADD COLUMN time_zone TEXT;
