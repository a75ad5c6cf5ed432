//! `/connections/{id}`: one connection, and its buttons.

use std::collections::HashMap;

use access::Admin;
use axum::{
    Form,
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use axum_extra::extract::CookieJar;
use components::{Access, TestReport};
use console::{
    Notice, Place, Tone, Trouble,
    connection::{ConnectionPage, Held, ScanLine, Tested, Waiting, Way},
};
use model::{ConnectionId, Schedule, Timestamp};
use roster::{
    authorize::{Answer, By},
    change::Change,
    connections::{is_remote, options_of},
};
use serde::Deserialize;
use store::{connections::Connection, jobs::Job};

use super::{by, expires, may_change, state, token_id, trouble};
use crate::{
    App, Problem, callback_url,
    pages::{
        address::Path,
        frame::{Page, count, mark, shell, show as shown},
        jobs::line,
        when::when,
    },
    scim,
    session::SignedIn,
};

/// How many scans are shown.
const SCANS: i64 = 5;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Came {
    /// Set where a component's window led back to.
    authorized: Option<String>,
}

/// `GET /connections/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    jar: CookieJar,
    Path(id): Path<ConnectionId>,
    Query(came): Query<Came>,
) -> Page {
    let mut page = page(&app, &admin, &jar, id).await?;
    if came.authorized.is_some() && page.verified.is_some() {
        let notice = Notice::new(
            Tone::Good,
            "Authorized. If this window was opened for it, it can be closed.",
        );
        page.shell.notices.push(notice);
    }
    shown(&page)
}

/// `POST /connections/{id}/test`
pub(crate) async fn test(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    jar: CookieJar,
    Path(id): Path<ConnectionId>,
) -> Page {
    let found = match roster::connections::test(&app.store, id).await {
        Ok(report) => Tested::Works(read(&report)),
        Err(error @ roster::Error::Component { .. }) => {
            let problem = Problem::from(error);
            Tested::Fails(Trouble::new(problem.title, problem.detail, problem.hint))
        }
        Err(error) => return Err(error.into()),
    };
    let mut page = page(&app, &admin, &jar, id).await?;
    page.tested = Some(found);
    shown(&page)
}

fn read(report: &TestReport) -> String {
    let mut text = format!("{} on the first page", count_of(report.records, "record"));
    if !report.skipped.is_empty() {
        text = format!(
            "{text}, {} of it could not be read",
            count_of(report.skipped.len(), "more record")
        );
    }
    match report.announced_total {
        Some(total) => format!("{text}, {} in all.", console::Count(total)),
        None => format!("{text}."),
    }
}

fn count_of(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", console::Count::from(number))
}

/// `POST /connections/{id}/authorization`
pub(crate) async fn authorize(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    jar: CookieJar,
    Path(id): Path<ConnectionId>,
) -> Page {
    authorized(&app, admin.primary()?, &jar, id).await
}

/// Asks for an authorization, and leads to the connection; a token is shown on its page this once.
pub(super) async fn authorized(
    app: &App,
    admin: &Admin,
    jar: &CookieJar,
    id: ConnectionId,
) -> Page {
    if let Some(Answer::Token(token)) = ask(app, admin, jar, id).await? {
        let mut page = page(app, admin, jar, id).await?;
        page.new_token = Some(token.secret.expose().to_owned());
        return shown(&page);
    }
    Ok(Redirect::to(&format!("/connections/{id}")).into_response())
}

