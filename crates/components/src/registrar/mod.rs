//! SIP registrars by their databases, PostgreSQL or SQLite: read page by page in the order of the key, never written. What
//! stands in a row is left to `subscriber` and `asterisk`, the database to `database`.

mod asterisk;
mod database;
mod dump;
mod subscriber;

use crate::{
    Answer, Component, Contact, Contacts, Error, Page, Settings, Skipped, map::Map, told::excerpt,
};
use database::{Columns, Database, Texts, not_known};
use dump::Dump;
use model::{ComponentKind, Record, SipSecret};

/// The longest text that is read of a column, in characters: more is no name, number or hash.
const TEXT_MAX: usize = 1_024;

/// The tables of one kind of registrar.
#[derive(Debug)]
struct Tables {
    /// Checks that the tables are those that are known here, and answers the columns of the first.
    check: for<'a> fn(&'a Database) -> Answer<'a, Columns>,
    /// The query of one page without its condition, made for the columns that are there, with more columns behind them.
    select: fn(&Columns, &str) -> String,
    /// What the query calls the table that a map names columns of.
    mapped: &'static str,
    /// The columns of the key, as the query orders by them.
    key: &'static [&'static str],
    /// How many rows there are in all.
    count: &'static str,
    /// Reads one row; its first columns are the key.
    read: fn(&Row<'_>) -> Result<Account, String>,
    /// Where it keeps who is registered.
    location: Location,
}

/// A table of contacts.
#[derive(Debug)]
struct Location {
    table: &'static str,
    /// Its columns as they are read, the key first; each must be there.
    columns: &'static [&'static str],
    read: fn(&Row<'_>) -> Option<Contact>,
}

/// A record with what its account signs in with, if anything is kept of that.
struct Account {
    record: Record,
    secret: Option<SipSecret>,
}

/// A connected registrar.
#[derive(Debug)]
pub(crate) struct Registrar {
    database: Database,
    tables: &'static Tables,
    columns: Option<Columns>,
    /// Where it tells who is registered, where that is not read from its table.
    dump: Option<Dump>,
    map: Map,
    page_size: usize,
}

impl Registrar {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Error> {
        let tables = match settings.kind {
            ComponentKind::Asterisk => &asterisk::TABLES,
            _ => &subscriber::TABLES,
        };
        Ok(Self {
            database: Database::new(settings)?,
            tables,
            columns: None,
            dump: match settings.options.rpc_url.trim() {
                "" => None,
                _ => Some(Dump::new(settings)?),
            },
            map: Map::parse_fields(&settings.options.map)?,
            page_size: settings.options.page_size(),
        })
    }

    async fn read_page(&mut self, cursor: Option<&str>) -> Result<Page, Error> {
        let after = cursor.map(|cursor| self.key_of(cursor)).transpose()?;
        let columns = match self.columns.take() {
            Some(columns) => columns,
            None => (self.tables.check)(&self.database).await?,
        };
        let select = (self.tables.select)(&columns, &self.more(&columns)?);
        self.columns = Some(columns);
        let (query, values) = self.query(&select, after.as_deref());
        let rows = self.database.all(&query, &values).await?;
        let mut page = Page::default();
        for (position, row) in (1..).zip(&rows) {
            let read = |texts: &Vec<_>| (self.tables.read)(&Row(texts));
            match row.as_ref().map_err(Clone::clone).and_then(read) {
                Ok(mut account) => {
                    let told = row.as_ref().map_or(&[][..], Vec::as_slice);
                    self.apply_map(&mut account.record, told);
                    let id = account.record.source_id.clone();
                    page.secrets.push((id, account.secret));
                    page.records.push(account.record);
                }
                Err(reason) => page.skipped.push(Skipped { position, reason }),
            }
        }
        page.next = match rows.last() {
            Some(last) if rows.len() >= self.page_size => Some(self.cursor_at(last)?),
            _ => None,
        };
        if cursor.is_none() || page.next.is_none() {
            page.announced_total = Some(self.database.number(self.tables.count).await?);
        }
        Ok(page)
    }

