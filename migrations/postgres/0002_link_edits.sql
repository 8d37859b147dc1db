-- Links by their last change: every node looks here for changes that nobody told it of.
CREATE INDEX link_by_change ON link (updated_at);
