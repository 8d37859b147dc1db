-- A packed day's sums of classes, for reports that tell nothing else of clicks apart.
ALTER TABLE click_day ADD COLUMN totals BYTEA NOT NULL DEFAULT ''; -- store::click::cells of the whole day by class; empty until it is packed again
