-- Texts of the deployment mail that people changed, every version of them; what nobody changed has the program's. The profile without
-- digits is everybody's. A version without a template went back to what stands above it.
CREATE TABLE mail_template (
  id UUID PRIMARY KEY, profile_id UUID NOT NULL, language TEXT NOT NULL, version BIGINT NOT NULL, template TEXT,
  actor TEXT NOT NULL, at BIGINT NOT NULL
);
CREATE UNIQUE INDEX mail_template_version ON mail_template (profile_id, language, version);

-- What a mail is written from was settled when it was ordered. `slots` counts the limits that gave it its moment.
ALTER TABLE outbox ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN template_id UUID;
ALTER TABLE outbox ADD COLUMN slots BIGINT NOT NULL DEFAULT 0;
CREATE INDEX outbox_sent ON outbox (deployment_id) WHERE state = 'sent';
CREATE INDEX outbox_bounced ON outbox (deployment_id) WHERE state = 'bounced';
CREATE INDEX outbox_cancelled ON outbox (deployment_id) WHERE state = 'cancelled';
CREATE INDEX outbox_retried ON outbox (deployment_id) WHERE state = 'waiting' AND attempts > 0;

-- When the next mail may go to a domain, and through the mail server (the empty name).
CREATE TABLE mail_slot (name TEXT PRIMARY KEY, next_at BIGINT NOT NULL);

-- Since when nothing is sent; 0: it is.
INSERT INTO fact (name, value) VALUES ('mail_paused_since', 0);
