//! The first records of a connection as it would be read, before anything about it is saved. Nothing is kept.

use components::{Access, Incomplete, Options, Settings, Skipped};
use model::{ConnectionId, Fault, Record};
use store::{Store, connections};

use crate::{
    Error,
    change::{self, Change},
    connections::{New, check, credential, sealed},
};

/// How many records are shown.
const RECORDS: usize = 10;

/// The first records of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preview {
    /// Each with what is odd about it in its faults; never a secret.
    pub records: Vec<Record>,
    /// Those of the same page that cannot be read.
    pub skipped: Vec<Skipped>,
    /// How many records the component says it has in all.
    pub announced_total: Option<u64>,
    /// Why there are no more although the component has them.
    pub incomplete: Option<Incomplete>,
}

/// Reads the first records that a new connection would tell.
///
/// # Errors
/// [`Error::Unfit`] with a fault per field, [`Error::Component`] where it cannot be read.
pub async fn of_new(new: &New) -> Result<Preview, Error> {
    let options = check(new, false).map_err(Error::Unfit)?;
    read(new, options).await
}

/// Reads the first records that a connection would tell if it were changed like this. A credential that is kept is shown only where
/// it would stay after that change.
///
/// # Errors
/// As [`of_new`].
pub async fn of_changed(
    store: &Store,
    id: ConnectionId,
    wanted: &Change,
) -> Result<Preview, Error> {
    let before = connections::get(store, id).await?;
    let kept = sealed(store, &before).await?;
    let changed = change::changed(&before, &kept, wanted)?;
    if changed.drops_grant && !changed.gives_secret && !kept.secret.is_empty() {
        let why = "enter it again: what is kept is not shown to another place";
        return Err(Error::Unfit(vec![Fault::new("secret", why)]));
    }
    read(&changed.new, changed.options).await
}

async fn read(new: &New, mut options: Options) -> Result<Preview, Error> {
    if options.access == Access::Remote || new.kind.pushes() {
        return Err(Error::Conflict {
            what: "this kind of connection cannot be read before it is saved",
            hint: "add it, have it authorized, then look at its records in the table",
        });
    }
    options.page_size = u32::try_from(RECORDS).expect("ten is a small number");
    let settings = Settings {
        kind: new.kind,
        address: new.address.trim().to_owned(),
        credential: credential(new),
        options,
    };
    let failed = |source| Error::Component {
        name: match new.name.trim() {
            "" => new.kind.title().to_owned(),
            name => name.to_owned(),
        },
        address: new.address.clone(),
        source,
    };
    let mut component = components::connect(&settings).map_err(failed)?;
    let mut page = component.page(None).await.map_err(failed)?;
    page.records.truncate(RECORDS);
    Ok(Preview {
        records: page.records,
        skipped: page.skipped,
        announced_total: page.announced_total,
        incomplete: page.incomplete,
    })
}
