//! How the public pages look, as JSON: what the settings file said at the last start and, over it, what an administrator said. What a
//! brand holds is known elsewhere.

use model::{Actor, Timestamp};

use crate::{
    Error, Result, Store, Tx, audit,
    sql::{self, Runs},
};

/// The brand as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Rises whenever what counts changes, and is never below the time of that, in ms; 0: no server has started yet.
    pub version: i64,
    /// What the settings file said at the last start.
    pub file: String,
    /// What an administrator said, which counts instead; none: nothing, or it was taken back.
    pub page: Option<String>,
    /// Who changed what counts last; empty: nobody did.
    pub actor: String,
    /// When.
    pub at: Option<Timestamp>,
    /// The version that the redirect server took last.
    pub published: i64,
}

/// The brand as it stands.
pub async fn get(store: &Store) -> Result<Standing> {
    get_on(store).await
}

async fn get_on(on: &impl Runs) -> Result<Standing> {
    let text = "SELECT version, file, page, actor, at, published FROM brand WHERE id = 1";
    let row = sql::one(on, text, vec![]).await?;
    let row = row.ok_or(Error::Missing("brand"))?;
    Ok(Standing {
        version: row.get(0)?,
        file: row.get(1)?,
        page: row.get(2)?,
        actor: row.get(3)?,
        at: row.get::<Option<_>>(4)?.map(Timestamp),
        published: row.get(5)?,
    })
}

/// Its version alone.
pub async fn version(store: &Store) -> Result<i64> {
    let row = sql::one(store, "SELECT version FROM brand WHERE id = 1", vec![]).await?;
    row.ok_or(Error::Missing("brand"))?.get(0)
}

/// Notes what the settings file says. That is a change of what counts where nobody said anything on the page.
pub async fn note_file(tx: &Tx, file: &str) -> Result<()> {
    // Of servers that start at once, one goes first and the others wait here.
    sql::run(
        tx,
        "UPDATE brand SET version = version WHERE id = 1",
        vec![],
    )
    .await?;
    let now = get_on(tx).await?;
    let is_first = now.version == 0;
    if now.file == file && !is_first {
        return Ok(());
    }
    if now.page.is_some() {
        let text = "UPDATE brand SET file = $1 WHERE id = 1";
        sql::run(tx, text, vec![file.into()]).await?;
        return Ok(());
    }
    let text = "UPDATE brand SET version = $1, file = $2 WHERE id = 1";
    let version = next(tx, now.version);
    sql::run(tx, text, vec![version.into(), file.into()]).await?;
    if !is_first {
        let actor = Actor::system();
        let text = "UPDATE brand SET actor = $1, at = $2 WHERE id = 1";
        let values = vec![actor.0.clone().into(), tx.env().now().0.into()];
        sql::run(tx, text, values).await?;
        audit::append(tx, &actor, "brand.changed", "settings", "").await?;
    }
    tx.nudge();
    Ok(())
}

/// Keeps what an administrator says after the version `seen`, and has it published; nothing: the settings file counts again. `what`
/// is told in the audit. Answers nothing where another version came first.
pub async fn keep(
    tx: &Tx,
    seen: i64,
    page: Option<&str>,
    what: &str,
    actor: &Actor,
) -> Result<Option<i64>> {
    let version = next(tx, seen);
    let text = "UPDATE brand SET version = $1, page = $2, actor = $3, at = $4 WHERE id = 1 AND version = $5";
    let values = vec![
        version.into(),
        page.into(),
        actor.0.clone().into(),
        tx.env().now().0.into(),
        seen.into(),
    ];
    if sql::run(tx, text, values).await? == 0 {
        return Ok(None);
    }
    let action = if page.is_some() {
        "brand.changed"
    } else {
        "brand.reset"
    };
    audit::append(tx, actor, action, "page", what).await?;
    tx.nudge();
    Ok(Some(version))
}

/// The version after this one. It is a time as well, because redirect servers know brands of earlier releases by the time of a start.
fn next(tx: &Tx, version: i64) -> i64 {
    tx.env().now().0.max(version + 1)
}

/// Notes that the redirect server has a version.
pub async fn was_published(tx: &Tx, version: i64) -> Result<()> {
    let text = "UPDATE brand SET published = $1 WHERE id = 1 AND published < $1";
    sql::run(tx, text, vec![version.into()]).await?;
    Ok(())
}
