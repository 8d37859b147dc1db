-- Lists of posts are narrowed to a campaign in this index, so that a page reads no other rows.
CREATE INDEX post_listed ON post (workspace_id, id, campaign_id);
