//! The only SQL on our database: one file per thing, two dialects.
