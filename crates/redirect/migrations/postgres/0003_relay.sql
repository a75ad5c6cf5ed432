-- Whether apps are fetched for, because they cannot reach the origin.
ALTER TABLE link ADD COLUMN relay BIGINT NOT NULL DEFAULT 0;
