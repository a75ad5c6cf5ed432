//! `POST /profiles/{id}`: a change is saved at once, unless clients have what it changes: then it is shown first.

use access::Admin;
use axum::{Form, extract::State};
use console::{
    Notice, Place,
    profile_change::{ProfileChangePage, Settled},
};
use model::{ProfileId, profile::Change};
use users::profiles::{Planned, Wanted};

use super::{Typed, editor, refuse, to_the_list, told_of, wanted};
use crate::{
    App,
    pages::{
        address::Path,
        frame::{Page, count, shell, show as shown},
    },
    session::SignedIn,
};

/// `POST /profiles/{id}`
pub(crate) async fn save(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<ProfileId>,
    Form(typed): Form<Typed>,
) -> Page {
    if typed.is_back() {
        return shown(&editor(&app, &admin, Some(id), &typed, vec![]).await?);
    }
    settle(&app, &admin, id, &typed).await
}

/// Saves what was typed, or shows what that comes to.
pub(super) async fn settle(app: &App, admin: &Admin, id: ProfileId, typed: &Typed) -> Page {
    let planned = match wanted(app, typed) {
        Ok(wanted) => {
            let planned = users::profiles::plan_change(&app.store, id, &wanted).await;
            planned.map(|planned| (wanted, planned))
        }
        Err(error) => Err(error),
    };
    let saved = match planned {
        Ok((wanted, planned))
            if (planned.out_of_date > 0 || warning(&wanted, &planned).is_some())
                && !typed.is_agreed() =>
        {
            return before(app, admin, typed, &wanted, planned).await;
        }
        Ok((wanted, _)) => keep(app, admin, id, typed, &wanted).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(()) => Ok(to_the_list()),
        Err(users::Error::Unfit(faults)) => refuse(app, admin, Some(id), typed, faults).await,
        Err(error) => Err(error.into()),
    }
}

async fn keep(
    app: &App,
    admin: &Admin,
    id: ProfileId,
    typed: &Typed,
    wanted: &Wanted,
) -> Result<(), users::Error> {
    let (store, seen) = (&app.store, typed.version().parse().ok());
    users::profiles::change(store, id, wanted, seen, &admin.actor())
        .await
        .map(drop)
}

/// What whoever chooses another client should know before it is saved.
fn warning(wanted: &Wanted, planned: &Planned) -> Option<Notice> {
    let client = wanted.settings.client;
    if client == planned.now.settings.client {
        return None;
    }
    told_of(client)
}

async fn before(
    app: &App,
    admin: &Admin,
    typed: &Typed,
    wanted: &Wanted,
    planned: Planned,
) -> Page {
    let mut shell = shell(app, admin, Place::Profiles).await?;
    shell.notices.extend(warning(wanted, &planned));
    shown(&ProfileChangePage {
        shell,
        id: planned.now.id.to_string(),
        name: planned.now.name,
        changes: planned.changes.into_iter().map(settled).collect(),
        out_of_date: count(planned.out_of_date),
        typed: typed.all(),
    })
}

/// A difference as a page shows it.
pub(super) fn settled(change: Change) -> Settled {
    Settled {
        title: change.title.to_owned(),
        from: change.from,
        to: change.to,
    }
}
