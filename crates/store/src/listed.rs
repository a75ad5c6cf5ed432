//! Lists that page by key: entries and users are shown, searched, filtered and sorted the same way.
//!
//! A page is found in one of three ways on SQLite, which has to be told (PostgreSQL chooses itself): few rows that
//! an index finds are gathered and sorted; otherwise the index of the order is walked, which ends at the page where
//! rows that match are common; and where the walk gets long, it goes on over the index alone, looking each id up
//! among those that were found.

use std::{fmt::Display, str::FromStr};

use model::SortColumn;
use sea_orm::Value;

use crate::{
    ListQuery, Page, Result, Total,
    listing::{Where, decode, encode},
    narrow::{Condition, conditions},
    sql::{self, Row, Runs},
};

/// Counting stops here: beyond it a total is *at least*.
pub(crate) const COUNT_MAX: i64 = 10_000;
/// A condition that finds no more than this has its rows gathered and sorted.
const FEW: i64 = 2_000;
/// So many rows of an order are walked before it is done another way.
const AHEAD: i64 = 4_000;
/// So many rows are read to count what no index finds.
const COUNT_AHEAD: i64 = 50_000;

/// A table that lists can be made of.
#[derive(Clone, Copy)]
pub(crate) struct Listed {
    pub(crate) table: &'static str,
    /// The columns to read; `id` is added in front.
    pub(crate) columns: &'static str,
    /// Whether its ids are numbers.
    pub(crate) numbered: bool,
    /// What finds ids by SQLite's search index, with the place of its one parameter.
    pub(crate) search: &'static str,
}

/// How the rows of a page are met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// As the database likes it.
    Free,
    /// The rows that this condition finds are gathered.
    Gather(usize),
    /// The index of the order is walked; up to a boundary, if there is one.
    Walk,
    /// The index of the order is walked alone, and the rest asks who was found.
    Skim,
}

impl Listed {
    /// One page. `Id` is the type of the table's `id`.
    pub(crate) async fn page<Id, T>(
        self,
        on: &impl Runs,
        query: &ListQuery,
        read: fn(&Row) -> Result<T>,
    ) -> Result<Page<T>>
    where
        Id: FromStr + Display + Into<Value> + sql::Column,
    {
        let order = Order::new::<Id>(query);
        let mut rows = self.rows(on, query, &order).await?;
        let limit = usize::try_from(query.limit).unwrap_or(0);
        let (more, backwards) = (rows.len() > limit, query.before.is_some());
        rows.truncate(limit);
        if backwards {
            rows.reverse();
        }
        let cursor = |there: bool, row: Option<&Row>| -> Result<Option<String>> {
            row.filter(|_| there)
                .map(|row| self.cursor::<Id>(row, &order))
                .transpose()
        };
        Ok(Page {
            next: cursor(more || backwards, rows.last())?,
            previous: cursor(query.after.is_some() || (backwards && more), rows.first())?,
            items: rows.iter().map(read).collect::<Result<_>>()?,
        })
    }

    /// The cursor of a row, whose sort keys stand behind its columns.
    fn cursor<Id: Display + sql::Column>(self, row: &Row, order: &Order) -> Result<String> {
        let first = 1 + self.columns.split(", ").count();
        let keys = (first..).take(order.keys.len()).map(|n| row.get(n));
        let keys = keys.collect::<Result<Vec<String>>>()?;
        Ok(encode::<Id>(&keys, &row.get::<Id>(0)?))
    }

    /// The rows of a page and one more.
    async fn rows(self, on: &impl Runs, query: &ListQuery, order: &Order) -> Result<Vec<Row>> {
        let way = self.way(on, query).await?;
        if way != Way::Skim {
            let (text, values) = self.statement(on, query, order, way, None);
            return sql::all(on, &text, values).await;
        }
        let boundary = self.boundary(on, order).await?;
        let (text, values) = self.statement(on, query, order, Way::Walk, boundary.as_ref());
        let rows = sql::all(on, &text, values).await?;
        let wanted = usize::try_from(query.limit + 1).unwrap_or(0);
        if boundary.is_none() || rows.len() >= wanted {
            return Ok(rows);
        }
        let (text, values) = self.statement(on, query, order, Way::Skim, None);
        sql::all(on, &text, values).await
    }

