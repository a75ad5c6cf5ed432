//! Pages of the integrated view and of Manage over REST: first page, next page, sorts, filters and searches, each beside the
//! same SQL run bare.

use std::{fs, time::Duration};

use anyhow::{Context, Result, ensure};
use peers::Load;
use serde_json::Value;

use super::{Grounds, Size, bare, figure::Figure, office::Office};

/// A table that people page through, and how it stands in SQLite.
pub(crate) struct Listing {
    /// Before the name of each figure.
    called: &'static str,
    path: &'static str,
    table: &'static str,
    /// A condition with the piece that is searched in quotes.
    found: &'static str,
    /// The id that an answer tells, as the database has it.
    id: &'static str,
    few: &'static str,
    many: &'static str,
    number: &'static str,
    state: &'static str,
}

/// The integrated view.
const ENTRIES: Listing = Listing {
    called: "",
    path: "/entries",
    table: "entry",
    found: "id IN (SELECT rowid FROM entry_search WHERE entry_search MATCH ?1)",
    id: "CAST(?1 AS INTEGER)",
    few: "mcallister77",
    many: "ann",
    number: "2004",
    state: "inactive",
};

/// Manage, with the people of the CSV file.
pub(crate) const USERS: Listing = Listing {
    called: "Manage, ",
    path: "/users",
    table: "users",
    found: "number IN (SELECT rowid FROM user_search WHERE user_search MATCH ?1)",
    id: "unhex(replace(?1, '-', ''))",
    few: "lovelace7777",
    many: "ada",
    number: "0042",
    state: "imported",
};

/// What is asked for, and the same in SQL: conditions with `?` and their values, and the order.
struct Ask {
    name: &'static str,
    parameters: String,
    conditions: String,
    values: Vec<String>,
    order: &'static str,
}

impl Ask {
    fn plain(name: &'static str, parameters: &str, order: &'static str) -> Self {
        Self {
            name,
            parameters: parameters.to_owned(),
            conditions: "TRUE".to_owned(),
            values: vec![],
            order,
        }
    }
}

const BY_NAME: &str = "name_key, id";
const BY_NUMBER: &str = "number_key, id";

/// Every kind of page of the integrated view, one after the other, by one reader.
pub(crate) async fn all(grounds: &mut Grounds) -> Result<Vec<Figure>> {
    let size = grounds.size;
    let copy = grounds.main().await?.copy().await?;
    ENTRIES.pages(&copy.office, size).await
}

impl Listing {
    /// Every kind of page, one after the other, by one reader.
    pub(crate) async fn pages(&self, office: &Office, size: Size) -> Result<Vec<Figure>> {
        let first = office.get(&format!("{}?limit=50", self.path)).await?;
        let next = first["next"].as_str().context("there is a second page")?;
        let last = &first["items"][49]["id"];
        let last = last
            .as_str()
            .map_or_else(|| last.to_string(), str::to_owned);
        let asks = [
            Ask::plain("first page", "", BY_NAME),
            Ask::plain(
                "last page by number",
                "sort=-number",
                "number_key DESC, id DESC",
            ),
            Ask::plain("first page by e-mail", "sort=email", "email_key, id"),
            self.search("search, few", self.few, "name", BY_NAME),
            self.search("search by number", self.number, "number", BY_NUMBER),
            self.search("search, many", self.many, "name", BY_NAME),
            Ask {
                name: "next page",
                parameters: format!("after={next}"),
                conditions: format!(
                    "(name_key, id) > (SELECT name_key, id FROM {} WHERE id = {})",
                    self.table, self.id
                ),
                values: vec![last],
                order: BY_NAME,
            },
            Ask {
                name: "filter by state",
                parameters: format!("filter=state%3D{}", self.state),
                conditions: "state = ?1".to_owned(),
                values: vec![self.state.to_owned()],
                order: BY_NAME,
            },
        ];
        let mut figures = Vec::new();
        for ask in &asks {
            figures.extend(self.page(office, ask, size).await?);
        }
        Ok(figures)
    }

    /// A search for a piece of any column, narrowed by the index as far as a person would write it by hand.
    fn search(&self, name: &'static str, piece: &str, sort: &str, order: &'static str) -> Ask {
        Ask {
            name,
            parameters: format!("q={piece}&sort={sort}"),
            conditions: format!("{} AND search LIKE ?2", self.found),
            values: vec![format!("\"{piece}\""), format!("%{piece}%")],
            order,
        }
    }

    async fn page(&self, office: &Office, ask: &Ask, size: Size) -> Result<Vec<Figure>> {
        let path = format!("{}?limit=50&{}", self.path, ask.parameters);
        let page: Value = office.get(&path).await?;
        let rows = page["items"].as_array().map_or(0, Vec::len);
        let folder = tempfile::tempdir()?;
        let script = folder.path().join("ask.lua");
        let token = office.token();
        fs::write(
            &script,
            format!("wrk.headers[\"Authorization\"] = \"Bearer {token}\"\n"),
        )?;
        let load = Load {
            connections: 1,
            threads: 1,
            duration: size.load().min(Duration::from_secs(4)),
            script: Some(script),
        };
        let url = format!("{}/api/v1{path}", office.url());
        let seen = peers::wrk(&url, &load).await?;
        ensure!(seen.errors == 0, "{path}: {} errors", seen.errors);
        let (table, conditions, order) = (self.table, &ask.conditions, ask.order);
        let sql = format!("SELECT * FROM {table} WHERE {conditions} ORDER BY {order} LIMIT 51");
        let bare = bare::query(office.database(), &sql, &ask.values)?;
        let name = format!("{}{}", self.called, ask.name);
        let slowest = Figure::alone(format!("{name} ({rows} rows), p99"), seen.p99_ms, "ms");
        Ok(vec![
            Figure::alone(format!("{name} ({rows} rows), p50"), seen.p50_ms, "ms")
                .beside("the same SQL bare", bare)
                .at_most(20.0),
            if ask.parameters.contains("q=") {
                slowest.within(100.0)
            } else {
                slowest
            },
        ])
    }
}
