-- Who may publish links, and where their people are sent.
CREATE TABLE origin (
    id TEXT NOT NULL PRIMARY KEY,
    url TEXT NOT NULL,
    key TEXT NOT NULL
);

-- What is known of a link: nothing here leads back to a ticket or a person.
CREATE TABLE link (
    ticket BYTEA NOT NULL PRIMARY KEY CONSTRAINT link_ticket_is_a_hash CHECK (length(ticket) = 32),
    origin TEXT NOT NULL,
    version BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    brand TEXT NOT NULL,
    language TEXT NOT NULL,
    ended BIGINT NOT NULL
);

CREATE INDEX link_expires ON link (expires);
CREATE INDEX link_origin ON link (origin);
