//! What both pages and API parse: selections, sort orders, list queries.

use model::{ProfileId, Query, Selection, Sort, SortColumn, wave::Wave};
use serde::Deserialize;
use store::{ListQuery, USER_SORTS};

use crate::Problem;

/// People are reminded of a mail that is so many days old, where nothing else is said.
pub(crate) const REMIND_DAYS: u16 = 7;

/// Rows of a page of a list.
pub(crate) const PAGE: i64 = 50;

/// The parameters of a list.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// Words, each of which must stand in a shown column, whatever the case and accents.
    pub(crate) q: String,
    /// Words that narrow the list, all of which have to be true: `state=new&pbx=HQ-1`. Entries know `state`, `note`,
    /// `lacks`, `connection`, `pbx`, `profile` and `scan`; users know `state`, `source` and
    /// `profile` (an id).
    pub(crate) filter: String,
    /// `name`, `first`, `number`, `pbx`, `mbg`, `account`, `email` or `state` (users: `name`, `number`, `email`); with a
    /// leading `-` descending.
    pub(crate) sort: String,
    /// The cursor of the page before.
    pub(crate) after: Option<String>,
    /// The cursor of the page after.
    pub(crate) before: Option<String>,
    /// Rows, 1 to 500; 50 without.
    pub(crate) limit: Option<i64>,
}

impl ListParams {
    /// The query of these parameters, of the integrated view.
    pub(crate) fn entries(&self) -> Result<ListQuery, Problem> {
        self.parse(&SortColumn::ALL, ListQuery::entries)
    }

    /// The query of these parameters, of Manage.
    pub(crate) fn users(&self) -> Result<ListQuery, Problem> {
        self.parse(&USER_SORTS, ListQuery::users)
    }

    fn parse(
        &self,
        columns: &[SortColumn],
        read: fn(&Query, Sort, i64) -> Result<ListQuery, String>,
    ) -> Result<ListQuery, Problem> {
        let sort = Sort::parse(&self.sort, columns).map_err(Problem::bad_request)?;
        let query = Query {
            q: self.q.clone(),
            filter: self.filter.clone(),
        };
        let list = read(&query, sort, self.limit.unwrap_or(PAGE)).map_err(Problem::bad_request)?;
        Ok(ListQuery {
            after: self.after.clone(),
            before: self.before.clone(),
            ..list
        })
    }
}

/// How a deployment is to be spread.
///
/// # Errors
/// What cannot be, field by field.
pub(crate) fn spread(wave: Wave) -> Result<Wave, Problem> {
    let faults = wave.faults();
    if faults.is_empty() {
        Ok(wave)
    } else {
        Err(Problem::unfit(
            "The mails cannot be spread like this",
            faults,
        ))
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
    pub(crate) filter: String,
    pub(crate) snapshot: String,
    /// A profile's id; empty = *Do not deploy*.
    pub(crate) profile: String,
    /// `1`: the profile that a component proposes goes before that one.
    pub(crate) as_proposed: String,
    /// `1` to deploy at once.
    pub(crate) deploy: String,
    /// BCP 47.
    pub(crate) language: String,
}

impl SelectionForm {
    /// The profile that was chosen; none = *Do not deploy*.
    pub(crate) fn profile(&self) -> Result<Option<ProfileId>, Problem> {
        let wrong = |_| Problem::bad_request("this is no profile's id");
        Some(&self.profile)
            .filter(|id| !id.is_empty())
            .map(|id| id.parse().map_err(wrong))
            .transpose()
    }

    /// The selection as fields of another form.
    pub(crate) fn hidden(self) -> Vec<(&'static str, String)> {
        let mut hidden: Vec<(&'static str, String)> = vec![];
        hidden.extend(self.all.map(|all| ("all", all)));
        hidden.extend(self.id.into_iter().map(|id| ("id", id)));
        hidden.extend(self.except.into_iter().map(|id| ("except", id)));
        hidden.extend([("q", self.q), ("filter", self.filter)]);
        hidden
    }

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
        Ok(Selection::All {
            all: model::selection::All,
            query: Query {
                q: self.q.clone(),
                filter: self.filter.clone(),
            },
            snapshot: self.snapshot.parse().ok(),
            except: ids(&self.except)?,
        })
    }
}
