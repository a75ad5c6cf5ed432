//! `/connections/new` and `/connections/{id}/settings`: first the kind, then its form, as [`components::Form`] describes it.

use std::collections::HashMap;

use access::Admin;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use components::{Access, Choice, Field, Form as Asked, Options, Takes};
use console::{
    FieldErrors, Place,
    connection_form::{
        ConnectionFormPage, ConnectionKindsPage, FormField, Input, KindChoice, ScheduleFields,
    },
};
use model::{ComponentKind, ConnectionId, Fault, Schedule, Secret};
use roster::{
    change::Change,
    connections::{New, options_of},
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::one::{self, ask};
use crate::{
    App,
    pages::{
        address::Path,
        frame::{Page, PageError, mark, rendered, shell, show as shown},
        labels::sentence,
    },
    session::SignedIn,
};

/// What a form sends: one text per field.
pub(super) type Sent = HashMap<String, String>;

#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    kind: Option<String>,
    access: Option<String>,
}

/// What a kind and the way to it are called.
pub(super) fn title(kind: ComponentKind, access: Access) -> String {
    let has_ways = Asked::all().iter().filter(|(one, _)| *one == kind).count() > 1;
    match (has_ways, access) {
        (false, _) => kind.title().to_owned(),
        (true, Access::Local) => format!("{}, local", kind.title()),
        (true, Access::Remote) => format!("{}, remote", kind.title()),
    }
}

const fn name(access: Access) -> &'static str {
    match access {
        Access::Local => "local",
        Access::Remote => "remote",
    }
}

/// The kind and the access that were chosen; none where the kind is not known.
fn chosen(kind: Option<&str>, access: Option<&str>) -> Option<(ComponentKind, Access)> {
    let access = match access {
        Some("remote") => Access::Remote,
        _ => Access::Local,
    };
    Some((ComponentKind::parse(kind?)?, access))
}

/// `GET /connections/new`: the kinds, or the form of one.
pub(crate) async fn new(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Query(wanted): Query<Wanted>,
) -> Page {
    admin.primary()?;
    let Some((kind, access)) = chosen(wanted.kind.as_deref(), wanted.access.as_deref()) else {
        return shown(&ConnectionKindsPage {
            shell: shell(&app, &admin, Place::Connections).await?,
            kinds: Asked::all().into_iter().map(kind_choice).collect(),
        });
    };
    let sent = Sent::from([("access".to_owned(), name(access).to_owned())]);
    let page = page(&app, &admin, None, (kind, access), &sent, &[]).await?;
    shown(&page)
}

fn kind_choice((kind, access): (ComponentKind, Access)) -> KindChoice {
    KindChoice {
        href: format!(
            "/connections/new?kind={}&access={}",
            kind.name(),
            name(access)
        ),
        mark: mark(kind),
        title: title(kind, access),
        help: Asked::with(kind, access).help.to_owned(),
    }
}

