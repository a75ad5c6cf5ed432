-- Whether and when a connection is scanned, what it was granted, and whom it was taken away from.
ALTER TABLE connection ADD COLUMN paused BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE connection ADD COLUMN schedule TEXT NOT NULL DEFAULT '';
ALTER TABLE connection ADD COLUMN due_at BIGINT;
ALTER TABLE connection ADD COLUMN removed_at BIGINT;
ALTER TABLE connection ADD COLUMN token_id TEXT NOT NULL DEFAULT '';
ALTER TABLE connection ADD COLUMN verified_at BIGINT;
ALTER TABLE connection ADD COLUMN expires_at BIGINT;
-- The scan after which too many would be gone, until a person confirms it.
ALTER TABLE connection ADD COLUMN held_scan BIGINT;
-- The nodes of its cluster as JSON, and the connection that reads their records in its place.
ALTER TABLE connection ADD COLUMN cluster TEXT NOT NULL DEFAULT '[]';
ALTER TABLE connection ADD COLUMN read_by UUID;
CREATE INDEX connection_due ON connection (due_at) WHERE due_at IS NOT NULL;
-- The last scans of a connection.
CREATE INDEX job_of ON job (only_one, created_at) WHERE only_one IS NOT NULL;

-- An authorization that was asked for and not yet given.
CREATE TABLE authorization_request (
  connection_id UUID PRIMARY KEY REFERENCES connection(id), state_hash BYTEA NOT NULL UNIQUE, token_id TEXT NOT NULL,
  secret_id UUID NOT NULL REFERENCES secret(id), administrator_id UUID NOT NULL, session_hash BYTEA,
  created_at BIGINT NOT NULL
);
