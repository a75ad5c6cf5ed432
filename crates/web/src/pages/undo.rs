//! `/jobs/{id}/undo`: taking an import back.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use axum_extra::extract::Form;
use console::{Place, undo::UndoPage};
use model::JobId;
use serde::Deserialize;

use super::{
    address::Path,
    frame::{Page, count, shell, show as shown},
};
use crate::{App, session::SignedIn};

/// `GET /jobs/{id}/undo`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<JobId>,
) -> Page {
    let found = import::undoable(&app.store, id).await?;
    shown(&UndoPage {
        shell: shell(&app, &admin, Place::Jobs).await?,
        id: id.to_string(),
        users: count(found.users),
        deployed: count(found.deployed),
    })
}

/// What was ticked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Confirmed {
    deployed: Option<String>,
}

/// `POST /jobs/{id}/undo`
pub(crate) async fn undo(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<JobId>,
    Form(form): Form<Confirmed>,
) -> Page {
    let job = import::undo(&app.store, id, form.deployed.is_some(), &admin.actor()).await?;
    Ok(Redirect::to(&format!("/jobs/{job}")).into_response())
}
