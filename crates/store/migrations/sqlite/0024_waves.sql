-- Why a job waits until somebody resumes it; NULL: it does not.
ALTER TABLE job ADD COLUMN paused TEXT;
-- What a wave goes by, looked at before every part of it.
CREATE INDEX deployment_last_of_job ON deployment (job_id, created_at) WHERE job_id IS NOT NULL;
CREATE INDEX deployment_queued_of_job ON deployment (job_id) WHERE state = 'queued' AND job_id IS NOT NULL;
CREATE INDEX deployment_refused_of_job ON deployment (job_id) WHERE error <> '' AND job_id IS NOT NULL;
