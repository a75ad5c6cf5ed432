-- Finds and counts users by how far they have ever come.
CREATE INDEX users_deployed ON users (id) WHERE deployed_at IS NOT NULL;
CREATE INDEX users_downloaded ON users (id) WHERE downloaded_at IS NOT NULL;