/// `POST /connections`
pub(crate) async fn add(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    jar: CookieJar,
    Form(sent): Form<Sent>,
) -> Page {
    let actor = admin.primary()?.actor();
    let Some((kind, access)) = chosen_by(&sent) else {
        return Ok(Redirect::to("/connections/new").into_response());
    };
    let faults = match new_of((kind, access), &sent) {
        Err(faults) => faults,
        Ok(new) => match roster::connections::add(&app.store, &new, &actor).await {
            Ok(id) => return added(&app, &admin, &jar, id, (kind, access)).await,
            Err(roster::Error::Unfit(faults)) => faults,
            Err(error) => return Err(error.into()),
        },
    };
    let page = page(&app, &admin, None, (kind, access), &sent, &faults).await?;
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// Leads to the new connection; a remote one is asked for its authorization at once, and the token of one that people are pushed
/// to is shown.
async fn added(
    app: &App,
    admin: &Admin,
    jar: &CookieJar,
    id: ConnectionId,
    (kind, access): (ComponentKind, Access),
) -> Result<Response, PageError> {
    if kind.pushes() {
        return one::authorized(app, admin, jar, id).await;
    }
    if access == Access::Remote {
        ask(app, admin, jar, id).await?;
    }
    Ok(Redirect::to(&format!("/connections/{id}")).into_response())
}

/// `GET /connections/{id}/settings`
pub(crate) async fn settings(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<ConnectionId>,
) -> Page {
    admin.primary()?;
    let connection = store::connections::get(&app.store, id).await?;
    let kept = options_of(&connection);
    let mut sent = Sent::from([
        ("name".to_owned(), connection.name.clone()),
        ("address".to_owned(), connection.address.clone()),
        (
            "account".to_owned(),
            roster::connections::account(&app.store, &connection).await?,
        ),
        ("default_pbx".to_owned(), connection.default_pbx.clone()),
    ]);
    let shown_options = Asked::with(connection.kind, kept.access).options.iter();
    sent.extend(shown_options.map(|choice| (choice.name.to_owned(), choice.shown(&kept))));
    sent.extend(schedule_fields(connection.schedule));
    let named = Some((id, connection.name.as_str()));
    let page = page(
        &app,
        &admin,
        named,
        (connection.kind, kept.access),
        &sent,
        &[],
    )
    .await?;
    shown(&page)
}

/// `POST /connections/{id}/settings`
pub(crate) async fn change(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<ConnectionId>,
    Form(sent): Form<Sent>,
) -> Page {
    let actor = admin.primary()?.actor();
    let connection = store::connections::get(&app.store, id).await?;
    let access = options_of(&connection).access;
    let faults = match change_of((connection.kind, access), &sent) {
        Err(faults) => faults,
        Ok(change) => match roster::change::change(&app.store, id, &change, &actor).await {
            Ok(()) => return Ok(Redirect::to(&format!("/connections/{id}")).into_response()),
            Err(roster::Error::Unfit(faults)) => faults,
            Err(error) => return Err(error.into()),
        },
    };
    let named = Some((id, connection.name.as_str()));
    let page = page(
        &app,
        &admin,
        named,
        (connection.kind, access),
        &sent,
        &faults,
    )
    .await?;
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// The kind and the access that the form of a new connection is for.
pub(super) fn chosen_by(sent: &Sent) -> Option<(ComponentKind, Access)> {
    chosen(text(sent, "kind"), text(sent, "access"))
}

/// The new connection that the form describes.
pub(super) fn new_of(
    (kind, access): (ComponentKind, Access),
    sent: &Sent,
) -> Result<New, Vec<Fault>> {
    Ok(New {
        options: options(kind, access, sent)?,
        name: given(sent, "name"),
        kind,
        address: given(sent, "address"),
        account: given(sent, "account"),
        secret: Secret::new(given(sent, "secret")),
        default_pbx: given(sent, "default_pbx"),
        schedule: schedule(sent),
    })
}

/// The change of a connection that the form describes.
pub(super) fn change_of(
    (kind, access): (ComponentKind, Access),
    sent: &Sent,
) -> Result<Change, Vec<Fault>> {
    let (asked, secret) = (Asked::with(kind, access), given(sent, "secret"));
    Ok(Change {
        options: Some(options(kind, access, sent)?),
        name: Some(given(sent, "name")),
        address: asked.address.map(|_| given(sent, "address")),
        account: asked.account.map(|_| given(sent, "account")),
        secret: (!secret.is_empty()).then(|| Secret::new(secret)),
        default_pbx: Some(given(sent, "default_pbx")),
        schedule: Some(schedule(sent)),
        ..Change::default()
    })
}

/// The options that the form sent.
fn options(
    kind: ComponentKind,
    access: Access,
    sent: &Sent,
) -> Result<Map<String, Value>, Vec<Fault>> {
    let options: Options = Asked::with(kind, access).entered(|name| text(sent, name))?;
    match serde_json::to_value(options) {
        Ok(Value::Object(values)) => Ok(values),
        _ => Ok(Map::new()),
    }
}

fn text<'a>(sent: &'a Sent, name: &str) -> Option<&'a str> {
    sent.get(name).map(String::as_str)
}

fn given(sent: &Sent, name: &str) -> String {
    text(sent, name).unwrap_or_default().trim().to_owned()
}

/// The schedule that the form sent, as [`Schedule`] is written.
fn schedule(sent: &Sent) -> String {
    match given(sent, "schedule").as_str() {
        "every" => format!("every {}", given(sent, "minutes")),
        "daily" => format!("daily {}", given(sent, "time")),
        _ => String::new(),
    }
}

