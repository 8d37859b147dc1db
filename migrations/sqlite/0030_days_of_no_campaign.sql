-- The clicks of links without a campaign are packed for reports as a campaign's are, under their workspace.
INSERT INTO report_day (owner, part, day)
    SELECT DISTINCT p.workspace_id, 'clicks', d.day FROM click_day d JOIN placement p ON p.id = d.placement_id
    WHERE p.campaign_id IS NULL;
INSERT INTO report_day (owner, part, day)
    SELECT DISTINCT p.workspace_id, 'cells', d.day FROM click_day d JOIN placement p ON p.id = d.placement_id
    WHERE p.campaign_id IS NULL;
