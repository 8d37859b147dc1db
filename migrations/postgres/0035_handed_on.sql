-- Names of the query parameters that a click hands on to the destination, with commas between; NULL for those of ad
-- networks. A workspace's are those of its new links.
ALTER TABLE link ADD COLUMN handed_on TEXT;
ALTER TABLE workspace ADD COLUMN handed_on TEXT;
