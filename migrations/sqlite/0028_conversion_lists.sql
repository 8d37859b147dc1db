-- Lists of conversions compare with columns of this index only, so that a page reads no other rows.
CREATE INDEX conversion_listed ON conversion
    (workspace_id, id, campaign_id, network, kind, source_id, joined_by, occurred_at);
DROP INDEX conversion_by_workspace;
