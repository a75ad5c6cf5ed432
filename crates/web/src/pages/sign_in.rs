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

use super::frame::{Page, PageError, rendered, show as shown};
use crate::{
    App, Problem, session,
    session::{Of, SignedIn},
};

/// `GET /sign-in`
pub(crate) async fn show(admin: Option<SignedIn>) -> Page {
    if admin.is_some() {
        return Ok(Redirect::to("/").into_response());
    }
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
) -> Page {
    let error = match begin(&app, jar, &form.name, &form.password).await {
        Ok(answer) => return Ok(answer),
        Err(error) => error,
    };
    let trouble = trouble(&error);
    let status = refusal(error)?;
    let page = SignInPage {
        name: form.name,
        trouble: Some(trouble),
        ..SignInPage::default()
    };
    Ok(rendered(status, &page))
}

/// Begins a session and leads to the first page.
async fn begin(
    app: &App,
    jar: CookieJar,
    name: &str,
    password: &Secret,
) -> Result<Response, access::Error> {
    let shared = &app.shared;
    let session = access::sign_in(
        &app.store,
        &shared.passwords,
        &shared.attempts,
        name,
        password,
    )
    .await?;
    let jar = jar.add(session::cookie(Of::Administrator, &session.token, app));
    Ok((jar, Redirect::to("/")).into_response())
}

/// `POST /sign-out`
pub(crate) async fn sign_out(State(app): State<App>, jar: CookieJar) -> Page {
    if let Some(token) = session::token(Of::Administrator, &jar, &app) {
        access::sign_out(&app.store, &token).await?;
    }
    let jar = jar.remove(session::cookie(Of::Administrator, &Secret::new(""), &app));
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
    password_again: Secret,
}

/// `POST /set-up`: the first administrator, who is then signed in.
pub(crate) async fn set_up(
    State(app): State<App>,
    jar: CookieJar,
    Form(form): Form<SetUp>,
) -> Page {
    if form.password != form.password_again {
        let mut page = again(&form);
        page.errors
            .add("password_again", "is not the same as the password");
        return Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let passwords = &app.shared.passwords;
    match access::set_up(
        &app.store,
        passwords,
        &form.token,
        &form.name,
        &form.password,
    )
    .await
    {
        Ok(admin) => Ok(begin(&app, jar, admin.name(), &form.password).await?),
        Err(error) => {
            let mut page = again(&form);
            page.trouble = Some(trouble(&error));
            Ok(rendered(refusal(error)?, &page))
        }
    }
}

/// The form as it was typed, but for the passwords.
fn again(form: &SetUp) -> SetUpPage {
    SetUpPage {
        token: form.token.expose().to_owned(),
        name: form.name.clone(),
        ..SetUpPage::default()
    }
}

/// The status of a refusal; an error of the server itself is none.
fn refusal(error: access::Error) -> Result<StatusCode, PageError> {
    let problem = Problem::from(error);
    if problem.status().is_server_error() {
        return Err(problem.into());
    }
    Ok(problem.status())
}

fn trouble(error: &access::Error) -> Trouble {
    Trouble {
        what: error.to_string(),
        why: String::new(),
        hint: error.hint().to_owned(),
    }
}