    /// How the rows are met best: an index that has these rows alone in their order, else by the condition that
    /// finds few, else by skimming.
    pub(crate) async fn way(self, on: &impl Runs, query: &ListQuery) -> Result<Way> {
        if !on.dialect().is_led() {
            return Ok(Way::Free);
        }
        let conditions = conditions(on, query, self.search);
        let walked = |c: &Condition| c.walk(query.sort.column).is_some();
        if conditions.iter().all(walked) && conditions.len() <= 1 {
            return Ok(Way::Walk);
        }
        Ok(match self.few(on, &conditions).await? {
            Some(n) => Way::Gather(n),
            None if conditions.iter().any(Condition::is_found) => Way::Skim,
            None => Way::Walk,
        })
    }

    /// The condition that finds the fewest rows, if they are few.
    async fn few(self, on: &impl Runs, conditions: &[Condition]) -> Result<Option<usize>> {
        let mut fewest: Option<(i64, usize)> = None;
        for (n, condition) in conditions.iter().enumerate() {
            let limit = fewest.map_or(FEW, |(count, _)| count);
            let count = count_found(on, condition, limit + 1).await?;
            if let Some(count) = count.filter(|count| *count <= limit) {
                fewest = Some((count, n));
            }
        }
        Ok(fewest.map(|(_, n)| n))
    }

    /// The sort keys and the id of the row that is [`AHEAD`] rows further on.
    async fn boundary(self, on: &impl Runs, order: &Order) -> Result<Option<Vec<Value>>> {
        let mut tests = Where::default();
        order.after(&mut tests);
        let text = format!(
            "SELECT {} FROM {} {} WHERE {} ORDER BY {} LIMIT 1 OFFSET {AHEAD}",
            order.row(),
            self.table,
            on.dialect().by_index(&self.index(order.column)),
            tests.text(),
            order.text(),
        );
        let row = sql::one(on, &text, tests.values).await?;
        row.map(|row| order.values(self, &row)).transpose()
    }

    /// The index that lists in this order walk.
    fn index(self, column: SortColumn) -> String {
        format!("{}_by_{}", self.table, column.name())
    }

    /// Reads a page and one row more, from the cursor on; turned round where it goes backwards.
    pub(crate) fn statement(
        self,
        on: &impl Runs,
        query: &ListQuery,
        order: &Order,
        way: Way,
        boundary: Option<&Vec<Value>>,
    ) -> (String, Vec<Value>) {
        let dialect = on.dialect();
        let conditions = conditions(on, query, self.search);
        let mut tests = Where::default();
        let mut index = self.index(order.column);
        // One condition may have an index of its own in this order.
        let own = conditions
            .iter()
            .position(|c| c.walk(order.column).is_some());
        let own = own.filter(|_| matches!(way, Way::Walk | Way::Skim) && boundary.is_none());
        for (n, condition) in conditions.iter().enumerate() {
            if let Some(own) = condition.walk(order.column).filter(|_| own == Some(n)) {
                own.clone_into(&mut index);
                condition.walked(&mut tests);
            } else if way == Way::Gather(n) || (way == Way::Skim && condition.is_found()) {
                condition.among(&mut tests);
            } else {
                condition.check(dialect, &mut tests);
            }
        }
        order.after(&mut tests);
        if let Some(boundary) = boundary {
            order.until(boundary, &mut tests);
        }
        let by = match way {
            Way::Walk | Way::Skim => dialect.by_index(&index),
            Way::Free | Way::Gather(_) => String::new(),
        };
        let (table, tests_text) = (self.table, tests.text());
        let (limit, order_text) = (query.limit + 1, order.text());
        let filter = if way == Way::Skim {
            // The walk touches the index alone, as far as the tests let it.
            format!(
                "WHERE id IN (SELECT id FROM {table} {by} WHERE {tests_text} ORDER BY {order_text} LIMIT {limit})"
            )
        } else {
            format!("{by} WHERE {tests_text}")
        };
        let text = format!(
            "SELECT id, {}, {} FROM {table} {filter} ORDER BY {order_text} LIMIT {limit}",
            self.columns,
            order.keys.join(", "),
        );
        (text, tests.values)
    }

