//! Reading the columns of a row, whichever engine it came from.

use rusqlite::types::Value as Stored;
use sea_orm::{QueryResult, TryGetable};
use uuid::Uuid;

use crate::{Error, Result};

/// One row, read by position.
pub(crate) struct Row {
    cells: Cells,
    /// Where positions are counted from.
    first: usize,
}

enum Cells {
    Sqlite(Vec<Stored>),
    Postgres(QueryResult),
}

impl Row {
    pub(super) fn of_sqlite(rows: Vec<Vec<Stored>>) -> Vec<Self> {
        let row = |cells| Self {
            cells: Cells::Sqlite(cells),
            first: 0,
        };
        rows.into_iter().map(row).collect()
    }

    pub(super) fn of_postgres(rows: Vec<QueryResult>) -> Vec<Self> {
        let row = |cells| Self {
            cells: Cells::Postgres(cells),
            first: 0,
        };
        rows.into_iter().map(row).collect()
    }

    /// Positions are counted from here: for rows that hold one thing after the other.
    pub(crate) fn count_from(&mut self, first: usize) -> &Self {
        self.first = first;
        self
    }

    pub(crate) fn get<T: Column>(&self, column: usize) -> Result<T> {
        let column = self.first + column;
        match &self.cells {
            Cells::Sqlite(row) => T::of(&row[column]).ok_or_else(|| Error::Corrupt {
                what: "column",
                why: format!("number {column} holds another type"),
            }),
            Cells::Postgres(row) => Ok(row.try_get_by_index(column)?),
        }
    }

    /// A column that holds JSON.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(
        &self,
        column: usize,
        what: &'static str,
    ) -> Result<T> {
        let column = self.first + column;
        let read = match &self.cells {
            Cells::Sqlite(row) => match &row[column] {
                // Read by the million: not copied first.
                Stored::Text(text) => serde_json::from_str(text),
                _ => serde_json::from_str(""),
            },
            Cells::Postgres(row) => serde_json::from_str(&row.try_get_by_index::<String>(column)?),
        };
        read.map_err(|e| Error::Corrupt {
            what,
            why: e.to_string(),
        })
    }

    /// A column that holds a permanent name.
    pub(crate) fn named<T>(
        &self,
        column: usize,
        what: &'static str,
        parse: fn(&str) -> Option<T>,
    ) -> Result<T> {
        let text: String = self.get(column)?;
        parse(&text).ok_or(Error::Corrupt {
            what,
            why: format!("“{text}” is unknown"),
        })
    }

    /// A column that holds exactly `N` bytes.
    pub(crate) fn bytes<const N: usize>(
        &self,
        column: usize,
        what: &'static str,
    ) -> Result<[u8; N]> {
        let bytes: Vec<u8> = self.get(column)?;
        bytes.try_into().map_err(|_| Error::Corrupt {
            what,
            why: "has another length".into(),
        })
    }
}

/// What a column can be read as.
pub(crate) trait Column: TryGetable {
    /// The value as SQLite keeps it: truth as a number, an id as its bytes.
    fn of(stored: &Stored) -> Option<Self>;
}

impl Column for i64 {
    fn of(stored: &Stored) -> Option<Self> {
        match stored {
            Stored::Integer(number) => Some(*number),
            _ => None,
        }
    }
}

impl Column for bool {
    fn of(stored: &Stored) -> Option<Self> {
        i64::of(stored).map(|number| number != 0)
    }
}

impl Column for String {
    fn of(stored: &Stored) -> Option<Self> {
        match stored {
            Stored::Text(text) => Some(text.clone()),
            _ => None,
        }
    }
}

impl Column for Vec<u8> {
    fn of(stored: &Stored) -> Option<Self> {
        match stored {
            Stored::Blob(bytes) => Some(bytes.clone()),
            _ => None,
        }
    }
}

impl Column for Uuid {
    fn of(stored: &Stored) -> Option<Self> {
        match stored {
            Stored::Blob(bytes) => Self::from_slice(bytes).ok(),
            _ => None,
        }
    }
}

impl<T: Column> Column for Option<T> {
    fn of(stored: &Stored) -> Option<Self> {
        match stored {
            Stored::Null => Some(None),
            _ => T::of(stored).map(Some),
        }
    }
}
