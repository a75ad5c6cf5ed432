//! Which kinds of component win a field, where an administrator wants another order than the program's.

use std::collections::BTreeMap;

use model::{Actor, ComponentKind};

use crate::{
    Error, Result, Store, Tx, audit,
    sql::{self, Runs},
    stale,
};

/// The kinds that come first, by field; fields that nobody changed are not here.
pub async fn all(store: &Store) -> Result<BTreeMap<String, Vec<ComponentKind>>> {
    all_on(store).await
}

/// The same within a transaction.
pub async fn all_in(tx: &Tx) -> Result<BTreeMap<String, Vec<ComponentKind>>> {
    all_on(tx).await
}

async fn all_on(on: &impl Runs) -> Result<BTreeMap<String, Vec<ComponentKind>>> {
    let text = "SELECT field, kinds FROM precedence ORDER BY field";
    let rows = sql::all(on, text, vec![]).await?;
    rows.iter()
        .map(|row| {
            let kinds: String = row.get(1)?;
            let kinds = kinds.split(' ').filter(|kind| !kind.is_empty());
            let kinds = kinds.map(|kind| {
                ComponentKind::parse(kind).ok_or(Error::Corrupt {
                    what: "precedence",
                    why: format!("“{kind}” is no kind of component"),
                })
            });
            Ok((row.get(0)?, kinds.collect::<Result<_>>()?))
        })
        .collect()
}

/// Sets which kinds come first for a field; none: the program's order.
pub async fn set(tx: &Tx, field: &str, kinds: &[ComponentKind], actor: &Actor) -> Result<()> {
    let names: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
    let names = names.join(" ");
    if kinds.is_empty() {
        let text = "DELETE FROM precedence WHERE field = $1";
        sql::run(tx, text, vec![field.into()]).await?;
    } else {
        let text = "INSERT INTO precedence (field, kinds) VALUES ($1, $2) \
                    ON CONFLICT (field) DO UPDATE SET kinds = excluded.kinds";
        sql::run(tx, text, vec![field.into(), names.clone().into()]).await?;
    }
    stale::mark_everything(tx).await?;
    audit::append(tx, actor, "precedence.changed", field, &names).await
}
