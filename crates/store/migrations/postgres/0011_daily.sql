-- What is ours about users, whoever the rest of their data belongs to, as JSON.
ALTER TABLE users ADD COLUMN ours TEXT NOT NULL DEFAULT '{}';
-- Passwords and PINs that were entered by hand.
ALTER TABLE users ADD COLUMN mbg_secret_id UUID REFERENCES secret(id);
ALTER TABLE users ADD COLUMN voicemail_secret_id UUID REFERENCES secret(id);
ALTER TABLE users ADD COLUMN client_secret_id UUID REFERENCES secret(id);
CREATE INDEX users_mbg_secret ON users (mbg_secret_id) WHERE mbg_secret_id IS NOT NULL;
CREATE INDEX users_voicemail_secret ON users (voicemail_secret_id) WHERE voicemail_secret_id IS NOT NULL;
CREATE INDEX users_client_secret ON users (client_secret_id) WHERE client_secret_id IS NOT NULL;
-- What a plan is about beside its selection and profile: the language that users are given.
ALTER TABLE plan ADD COLUMN argument TEXT NOT NULL DEFAULT '';
-- Since when a device's link only gives the document that takes its account away.
ALTER TABLE device ADD COLUMN revoked_at BIGINT;
