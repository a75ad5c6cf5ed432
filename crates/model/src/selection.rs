//! A selection: single rows, or everything that a query finds with exclusions; and how lists are sorted.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::filter::or;

/// What a list shows: a search and a filter, both possibly empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Query {
    /// Words, each of which must stand in a shown column, whatever the case and accents.
    pub q: String,
    /// Words of [`crate::EntryFilter`] or [`crate::UserFilter`], as in `state=new&pbx=HQ-1`; empty for all.
    pub filter: String,
}

/// Rows that an action is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "a selection is {\"ids\": [id]} or {\"all\": true, \"query\": {\"q\", \"filter\"}, \"except\": [id]}, with whole ids"
)]
pub enum Selection<Id> {
    /// Single rows.
    Ids {
        /// Their ids.
        ids: Vec<Id>,
    },
    /// Everything the query finds, now, but for the exclusions.
    All {
        /// Always `true`; keeps an empty object from meaning everybody.
        all: All,
        /// What was looked at.
        #[serde(default)]
        query: Query,
        /// The view's revision when it was looked at, if known.
        #[serde(default)]
        snapshot: Option<i64>,
        /// Rows taken out.
        #[serde(default = "Vec::new")]
        except: Vec<Id>,
    },
}

/// The word `true`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "bool", into = "bool")]
pub struct All;

impl TryFrom<bool> for All {
    type Error = &'static str;
    fn try_from(value: bool) -> Result<Self, Self::Error> {
        if value {
            Ok(Self)
        } else {
            Err("\"all\" can only be true")
        }
    }
}

impl From<All> for bool {
    fn from(_: All) -> Self {
        true
    }
}

/// The columns that lists sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SortColumn {
    /// Family name, then given name.
    #[default]
    Name,
    /// Given name, then family name.
    First,
    /// Directory number, shorter first.
    Number,
    /// PBX, then number.
    Pbx,
    /// Account on the border gateway.
    Mbg,
    /// Account on the client service.
    Account,
    /// E-mail address.
    Email,
    /// State, then name.
    State,
}

impl SortColumn {
    /// Every column.
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::First,
        Self::Number,
        Self::Pbx,
        Self::Mbg,
        Self::Account,
        Self::Email,
        Self::State,
    ];

    /// The permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::First => "first",
            Self::Number => "number",
            Self::Pbx => "pbx",
            Self::Mbg => "mbg",
            Self::Account => "account",
            Self::Email => "email",
            Self::State => "state",
        }
    }
}

/// A sort order: a column and its direction; as text `name` or `-name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sort {
    /// The column.
    pub column: SortColumn,
    /// Whether the order is turned round.
    pub descending: bool,
}

impl Sort {
    /// Reads an order by one of these columns; nothing is the first of them.
    ///
    /// # Errors
    /// A sentence that names the column which a list does not sort by.
    pub fn parse(text: &str, columns: &[SortColumn]) -> Result<Self, String> {
        let (name, descending) = text
            .strip_prefix('-')
            .map_or((text, false), |name| (name, true));
        if name.is_empty() {
            return Ok(Self::default());
        }
        let column = columns.iter().copied().find(|one| one.name() == name);
        let column = column.ok_or_else(|| {
            let names: Vec<_> = columns.iter().map(|one| one.name()).collect();
            format!("cannot sort by “{name}”; write {}", or(&names))
        })?;
        Ok(Self { column, descending })
    }
}

impl FromStr for Sort {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text, &SortColumn::ALL)
    }
}

impl std::fmt::Display for Sort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.descending { "-" } else { "" };
        write!(f, "{sign}{}", self.column.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_object_is_not_everybody() {
        assert!(serde_json::from_str::<Selection<i64>>("{}").is_err());
        assert!(serde_json::from_str::<Selection<i64>>(r#"{"all":false}"#).is_err());
        let all: Selection<i64> = serde_json::from_str(r#"{"all":true,"except":[3]}"#).unwrap();
        assert!(matches!(all, Selection::All { except, .. } if except == [3]));
        let ids: Selection<i64> = serde_json::from_str(r#"{"ids":[1,2]}"#).unwrap();
        assert!(matches!(ids, Selection::Ids { ids } if ids == [1, 2]));
    }

    #[test]
    fn sorts_read_back() {
        for column in SortColumn::ALL {
            for text in [column.name().to_owned(), format!("-{}", column.name())] {
                assert_eq!(text.parse::<Sort>().unwrap().to_string(), text);
            }
        }
        let few = [SortColumn::Name, SortColumn::Email];
        assert_eq!(
            Sort::parse("-age", &few),
            Err("cannot sort by “age”; write name or email".to_owned())
        );
    }
}
