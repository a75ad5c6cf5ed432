-- What finds users by any piece of what stands in their columns.
CREATE INDEX users_search ON users USING gin (search gin_trgm_ops);
