//! The few places where SQLite and PostgreSQL really differ, each a named function.

use model::UserId;
use sea_orm::Value;

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

    /// Ends a `SELECT` whose rows are about to be written as a whole: others who would write them wait.
    /// SQLite has one writer at a time and needs nothing.
    pub(crate) const fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => "FOR UPDATE",
        }
    }

    /// What a `SELECT` says of rows that nobody is to change before the transaction ends, while others may read them likewise.
    /// SQLite has one writer at a time.
    pub(crate) const fn for_share(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => "FOR SHARE",
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

    /// The id that a column tells as text.
    pub(crate) fn uuid(self, column: &str) -> String {
        match self {
            Self::Sqlite => format!("UNHEX({column}, '-')"),
            Self::Postgres => format!("CAST({column} AS UUID)"),
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

    /// What SQLite's search index is asked for rows in whose columns every one of these words stands. PostgreSQL's index
    /// serves `LIKE` itself.
    pub(crate) fn phrase(self, words: &[&String]) -> Option<String> {
        if self == Self::Postgres {
            return None;
        }
        let phrases: Vec<_> = words
            .iter()
            .map(|word| format!("\"{}\"", word.replace('"', "\"\"")))
            .collect();
        Some(phrases.join(" AND "))
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

    /// Makes users and puts them into SQLite's search index, which knows them by numbers; on PostgreSQL the index keeps itself.
    ///
    /// All at once, behind the rows: an index that a trigger feeds, row by row, is written out before each of them. And by number:
    /// it is written out too where one is not above the one before.
    pub(crate) async fn add_users(
        self,
        tx: &Tx,
        columns: &str,
        mut rows: Vec<Vec<Value>>,
        tail: &str,
    ) -> Result<u64> {
        if self == Self::Postgres {
            return sql::bulk(tx, &format!("INSERT INTO users ({columns})"), rows, tail).await;
        }
        let last = "SELECT COALESCE(MAX(number), 0) FROM users";
        let last = sql::one(tx, last, vec![]).await?;
        let last: i64 = last.map_or(Ok(0), |row| row.get(0))?;
        for (number, row) in (last + 1..).zip(&mut rows) {
            row.push(number.into());
        }
        let head = format!("INSERT INTO users ({columns}, number)");
        let added = sql::bulk(tx, &head, rows, tail).await?;
        let text = "INSERT INTO user_search (rowid, search) SELECT number, search FROM users WHERE number > $1 ORDER BY number";
        sql::run(tx, text, vec![last.into()]).await?;
        Ok(added)
    }

    /// Brings the search index in line with what these users' columns say now.
    pub(crate) async fn index_users(self, tx: &Tx, users: &[UserId]) -> Result<()> {
        if self == Self::Postgres {
            return Ok(());
        }
        for chunk in users.chunks(1000) {
            let text = format!(
                "INSERT OR REPLACE INTO user_search (rowid, search) SELECT number, search FROM users WHERE id IN ({}) ORDER BY number",
                sql::list(1, chunk.len())
            );
            sql::run(tx, &text, chunk.iter().map(|id| id.0.into()).collect()).await?;
        }
        Ok(())
    }
}
