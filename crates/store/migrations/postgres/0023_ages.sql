-- Finds users by when they were imported.
CREATE INDEX users_by_import ON users (imported_at, id);
