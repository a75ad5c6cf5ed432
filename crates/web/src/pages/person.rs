//! `/users/new` and `/users/{id}/edit`: a user that is entered by hand, and what is ours about the others.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use console::{
    FieldErrors, Mark, Place, ProfileChoice,
    person::{PersonPage, Typed},
};
use model::{Fault, PlanId, Profile, ProfileId, Secret, Selection, User, UserId};
use users::entered::{self, Entered, Source, Wish};

use super::{
    address::Path,
    frame::{Page, PageError, rendered, shell, show as shown},
    user::Origins,
};
use crate::{App, Problem, belongs, session::SignedIn};

/// The form's texts, by their names in the API.
const TEXTS: [&str; 16] = [
    "first_name",
    "last_name",
    "directory_number",
    "pbx",
    "email",
    "delivery_email",
    "language",
    "department",
    "login",
    "sip_host",
    "sip_user",
    "mbg_user_name",
    "client_service_account",
    "client_service_host",
    "client_service_port",
    "voicemail_number",
];

/// `GET /users/new`
pub(crate) async fn new(State(app): State<App>, SignedIn(admin): SignedIn) -> Page {
    let page = blank(&app, &admin, Typed::default()).await?;
    shown(&page)
}

/// `GET /users/{id}/edit`
pub(crate) async fn edit(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<UserId>,
) -> Page {
    let user = store::users::get(&app.store, id).await?;
    shown(&of(&app, &admin, &user, values(&user)).await?)
}

/// `POST /users/new`
pub(crate) async fn add(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Form(typed): Form<Vec<(String, String)>>,
) -> Page {
    let typed = Typed(typed);
    let actor = admin.actor();
    let to_deploy = typed.has("then", "deploy");
    let made = match entered(&typed) {
        Ok(wanted) => entered::add(&app.store, &wanted, to_deploy, &actor).await,
        Err(fault) => Err(users::Error::Unfit(vec![fault])),
    };
    let user = match made {
        Ok(user) => user,
        Err(error) => return refuse(blank(&app, &admin, typed).await?, error),
    };
    if !to_deploy {
        return Ok(Redirect::to(&format!("/users/{}", user.id)).into_response());
    }
    let selection = Selection::Ids { ids: vec![user.id] };
    let plan = delivery::plan(
        &app.store,
        PlanId::new(app.store.env()),
        &delivery::Wanted {
            selection,
            mode: delivery::Mode::Deploy,
        },
        &actor,
    )
    .await?;
    Ok(Redirect::to(&format!("/user-plans/{}", plan.id)).into_response())
}

