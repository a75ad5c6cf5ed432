-- Tickets that a typed code gave: for a few minutes and one device of the same deployment.
CREATE TABLE code_ticket (
  ticket_hash BLOB PRIMARY KEY, deployment_id BLOB NOT NULL, expires_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX code_ticket_by_deployment ON code_ticket (deployment_id);
-- Links whose end is long ago are forgotten.
CREATE INDEX code_ticket_by_end ON code_ticket (expires_at);
CREATE INDEX publication_by_end ON publication (expires_at);
-- By which of them a device came; none: by the link itself.
ALTER TABLE device ADD COLUMN code_ticket BLOB;

-- The last visit that the redirect server told of.
INSERT INTO fact (name, value) VALUES ('visits_after', 0);
