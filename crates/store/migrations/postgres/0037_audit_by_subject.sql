-- A job's page tells who paused it, and when.
CREATE INDEX audit_by_subject ON audit (subject, seq);
