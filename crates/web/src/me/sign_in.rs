//! The ways in: an account that the client service checks, or a mailed link. Who is not let in learns nothing of who is known.

use axum::{
    Form,
    body::Body,
    extract::{Path, State},
    http::Response,
    response::{IntoResponse, Redirect},
};
use axum_extra::extract::CookieJar;
use console::me::{Closed, Trouble};
use model::Secret;
use roster::SignedIn;
use serde::Deserialize;

use super::{Answer, look};
use crate::{
    App,
    public::{guest::Guest, page},
    session::{self, Of},
};

/// Longer logins, passwords and addresses are nobody's.
const LOGIN_MAX: usize = 200;
const PASSWORD_MAX: usize = 500;
const ADDRESS_MAX: usize = 320;

/// An account and its password, which goes to the client service and nowhere else.
#[derive(Deserialize)]
pub(crate) struct Account {
    login: String,
    password: Secret,
}

/// The ways in, for `GET /me`.
pub(crate) async fn ways_in(
    app: &App,
    guest: &Guest,
    login: &str,
    trouble: Option<Trouble>,
) -> Answer {
    let has_accounts = roster::can_sign_in(&app.store).await?;
    let look = look(app, guest.language(None), "");
    Ok(page(console::me::sign_in(
        &look,
        has_accounts,
        login,
        trouble,
    )))
}

/// `POST /me/sign-in`
pub(crate) async fn with_account(
    State(app): State<App>,
    guest: Guest,
    jar: CookieJar,
    Form(account): Form<Account>,
) -> Answer {
    let (store, now) = (&app.store, app.store.env().now());
    let guesses = &app.shared.guesses;
    let login = account.login.trim();
    let fits = (1..=LOGIN_MAX).contains(&login.len())
        && (1..=PASSWORD_MAX).contains(&account.password.expose().len());
    if !fits {
        return ways_in(&app, &guest, "", Some(Trouble::Wrong)).await;
    }
    let stopped = if app.shared.accounts.take(guest.from, now.0) {
        guesses.take(store, login, guest.from).await?
    } else {
        Some(Trouble::Busy)
    };
    if stopped.is_some() {
        return ways_in(&app, &guest, login, stopped).await;
    }
    let entry = match roster::sign_in(store, login, &account.password).await {
        Ok(SignedIn::Nobody) => {
            return ways_in(&app, &guest, login, Some(Trouble::Wrong)).await;
        }
        Ok(SignedIn::Unknown) => None,
        Ok(SignedIn::As(entry)) => Some(entry),
        Err(error) => {
            tracing::warn!(%error, hint = error.hint(), "an account could not be checked");
            return ways_in(&app, &guest, login, Some(Trouble::Unreachable)).await;
        }
    };
    app.shared.accounts.give_back(&guest.from);
    guesses.forget(login, guest.from);
    let found = match entry {
        Some(entry) => store::users::of_entries(store, &[entry])
            .await?
            .remove(&entry),
        None => None,
    };
    let Some(user) = found else {
        let look = look(&app, guest.language(None), "");
        return Ok(page(console::me::closed(&look, Closed::NoUser, false)));
    };
    let token = access::person::begin(store, user.id).await?;
    Ok(signed_in(&app, jar, &token))
}

/// Leads on to the person's own page.
fn signed_in(app: &App, jar: CookieJar, token: &Secret) -> Response<Body> {
    let jar = jar.add(session::cookie(Of::Person, token, app));
    (jar, Redirect::to("/me")).into_response()
}

/// Who wants a link.
#[derive(Deserialize)]
pub(crate) struct Wish {
    address: String,
}

/// `POST /me/links`: a link to the address, if it is known. Whoever asks is told the same in any case, and does not wait for how
/// it ends.
pub(crate) async fn ask_for_link(
    State(app): State<App>,
    guest: Guest,
    Form(wish): Form<Wish>,
) -> Answer {
    let now = app.store.env().now();
    let address = wish.address.trim().to_owned();
    if address.is_empty() {
        return ways_in(&app, &guest, "", None).await;
    }
    let may = app.shared.links.take(guest.from, now.0)
        && (address.len() > ADDRESS_MAX || app.shared.guesses.asks(&address, guest.from, now));
    if !may {
        return ways_in(&app, &guest, "", Some(Trouble::Busy)).await;
    }
    if address.len() <= ADDRESS_MAX {
        let store = app.store.clone();
        tokio::spawn(async move {
            if let Err(error) = delivery::order_sign_in(&store, &address).await {
                tracing::error!(%error, "a link to sign in could not be ordered");
            }
        });
    }
    Ok(page(console::me::mailed(&look(
        &app,
        guest.language(None),
        "",
    ))))
}

/// `GET /me/links/{link}`: a button. Nothing is used up, however often a scanner looks.
pub(crate) async fn show_link(
    State(app): State<App>,
    guest: Guest,
    Path(link): Path<Secret>,
) -> Answer {
    let look = look(&app, guest.language(None), "");
    let works = access::person::link_works(&app.store, &link).await?;
    Ok(page(if works {
        console::me::link(&look)
    } else {
        console::me::dead_link(&look)
    }))
}

/// `POST /me/links/{link}`: uses the link up.
pub(crate) async fn with_link(
    State(app): State<App>,
    guest: Guest,
    jar: CookieJar,
    Path(link): Path<Secret>,
) -> Answer {
    let token = access::person::begin_by_link(&app.store, &link).await?;
    Ok(match token {
        Some(token) => signed_in(&app, jar, &token),
        None => page(console::me::dead_link(&look(
            &app,
            guest.language(None),
            "",
        ))),
    })
}

/// `POST /me/sign-out`
pub(crate) async fn out(State(app): State<App>, jar: CookieJar) -> Answer {
    if let Some(token) = session::token(Of::Person, &jar, &app) {
        access::person::end(&app.store, &token).await?;
    }
    let jar = jar.remove(session::cookie(Of::Person, &Secret::new(""), &app));
    Ok((jar, Redirect::to("/me")).into_response())
}
