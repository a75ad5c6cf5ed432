-- Which of our columns the headings of files mean, as people said, by the hash of the whole header.
CREATE TABLE column_mapping (
  header BYTEA PRIMARY KEY, columns TEXT NOT NULL, actor TEXT NOT NULL, changed_at BIGINT NOT NULL
);
