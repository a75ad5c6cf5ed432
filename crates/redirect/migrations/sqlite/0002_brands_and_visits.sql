-- How an origin's pages look: what its administrator wrote, as JSON.
CREATE TABLE brand (
    origin TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (origin, id)
) STRICT, WITHOUT ROWID;

-- What happened at a link within an hour, once for each kind, until its origin has long read it. Numbers are never given twice.
CREATE TABLE visit (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    ticket BLOB NOT NULL,
    origin TEXT NOT NULL,
    kind TEXT NOT NULL,
    hour INTEGER NOT NULL,
    CONSTRAINT visit_once UNIQUE (ticket, kind, hour)
) STRICT;

CREATE INDEX visit_of_origin ON visit (origin, number);
CREATE INDEX visit_hour ON visit (hour);
