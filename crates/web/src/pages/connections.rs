//! `/connections`: the list, and what can be done to one connection. Its page stands in [`one`], its form in [`form`], the way
//! back from a component's window in [`callback`].

pub(super) mod callback;
pub(super) mod form;
pub(super) mod one;
pub(super) mod preview;

use std::collections::HashSet;

use access::Admin;
use axum::extract::State;
use axum_extra::extract::CookieJar;
use console::{
    Action, Notice, Place, Tag, Tone, Trouble,
    connections::{ConnectionRow, ConnectionsPage, Expiry},
};
use model::{ConnectionId, Role, Timestamp};
use roster::{
    authorize::By,
    connections::{is_ready, is_remote},
};
use store::connections::Connection;

use super::{
    frame::{Page, count, mark, shell, show as shown},
    today::being_read,
    when::when,
};
use crate::{App, api::connections::days_until, session, session::SignedIn};

/// `GET /connections`
pub(crate) async fn list(State(app): State<App>, SignedIn(admin): SignedIn) -> Page {
    let store = &app.store;
    let now = store.env().now();
    let read = being_read(&store::jobs::newest(store, None, 100).await?);
    let connections = store::connections::list(store).await?;
    shown(&ConnectionsPage {
        shell: shell(&app, &admin, Place::Connections).await?,
        may_change: may_change(&admin),
        rows: connections
            .into_iter()
            .map(|connection| row(connection, &read, now))
            .collect(),
    })
}

fn may_change(admin: &Admin) -> bool {
    admin.role() >= Role::PrimaryAdministrator
}

/// Who asks, with the session that an authorization is bound to.
async fn by<T>(
    app: &App,
    admin: &Admin,
    jar: &CookieJar,
    then: impl AsyncFnOnce(&By<'_>) -> T,
) -> T {
    let token = session::token(session::Of::Administrator, jar, app);
    let by = By {
        administrator: admin.id(),
        session: token.as_ref().map(model::Secret::expose),
        actor: admin.actor(),
    };
    then(&by).await
}

fn row(connection: Connection, read: &HashSet<ConnectionId>, now: Timestamp) -> ConnectionRow {
    let id = connection.id.to_string();
    ConnectionRow {
        short_id: id[id.len() - 6..].to_owned(),
        id,
        kind: mark(connection.kind),
        host: if connection.kind.pushes() {
            "pushes here".to_owned()
        } else {
            host(&connection.address)
        },
        token_id: token_id(&connection),
        verified: match &connection.grant {
            Some(_) => Tag::new("verified", Tone::Good),
            None => Tag::new("not verified", Tone::Warning),
        },
        expires: expires(&connection, now),
        last_scan: connection.scan.completed_at.map(|at| when(at, now)),
        records: count(connection.scan.records),
        state: state(&connection, read.contains(&connection.id)),
        trouble: trouble(&connection),
        name: connection.name,
    }
}

fn token_id(connection: &Connection) -> String {
    let grant = connection.grant.as_ref();
    grant
        .map(|grant| grant.token_id.clone())
        .unwrap_or_default()
}

/// Host and port of an address; all of it where it has none.
fn host(address: &str) -> String {
    let url = url::Url::parse(address).ok();
    let host = url
        .as_ref()
        .and_then(|url| Some((url.host_str()?, url.port())));
    match host {
        Some((host, Some(port))) => format!("{host}:{port}"),
        Some((host, None)) => host.to_owned(),
        None => address.to_owned(),
    }
}

/// How a connection is, in a word.
fn state(connection: &Connection, is_read: bool) -> Tag {
    let scan = &connection.scan;
    match (scan.error.is_empty(), scan.completed_at) {
        _ if is_read => Tag::new("reading now", Tone::Info),
        _ if !is_ready(connection) && is_remote(connection) => {
            Tag::new("not authorized", Tone::Warning)
        }
        _ if !is_ready(connection) && connection.kind.pushes() => {
            Tag::new("no token", Tone::Warning)
        }
        _ if !is_ready(connection) => Tag::new("no credential", Tone::Bad),
        _ if connection.paused => Tag::new("paused", Tone::Plain),
        _ if scan.held.is_some() => Tag::new("held", Tone::Warning),
        (true, _) if connection.read_by.is_some() => Tag::new("read elsewhere", Tone::Plain),
        (true, None) if connection.kind.pushes() => Tag::new("nothing pushed yet", Tone::Plain),
        (true, None) => Tag::new("never read", Tone::Plain),
        (true, Some(_)) if connection.kind.pushes() => Tag::new("pushed", Tone::Good),
        (true, Some(_)) => Tag::new("complete", Tone::Good),
        (false, Some(_)) => Tag::new("incomplete", Tone::Warning),
        (false, None) => Tag::new("does not answer", Tone::Bad),
    }
}

fn trouble(connection: &Connection) -> Option<Trouble> {
    let scan = &connection.scan;
    (!scan.error.is_empty()).then(|| Trouble::new(scan.error.as_str(), "", scan.hint.as_str()))
}

/// When what was granted to a connection ends. Only what a person has to renew becomes urgent.
fn expires(connection: &Connection, now: Timestamp) -> Expiry {
    let end = connection.grant.as_ref().and_then(|grant| grant.expires_at);
    let Some(end) = end else {
        return Expiry::default();
    };
    let seconds = end.seconds_since(now);
    let text = match seconds {
        ..0 => "expired".to_owned(),
        0..3600 => of(seconds / 60, "minute"),
        3600..86_400 => of(seconds / 3600, "hour"),
        _ => of(seconds / 86_400, "day"),
    };
    let tone = match days_until(end, now) {
        _ if !is_remote(connection) => Tone::Plain,
        ..=1 => Tone::Bad,
        2..=7 => Tone::Warning,
        _ => Tone::Plain,
    };
    Expiry { text, tone }
}

fn of(number: i64, unit: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("in {number} {unit}{plural}")
}

/// What the first page says about authorizations that end within 30 days.
pub(super) fn expiring(connections: &[Connection], now: Timestamp) -> Vec<Notice> {
    let near = |connection: &&Connection| {
        let end = connection.grant.as_ref().and_then(|grant| grant.expires_at);
        is_remote(connection) && end.is_some_and(|end| days_until(end, now) <= 30)
    };
    connections
        .iter()
        .filter(near)
        .map(|connection| {
            let Expiry { text, tone } = expires(connection, now);
            let text = match text.as_str() {
                "expired" => format!("The authorization of {} has expired.", connection.name),
                text => format!("The authorization of {} expires {text}.", connection.name),
            };
            let tone = if tone == Tone::Plain {
                Tone::Info
            } else {
                tone
            };
            Notice::new(tone, text)
                .hint("A primary administrator renews it.")
                .action(Action::link(
                    "Look at it",
                    format!("/connections/{}", connection.id),
                ))
        })
        .collect()
}
