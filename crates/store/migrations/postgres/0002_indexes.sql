-- Claims take jobs in this order, and ask whether one of the same kind runs.
DROP INDEX job_due;
CREATE INDEX job_due ON job (due_at, created_at) WHERE state IN ('queued', 'running');
CREATE UNIQUE INDEX job_one_running ON job (only_one) WHERE state = 'running';
-- Erasing a secret asks who refers to it.
CREATE INDEX record_secret ON record (secret_id) WHERE secret_id IS NOT NULL;
-- A plan is carried out from its first open row on.
CREATE INDEX plan_item_open ON plan_item (plan_id, n) WHERE action <> 'skip' AND NOT done;
