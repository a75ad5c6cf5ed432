-- Every version of a profile, so that it can be told who changed what, and gone back to.
CREATE TABLE profile_version (
  profile_id BLOB NOT NULL, version BIGINT NOT NULL, name TEXT NOT NULL, settings TEXT NOT NULL, actor TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (profile_id, version)
) WITHOUT ROWID;
INSERT INTO profile_version (profile_id, version, name, settings, actor, at)
SELECT id, version, name, settings, '', updated_at FROM profile;
