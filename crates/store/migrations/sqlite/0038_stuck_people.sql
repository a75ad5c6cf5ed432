-- Suspended people are not stuck between their configuration and the registrar.
DROP INDEX users_never_registered;
CREATE INDEX users_never_registered ON users (id)
  WHERE downloaded_at IS NOT NULL AND registered_at IS NULL AND state <> 'suspended';
