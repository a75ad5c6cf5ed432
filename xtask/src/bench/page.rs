//! Pages of the integrated view over REST: first page, next page, sorts, filters and searches, each beside the same SQL
//! run bare.

use std::{fs, time::Duration};

use anyhow::{Context, Result, ensure};
use peers::Load;
use serde_json::Value;

use super::{Grounds, Size, bare, figure::Figure, office::Office};

/// What is asked for, and the same in SQL: conditions with `?` and their values, and the order.
struct Ask {
    name: &'static str,
    parameters: String,
    conditions: &'static str,
    values: Vec<String>,
    order: &'static str,
}

impl Ask {
    fn plain(name: &'static str, parameters: &str, order: &'static str) -> Self {
        Self {
            name,
            parameters: parameters.to_owned(),
            conditions: "TRUE",
            values: vec![],
            order,
        }
    }

    /// A search for a piece of any column, narrowed by the index as far as a person would write it by hand.
    fn search(name: &'static str, piece: &str, sort: &str, order: &'static str) -> Self {
        Self {
            name,
            parameters: format!("q={piece}&sort={sort}"),
            conditions: "id IN (SELECT rowid FROM entry_search WHERE entry_search MATCH ?1) AND search LIKE ?2",
            values: vec![format!("\"{piece}\""), format!("%{piece}%")],
            order,
        }
    }

    fn sql(&self) -> String {
        format!(
            "SELECT * FROM entry WHERE {} ORDER BY {} LIMIT 51",
            self.conditions, self.order
        )
    }
}

const BY_NAME: &str = "name_key, id";

/// Every kind of page, one after the other, by one reader.
pub(crate) async fn all(grounds: &mut Grounds) -> Result<Vec<Figure>> {
    let size = grounds.size;
    let copy = grounds.main().await?.copy().await?;
    let office = &copy.office;
    let first = office.get("/entries?limit=50").await?;
    let next = first["next"].as_str().context("there is a second page")?;
    let last = &first["items"][49];
    let mut asks = vec![
        Ask::plain("first page", "", BY_NAME),
        Ask::plain(
            "last page by number",
            "sort=-number",
            "number_key DESC, id DESC",
        ),
        Ask::plain("first page by e-mail", "sort=email", "email_key, id"),
        Ask::search("search, few", "lovel", "name", BY_NAME),
        Ask::search(
            "prefix search by number",
            "2004",
            "number",
            "number_key, id",
        ),
        Ask::search("search, many", "ann", "name", BY_NAME),
    ];
    asks.push(Ask {
        name: "next page",
        parameters: format!("after={next}"),
        conditions: "(name_key, id) > (SELECT name_key, id FROM entry WHERE id = CAST(?1 AS INTEGER))",
        values: vec![last["id"].to_string()],
        order: BY_NAME,
    });
    asks.push(Ask {
        name: "filter by state",
        parameters: "filter=state%3Dinactive".to_owned(),
        conditions: "state = ?1",
        values: vec!["inactive".to_owned()],
        order: BY_NAME,
    });
    let mut figures = Vec::new();
    for ask in &asks {
        figures.extend(one(office, ask, size).await?);
    }
    Ok(figures)
}

async fn one(office: &Office, ask: &Ask, size: Size) -> Result<Vec<Figure>> {
    let path = format!("/entries?limit=50&{}", ask.parameters);
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
    let bare = bare::query(office.database(), &ask.sql(), &ask.values)?;
    let slowest = Figure::alone(
        format!("{} ({rows} rows), p99", ask.name),
        seen.p99_ms,
        "ms",
    );
    Ok(vec![
        Figure::alone(
            format!("{} ({rows} rows), p50", ask.name),
            seen.p50_ms,
            "ms",
        )
        .beside("the same SQL bare", bare)
        .at_most(20.0),
        if ask.parameters.contains("q=") {
            slowest.within(100.0)
        } else {
            slowest
        },
    ])
}