/// Asks for an authorization; what the component says to it stands on the connection's page.
pub(super) async fn ask(
    app: &App,
    admin: &Admin,
    jar: &CookieJar,
    id: ConnectionId,
) -> Result<Option<Answer>, Problem> {
    let callback = callback_url(app)?;
    let asked = by(app, admin, jar, async |by| {
        roster::authorize::ask(&app.store, id, &callback, by).await
    });
    match asked.await {
        Ok(answer) => Ok(Some(answer)),
        Err(roster::Error::Component { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Pause {
    paused: String,
}

/// `POST /connections/{id}/pause`
pub(crate) async fn pause(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<ConnectionId>,
    Form(form): Form<Pause>,
) -> Page {
    let actor = admin.primary()?.actor();
    let change = Change {
        paused: Some(form.paused == "1"),
        ..Change::default()
    };
    roster::change::change(&app.store, id, &change, &actor).await?;
    Ok(Redirect::to(&format!("/connections/{id}")).into_response())
}

#[derive(Debug, Deserialize)]
pub(crate) struct Departures {
    count: i64,
}

/// `POST /connections/{id}/departures`
pub(crate) async fn confirm(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<ConnectionId>,
    Form(form): Form<Departures>,
) -> Page {
    let actor = admin.primary()?.actor();
    roster::departures::confirm(&app.store, id, form.count, &actor).await?;
    Ok(Redirect::to(&format!("/connections/{id}")).into_response())
}

/// `POST /connections/{id}/remove`
pub(crate) async fn remove(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<ConnectionId>,
) -> Page {
    let actor = admin.primary()?.actor();
    roster::connections::remove(&app.store, id, &actor).await?;
    Ok(Redirect::to("/connections").into_response())
}

async fn page(
    app: &App,
    admin: &Admin,
    jar: &CookieJar,
    id: ConnectionId,
) -> Result<ConnectionPage, Problem> {
    let store = &app.store;
    let now = store.env().now();
    let connection = store::connections::get(store, id).await?;
    let waiting = by(app, admin, jar, async |by| {
        waiting(app, &connection, by, now).await
    })
    .await?;
    let held = roster::departures::held(store, &connection).await?;
    let scans = roster::last_scans(store, id, SCANS).await?;
    let scanning = scans.iter().find(|job| !job.state.is_over());
    let look = store::contacts::last_look(store, id).await?;
    let reader = match connection.read_by {
        Some(by) => store::connections::get(store, by).await.ok(),
        None => None,
    };
    Ok(ConnectionPage {
        shell: shell(app, admin, Place::Connections).await?,
        id: id.to_string(),
        kind: mark(connection.kind),
        title: title(&connection),
        address: if connection.kind.pushes() {
            scim::base(app)
        } else {
            connection.address.clone()
        },
        state: state(&connection, scanning.is_some()),
        may_change: may_change(admin),
        trouble: trouble(&connection),
        way: if connection.kind.pushes() {
            Way::Pushed
        } else if is_remote(&connection) {
            Way::Window
        } else {
            Way::Credential
        },
        new_token: None,
        verified: connection.grant.as_ref().map(|grant| when(grant.at, now)),
        token_id: token_id(&connection),
        expires: expires(&connection, now),
        waiting,
        tested: None,
        held: held.map(|held| Held {
            unseen: count(held.unseen),
            all: count(held.all),
            some: held.some,
        }),
        scanning: scanning.map(|job| job.id.to_string()),
        paused: connection.paused,
        schedule: schedule(connection.schedule),
        next_scan: connection.due_at.map(|at| until(at, now)),
        last_scan: connection.scan.completed_at.map(|at| when(at, now)),
        records: count(connection.scan.records),
        skipped: count(connection.scan.skipped),
        contacts: look.map(|(at, counted)| {
            let [known, unknown] = [counted.known, counted.unknown].map(count);
            (known, unknown, when(at, now))
        }),
        read_by: reader.map(|reader| (reader.id.to_string(), reader.name)),
        nodes: connection
            .cluster
            .iter()
            .map(|node| (node.name.clone(), node.host.clone(), node.role.clone()))
            .collect(),
        settings: settings(app, &connection).await?,
        scans: scans.iter().map(|job| scan(job, now)).collect(),
        name: connection.name,
    })
}

async fn waiting(
    app: &App,
    connection: &Connection,
    by: &By<'_>,
    now: Timestamp,
) -> Result<Option<Waiting>, Problem> {
    let waiting = roster::authorize::waiting(&app.store, connection, by).await?;
    Ok(waiting.map(|waiting| Waiting {
        token_id: waiting.token_id,
        url: waiting.url.map(String::from).unwrap_or_default(),
        at: when(waiting.at, now),
    }))
}

/// What a connection's kind and way are called.
fn title(connection: &Connection) -> String {
    super::form::title(connection.kind, options_of(connection).access)
}

fn schedule(schedule: Schedule) -> String {
    match schedule {
        Schedule::ByHand => "when somebody asks".to_owned(),
        Schedule::Every { minutes } => format!("every {minutes} minutes"),
        Schedule::Daily { minute } => format!("daily at {:02}:{:02} UTC", minute / 60, minute % 60),
    }
}

fn until(at: Timestamp, now: Timestamp) -> String {
    match at.seconds_since(now) {
        ..60 => "within a minute".to_owned(),
        seconds @ 60..7200 => super::of(seconds / 60, "minute"),
        seconds => super::of(seconds / 3600, "hour"),
    }
}

/// The settings that a person chose, with those of the kind that differ from their default.
async fn settings(app: &App, connection: &Connection) -> Result<Vec<(String, String)>, Problem> {
    let options = options_of(connection);
    let form = components::Form::with(connection.kind, options.access);
    let account = roster::connections::account(&app.store, connection).await?;
    let mut settings = vec![("Name".to_owned(), connection.name.clone())];
    let address = connection.address.clone();
    settings.extend(form.address.map(|field| (field.label.to_owned(), address)));
    settings.extend(form.account.map(|field| (field.label.to_owned(), account)));
    settings.push(("Default PBX".to_owned(), connection.default_pbx.clone()));
    let chosen = form
        .options
        .iter()
        .filter(|choice| choice.name != "access" && choice.shown(&options) != choice.default());
    settings.extend(chosen.map(|choice| {
        let value = match choice.name {
            "ca_pem" => "set".to_owned(),
            _ => choice.shown(&options),
        };
        (choice.label.to_owned(), value)
    }));
    if options.access == Access::Remote {
        settings.push(("Signature".to_owned(), options.signature.name().to_owned()));
        settings.dedup_by(|a, b| a.0 == b.0);
    }
    Ok(settings)
}

fn scan(job: &Job, now: Timestamp) -> ScanLine {
    let line = line(job, &HashMap::new(), now);
    let note = if job.error.is_empty() {
        format!("{} read", count(job.done).of("record", "records"))
    } else {
        job.error.clone()
    };
    ScanLine {
        job: job.id.to_string(),
        at: when(job.created_at, now),
        by: job.actor.clone(),
        state: line.state.tag(),
        note,
    }
}
