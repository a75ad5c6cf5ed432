-- Times are milliseconds since 1970, UTC. Ids that people and links name are UUIDs (16 bytes);
-- what scanning makes is numbered. JSON stands in `data` where nothing is looked up by its parts.

CREATE TABLE fact (name TEXT PRIMARY KEY, value BIGINT NOT NULL) WITHOUT ROWID;
INSERT INTO fact (name, value) VALUES ('next_entry', 1), ('view_revision', 0), ('next_scan', 1);

CREATE TABLE data_key (key_id TEXT PRIMARY KEY, wrapped BLOB NOT NULL, created_at BIGINT NOT NULL) WITHOUT ROWID;

CREATE TABLE secret (
  id BLOB PRIMARY KEY, purpose TEXT NOT NULL, key_id TEXT NOT NULL, sealed BLOB NOT NULL, created_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE administrator (
  id BLOB PRIMARY KEY, name TEXT NOT NULL, name_key TEXT NOT NULL CONSTRAINT administrator_name UNIQUE,
  password_hash TEXT NOT NULL, role TEXT NOT NULL, created_at BIGINT NOT NULL
);
CREATE TABLE session (
  token_hash BLOB PRIMARY KEY, administrator_id BLOB NOT NULL REFERENCES administrator(id),
  created_at BIGINT NOT NULL, seen_at BIGINT NOT NULL, expires_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE TABLE api_token (
  id BLOB PRIMARY KEY, token_hash BLOB NOT NULL UNIQUE, administrator_id BLOB NOT NULL REFERENCES administrator(id),
  name TEXT NOT NULL, created_at BIGINT NOT NULL
);
CREATE TABLE setup_token (token_hash BLOB PRIMARY KEY, created_at BIGINT NOT NULL) WITHOUT ROWID;

CREATE TABLE audit (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, at BIGINT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
  subject TEXT NOT NULL, detail TEXT NOT NULL
);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;

CREATE TABLE connection (
  id BLOB PRIMARY KEY, name TEXT NOT NULL, name_key TEXT NOT NULL CONSTRAINT connection_name UNIQUE,
  kind TEXT NOT NULL, address TEXT NOT NULL, options TEXT NOT NULL, secret_id BLOB REFERENCES secret(id),
  default_pbx TEXT NOT NULL, created_at BIGINT NOT NULL,
  scan_number BIGINT NOT NULL DEFAULT 0, scan_cursor TEXT NOT NULL DEFAULT '', scan_page BIGINT NOT NULL DEFAULT 0,
  scan_skipped BIGINT NOT NULL DEFAULT 0, scanned_at BIGINT, completed_at BIGINT, record_count BIGINT NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT '', hint TEXT NOT NULL DEFAULT ''
);

CREATE TABLE record (
  id INTEGER PRIMARY KEY AUTOINCREMENT, connection_id BLOB NOT NULL REFERENCES connection(id), source_id TEXT NOT NULL,
  data TEXT NOT NULL, hash BLOB NOT NULL, seen_scan BIGINT NOT NULL, gone BOOLEAN NOT NULL DEFAULT FALSE,
  secret_id BLOB REFERENCES secret(id),
  entry_id BIGINT, join_rule TEXT NOT NULL DEFAULT '', join_record BIGINT,
  UNIQUE (connection_id, source_id)
);
CREATE INDEX record_entry ON record (entry_id);

CREATE TABLE join_decision (
  record_a BIGINT NOT NULL, record_b BIGINT NOT NULL, together BOOLEAN NOT NULL, actor TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (record_a, record_b)
) WITHOUT ROWID;

CREATE TABLE entry (
  id INTEGER PRIMARY KEY, data TEXT NOT NULL, hash BLOB NOT NULL, row_hash BLOB NOT NULL, sources TEXT NOT NULL, notes TEXT NOT NULL,
  name_key TEXT NOT NULL, number_key TEXT NOT NULL, email_key TEXT NOT NULL, search TEXT NOT NULL,
  state TEXT NOT NULL, user_id BLOB, imported_hash BLOB
);
CREATE INDEX entry_by_name ON entry (name_key, id);
CREATE INDEX entry_by_number ON entry (number_key, id);
CREATE INDEX entry_by_email ON entry (email_key, id);
CREATE INDEX entry_by_state ON entry (state, name_key, id);
CREATE VIRTUAL TABLE entry_search USING fts5(search, content='', contentless_delete=1, tokenize='trigram case_sensitive 1');

CREATE TABLE profile (
  id BLOB PRIMARY KEY, name TEXT NOT NULL, name_key TEXT NOT NULL CONSTRAINT profile_name UNIQUE,
  settings TEXT NOT NULL, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
);

CREATE TABLE users (
  id BLOB PRIMARY KEY, entry_id BIGINT CONSTRAINT users_entry UNIQUE, profile_id BLOB REFERENCES profile(id),
  data TEXT NOT NULL, hash BLOB NOT NULL, name_key TEXT NOT NULL, number_key TEXT NOT NULL, email_key TEXT NOT NULL,
  search TEXT NOT NULL, state TEXT NOT NULL, suspended BOOLEAN NOT NULL DEFAULT FALSE, imported_at BIGINT NOT NULL,
  deployed_at BIGINT, downloaded_at BIGINT, version BIGINT NOT NULL
);
CREATE INDEX users_by_name ON users (name_key, id);
CREATE INDEX users_by_number ON users (number_key, id);
CREATE INDEX users_by_email ON users (email_key, id);
CREATE INDEX users_by_state ON users (state, name_key, id);
CREATE INDEX users_by_profile ON users (profile_id);

CREATE TABLE user_event (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, user_id BLOB NOT NULL, at BIGINT NOT NULL, kind TEXT NOT NULL,
  detail TEXT NOT NULL, actor TEXT NOT NULL
);
CREATE INDEX user_event_by_user ON user_event (user_id, seq);

CREATE TABLE plan (
  id BLOB PRIMARY KEY, purpose TEXT NOT NULL, profile_id BLOB, deploy BOOLEAN NOT NULL, selection TEXT NOT NULL,
  state TEXT NOT NULL, counts TEXT NOT NULL, actor TEXT NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL,
  job_id BLOB
);
CREATE TABLE plan_item (
  plan_id BLOB NOT NULL, n BIGINT NOT NULL, entry_id BIGINT, user_id BLOB, action TEXT NOT NULL, reason TEXT NOT NULL,
  deploy TEXT NOT NULL, label TEXT NOT NULL, hash BLOB NOT NULL, done BOOLEAN NOT NULL DEFAULT FALSE,
  PRIMARY KEY (plan_id, n)
) WITHOUT ROWID;
CREATE INDEX plan_item_by_reason ON plan_item (plan_id, action, reason, n);

CREATE TABLE job (
  id BLOB PRIMARY KEY, kind TEXT NOT NULL, "order" TEXT NOT NULL, only_one TEXT, state TEXT NOT NULL,
  total BIGINT NOT NULL DEFAULT 0, done BIGINT NOT NULL DEFAULT 0, failed BIGINT NOT NULL DEFAULT 0,
  cursor TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '', error TEXT NOT NULL DEFAULT '', hint TEXT NOT NULL DEFAULT '',
  attempts BIGINT NOT NULL DEFAULT 0, cancel BOOLEAN NOT NULL DEFAULT FALSE, actor TEXT NOT NULL,
  due_at BIGINT NOT NULL, lease_owner TEXT NOT NULL DEFAULT '', lease_until BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL, started_at BIGINT, finished_at BIGINT
);
CREATE INDEX job_due ON job (due_at) WHERE state IN ('queued', 'running');
CREATE UNIQUE INDEX job_only_one ON job (only_one) WHERE state = 'queued';
CREATE INDEX job_newest ON job (created_at, id);

CREATE TABLE job_item (
  job_id BLOB NOT NULL, subject TEXT NOT NULL, label TEXT NOT NULL, state TEXT NOT NULL,
  code TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '', hint TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (job_id, subject)
) WITHOUT ROWID;
CREATE INDEX job_item_by_state ON job_item (job_id, state, subject);
CREATE INDEX job_item_open ON job_item (subject) WHERE state = 'open';
CREATE INDEX job_item_failed ON job_item (subject) WHERE state = 'failed';

CREATE TABLE deployment (
  id BLOB PRIMARY KEY, user_id BLOB NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, profile_id BLOB NOT NULL,
  profile_version BIGINT NOT NULL, ticket_hash BLOB NOT NULL CONSTRAINT deployment_ticket UNIQUE,
  code_mac BLOB NOT NULL CONSTRAINT deployment_code UNIQUE, secret_id BLOB, link_mode TEXT NOT NULL,
  message_id TEXT NOT NULL, places BIGINT NOT NULL, created_at BIGINT NOT NULL, sent_at BIGINT, seen_at BIGINT, expires_at BIGINT NOT NULL,
  error TEXT NOT NULL DEFAULT '', hint TEXT NOT NULL DEFAULT ''
);
CREATE INDEX deployment_by_user ON deployment (user_id, created_at);

CREATE TABLE outbox (
  deployment_id BLOB PRIMARY KEY, state TEXT NOT NULL, due_at BIGINT NOT NULL, first_tried_at BIGINT, attempts BIGINT NOT NULL DEFAULT 0,
  lease_owner TEXT NOT NULL DEFAULT '', lease_until BIGINT NOT NULL DEFAULT 0, reply TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (due_at) WHERE state IN ('waiting', 'sending');

CREATE TABLE publication (
  ticket_hash BLOB PRIMARY KEY, deployment_id BLOB NOT NULL, version BIGINT NOT NULL, accepted_version BIGINT NOT NULL DEFAULT 0,
  expires_at BIGINT NOT NULL, ended BOOLEAN NOT NULL DEFAULT FALSE, language TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX publication_open ON publication (deployment_id) WHERE accepted_version < version;
CREATE INDEX publication_by_deployment ON publication (deployment_id);

CREATE TABLE device (
  id BLOB PRIMARY KEY, deployment_id BLOB NOT NULL, user_id BLOB NOT NULL, link_hash BLOB NOT NULL CONSTRAINT device_link UNIQUE,
  state TEXT NOT NULL, client TEXT NOT NULL, agent TEXT NOT NULL, created_at BIGINT NOT NULL, downloaded_at BIGINT, fetched_at BIGINT
);
CREATE INDEX device_by_deployment ON device (deployment_id);
CREATE INDEX device_by_user ON device (user_id);
