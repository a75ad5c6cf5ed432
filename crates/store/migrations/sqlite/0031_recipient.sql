-- Where a mail went when it was last tried. Empty: it was not tried yet, or by an older release.
ALTER TABLE outbox ADD COLUMN recipient TEXT NOT NULL DEFAULT '';
