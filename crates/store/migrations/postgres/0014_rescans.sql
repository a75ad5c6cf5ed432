-- What joining has to look at again: entries by their ids, 0 = how all records go together, -1 = the same while it is done.
-- Marks are only added and taken: a second one of the same entry is a row of its own, so that taking the first never takes it too.
CREATE TABLE stale_entry (entry_id BIGINT NOT NULL);
CREATE INDEX stale_entry_id ON stale_entry (entry_id);
INSERT INTO stale_entry (entry_id) VALUES (0);
-- Entries above this id were never made; what made them tells which program did.
INSERT INTO fact (name, value) VALUES ('entries_made', 0), ('entries_form', 0);

-- Records that a scan found as they were: from the first to the last id of them.
CREATE TABLE seen (
  connection_id UUID NOT NULL, scan BIGINT NOT NULL, first_id BIGINT NOT NULL, last_id BIGINT NOT NULL,
  PRIMARY KEY (connection_id, scan, first_id)
);
CREATE INDEX record_present ON record (connection_id, seen_scan) WHERE NOT gone;

-- The least number of days before its authorization ends that a connection's administrators were told of.
ALTER TABLE connection ADD COLUMN warned_days BIGINT;
