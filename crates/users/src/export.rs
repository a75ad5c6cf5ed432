//! Users as a CSV file, piece by piece; never a password.

use std::collections::HashMap;

use model::{Actor, ProfileId, Selection, UserId};
use sheets::Piece;
use store::{Store, audit, profiles};

use crate::{Error, columns::Column, selected};

/// A file that is being written.
pub struct Export {
    selection: Selection<UserId>,
    columns: Vec<Column>,
    profiles: HashMap<ProfileId, String>,
    after: UserId,
    begun: bool,
}

impl Export {
    /// The users of a selection with these columns; none: all that may be exported. That somebody took people's data out is
    /// kept in the audit.
    pub async fn begin(
        store: &Store,
        selection: Selection<UserId>,
        columns: Vec<Column>,
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
        Ok(Self {
            selection,
            columns,
            profiles: profiles
                .map(|(profile, _)| (profile.id, profile.name))
                .collect(),
            after: UserId(uuid::Uuid::nil()),
            begun: false,
        })
    }

    /// The next piece of the file; none at its end.
    pub async fn next(&mut self, store: &Store) -> Result<Option<Vec<u8>>, Error> {
        let people = selected::next(store, &self.selection, &mut self.after).await?;
        let mut piece = match (self.begun, &people) {
            (true, None) => return Ok(None),
            (true, Some(_)) => Piece::default(),
            (false, _) => Piece::first(self.columns.iter().map(|column| column.title())),
        };
        self.begun = true;
        for user in people.into_iter().flatten() {
            let profile = user.profile.and_then(|id| self.profiles.get(&id));
            let profile = profile.map_or("", String::as_str);
            let cells: Vec<String> = self.columns.iter().map(|c| c.of(&user, profile)).collect();
            piece.row(cells.iter().map(String::as_str));
        }
        Ok(Some(piece.into_bytes()))
    }
}

/// A file with nothing but the headings.
pub fn template() -> Vec<u8> {
    Piece::first(Column::ALL.map(Column::title)).into_bytes()
}