    /// Up to `limit` matching rows after `after`, by id.
    pub(crate) async fn after_statement(
        self,
        on: &impl Runs,
        query: &ListQuery,
        after: impl Into<Value>,
        limit: i64,
    ) -> Result<(String, Vec<Value>)> {
        let dialect = on.dialect();
        let conditions = conditions(on, query, self.search);
        let few = if dialect.is_led() {
            self.few(on, &conditions).await?
        } else {
            None
        };
        let mut tests = Where::default();
        for (n, condition) in conditions.iter().enumerate() {
            if few == Some(n) {
                condition.among(&mut tests);
            } else {
                condition.check(dialect, &mut tests);
            }
        }
        let place = tests.bind(after);
        tests.and(format!("id > {place}"));
        let text = format!(
            "SELECT id, {} FROM {} WHERE {} ORDER BY id LIMIT {limit}",
            self.columns,
            self.table,
            tests.text()
        );
        Ok((text, tests.values))
    }

    /// How many rows match: exact up to [`COUNT_MAX`], and as far as it does not take reading everything.
    pub(crate) async fn total(self, on: &impl Runs, query: &ListQuery) -> Result<Total> {
        let conditions = conditions(on, query, self.search);
        let led = on.dialect().is_led();
        let count = match conditions.as_slice() {
            [only] => count_found(on, only, COUNT_MAX + 1).await?,
            _ => None,
        };
        if let Some(count) = count {
            return Ok(Total::up_to(count, true));
        }
        let few = if led {
            self.few(on, &conditions).await?
        } else {
            None
        };
        let bounded = led && few.is_none();
        let read_all = !bounded || !self.has_more_than(on, COUNT_AHEAD).await?;
        let until = (!read_all).then_some(COUNT_AHEAD);
        let limit = Some(COUNT_MAX + 1);
        let count = self.count(on, &conditions, few, until, limit).await?;
        Ok(Total::up_to(count, read_all))
    }

    /// How many rows match, whatever it takes.
    pub(crate) async fn exact_total(self, on: &impl Runs, query: &ListQuery) -> Result<Total> {
        let conditions = conditions(on, query, self.search);
        let count = match conditions.as_slice() {
            [only] => count_found(on, only, i64::MAX).await?,
            _ => None,
        };
        let count = match count {
            Some(count) => count,
            None => self.count(on, &conditions, None, None, None).await?,
        };
        Ok(Total { count, exact: true })
    }

    /// Counts the rows that pass: of those that one condition finds, of the first ones by id, up to a limit.
    async fn count(
        self,
        on: &impl Runs,
        conditions: &[Condition],
        few: Option<usize>,
        first: Option<i64>,
        limit: Option<i64>,
    ) -> Result<i64> {
        let mut tests = Where::default();
        for (n, condition) in conditions.iter().enumerate() {
            if few == Some(n) {
                condition.among(&mut tests);
            } else {
                condition.check(on.dialect(), &mut tests);
            }
        }
        let table = self.table;
        if let Some(first) = first {
            tests.and(format!(
                "id < (SELECT id FROM {table} ORDER BY id LIMIT 1 OFFSET {first})"
            ));
        }
        let limit = limit.map_or_else(String::new, |limit| format!("LIMIT {limit}"));
        let text = format!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM {table} WHERE {} {limit}) AS found",
            tests.text()
        );
        let row = sql::one(on, &text, tests.values).await?;
        row.map_or(Ok(0), |row| row.get(0))
    }

    async fn has_more_than(self, on: &impl Runs, count: i64) -> Result<bool> {
        let text = format!(
            "SELECT 1 FROM {} ORDER BY id LIMIT 1 OFFSET {count}",
            self.table
        );
        Ok(sql::one(on, &text, vec![]).await?.is_some())
    }
}