    async fn read_contacts(&self, cursor: Option<&str>) -> Result<Contacts, Error> {
        if let Some(dump) = &self.dump {
            return dump.contacts().await;
        }
        let Location {
            table,
            columns,
            read,
        } = &self.tables.location;
        if cursor.is_none() {
            self.database.columns(table, columns).await?;
        }
        let (key, limit) = (columns[0], self.page_size);
        let list: Vec<_> = columns.iter().map(|column| bounded(column)).collect();
        let condition = if cursor.is_some() {
            format!("WHERE {key} > $1")
        } else {
            String::new()
        };
        let query = format!(
            "SELECT {} FROM {table} {condition} ORDER BY {key} LIMIT {limit}",
            list.join(", ")
        );
        let values: Vec<&str> = cursor.into_iter().collect();
        let rows = self.database.all(&query, &values).await?;
        let items = rows.iter().flatten();
        let items: Vec<_> = items.filter_map(|texts| read(&Row(texts))).collect();
        Ok(Contacts {
            skipped: rows.len() - items.len(),
            next: match rows.last() {
                Some(Ok(texts)) if rows.len() >= self.page_size => texts[0].clone(),
                _ => None,
            },
            items,
        })
    }

    /// The columns that the map names, to stand behind the others in a query.
    fn more(&self, columns: &Columns) -> Result<String, Error> {
        let column = |name: &str| {
            if !columns.has(name) {
                let what = "the table lacks a column that the map names";
                return Err(not_known(what, &excerpt(name)));
            }
            let name = name.replace('"', "\"\"");
            let column = bounded(&format!("{}.\"{name}\"", self.tables.mapped));
            Ok(format!(", {column}"))
        };
        self.map.pairs().map(|(_, theirs)| column(theirs)).collect()
    }

    /// Sets what the map names, of a row whose last columns are the mapped ones.
    fn apply_map(&self, record: &mut Record, told: &[Option<String>]) {
        let columns: Vec<_> = self.map.pairs().map(|(_, theirs)| theirs).collect();
        let first = told.len().saturating_sub(columns.len());
        self.map.apply(record, |name| {
            let at = columns.iter().position(|column| *column == name);
            let value = at.and_then(|at| told.get(first + at).cloned().flatten());
            value.unwrap_or_default()
        });
    }

    /// One page in the order of the key, after a key where one is given.
    fn query<'k>(&self, select: &str, after: Option<&'k [String]>) -> (String, Vec<&'k str>) {
        let key = self.tables.key.join(", ");
        let (condition, values) = match after {
            None => (String::new(), vec![]),
            Some(after) => {
                let places: Vec<_> = (1..=after.len()).map(|n| format!("${n}")).collect();
                let values = after.iter().map(String::as_str).collect();
                (format!("WHERE ({key}) > ({})", places.join(", ")), values)
            }
        };
        let limit = self.page_size;
        let query = format!("{select} {condition} ORDER BY {key} LIMIT {limit}");
        (query, values)
    }

    /// A cursor is the key of the last row, as a list in JSON.
    fn key_of(&self, cursor: &str) -> Result<Vec<String>, Error> {
        let key: Vec<String> = serde_json::from_str(cursor).map_err(|_| Error::StaleCursor)?;
        if key.len() == self.tables.key.len() {
            Ok(key)
        } else {
            Err(Error::StaleCursor)
        }
    }

    fn cursor_at(&self, row: &Texts) -> Result<String, Error> {
        let key = row
            .as_ref()
            .ok()
            .map(|texts| &texts[..self.tables.key.len()]);
        let key = key.ok_or_else(|| not_known("the key of a row is no text", ""))?;
        Ok(serde_json::to_string(key).expect("a list of texts always serialises"))
    }
}

impl Component for Registrar {
    fn page<'a>(&'a mut self, cursor: Option<&'a str>) -> Answer<'a, Page> {
        Box::pin(self.read_page(cursor))
    }

    fn contacts<'a>(&'a mut self, cursor: Option<&'a str>) -> Answer<'a, Contacts> {
        Box::pin(self.read_contacts(cursor))
    }
}

/// One row, read by position.
struct Row<'r>(&'r [Option<String>]);

impl Row<'_> {
    /// The text of a column; an absent one is empty.
    fn text(&self, column: usize) -> Result<String, String> {
        let told = self.0[column].clone().unwrap_or_default();
        if told.chars().count() > TEXT_MAX {
            let column = column + 1;
            return Err(format!(
                "column {column} is longer than {TEXT_MAX} characters"
            ));
        }
        Ok(told)
    }
}

/// A column as a text, cut where it is too long already, or nothing where the table has none of that name.
fn column(columns: &Columns, table: &str, name: &str) -> String {
    if columns.has(name) {
        bounded(&format!("{table}.{name}"))
    } else {
        "NULL".to_owned()
    }
}

fn bounded(column: &str) -> String {
    format!("SUBSTR(CAST({column} AS TEXT), 1, {})", TEXT_MAX + 1)
}
