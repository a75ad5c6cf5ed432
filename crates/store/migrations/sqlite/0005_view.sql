-- The integrated view: a sort key for every column, what stands at an entry as bits (see `model::entry::marks`), the profile
-- that a component proposes, and what the last round of scans did to it. Joining fills them at the next scan.
INSERT INTO fact (name, value) VALUES ('round', 0);
ALTER TABLE entry ADD COLUMN first_key TEXT NOT NULL DEFAULT '';
ALTER TABLE entry ADD COLUMN pbx_key TEXT NOT NULL DEFAULT '';
ALTER TABLE entry ADD COLUMN mbg_key TEXT NOT NULL DEFAULT '';
ALTER TABLE entry ADD COLUMN account_key TEXT NOT NULL DEFAULT '';
ALTER TABLE entry ADD COLUMN proposal TEXT NOT NULL DEFAULT '';
ALTER TABLE entry ADD COLUMN marks BIGINT NOT NULL DEFAULT 0;
ALTER TABLE entry ADD COLUMN round BIGINT NOT NULL DEFAULT 0;
ALTER TABLE entry ADD COLUMN touch TEXT NOT NULL DEFAULT '';
UPDATE entry SET row_hash = zeroblob(16) WHERE state <> 'gone';
CREATE INDEX entry_by_first ON entry (first_key, id);
CREATE INDEX entry_by_pbx ON entry (pbx_key, number_key, id);
CREATE INDEX entry_by_mbg ON entry (mbg_key, id);
CREATE INDEX entry_by_account ON entry (account_key, id);
CREATE INDEX entry_by_round ON entry (round, touch, id);
CREATE INDEX entry_proposal ON entry (proposal, id) WHERE proposal <> '';
CREATE INDEX entry_proposed ON entry (id) WHERE (marks & 1) <> 0;
CREATE INDEX entry_second_line ON entry (id) WHERE (marks & 2) <> 0;
CREATE INDEX entry_fault ON entry (id) WHERE (marks & 4) <> 0;
CREATE INDEX entry_without_name ON entry (id) WHERE (marks & 8) <> 0;
CREATE INDEX entry_without_email ON entry (id) WHERE (marks & 16) <> 0;
CREATE INDEX entry_drifted ON entry (id) WHERE (marks & 32) <> 0;
-- Which connection a row's records come from is asked row by row.
DROP INDEX record_entry;
CREATE INDEX record_entry ON record (entry_id, connection_id) WHERE NOT gone;
-- What people said about two records, and when: appended to, while `join_decision` holds what stands.
INSERT INTO fact (name, value) VALUES ('decision', 1);
CREATE TABLE join_history (
  n BIGINT NOT NULL, record BIGINT NOT NULL, other BIGINT NOT NULL, verdict TEXT NOT NULL, actor TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (n, record, other)
) WITHOUT ROWID;
CREATE INDEX join_history_record ON join_history (record, n);
CREATE INDEX join_history_other ON join_history (other, n);
-- Which kinds of component win a field, as an administrator wants it: a field that is not here has the order of the program.
CREATE TABLE precedence (field TEXT PRIMARY KEY, kinds TEXT NOT NULL) WITHOUT ROWID;
