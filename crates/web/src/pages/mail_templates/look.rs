//! `/mail-templates/{language}/look`: what is kept, or a draft, as a person would get it, for the editor's frame.

use axum::{
    Form,
    extract::{Query, State},
    response::IntoResponse,
};
use console::mail_template::MailLook;
use delivery::{
    Error,
    mail::Template,
    templates::{self, Scope},
};
use model::{Language, Sort, UserId};
use serde::Deserialize;
use store::ListQuery;

use super::{Typed, Whose, direction};
use crate::{
    App, Problem,
    pages::{
        address::Path,
        frame::{Page, show as shown},
        preview::POLICY,
    },
    session::SignedIn,
};

/// How the draft is looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Looking {
    /// Words that find a user.
    who: String,
    /// `mail`, `phone` or `text`.
    shape: String,
    /// `1`: as in the dark.
    dark: String,
}

/// `GET /mail-templates/{language}/look`
pub(crate) async fn look_at_kept(
    State(app): State<App>,
    SignedIn(_): SignedIn,
    Path(language): Path<Language>,
    Query(whose): Query<Whose>,
    Query(looking): Query<Looking>,
) -> Page {
    let scope = whose.scope(language)?;
    let standing = templates::get(&app.store, scope).await?;
    framed(&app, scope, &standing.template, &looking).await
}

/// A draft and how it is looked at.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Draft {
    #[serde(flatten)]
    typed: Typed,
    #[serde(flatten)]
    looking: Looking,
}

/// `POST /mail-templates/{language}/look`
pub(crate) async fn look_at_draft(
    State(app): State<App>,
    SignedIn(_): SignedIn,
    Path(language): Path<Language>,
    Form(draft): Form<Draft>,
) -> Page {
    let (typed, looking) = (&draft.typed, &draft.looking);
    framed(&app, typed.scope(language)?, &typed.template(), looking).await
}

async fn framed(app: &App, scope: Scope, template: &Template, looking: &Looking) -> Page {
    let (user, note) = found(app, &looking.who).await?;
    let look = MailLook {
        note,
        dark: looking.dark == "1",
        phone: looking.shape == "phone",
        direction: direction(scope.language),
        ..MailLook::default()
    };
    let look = match templates::look(&app.store, app.delivery(), scope, template, user).await {
        Ok(draft) => MailLook {
            from: draft.from,
            to: draft.to,
            subject: draft.subject,
            text: draft.text,
            html: match looking.shape.as_str() {
                "text" => String::new(),
                _ => draft.html,
            },
            ..look
        },
        Err(Error::Unfit(faults)) => MailLook {
            faults: faults.into_iter().map(|f| (f.field, f.message)).collect(),
            ..look
        },
        Err(error) => return Err(error.into()),
    };
    let mut answer = shown(&look)?.into_response();
    for (name, value) in POLICY {
        let value = axum::http::HeaderValue::from_static(value);
        answer.headers_mut().insert(name, value);
    }
    Ok(answer)
}

/// The first user that these words find, or why it is shown for an invented person.
async fn found(app: &App, who: &str) -> Result<(Option<UserId>, String), Problem> {
    if who.trim().is_empty() {
        return Ok((None, String::new()));
    }
    let query = model::Query {
        q: who.to_owned(),
        filter: String::new(),
    };
    let query = ListQuery::users(&query, Sort::default(), 1).map_err(Problem::bad_request)?;
    let page = store::users::page(&app.store, &query).await?;
    let user = page.items.first().map(|user| user.id);
    let note = match user {
        Some(_) => String::new(),
        None => "No user is found like this: shown for an invented person.".to_owned(),
    };
    Ok((user, note))
}
