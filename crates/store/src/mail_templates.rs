//! Texts of the deployment mail that people changed, per language and for one profile or all of them, with every version.
//! What a template says, and what the program ships, is known elsewhere.

use model::{Actor, Language, ProfileId, TemplateId, Timestamp};
use uuid::Uuid;

use crate::{
    Error, Result, Store, Tx, audit,
    sql::{self, Row, Runs, list},
};

/// Whose template: a language's, for everybody or for the users of one profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The language.
    pub language: Language,
    /// The profile; none: everybody.
    pub profile: Option<ProfileId>,
}

impl Scope {
    fn profile(&self) -> Uuid {
        self.profile.map_or(Uuid::nil(), |id| id.0)
    }
}

/// One version of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its id.
    pub id: TemplateId,
    /// Whose it is.
    pub scope: Scope,
    /// Its number, from 1.
    pub number: i64,
    /// The template as JSON; none: it went back to what stands above it.
    pub template: Option<String>,
    /// Who made it.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

const COLUMNS: &str = "id, profile_id, language, version, template, actor, at";

fn read(row: &Row) -> Result<Version> {
    let (profile, language): (Uuid, String) = (row.get(1)?, row.get(2)?);
    Ok(Version {
        id: TemplateId(row.get(0)?),
        scope: Scope {
            language: Language::of(&language).unwrap_or_default(),
            profile: (!profile.is_nil()).then_some(ProfileId(profile)),
        },
        number: row.get(3)?,
        template: row.get(4)?,
        actor: row.get(5)?,
        at: Timestamp(row.get(6)?),
    })
}

const NEWEST: &str = "version = (SELECT MAX(n.version) FROM mail_template n WHERE n.profile_id = t.profile_id AND n.language = t.language)";

/// The newest version of everything that was ever changed, without what it says: a few rows.
pub async fn newest(store: &Store) -> Result<Vec<Version>> {
    let text = format!(
        "SELECT id, profile_id, language, version, CASE WHEN template IS NULL THEN NULL ELSE '' END, actor, at \
         FROM mail_template t WHERE {NEWEST} ORDER BY profile_id, language"
    );
    let rows = sql::all(store, &text, vec![]).await?;
    rows.iter().map(read).collect()
}

/// The newest version of one; none: it was never changed.
pub async fn find(store: &Store, scope: Scope) -> Result<Option<Version>> {
    find_on(store, scope).await
}

async fn find_on(on: &impl Runs, scope: Scope) -> Result<Option<Version>> {
    let text = format!(
        "SELECT {COLUMNS} FROM mail_template t WHERE profile_id = $1 AND language = $2 AND {NEWEST}"
    );
    let values = vec![scope.profile().into(), scope.language.code().into()];
    let row = sql::one(on, &text, values).await?;
    row.as_ref().map(read).transpose()
}

/// Some versions by their ids.
pub async fn by_id(store: &Store, ids: &[TemplateId]) -> Result<Vec<Version>> {
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let text = format!(
        "SELECT {COLUMNS} FROM mail_template WHERE id IN ({})",
        list(1, ids.len())
    );
    let values = ids.iter().map(|id| id.0.into()).collect();
    let rows = sql::all(store, &text, values).await?;
    rows.iter().map(read).collect()
}

/// Up to `limit` versions before the version `before`, the newest first.
pub async fn versions(
    store: &Store,
    scope: Scope,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Version>> {
    let text = format!(
        "SELECT {COLUMNS} FROM mail_template WHERE profile_id = $1 AND language = $2 AND version < $3 \
         ORDER BY version DESC LIMIT $4"
    );
    let values = vec![
        scope.profile().into(),
        scope.language.code().into(),
        before.unwrap_or(i64::MAX).into(),
        limit.into(),
    ];
    let rows = sql::all(store, &text, values).await?;
    rows.iter().map(read).collect()
}

/// One version.
pub async fn version(store: &Store, scope: Scope, number: i64) -> Result<Version> {
    let found = versions(store, scope, number.checked_add(1), 1).await?;
    let found = found.into_iter().find(|version| version.number == number);
    found.ok_or(Error::Missing("version of this template"))
}

/// Keeps a template, as JSON, as the newest version after `seen`; no template: back to what stands above it. Answers nothing
/// where another version came first.
pub async fn keep(
    tx: &Tx,
    scope: Scope,
    seen: i64,
    template: Option<&str>,
    actor: &Actor,
) -> Result<Option<i64>> {
    let newest = find_on(tx, scope).await?;
    if newest.map_or(0, |version| version.number) != seen {
        return Ok(None);
    }
    let number = seen + 1;
    let values = vec![
        TemplateId::new(tx.env()).0.into(),
        scope.profile().into(),
        scope.language.code().into(),
        number.into(),
        template.into(),
        actor.0.clone().into(),
        tx.env().now().0.into(),
    ];
    let text = "INSERT INTO mail_template (id, profile_id, language, version, template, actor, at) VALUES ($1,$2,$3,$4,$5,$6,$7)";
    sql::run(tx, text, values).await?;
    let detail = scope.profile.map(|id| id.to_string()).unwrap_or_default();
    let action = if template.is_some() {
        "mail-template.changed"
    } else {
        "mail-template.reset"
    };
    audit::append(tx, actor, action, scope.language, &detail).await?;
    Ok(Some(number))
}
