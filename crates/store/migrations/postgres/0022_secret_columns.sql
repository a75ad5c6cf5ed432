-- The other secrets that a row of a file holds, in the order of those that users have of their own.
ALTER TABLE plan_detail ADD COLUMN mbg_secret_id UUID REFERENCES secret(id);
ALTER TABLE plan_detail ADD COLUMN voicemail_secret_id UUID REFERENCES secret(id);
ALTER TABLE plan_detail ADD COLUMN client_secret_id UUID REFERENCES secret(id);
CREATE INDEX plan_detail_mbg_secret ON plan_detail (mbg_secret_id) WHERE mbg_secret_id IS NOT NULL;
CREATE INDEX plan_detail_voicemail_secret ON plan_detail (voicemail_secret_id) WHERE voicemail_secret_id IS NOT NULL;
CREATE INDEX plan_detail_client_secret ON plan_detail (client_secret_id) WHERE client_secret_id IS NOT NULL;
