-- What lets a person in who is no administrator: mailed links that work once, and the sessions that they begin.
CREATE TABLE self_pass (
  token_hash BLOB PRIMARY KEY, user_id BLOB NOT NULL, is_session BOOLEAN NOT NULL, expires_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX self_pass_by_user ON self_pass (user_id);
CREATE INDEX self_pass_by_end ON self_pass (expires_at);
