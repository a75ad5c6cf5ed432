//! Lists that page by key: entries and users are shown, searched, filtered and sorted the same way.

use std::{fmt::Display, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use model::{Query, Sort, SortColumn, text::fold};
use sea_orm::Value;
use serde::Serialize;

use crate::{
    Result,
    sql::{self, Row, Runs},
};

/// What a list is asked for.
#[derive(Debug, Clone, Default)]
pub struct ListQuery {
    /// Folded words of the search; each must begin a word of a shown column.
    pub words: Vec<String>,
    /// Only rows in this state.
    pub state: Option<String>,
    /// The order.
    pub sort: Sort,
    /// Rows after this cursor.
    pub after: Option<String>,
    /// Rows before this cursor.
    pub before: Option<String>,
    /// At most so many rows, 1 to 500.
    pub limit: i64,
}

impl ListQuery {
    /// The first `limit` rows of a query.
    ///
    /// # Errors
    /// A sentence where the filter is not understood.
    pub fn new(query: &Query, sort: Sort, limit: i64) -> std::result::Result<Self, String> {
        let words = words(&query.q)?;
        let state = query.state()?.map(str::to_owned);
        Ok(Self {
            words,
            state,
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
fn words(search: &str) -> std::result::Result<Vec<String>, String> {
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

impl Total {
    /// The exact total of a query without a search, from the counts of all states.
    pub(crate) fn of_states(
        counts: impl Iterator<Item = (&'static str, i64)>,
        query: &ListQuery,
    ) -> Self {
        let asked = |name| query.state.as_deref().is_none_or(|state| state == name);
        Self {
            count: counts
                .filter(|(name, _)| asked(*name))
                .map(|(_, n)| n)
                .sum(),
            exact: true,
        }
    }
}

/// Counting stops here: beyond it a total is *at least*.
pub(crate) const COUNT_MAX: i64 = 10_000;
/// A search that finds more than this walks the sort index instead of sorting what it found.
const BROAD: i64 = 2_000;

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

/// A table that lists can be made of.
#[derive(Clone, Copy)]
pub(crate) struct Listed {
    pub(crate) table: &'static str,
    /// The columns to read; `id` and the three sort keys are added in front.
    pub(crate) columns: &'static str,
    /// Whether `entry_search` indexes it.
    pub(crate) indexed: bool,
}

impl Listed {
    /// Conditions of a query without its cursor.
    pub(crate) async fn conditions(self, on: &impl Runs, query: &ListQuery) -> Result<Where> {
        let mut conditions = Where::default();
        if let Some(state) = &query.state {
            let place = conditions.bind(state.as_str());
            conditions.and(format!("state = {place}"));
        }
        self.search(on, query, &mut conditions).await?;
        Ok(conditions)
    }

    /// Every word begins a word of a shown column.
    async fn search(self, on: &impl Runs, query: &ListQuery, to: &mut Where) -> Result<()> {
        if self.indexed {
            self.narrow(on, query, to).await?;
        }
        for word in &query.words {
            let place = to.bind(format!("% {}%", escape(word)));
            to.and(format!("search LIKE {place} ESCAPE '\\'"));
        }
        Ok(())
    }

    /// Narrows to what the search index finds, where that is little. Pieces of three letters find too much
    /// and never too little: the words themselves are checked besides.
    async fn narrow(self, on: &impl Runs, query: &ListQuery, to: &mut Where) -> Result<()> {
        let place = to.values.len() + 1;
        let Some((clause, phrase)) = on.dialect().entry_search(&query.words, place) else {
            return Ok(());
        };
        let count = format!(
            "SELECT COUNT(*) FROM (SELECT rowid FROM entry_search WHERE entry_search MATCH $1 LIMIT {})",
            BROAD + 1
        );
        let found = sql::one(on, &count, vec![phrase.clone().into()]).await?;
        let found: i64 = found.map_or(Ok(0), |row| row.get(0))?;
        if found <= BROAD {
            to.bind(phrase);
            to.and(clause);
        }
        Ok(())
    }

    /// How many rows match, up to [`COUNT_MAX`].
    pub(crate) async fn total(self, on: &impl Runs, query: &ListQuery) -> Result<Total> {
        let conditions = self.conditions(on, query).await?;
        let text = format!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM {} WHERE {} LIMIT {}) AS found",
            self.table,
            conditions.text(),
            COUNT_MAX + 1
        );
        let row = sql::one(on, &text, conditions.values).await?;
        let count: i64 = row.map_or(Ok(0), |row| row.get(0))?;
        Ok(Total {
            count: count.min(COUNT_MAX),
            exact: count <= COUNT_MAX,
        })
    }

    /// One page. `Id` is the type of the table's `id`.
    pub(crate) async fn page<Id, T>(
        self,
        on: &impl Runs,
        query: &ListQuery,
        read: fn(&Row) -> Result<T>,
    ) -> Result<Page<T>>
    where
        Id: FromStr + Display + Into<Value> + sea_orm::TryGetable,
    {
        let (text, values) = self.page_statement::<Id>(on, query).await?;
        let mut rows = sql::all(on, &text, values).await?;
        let limit = usize::try_from(query.limit).unwrap_or(0);
        let (more, backwards) = (rows.len() > limit, query.before.is_some());
        rows.truncate(limit);
        if backwards {
            rows.reverse();
        }
        let cursor = |there: bool, row: Option<&Row>| -> Result<Option<String>> {
            row.filter(|_| there)
                .map(|row| Ok(encode::<Id>(&row.get::<String>(1)?, &row.get::<Id>(0)?)))
                .transpose()
        };
        Ok(Page {
            next: cursor(more || backwards, rows.last())?,
            previous: cursor(query.after.is_some() || (backwards && more), rows.first())?,
            items: rows.iter().map(read).collect::<Result<_>>()?,
        })
    }

    /// Reads a page and one row more, from the cursor on; turned round where it goes backwards.
    pub(crate) async fn page_statement<Id: FromStr + Into<Value>>(
        self,
        on: &impl Runs,
        query: &ListQuery,
    ) -> Result<(String, Vec<Value>)> {
        let key = key_column(query.sort.column);
        let mut conditions = self.conditions(on, query).await?;
        let descending = query.sort.descending != query.before.is_some();
        let cursor = query.after.as_deref().or(query.before.as_deref());
        if let Some((value, id)) = cursor.and_then(decode::<Id>) {
            let (value, id) = (conditions.bind(value), conditions.bind(id));
            let sign = if descending { '<' } else { '>' };
            conditions.and(format!("({key}, id) {sign} ({value}, {id})"));
        }
        let way = if descending { "DESC" } else { "ASC" };
        let text = format!(
            "SELECT id, {key}, {} FROM {} WHERE {} ORDER BY {key} {way}, id {way} LIMIT {}",
            self.columns,
            self.table,
            conditions.text(),
            query.limit + 1
        );
        Ok((text, conditions.values))
    }

    /// Up to `limit` matching rows after `after`, by id.
    pub(crate) async fn after_statement(
        self,
        on: &impl Runs,
        query: &ListQuery,
        after: impl Into<Value>,
        limit: i64,
    ) -> Result<(String, Vec<Value>)> {
        let mut conditions = Where::default();
        if let Some(state) = &query.state {
            let place = conditions.bind(state.as_str());
            conditions.and(on.dialect().walked_by_id(&place));
        }
        self.search(on, query, &mut conditions).await?;
        let place = conditions.bind(after);
        conditions.and(format!("id > {place}"));
        let text = format!(
            "SELECT id, id, {} FROM {} WHERE {} ORDER BY id LIMIT {limit}",
            self.columns,
            self.table,
            conditions.text()
        );
        Ok((text, conditions.values))
    }
}

const fn key_column(column: SortColumn) -> &'static str {
    match column {
        SortColumn::Name => "name_key",
        SortColumn::Number => "number_key",
        SortColumn::Email => "email_key",
    }
}

fn escape(word: &str) -> String {
    word.replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_")
}

fn encode<Id: Display>(key: &str, id: &Id) -> String {
    URL_SAFE_NO_PAD.encode(format!("{id}\n{key}"))
}

fn decode<Id: FromStr>(cursor: &str) -> Option<(String, Id)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (id, key) = text.split_once('\n')?;
    Some((key.to_owned(), id.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back() {
        let cursor = encode("müller\nx", &7_i64);
        assert_eq!(decode::<i64>(&cursor), Some(("müller\nx".to_owned(), 7)));
        assert_eq!(decode::<i64>("%%%"), None);
    }

    #[test]
    fn wildcards_in_a_search_are_only_characters() {
        assert_eq!(escape("a%_\\"), "a\\%\\_\\\\");
    }
}
