-- Why a job waits until somebody resumes it; NULL: it does not.
ALTER TABLE job ADD COLUMN paused TEXT;
