-- Who may publish links, and where their people are sent.
CREATE TABLE origin (
    id TEXT NOT NULL PRIMARY KEY,
    url TEXT NOT NULL,
    key TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What is known of a link: nothing here leads back to a ticket or a person.
CREATE TABLE link (
    ticket BLOB NOT NULL PRIMARY KEY CONSTRAINT link_ticket_is_a_hash CHECK (length(ticket) = 32),
    origin TEXT NOT NULL,
    version INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    brand TEXT NOT NULL,
    language TEXT NOT NULL,
    ended INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX link_expires ON link (expires);
CREATE INDEX link_origin ON link (origin);
