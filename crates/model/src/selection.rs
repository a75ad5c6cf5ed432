//! A selection: single rows, or everything that a query finds with exclusions; and how lists are sorted.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a list shows: a search and a filter, both possibly empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Query {
    /// Words, each of which must begin a word of a shown column.
    pub q: String,
    /// `state=NAME`, or empty for all.
    pub filter: String,
}

impl Query {
    /// The state that the filter asks for.
    ///
    /// # Errors
    /// A sentence where the filter is not understood.
    pub fn state(&self) -> Result<Option<&str>, String> {
        match self.filter.trim() {
            "" => Ok(None),
            filter => match filter.split_once('=') {
                Some(("state", state)) if !state.is_empty() => Ok(Some(state)),
                _ => Err(format!(
                    "the filter “{filter}” is not understood; write state=NAME"
                )),
            },
        }
    }
}

/// Rows that an action is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortColumn {
    /// Family name, then given name.
    #[default]
    Name,
    /// Directory number, shorter first.
    Number,
    /// E-mail address.
    Email,
}

/// A sort order: a column and its direction; as text `name` or `-name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sort {
    /// The column.
    pub column: SortColumn,
    /// Whether the order is turned round.
    pub descending: bool,
}

impl FromStr for Sort {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, descending) = text
            .strip_prefix('-')
            .map_or((text, false), |name| (name, true));
        let column = match name {
            "" | "name" => SortColumn::Name,
            "number" => SortColumn::Number,
            "email" => SortColumn::Email,
            _ => {
                return Err(format!(
                    "cannot sort by “{name}”; write name, number or email"
                ));
            }
        };
        Ok(Self { column, descending })
    }
}

impl std::fmt::Display for Sort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match self.column {
            SortColumn::Name => "name",
            SortColumn::Number => "number",
            SortColumn::Email => "email",
        };
        write!(f, "{}{name}", if self.descending { "-" } else { "" })
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
        for text in ["name", "-name", "number", "-email"] {
            assert_eq!(text.parse::<Sort>().unwrap().to_string(), text);
        }
        assert!("age".parse::<Sort>().is_err());
    }
}
