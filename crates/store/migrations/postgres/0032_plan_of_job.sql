-- A job's page says what its plan left out.
CREATE INDEX plan_by_job ON plan (job_id) WHERE job_id IS NOT NULL;
