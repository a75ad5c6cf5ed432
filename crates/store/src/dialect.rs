//! The few places where SQLite and PostgreSQL really differ, each a named function.

use sea_orm::{SqliteTransactionMode, TransactionOptions};

use crate::{Result, Tx, sql};

/// Which engine answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// How a transaction that writes begins. SQLite would otherwise take the writer's place at the first
    /// write and fail where another one wrote since the first read.
    pub(crate) fn writing(self) -> TransactionOptions {
        TransactionOptions {
            sqlite_transaction_mode: (self == Self::Sqlite)
                .then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        }
    }

    /// The parameters of `rows` rows: `($1,$2),($3,$4)…`. To SQLite `$1` is a name, which it looks for among
    /// all names before it: with thousands of them that takes longer than the rows.
    pub(crate) fn places(self, rows: usize, width: usize) -> String {
        use std::fmt::Write;
        let mut out = String::with_capacity(rows * width * 7);
        for n in 0..rows * width {
            let sign = match (n, n % width) {
                (0, _) => "(",
                (_, 0) => "),(",
                _ => ",",
            };
            out.push_str(sign);
            match self {
                Self::Sqlite => out.push('?'),
                Self::Postgres => {
                    write!(out, "${}", n + 1).expect("writing to a string cannot fail");
                }
            }
        }
        out.push(')');
        out
    }

    /// Ends a `SELECT` whose rows a worker is about to claim: others pass over them.
    /// SQLite has one writer at a time and needs nothing.
    pub(crate) const fn skip_claimed(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => "FOR UPDATE SKIP LOCKED",
        }
    }

    /// Stands before a column that SQLite must not look up in an index: it would gather all rows of a value and
    /// sort them, where a list has to stop at its page.
    pub(crate) const fn without_index(self) -> &'static str {
        match self {
            Self::Sqlite => "+",
            Self::Postgres => "",
        }
    }

    /// Whether statements have to say by which way rows are found. PostgreSQL knows how many there are of what.
    pub(crate) const fn is_led(self) -> bool {
        matches!(self, Self::Sqlite)
    }

    /// Names the index that a statement must use, where SQLite would choose another.
    pub(crate) fn by_index(self, name: &str) -> String {
        match self {
            Self::Sqlite => format!("INDEXED BY {name}"),
            Self::Postgres => String::new(),
        }
    }

    /// What finds the entries in whose columns every one of these words stands, by the search index, with its
    /// parameter. PostgreSQL's index serves `LIKE` itself.
    pub(crate) fn entry_search(self, words: &[&String]) -> Option<(&'static str, String)> {
        if self == Self::Postgres {
            return None;
        }
        let phrases: Vec<_> = words
            .iter()
            .map(|word| format!("\"{}\"", word.replace('"', "\"\"")))
            .collect();
        let text = "SELECT rowid FROM entry_search WHERE entry_search MATCH {}";
        Some((text, phrases.join(" AND ")))
    }

    /// Puts entries into the search index; on PostgreSQL the index keeps itself.
    pub(crate) async fn index_entries(self, tx: &Tx, rows: &[(i64, String)]) -> Result<()> {
        if self == Self::Postgres {
            return Ok(());
        }
        let values = rows
            .iter()
            .map(|(id, text)| vec![(*id).into(), text.clone().into()])
            .collect();
        sql::bulk(
            tx,
            "INSERT OR REPLACE INTO entry_search (rowid, search)",
            values,
            "",
        )
        .await
        .map(drop)
    }

    /// Takes entries out of the search index.
    pub(crate) async fn unindex_entries(self, tx: &Tx, ids: &[i64]) -> Result<()> {
        if self == Self::Postgres {
            return Ok(());
        }
        for chunk in ids.chunks(1000) {
            let text = format!(
                "DELETE FROM entry_search WHERE rowid IN ({})",
                sql::list(1, chunk.len())
            );
            sql::run(tx, &text, chunk.iter().map(|id| (*id).into()).collect()).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_parameters_are_written_for_each_engine() {
        assert_eq!(Dialect::Sqlite.places(2, 2), "(?,?),(?,?)");
        assert_eq!(Dialect::Postgres.places(2, 3), "($1,$2,$3),($4,$5,$6)");
        assert_eq!(Dialect::Postgres.places(1, 1), "($1)");
    }
}