/// `POST /users/{id}/edit`
pub(crate) async fn change(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<UserId>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Page {
    let typed = Typed(typed);
    let seen = typed.find("version").and_then(|seen| seen.parse().ok());
    let changed = match entered(&typed) {
        Ok(wanted) => entered::change(&app.store, id, &wanted, seen, &admin.actor()).await,
        Err(fault) => Err(users::Error::Unfit(vec![fault])),
    };
    match changed {
        Ok(_) => Ok(Redirect::to(&format!("/users/{id}")).into_response()),
        Err(error) => {
            let error = belongs::named(&app, id, error).await;
            let user = store::users::get(&app.store, id).await?;
            refuse(of(&app, &admin, &user, typed).await?, error)
        }
    }
}

/// The form again with what was typed, each fault beside its field.
fn refuse(mut page: PersonPage, error: users::Error) -> Result<Response, PageError> {
    let faults = match error {
        users::Error::Meanwhile(_) => {
            page.is_outdated = true;
            return Ok(rendered(StatusCode::CONFLICT, &page));
        }
        users::Error::Unfit(faults) | users::Error::Belongs { faults, .. } => faults,
        other => return Err(other.into()),
    };
    for fault in faults {
        page.errors.add(fault.field, fault.message);
    }
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// What was typed. A field that is not in the form stays as it is; so does a password that nothing was typed for.
fn entered(typed: &Typed) -> Result<Entered, Fault> {
    let text = |name| typed.find(name).map(str::to_owned);
    let secret = |name| {
        if typed.has("clear", name) {
            return Some(Secret::new(""));
        }
        let value = typed.find(name).filter(|value| !value.is_empty());
        value.map(Secret::new)
    };
    let profile = match typed.find("profile") {
        None => Wish::AsItIs,
        Some("") => Wish::Is(None),
        Some(id) => {
            let id: Result<ProfileId, _> = id.parse();
            let wrong = || Fault::new("profile", "is no profile of this system");
            Wish::Is(Some(id.map_err(|_| wrong())?))
        }
    };
    Ok(Entered {
        profile,
        first_name: text("first_name"),
        last_name: text("last_name"),
        directory_number: text("directory_number"),
        pbx: text("pbx"),
        email: text("email"),
        delivery_email: text("delivery_email"),
        language: text("language"),
        department: text("department"),
        login: text("login"),
        sip_host: text("sip_host"),
        sip_user: text("sip_user"),
        sip_password: secret("sip_password"),
        mbg_user_name: text("mbg_user_name"),
        mbg_password: secret("mbg_password"),
        client_service_account: text("client_service_account"),
        client_service_host: text("client_service_host"),
        client_service_port: text("client_service_port"),
        client_service_password: secret("client_service_password"),
        voicemail_number: text("voicemail_number"),
        voicemail_pin: secret("voicemail_pin"),
    })
}

/// A user's values as the form holds them.
fn values(user: &User) -> Typed {
    let (fields, ours) = (user.served(), &user.ours);
    let mut values: Vec<(String, String)> = fields
        .texts()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
    // The component's own address is what is shown; the other one stands beside it.
    values.retain(|(name, _)| name != "email");
    let more = [
        ("email", &user.fields.email),
        ("delivery_email", &ours.email),
        ("client_service_host", &ours.client_service_host),
        ("client_service_port", &ours.client_service_port),
    ];
    values.extend(more.map(|(name, value)| (name.to_owned(), value.clone())));
    let profile = user.profile.map(|id| id.to_string()).unwrap_or_default();
    values.push(("profile".to_owned(), profile));
    values.push(("version".to_owned(), user.version.to_string()));
    Typed(values)
}

/// The form of a new user. Typed passwords never come back.
async fn blank(app: &App, admin: &access::Admin, mut values: Typed) -> Result<PersonPage, Problem> {
    let secrets = store::users::OwnSecret::ALL.map(entered::secret_name);
    values
        .0
        .retain(|(name, _)| !secrets.contains(&name.as_str()));
    Ok(PersonPage {
        shell: shell(app, admin, Place::Manage).await?,
        id: String::new(),
        name: String::new(),
        source: String::new(),
        profiles: profiles(app, values.find("profile")).await?,
        values,
        owned: vec![],
        held: vec![],
        errors: FieldErrors::default(),
        is_outdated: false,
    })
}

/// The form of a user.
async fn of(
    app: &App,
    admin: &access::Admin,
    user: &User,
    typed: Typed,
) -> Result<PersonPage, Problem> {
    let source = Source::of(&app.store, user).await?;
    // What cannot be typed is not in the form that comes back.
    let mut all = typed;
    for (name, value) in values(user).0 {
        if all.find(&name).is_none() {
            all.0.push((name, value));
        }
    }
    let held = store::users::held(&app.store, user.id).await?;
    let mut owned = match &source {
        Some(source) => owned(&Origins::of(app, user).await?, source, user),
        None => vec![],
    };
    // What was entered before a component supplied it can be taken away.
    let is_held = |name: &str| held.iter().any(|of| entered::secret_name(*of) == name);
    owned.retain(|(name, _)| !is_held(name));
    Ok(PersonPage {
        id: user.id.to_string(),
        name: user.fields.label(),
        source: source.map(|source| source.name()).unwrap_or_default(),
        held: held
            .into_iter()
            .map(|of| entered::secret_name(of).to_owned())
            .collect(),
        owned,
        ..blank(app, admin, all).await?
    })
}

/// The fields that belong to a component, each with the one that supplies it.
fn owned(origins: &Origins, source: &Source, user: &User) -> Vec<(String, Mark)> {
    let secrets = store::users::OwnSecret::ALL.map(entered::secret_name);
    let all = TEXTS.into_iter().chain(secrets);
    all.filter(|name| !source.leaves(user, name))
        .filter_map(|name| Some((name.to_owned(), origins.of_field(name)?)))
        .collect()
}

/// Profiles to choose from, with the host that each names; the first one unless another was chosen.
async fn profiles(app: &App, chosen: Option<&str>) -> Result<Vec<ProfileChoice>, Problem> {
    let all = store::profiles::list(&app.store).await?;
    let named =
        |profile: &Profile| format!("{}, at {}", profile.name, profile.settings.registrar());
    let mut choices: Vec<_> = all
        .iter()
        .map(|(profile, _)| (profile.id.to_string(), named(profile)))
        .collect();
    choices.push((String::new(), "Do not deploy".to_owned()));
    let first = choices[0].0.clone();
    let chosen = chosen.unwrap_or(&first);
    Ok(choices
        .iter()
        .map(|(id, name)| ProfileChoice {
            id: id.clone(),
            name: name.clone(),
            chosen: id == chosen,
        })
        .collect())
}
