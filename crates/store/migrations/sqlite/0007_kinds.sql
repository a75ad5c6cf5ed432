-- A registrar tells passwords, or only their hashes, which feed fewer clients.
ALTER TABLE record ADD COLUMN secret_is_ha1 BOOLEAN NOT NULL DEFAULT FALSE;
-- Where a component stood when its last scan was complete.
ALTER TABLE connection ADD COLUMN checkpoint TEXT NOT NULL DEFAULT '';
