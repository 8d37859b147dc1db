-- The cells of a campaign's day stand together, beside its sums (part 'cells' of report_day).
INSERT INTO report_day (owner, part, day) SELECT owner, 'cells', day FROM report_day WHERE part = 'clicks';
