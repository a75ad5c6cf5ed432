//! The rows of a file that have faults as a file of their own, with a column that says why. Cells with secrets come back empty.

use ::store::{
    Store, details,
    plans::{self, ItemQuery, Plan},
};
use model::{PlanId, plan::Action};
use sheets::Piece;

use super::{Kept, shown};
use crate::Error;

const CHUNK: i64 = 500;
const LINE: &str = "Line";
const WHY: &str = "Why it was not imported";

/// A file that is being written, piece by piece.
pub struct Faulty {
    plan: PlanId,
    after: Option<i64>,
    headings: Vec<String>,
    has_secrets: bool,
}

impl Faulty {
    /// The faulty rows of a plan that was made of a file.
    pub fn of(plan: &Plan) -> Result<Self, Error> {
        let told = shown(plan).ok_or(Error::OtherPurpose)?;
        let is_secret = |name: &Option<String>| {
            name.as_deref()
                .and_then(::users::columns::Column::parse)
                .is_none_or(::users::columns::Column::is_secret)
        };
        Ok(Self {
            plan: plan.id,
            after: None,
            has_secrets: told.headings.iter().any(|(_, column)| is_secret(column)),
            headings: told
                .headings
                .into_iter()
                .map(|(heading, _)| heading)
                .collect(),
        })
    }

    /// The next piece; none at the end.
    pub async fn next(&mut self, store: &Store) -> Result<Option<Vec<u8>>, Error> {
        let query = ItemQuery {
            action: Some(Action::Skip),
            after: self.after.unwrap_or(0),
            limit: CHUNK,
            ..ItemQuery::default()
        };
        let items = plans::items(store, self.plan, &query).await?;
        let Some(last) = items.last() else {
            let nothing = self.after.is_none();
            self.after = Some(i64::MAX);
            return Ok(nothing.then(|| self.begin().into_bytes()));
        };
        let mut piece = match self.after {
            None => self.begin(),
            Some(_) => Piece::default(),
        };
        self.after = Some(last.n);
        let ns: Vec<_> = items.iter().map(|item| item.n).collect();
        let mut told = details::of(store, self.plan, &ns).await?;
        for n in ns {
            let kept = told.remove(&n);
            if let Some(kept) = kept.and_then(|d| serde_json::from_str::<Kept>(&d.data).ok()) {
                self.row(&mut piece, &kept);
            }
        }
        Ok(Some(piece.into_bytes()))
    }

    fn begin(&self) -> Piece {
        Piece::first(self.headings.iter().map(String::as_str).chain([LINE, WHY]))
    }

    fn row(&self, piece: &mut Piece, kept: &Kept) {
        let faults: Vec<_> = kept
            .faults
            .iter()
            .map(|(column, message)| format!("{column} {message}"))
            .collect();
        let mut why = faults.join("; ");
        if self.has_secrets {
            why.push_str(
                "; passwords and columns that are not known are left out here: enter them again",
            );
        }
        let line = kept.line.to_string();
        // As they stood in the file: an apostrophe before a cell stays one.
        let cells: Vec<_> = kept
            .cells
            .iter()
            .map(|cell| sheets::unguard(cell))
            .collect();
        piece.row(cells.into_iter().chain([line.as_str(), why.as_str()]));
    }
}
