//! The few places where SQLite and PostgreSQL really differ, each a named function.

use crate::{Result, Tx, sql};

/// Which engine answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// Ends a `SELECT` whose rows a worker is about to claim: others pass over them.
    /// SQLite has one writer at a time and needs nothing.
    pub(crate) const fn skip_claimed(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => "FOR UPDATE SKIP LOCKED",
        }
    }

    /// A condition on `entry` that uses the search index, with its parameter: every word of the search
    /// begins a word of a shown column. `None` where the words are too short for an index of
    /// three-letter pieces.
    pub(crate) fn entry_search(self, words: &[String], place: usize) -> Option<(String, String)> {
        let long: Vec<_> = words
            .iter()
            .filter(|word| word.chars().count() >= 2)
            .collect();
        if long.is_empty() || self == Self::Postgres {
            return None;
        }
        let phrases: Vec<_> = long
            .iter()
            .map(|word| format!("\" {}\"", word.replace('"', "\"\"")))
            .collect();
        let clause =
            format!("id IN (SELECT rowid FROM entry_search WHERE entry_search MATCH ${place})");
        Some((clause, phrases.join(" AND ")))
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
