-- How the public pages look, in one row: what the settings file said at the last start, and over it what an administrator said on the page.
-- `version` rises whenever what counts changes; `published` is the one that the redirect server took last.
CREATE TABLE brand (
  id BIGINT PRIMARY KEY CHECK (id = 1), version BIGINT NOT NULL, file TEXT NOT NULL, page TEXT, actor TEXT NOT NULL, at BIGINT,
  published BIGINT NOT NULL
);
INSERT INTO brand (id, version, file, page, actor, at, published) VALUES (1, 0, '{}', NULL, '', NULL, 0);
