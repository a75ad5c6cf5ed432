//! What a list is asked for and what it answers: pages by key. How the rows are found is left to `listed`.

use std::{fmt::Display, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use model::{EntryFilter, Query, Sort, SortColumn, UserFilter, text::fold};
use sea_orm::Value;
use serde::Serialize;

/// What a list is asked for.
#[derive(Debug, Clone, Default)]
pub struct ListQuery {
    /// Folded words of the search; each must stand in a shown column.
    pub words: Vec<String>,
    /// What narrows it.
    pub filter: Filter,
    /// The order.
    pub sort: Sort,
    /// Rows after this cursor.
    pub after: Option<String>,
    /// Rows before this cursor.
    pub before: Option<String>,
    /// At most so many rows, 1 to 500.
    pub limit: i64,
}

/// What narrows a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Filter {
    /// Nothing.
    #[default]
    None,
    /// The integrated view.
    Entries(EntryFilter),
    /// Manage.
    Users(UserFilter),
}

/// The columns that Manage sorts by.
pub const USER_SORTS: [SortColumn; 4] = [
    SortColumn::Name,
    SortColumn::Number,
    SortColumn::Email,
    SortColumn::State,
];

impl ListQuery {
    /// The first `limit` rows of the integrated view that a query finds.
    ///
    /// # Errors
    /// A sentence where search or filter are not understood.
    pub fn entries(query: &Query, sort: Sort, limit: i64) -> std::result::Result<Self, String> {
        let filter = Filter::Entries(EntryFilter::parse(&query.filter)?);
        Self::new(&query.q, filter, sort, limit)
    }

    /// The first `limit` rows of Manage that a query finds.
    ///
    /// # Errors
    /// A sentence where search or filter are not understood.
    pub fn users(query: &Query, sort: Sort, limit: i64) -> std::result::Result<Self, String> {
        let filter = Filter::Users(UserFilter::parse(&query.filter)?);
        Self::new(&query.q, filter, sort, limit)
    }

    fn new(
        search: &str,
        filter: Filter,
        sort: Sort,
        limit: i64,
    ) -> std::result::Result<Self, String> {
        Ok(Self {
            words: words(search)?,
            filter,
            sort,
            after: None,
            before: None,
            limit: limit.clamp(1, 500),
        })
    }
}

/// Words that a search may have: each is one more condition.
const WORDS_MAX: usize = 16;
/// Characters that a search may have: more than this of a column is not searched either.
const SEARCH_MAX: usize = 200;

/// The folded words of a search.
///
/// # Errors
/// A sentence where it is too long.
pub fn words(search: &str) -> std::result::Result<Vec<String>, String> {
    let folded = fold(&search.replace(char::is_control, " "));
    let words: Vec<_> = folded
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    if words.len() > WORDS_MAX || folded.chars().count() > SEARCH_MAX {
        return Err(format!(
            "a search takes up to {WORDS_MAX} words and {SEARCH_MAX} characters"
        ));
    }
    Ok(words)
}

/// One page of a list.
#[derive(Debug, Clone, Serialize)]
pub struct Page<T> {
    /// Its rows.
    pub items: Vec<T>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
    /// The cursor of the page before, if there is one.
    pub previous: Option<String>,
}

/// How many rows match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Total {
    /// The number.
    pub count: i64,
    /// Whether it is exact; otherwise there are at least so many.
    pub exact: bool,
}

/// A `WHERE` under construction.
#[derive(Default)]
pub(crate) struct Where {
    clauses: Vec<String>,
    pub(crate) values: Vec<Value>,
}

impl Where {
    /// Binds a value and answers its place.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    pub(crate) fn and(&mut self, clause: impl Into<String>) {
        self.clauses.push(clause.into());
    }

    pub(crate) fn text(&self) -> String {
        if self.clauses.is_empty() {
            "TRUE".to_owned()
        } else {
            self.clauses.join(" AND ")
        }
    }
}

/// A cursor: the row's id and its sort keys, none of which holds a line break.
pub(crate) fn encode<Id: Display>(keys: &[String], id: &Id) -> String {
    URL_SAFE_NO_PAD.encode(format!("{id}\n{}", keys.join("\n")))
}

/// The row that a cursor stands at; none where it is no cursor of `keys` sort keys.
pub(crate) fn decode<Id: FromStr>(cursor: &str, keys: usize) -> Option<(Vec<String>, Id)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let mut lines = text.splitn(keys + 1, '\n').map(str::to_owned);
    let id = lines.next()?.parse().ok()?;
    let found: Vec<_> = lines.collect();
    (found.len() == keys).then_some((found, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back() {
        let keys = ["new".to_owned(), "müller x".to_owned()];
        let cursor = encode(&keys, &7_i64);
        assert_eq!(decode::<i64>(&cursor, 2), Some((keys.to_vec(), 7)));
        assert_eq!(decode::<i64>("%%%", 1), None);
        assert_eq!(decode::<i64>(&encode(&keys[..1], &7_i64), 2), None);
    }
}
