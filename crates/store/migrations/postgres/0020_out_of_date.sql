-- Since when a device's configuration is another than the one that it would be given now.
ALTER TABLE device ADD COLUMN out_of_date_at BIGINT;
-- Since when its next fetch is answered in full, whatever it has.
ALTER TABLE device ADD COLUMN forced_at BIGINT;
-- Whether what it was given last has it ask again by itself.
ALTER TABLE device ADD COLUMN asks_again BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX device_out_of_date ON device (user_id) WHERE out_of_date_at IS NOT NULL AND state = 'live';
-- The form of the documents that devices were given.
INSERT INTO fact (name, value) VALUES ('documents_form', 1);
-- The job that made a deployment.
ALTER TABLE deployment ADD COLUMN job_id UUID;
CREATE INDEX deployment_by_job ON deployment (job_id, user_id) WHERE job_id IS NOT NULL;
