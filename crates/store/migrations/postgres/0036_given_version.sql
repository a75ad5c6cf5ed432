-- The version of its user's profile that a device was given, where nothing else about it changed since: a profile that is made as it was
-- makes it up to date again. Devices of older releases count as given something else.
ALTER TABLE device ADD COLUMN profile_version BIGINT;
