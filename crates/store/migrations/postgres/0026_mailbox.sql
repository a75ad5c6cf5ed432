-- Where reading of the mailbox stands that bounces come to. `uid` is the last mail that was taken in, under this UIDVALIDITY; `put_away` is 0
-- while that one may still have to be marked as seen, or moved.
CREATE TABLE mailbox (
  name TEXT PRIMARY KEY, uid_validity BIGINT NOT NULL, uid BIGINT NOT NULL, put_away BIGINT NOT NULL, next_at BIGINT NOT NULL,
  read_at BIGINT, failures BIGINT NOT NULL, error TEXT NOT NULL, hint TEXT NOT NULL
);
-- Why the mail server lets nobody in: one row while that lasts.
CREATE TABLE mail_refusal (id BIGINT PRIMARY KEY CHECK (id = 1), since BIGINT NOT NULL, next_at BIGINT NOT NULL, words TEXT NOT NULL);
