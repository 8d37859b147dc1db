-- A packed day's sums of classes stand before its cells, for reports that tell nothing else of clicks apart.
CREATE TABLE click_day_with_totals (
    placement_id  INTEGER NOT NULL,
    day           INTEGER NOT NULL, -- since 1970-01-01
    totals        BLOB NOT NULL, -- store::click::cells of the whole day by class; empty until it is packed again
    cells         BLOB NOT NULL, -- store::click::cells
    PRIMARY KEY (placement_id, day)
) STRICT, WITHOUT ROWID;
INSERT INTO click_day_with_totals (placement_id, day, totals, cells)
    SELECT placement_id, day, x'', cells FROM click_day;
DROP TABLE click_day;
ALTER TABLE click_day_with_totals RENAME TO click_day;