fn schedule_fields(schedule: Schedule) -> Vec<(String, String)> {
    let fields = match schedule {
        Schedule::ByHand => vec![("schedule", "hand".to_owned())],
        Schedule::Every { minutes } => vec![
            ("schedule", "every".to_owned()),
            ("minutes", minutes.to_string()),
        ],
        Schedule::Daily { minute } => vec![
            ("schedule", "daily".to_owned()),
            ("time", format!("{:02}:{:02}", minute / 60, minute % 60)),
        ],
    };
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// The form with what was typed, each fault beside its field.
pub(super) async fn page(
    app: &App,
    admin: &Admin,
    named: Option<(ConnectionId, &str)>,
    (kind, access): (ComponentKind, Access),
    sent: &Sent,
    faults: &[Fault],
) -> Result<ConnectionFormPage, PageError> {
    let asked = Asked::with(kind, access);
    let of = |name: &str, field: Field, input| FormField {
        name: name.to_owned(),
        label: field.label.to_owned(),
        help: field.help.to_owned(),
        value: if input == Input::Secret {
            String::new()
        } else {
            given(sent, name)
        },
        example: field.example.to_owned(),
        needed: field.needed && (named.is_none() || input != Input::Secret),
        input,
    };
    let mut fields = vec![of("name", NAME, Input::Text)];
    fields.extend(asked.address.map(|field| of("address", field, Input::Text)));
    fields.extend(asked.account.map(|field| of("account", field, Input::Text)));
    fields.extend(asked.secret.map(|field| {
        let kept = Field {
            help: "Leave it empty to keep the one that is there.",
            ..field
        };
        of(
            "secret",
            if named.is_some() { kept } else { field },
            Input::Secret,
        )
    }));
    fields.push(of("default_pbx", DEFAULT_PBX, Input::Text));
    let more = asked
        .options
        .iter()
        .filter(|choice| choice.name != "access");
    let mut errors = FieldErrors::default();
    for fault in faults {
        errors.add(fault.field.as_str(), sentence(&fault.message));
    }
    let standard = ScheduleFields::default();
    let or = |name, standard| {
        Some(given(sent, name))
            .filter(|text| !text.is_empty())
            .unwrap_or(standard)
    };
    Ok(ConnectionFormPage {
        shell: shell(app, admin, Place::Connections).await?,
        id: named.map(|(id, _)| id.to_string()).unwrap_or_default(),
        called: named.map(|(_, name)| name.to_owned()).unwrap_or_default(),
        title: title(kind, access),
        help: asked.help.to_owned(),
        hidden: vec![
            ("kind".to_owned(), kind.name().to_owned()),
            ("access".to_owned(), name(access).to_owned()),
        ],
        fields,
        more: more.map(|choice| more_field(choice, sent)).collect(),
        schedule: ScheduleFields {
            kind: or("schedule", standard.kind),
            minutes: or("minutes", standard.minutes),
            time: or("time", standard.time),
        },
        window: access == Access::Remote,
        pushed: kind.pushes(),
        preview: None,
        errors,
    })
}

const NAME: Field = Field {
    label: "Name",
    help: "How people call it here.",
    example: "head-office",
    needed: true,
};
const DEFAULT_PBX: Field = Field {
    label: "Default PBX",
    help: "The PBX of records that name none. May be empty.",
    example: "",
    needed: false,
};

/// An option as a field: with what was sent, else with its default.
fn more_field(choice: &Choice, sent: &Sent) -> FormField {
    let was_sent = sent.contains_key("name");
    FormField {
        name: choice.name.to_owned(),
        label: choice.label.to_owned(),
        help: choice.help.to_owned(),
        value: if was_sent {
            given(sent, choice.name)
        } else {
            choice.default()
        },
        example: String::new(),
        needed: false,
        input: match choice.takes {
            Takes::Text => Input::Text,
            Takes::Lines => Input::Lines,
            Takes::Switch => Input::Switch,
            Takes::Number { .. } => Input::Number,
            Takes::OneOf(values) => Input::OneOf(
                values
                    .iter()
                    .map(|(value, label)| ((*value).to_owned(), (*label).to_owned()))
                    .collect(),
            ),
        },
    }
}
