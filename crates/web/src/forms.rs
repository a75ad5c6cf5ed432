//! What both pages and API parse: selections, sort orders, list queries.

use model::{Query, Selection, Sort};
use serde::Deserialize;
use store::ListQuery;

use crate::Problem;

/// Rows of a page of a list.
pub(crate) const PAGE: i64 = 50;

/// The parameters of a list.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// Words, each of which must begin a word of a shown column.
    pub(crate) q: String,
    /// `state=NAME`, or nothing.
    pub(crate) filter: String,
    /// `name`, `number` or `email`; with a leading `-` descending.
    pub(crate) sort: String,
    /// The cursor of the page before.
    pub(crate) after: Option<String>,
    /// The cursor of the page after.
    pub(crate) before: Option<String>,
    /// Rows, 1 to 500; 50 without.
    pub(crate) limit: Option<i64>,
}

impl ListParams {
    /// The query of these parameters.
    pub(crate) fn parse(&self) -> Result<ListQuery, Problem> {
        let sort: Sort = self.sort.parse().map_err(Problem::bad_request)?;
        let query = Query {
            q: self.q.clone(),
            filter: self.filter.clone(),
        };
        let mut list = ListQuery::new(&query, sort, self.limit.unwrap_or(PAGE))
            .map_err(Problem::bad_request)?;
        list.after.clone_from(&self.after);
        list.before.clone_from(&self.before);
        Ok(list)
    }
}

/// A selection as a plain form sends it: `all` with its query and exclusions, or ids.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SelectionForm {
    pub(crate) all: Option<String>,
    pub(crate) id: Vec<String>,
    pub(crate) except: Vec<String>,
    pub(crate) q: String,
    pub(crate) state: String,
    pub(crate) snapshot: String,
    /// A profile's id; empty = *Do not deploy*.
    pub(crate) profile: String,
    /// `1` to deploy at once.
    pub(crate) deploy: String,
}

impl SelectionForm {
    /// The selection of this form.
    pub(crate) fn parse<Id: std::str::FromStr>(&self) -> Result<Selection<Id>, Problem> {
        let ids = |texts: &[String]| {
            texts
                .iter()
                .map(|text| {
                    text.parse()
                        .map_err(|_| Problem::bad_request(format!("“{text}” is no row's id")))
                })
                .collect::<Result<Vec<Id>, _>>()
        };
        if self.all.is_none() {
            return Ok(Selection::Ids {
                ids: ids(&self.id)?,
            });
        }
        let filter = match self.state.as_str() {
            "" | "all" => String::new(),
            state => format!("state={state}"),
        };
        Ok(Selection::All {
            all: model::selection::All,
            query: Query {
                q: self.q.clone(),
                filter,
            },
            snapshot: self.snapshot.parse().ok(),
            except: ids(&self.except)?,
        })
    }
}
