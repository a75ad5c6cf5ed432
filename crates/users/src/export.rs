//! Users as a file, piece by piece; never a password.

use std::collections::HashMap;

use model::{Actor, ProfileId, Selection, UserId};
use sheets::{Book, Kind, Piece, Pieces};
use store::{Store, audit, profiles};

use crate::{Error, columns::Column, selected};

/// A file that is being written.
pub struct Export {
    selection: Selection<UserId>,
    columns: Vec<Column>,
    profiles: HashMap<ProfileId, String>,
    after: UserId,
    /// None after the last piece.
    pieces: Option<Pieces>,
}

/// The name of the sheet that users stand in.
const SHEET: &str = "Users";

impl Export {
    /// The users of a selection with these columns; none: all that may be exported. That somebody took people's data out is
    /// kept in the audit.
    pub async fn begin(
        store: &Store,
        selection: Selection<UserId>,
        columns: Vec<Column>,
        kind: Kind,
        actor: &Actor,
    ) -> Result<Self, Error> {
        let mut columns = columns;
        columns.retain(|column| !column.is_secret());
        if columns.is_empty() {
            columns = Column::exported();
        }
        let names: Vec<_> = columns.iter().map(|column| column.name()).collect();
        let tx = store.begin().await?;
        audit::append(&tx, actor, "users.exported", "users", &names.join(" ")).await?;
        tx.commit().await?;
        let profiles = profiles::list(store).await?.into_iter();
        let pieces = Pieces::begin(kind, SHEET, columns.iter().map(|column| column.title()))?;
        Ok(Self {
            selection,
            columns,
            profiles: profiles
                .map(|(profile, _)| (profile.id, profile.name))
                .collect(),
            after: UserId(uuid::Uuid::nil()),
            pieces: Some(pieces),
        })
    }

    /// The next piece of the file, which may be empty; none at its end.
    pub async fn next(&mut self, store: &Store) -> Result<Option<Vec<u8>>, Error> {
        let Some(mut pieces) = self.pieces.take() else {
            return Ok(None);
        };
        let Some(people) = selected::next(store, &self.selection, &mut self.after).await? else {
            return Ok(Some(pieces.finish()?));
        };
        for user in &people {
            let profile = user.profile.and_then(|id| self.profiles.get(&id));
            let profile = profile.map_or("", String::as_str);
            let cells: Vec<_> = self.columns.iter().map(|c| c.of(user, profile)).collect();
            pieces.row(cells.iter().map(AsRef::as_ref))?;
        }
        let ready = pieces.take();
        self.pieces = Some(pieces);
        Ok(Some(ready))
    }
}

/// A file with nothing but the headings; a workbook has a second sheet that explains them.
pub fn template(kind: Kind) -> Result<Vec<u8>, Error> {
    let titles = Column::ALL.map(Column::title);
    if kind == Kind::Csv {
        return Ok(Piece::first(titles).into_bytes());
    }
    let mut notes = vec![
        ["Column", "Needed", "What stands there"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for column in Column::ALL {
        let needed = if column.is_needed() {
            "for new users"
        } else {
            ""
        };
        notes.push(
            [column.title(), needed, column.help()]
                .map(str::to_owned)
                .to_vec(),
        );
    }
    for (what, said) in NOTES {
        notes.push([what, "", said].map(str::to_owned).to_vec());
    }
    Ok(Book::begin(SHEET, titles, Some(("How to fill it in", notes)))?.finish()?)
}

/// What is true of all columns.
const NOTES: [(&str, &str); 5] = [
    (
        "Columns",
        "may stand in any order, and those that are not needed may be taken out; a column that is missing keeps what is there",
    ),
    (
        "An empty cell",
        "keeps what is there, unless \u{201c}Empty cells clear\u{201d} is ticked at the import",
    ),
    (
        "<blank>",
        "clears what is there, also a password or PIN; of these an empty cell never does",
    ),
    (
        "An apostrophe",
        "at the beginning of a cell is taken away: '=Sum is read as =Sum",
    ),
    (
        "Numbers",
        "are formatted as text here, so that their leading zeros stay",
    ),
];
