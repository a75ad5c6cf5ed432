-- What finds users by any piece of what stands in their columns. Their ids are no numbers, so each has one for it; the rows' own
-- numbers are not kept when a database is rewritten.
ALTER TABLE users ADD COLUMN number BIGINT;
UPDATE users SET number = rowid;
CREATE UNIQUE INDEX users_number ON users (number);
CREATE VIRTUAL TABLE user_search USING fts5(search, content='', contentless_delete=1, tokenize='trigram case_sensitive 1');
INSERT INTO user_search (rowid, search) SELECT number, search FROM users;
CREATE TRIGGER users_added AFTER INSERT ON users BEGIN
  UPDATE users SET number = (SELECT COALESCE(MAX(number), 0) + 1 FROM users) WHERE id = new.id;
  INSERT INTO user_search (rowid, search) SELECT number, search FROM users WHERE id = new.id;
END;
CREATE TRIGGER users_said_otherwise AFTER UPDATE OF search ON users WHEN new.search <> old.search BEGIN
  INSERT OR REPLACE INTO user_search (rowid, search) VALUES (new.number, new.search);
END;
CREATE TRIGGER users_removed AFTER DELETE ON users BEGIN
  DELETE FROM user_search WHERE rowid = old.number;
END;
