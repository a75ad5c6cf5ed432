//! `/me`: people sign in, set up their own phone, and withdraw a lost one. Open to whom `users::self_deployment` says; looked
//! at anew with every request.

mod guesses;
mod home;
mod sign_in;

pub(crate) use guesses::Guesses;

use axum::{
    Router,
    body::Body,
    extract::{FromRequestParts, Request, State},
    http::{HeaderValue, Response, StatusCode, header, request::Parts},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use axum_extra::extract::CookieJar;
use console::me::{Closed, Look};
use model::{ProfileSettings, Secret, User};
use publication::Language;
use users::self_deployment::Standing;

use crate::{
    App,
    public::{guest::Guest, page},
    session::{self, Of},
};

pub(crate) fn router(app: &App) -> Router<App> {
    Router::new()
        .route("/me", get(home::show))
        .route("/me/sign-in", post(sign_in::with_account))
        .route("/me/sign-out", post(sign_in::out))
        .route("/me/links", post(sign_in::ask_for_link))
        .route(
            "/me/links/{link}",
            get(sign_in::show_link).post(sign_in::with_link),
        )
        .route("/me/deployments", post(home::deploy))
        .route("/me/mails", post(home::mail))
        .route(
            "/me/devices/{id}/withdrawal",
            get(home::ask_withdrawal).post(home::withdraw),
        )
        .route("/me/language", post(home::choose_language))
        .layer(from_fn_with_state(app.clone(), in_the_visitors_words))
}

/// Something that this server could not do. The visitor is told only that.
pub(crate) struct Failed;

impl<E: std::error::Error> From<E> for Failed {
    fn from(error: E) -> Self {
        tracing::error!(%error, "a person's own page does not work");
        Self
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response<Body> {
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    }
}

/// A page, or the page that says that it does not work.
pub(crate) type Answer = Result<Response<Body>, Failed>;

/// Closes everything where the settings say so, and says in the visitor's language what is refused before a handler runs.
async fn in_the_visitors_words(
    State(app): State<App>,
    guest: Guest,
    request: Request,
    next: Next,
) -> Response<Body> {
    let language = guest.language(None);
    if !app.shared.settings.self_deployment {
        let look = look(&app, language, "");
        return page(console::me::closed(&look, Closed::Off, false));
    }
    let answer = next.run(request).await;
    let is_page = answer
        .headers()
        .contains_key(header::CONTENT_SECURITY_POLICY);
    let mut answer = match answer.status() {
        status if is_page || status.is_redirection() => answer,
        StatusCode::SERVICE_UNAVAILABLE => page(landing::trouble(&language)),
        StatusCode::METHOD_NOT_ALLOWED => {
            let mut told = page(landing::not_allowed(&language));
            let allowed = answer.headers().get(header::ALLOW).cloned();
            told.headers_mut()
                .extend(allowed.map(|allowed| (header::ALLOW, allowed)));
            told
        }
        _ => page(landing::not_found(&language)),
    };
    // Without any referrer a browser sends forms with the origin `null`, which older ones do not make up for by `Sec-Fetch-Site`.
    let same_origin = HeaderValue::from_static("same-origin");
    answer
        .headers_mut()
        .insert(header::REFERRER_POLICY, same_origin);
    answer
}

fn look<'a>(app: &App, language: Language, help: &'a str) -> Look<'a> {
    Look {
        brand: app.brand(),
        language,
        help,
    }
}

/// Whose session a request bears.
enum Who {
    /// Nobody's.
    Stranger,
    /// Somebody's to whom the page is closed.
    Closed(Closed, Person),
    /// Somebody's to whom it is open.
    Open(Person),
}

/// Somebody who is signed in.
pub(crate) struct Person {
    user: User,
    session: Secret,
    language: Language,
    /// What the profile says; none for somebody without one.
    profile: Option<ProfileSettings>,
}

impl Person {
    fn look<'a>(&'a self, app: &App) -> Look<'a> {
        let help = self
            .profile
            .as_ref()
            .map_or("", |profile| profile.help.as_str());
        look(app, self.language.clone(), help)
    }
}

async fn who(app: &App, guest: &Guest, jar: &CookieJar) -> Result<Who, Failed> {
    let store = &app.store;
    let Some(session) = session::token(Of::Person, jar, app) else {
        return Ok(Who::Stranger);
    };
    let Some(user) = access::person::by_session(store, &session).await? else {
        return Ok(Who::Stranger);
    };
    let user = store::users::get(store, user).await?;
    let standing = Standing::of(store, &user).await?;
    let own = model::Language::of(&user.served().language);
    let own = own.and_then(|language| language.code().parse().ok());
    let profile = match user.profile {
        Some(id) => Some(store::profiles::get(store, id).await?.settings),
        None => None,
    };
    let person = Person {
        language: guest.language(own.as_ref()),
        user,
        session,
        profile,
    };
    Ok(match closed(standing) {
        Some(why) => Who::Closed(why, person),
        None => Who::Open(person),
    })
}

/// What a person is told to whom it is closed.
const fn closed(standing: Standing) -> Option<Closed> {
    match standing {
        Standing::Open => None,
        Standing::ByHand => Some(Closed::ByHand),
        Standing::Elsewhere => Some(Closed::Elsewhere),
        Standing::Suspended => Some(Closed::Suspended),
        Standing::NoProfile => Some(Closed::NoProfile),
    }
}

/// Only somebody to whom it is open gets further; a stranger is led to the ways in.
impl FromRequestParts<App> for Person {
    type Rejection = Response<Body>;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response<Body>> {
        let Ok(guest) = Guest::from_request_parts(parts, app).await;
        let jar = CookieJar::from_headers(&parts.headers);
        match who(app, &guest, &jar).await {
            Ok(Who::Open(person)) => Ok(person),
            Ok(Who::Closed(why, person)) => {
                Err(page(console::me::closed(&person.look(app), why, true)))
            }
            Ok(Who::Stranger) => Err(Redirect::to("/me").into_response()),
            Err(failed) => Err(failed.into_response()),
        }
    }
}
