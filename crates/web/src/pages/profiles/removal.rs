//! `/profiles/{id}/delete`: what removing a profile comes to, and doing it.

use axum::{
    Form,
    extract::{Query, State},
};
use console::{Place, ProfileChoice, profile_removal::ProfileRemovalPage};
use model::ProfileId;
use serde::Deserialize;

use super::to_the_list;
use crate::{
    App,
    pages::{
        address::Path,
        frame::{Page, count, shell, show as shown},
    },
    session::SignedIn,
};

/// Which profile its users get.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Replacement {
    replacement: String,
}

impl Replacement {
    fn id(&self) -> Option<ProfileId> {
        self.replacement.parse().ok()
    }
}

/// `GET /profiles/{id}/delete`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<ProfileId>,
    Query(chosen): Query<Replacement>,
) -> Page {
    let all = store::profiles::list(&app.store).await?;
    let (own, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|(p, _)| p.id == id);
    let (profile, users) = own
        .into_iter()
        .next()
        .ok_or(store::Error::Missing("profile"))?;
    let others: Vec<_> = others.into_iter().map(|(other, _)| other).collect();
    // With one other there is nothing to choose.
    let chosen = chosen.id().or(match others.as_slice() {
        [only] => Some(only.id),
        _ => None,
    });
    let out_of_date = match chosen.filter(|_| users > 0) {
        Some(_) => {
            let planned = users::profiles::plan_removal(&app.store, id, chosen).await?;
            planned.out_of_date
        }
        None => 0,
    };
    shown(&ProfileRemovalPage {
        shell: shell(&app, &admin, Place::Profiles).await?,
        id: id.to_string(),
        name: profile.name,
        users: count(users),
        out_of_date: count(out_of_date),
        is_chosen: chosen.is_some(),
        others: others
            .into_iter()
            .map(|other| ProfileChoice {
                chosen: chosen == Some(other.id),
                id: other.id.to_string(),
                name: other.name,
            })
            .collect(),
    })
}

/// `POST /profiles/{id}/delete`
pub(crate) async fn remove(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<ProfileId>,
    Form(chosen): Form<Replacement>,
) -> Page {
    users::profiles::remove(&app.store, id, chosen.id(), &admin.actor()).await?;
    Ok(to_the_list())
}
