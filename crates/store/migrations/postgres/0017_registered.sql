-- Who is registered now, as far as it is a user's softphone: found again by the keyed hash of its address, which is not kept.
CREATE TABLE contact (
  connection_id UUID NOT NULL, address_mac BYTEA NOT NULL, user_id UUID NOT NULL, device_id UUID,
  agent TEXT NOT NULL, host TEXT NOT NULL, first_at BIGINT NOT NULL, last_at BIGINT NOT NULL, kept_at BIGINT NOT NULL,
  PRIMARY KEY (connection_id, address_mac)
);
CREATE INDEX contact_by_user ON contact (user_id);
CREATE INDEX contact_open ON contact (connection_id, kept_at) WHERE device_id IS NULL;
-- When a connection was last to be asked who is registered, when it had told everybody, and how many contacts were of users and of nobody.
ALTER TABLE connection ADD COLUMN contacts_at BIGINT;
ALTER TABLE connection ADD COLUMN contacts_read_at BIGINT;
ALTER TABLE connection ADD COLUMN contacts_known BIGINT NOT NULL DEFAULT 0;
ALTER TABLE connection ADD COLUMN contacts_unknown BIGINT NOT NULL DEFAULT 0;
-- First and last time that a device was registered, and what it calls itself there.
ALTER TABLE device ADD COLUMN registered_at BIGINT;
ALTER TABLE device ADD COLUMN registered_last_at BIGINT;
ALTER TABLE device ADD COLUMN registered_agent TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN registered_at BIGINT;
ALTER TABLE users ADD COLUMN registered_last_at BIGINT;
CREATE INDEX users_never_registered ON users (id) WHERE downloaded_at IS NOT NULL AND registered_at IS NULL;
CREATE INDEX users_registered ON users (registered_last_at, id) WHERE registered_at IS NOT NULL;
-- The user part of a user's SIP account, in lower case: contacts are told by it where no record is named.
ALTER TABLE users ADD COLUMN sip_key TEXT NOT NULL DEFAULT '';
UPDATE users SET sip_key = LOWER(COALESCE(NULLIF(data::jsonb ->> 'sip_user', ''), ours::jsonb ->> 'sip_user', ''));
CREATE INDEX users_sip ON users (sip_key) WHERE sip_key <> '';
-- When the landing page's button was pressed.
ALTER TABLE deployment ADD COLUMN opened_at BIGINT;
CREATE INDEX deployment_unseen ON deployment (user_id) WHERE state = 'sent' AND seen_at IS NULL AND opened_at IS NULL;
CREATE INDEX deployment_unopened ON deployment (user_id) WHERE state = 'sent' AND seen_at IS NOT NULL AND opened_at IS NULL;
CREATE INDEX deployment_opened ON deployment (user_id) WHERE state = 'sent' AND opened_at IS NOT NULL;
