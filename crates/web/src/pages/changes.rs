//! `/users/changes`: which profile or language a selection gets.

use axum::extract::{Query, State};
use axum_extra::extract::Form;
use console::{Place, ProfileChoice, changes::ChangesPage};
use model::UserId;

use super::{
    frame::{Page, shell, show as shown},
    plan::Looked,
};
use crate::{App, forms::SelectionForm, session::SignedIn};

/// `POST /users/changes`
pub(crate) async fn choose(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Query(looked): Query<Looked>,
    Form(form): Form<SelectionForm>,
) -> Page {
    form.parse::<UserId>()?;
    let all = store::profiles::list(&app.store).await?;
    let named = |id: String, name: &str| ProfileChoice {
        id,
        name: name.to_owned(),
        chosen: false,
    };
    let mut profiles: Vec<_> = all
        .iter()
        .map(|(profile, _)| named(profile.id.to_string(), &profile.name))
        .collect();
    profiles.push(named(String::new(), "Do not deploy"));
    shown(&ChangesPage {
        shell: shell(&app, &admin, Place::Manage).await?,
        hidden: form.hidden(),
        looked: looked.at(String::new()),
        profiles,
    })
}
