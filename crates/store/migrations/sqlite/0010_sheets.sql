-- SIP secrets of people whose account no component holds.
ALTER TABLE users ADD COLUMN secret_id BLOB REFERENCES secret(id);
-- What rows of a plan say that was made of a file: their data as JSON without secrets, and the sealed secret.
CREATE TABLE plan_detail (
  plan_id BLOB NOT NULL, n BIGINT NOT NULL, data TEXT NOT NULL, secret_id BLOB REFERENCES secret(id), PRIMARY KEY (plan_id, n)
) WITHOUT ROWID;
CREATE INDEX plan_detail_secret ON plan_detail (secret_id) WHERE secret_id IS NOT NULL;
CREATE INDEX users_secret ON users (secret_id) WHERE secret_id IS NOT NULL;
