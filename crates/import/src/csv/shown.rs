//! What rows of a file say, for people to look at.

use std::collections::HashMap;

use ::store::{
    Store, details,
    plans::{Item, Plan},
};
use ::users::columns::Column;
use model::{PersonFields, ProfileId};

use super::Kept;
use crate::Error;

/// What one row says.
#[derive(Debug, Clone)]
pub struct Row {
    /// The line of the file that it begins in.
    pub line: u64,
    /// What the user's data becomes; none for a row with faults.
    pub fields: Option<PersonFields>,
    /// The profile that it gives, none for *Do not deploy*; none at all: the user's stays.
    pub profile: Option<Option<ProfileId>>,
    /// The titles of the secrets that it takes away.
    pub clears: Vec<&'static str>,
    /// What is odd about it, by the column's title.
    pub warnings: Vec<(String, String)>,
    /// What is wrong with it, by the column's title.
    pub faults: Vec<(String, String)>,
}

impl Row {
    /// These faults or warnings of it, each with its line.
    pub fn remarks<'a>(
        &self,
        of: &'a [(String, String)],
    ) -> impl Iterator<Item = String> + use<'a> {
        let line = self.line;
        of.iter()
            .map(move |(column, what)| format!("line {line}: {column} {what}"))
    }
}

/// What some rows of a plan say, by their place. Rows that change nothing are not kept.
pub async fn rows(store: &Store, plan: &Plan, items: &[Item]) -> Result<HashMap<i64, Row>, Error> {
    let ns: Vec<i64> = items.iter().map(|item| item.n).collect();
    let told = details::of(store, plan.id, &ns).await?;
    let rows = told.into_values().filter_map(|detail| {
        let kept: Kept = serde_json::from_str(&detail.data).ok()?;
        let row = Row {
            line: kept.line,
            fields: kept.fields,
            profile: kept.gives.map(|gives| gives.profile),
            clears: Column::of_secrets(&kept.clears),
            warnings: kept.warnings,
            faults: kept.faults,
        };
        Some((detail.n, row))
    });
    Ok(rows.collect())
}
