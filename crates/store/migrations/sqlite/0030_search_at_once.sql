-- Whoever makes or changes users feeds the search index behind it, all of them at once: at each statement whose trigger writes into an
-- FTS5 table, SQLite writes out what the index holds back, as a piece of its own that is merged with others again and again.
DROP TRIGGER users_added;
DROP TRIGGER users_said_otherwise;
