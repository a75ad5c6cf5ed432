-- What each page of the last scan held, as the component wrote it: 40 bytes for each record (store::pages). `form` tells which
-- program read it.
CREATE TABLE scanned_page (
  connection_id UUID NOT NULL, page BIGINT NOT NULL, form BIGINT NOT NULL, held BYTEA NOT NULL,
  PRIMARY KEY (connection_id, page)
);
-- What joining knows of a record (roster::join::Card); none where the record says something else since.
ALTER TABLE record ADD COLUMN card BYTEA;
