//! `/sign-in`, `/sign-out` and `/set-up`.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use console::{Trouble, set_up::SetUpPage, sign_in::SignInPage};
use model::Secret;
use serde::Deserialize;

use super::frame::{Page, rendered, show as shown};
use crate::{App, session};

/// `GET /sign-in`
pub(crate) async fn show() -> Page {
    shown(&SignInPage::default())
}

#[derive(Debug, Deserialize)]
pub(crate) struct SignIn {
    name: String,
    password: Secret,
}

/// `POST /sign-in`
pub(crate) async fn sign_in(
    State(app): State<App>,
    jar: CookieJar,
    Form(form): Form<SignIn>,
) -> Response {
    let shared = &app.shared;
    match access::sign_in(
        &app.store,
        &shared.passwords,
        &shared.attempts,
        &form.name,
        &form.password,
    )
    .await
    {
        Ok(session) => (
            jar.add(session::cookie(&session.token, &app)),
            Redirect::to("/"),
        )
            .into_response(),
        Err(error) => {
            let page = SignInPage {
                name: form.name,
                trouble: Some(trouble(&error)),
                ..SignInPage::default()
            };
            rendered(StatusCode::UNAUTHORIZED, &page)
        }
    }
}

/// `POST /sign-out`
pub(crate) async fn sign_out(State(app): State<App>, jar: CookieJar) -> Page {
    if let Some(token) = session::token(&jar, &app) {
        access::sign_out(&app.store, &token).await?;
    }
    let jar = jar.remove(session::cookie(&Secret::new(""), &app));
    Ok((jar, Redirect::to("/sign-in")).into_response())
}

/// `GET /set-up`
pub(crate) async fn show_set_up(State(app): State<App>) -> Page {
    if app.is_set_up().await? {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    shown(&SetUpPage::default())
}

#[derive(Debug, Deserialize)]
pub(crate) struct SetUp {
    token: Secret,
    name: String,
    password: Secret,
    #[serde(alias = "password_again", alias = "again", alias = "repeat")]
    password_repeat: Secret,
}

/// `POST /set-up`
pub(crate) async fn set_up(State(app): State<App>, Form(form): Form<SetUp>) -> Page {
    if form.password != form.password_repeat {
        let mut page = SetUpPage {
            name: form.name,
            ..SetUpPage::default()
        };
        page.errors
            .add("password_again", "is not the same as the password");
        return Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    match access::set_up(
        &app.store,
        &app.shared.passwords,
        &form.token,
        &form.name,
        &form.password,
    )
    .await
    {
        Ok(_) => Ok(Redirect::to("/sign-in").into_response()),
        Err(error) => {
            let page = SetUpPage {
                name: form.name,
                trouble: Some(trouble(&error)),
                ..SetUpPage::default()
            };
            Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

fn trouble(error: &access::Error) -> Trouble {
    Trouble {
        what: error.to_string(),
        why: String::new(),
        hint: error.hint().to_owned(),
    }
}
