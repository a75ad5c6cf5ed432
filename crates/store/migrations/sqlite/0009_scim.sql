-- The token that an identity provider shows, as its hash.
ALTER TABLE connection ADD COLUMN token_hash BLOB;
CREATE UNIQUE INDEX connection_token ON connection (token_hash) WHERE token_hash IS NOT NULL;
-- The users that providers push, as they stand there; the records that are made of them lie in `record`, under the same ids.
CREATE TABLE scim_user (
  connection_id BLOB NOT NULL REFERENCES connection(id), id BLOB NOT NULL, user_name TEXT NOT NULL, external_id TEXT NOT NULL,
  data TEXT NOT NULL, version BIGINT NOT NULL, created_at BIGINT NOT NULL, changed_at BIGINT NOT NULL,
  PRIMARY KEY (connection_id, id), CONSTRAINT scim_user_name UNIQUE (connection_id, user_name)
) WITHOUT ROWID;
CREATE INDEX scim_user_external ON scim_user (connection_id, external_id, id);
CREATE INDEX scim_user_left ON scim_user (user_name);
