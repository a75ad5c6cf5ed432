-- What people said about two records, and when: appended to, while `join_decision` holds what stands.
INSERT INTO fact (name, value) VALUES ('decision', 1);
CREATE TABLE join_history (
  n BIGINT NOT NULL, record BIGINT NOT NULL, other BIGINT NOT NULL, verdict TEXT COLLATE "C" NOT NULL, actor TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (n, record, other)
);
CREATE INDEX join_history_record ON join_history (record, n);
CREATE INDEX join_history_other ON join_history (other, n);
-- Which kinds of component win a field, as an administrator wants it: a field that is not here has the order of the program.
CREATE TABLE precedence (field TEXT PRIMARY KEY, kinds TEXT NOT NULL);