/// How many rows a condition finds, up to a limit; none where no index finds them.
async fn count_found(on: &impl Runs, condition: &Condition, limit: i64) -> Result<Option<i64>> {
    let mut values = Where::default();
    let Some(found) = condition.finding(&mut values) else {
        return Ok(None);
    };
    let text = format!("SELECT COUNT(*) FROM ({found} LIMIT {limit}) AS found");
    let row = sql::one(on, &text, values.values).await?;
    row.map(|row| row.get(0)).transpose()
}

/// The order of a page, and where it begins.
pub(crate) struct Order {
    column: SortColumn,
    keys: &'static [&'static str],
    descending: bool,
    cursor: Option<Vec<Value>>,
}

impl Order {
    pub(crate) fn new<Id: FromStr + Into<Value>>(query: &ListQuery) -> Self {
        let keys = keys(query.sort.column);
        let cursor = query.after.as_deref().or(query.before.as_deref());
        let cursor = cursor.and_then(|cursor| decode::<Id>(cursor, keys.len()));
        Self {
            column: query.sort.column,
            keys,
            descending: query.sort.descending != query.before.is_some(),
            cursor: cursor.map(|(keys, id)| {
                let keys = keys.into_iter().map(Value::from);
                keys.chain([id.into()]).collect()
            }),
        }
    }

    /// The sort keys and the id.
    fn row(&self) -> String {
        format!("{}, id", self.keys.join(", "))
    }

    fn text(&self) -> String {
        let way = if self.descending { "DESC" } else { "ASC" };
        let keys = self.keys.iter().chain(&["id"]);
        keys.map(|key| format!("{key} {way}"))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// Rows after the cursor.
    fn after(&self, to: &mut Where) {
        if let Some(cursor) = &self.cursor {
            self.compare(if self.descending { "<" } else { ">" }, cursor, to);
        }
    }

    /// Rows up to another one.
    fn until(&self, row: &[Value], to: &mut Where) {
        self.compare(if self.descending { ">=" } else { "<=" }, row, to);
    }

    fn compare(&self, sign: &str, row: &[Value], to: &mut Where) {
        let places: Vec<_> = row.iter().map(|value| to.bind(value.clone())).collect();
        to.and(format!("({}) {sign} ({})", self.row(), places.join(", ")));
    }

    /// Sort keys and id of a row that has nothing else.
    fn values(&self, listed: Listed, row: &Row) -> Result<Vec<Value>> {
        let keys = (0..self.keys.len()).map(|n| Ok(row.get::<String>(n)?.into()));
        let mut values = keys.collect::<Result<Vec<Value>>>()?;
        let at = self.keys.len();
        values.push(if listed.numbered {
            row.get::<i64>(at)?.into()
        } else {
            row.get::<uuid::Uuid>(at)?.into()
        });
        Ok(values)
    }
}

const fn keys(column: SortColumn) -> &'static [&'static str] {
    match column {
        SortColumn::Name => &["name_key"],
        SortColumn::First => &["first_key"],
        SortColumn::Number => &["number_key"],
        SortColumn::Pbx => &["pbx_key", "number_key"],
        SortColumn::Mbg => &["mbg_key"],
        SortColumn::Account => &["account_key"],
        SortColumn::Email => &["email_key"],
        SortColumn::State => &["state", "name_key"],
    }
}

impl Total {
    /// What was counted up to one more than [`COUNT_MAX`], of all rows or only of some.
    fn up_to(count: i64, of_all: bool) -> Self {
        Self {
            count: count.min(COUNT_MAX),
            exact: of_all && count <= COUNT_MAX,
        }
    }
}
