//! The vocabulary of the suite: pretend components and real directories, connections to them, and what they answer.

use std::{error::Error as _, fmt::Write as _};

use components::{Component, Credential, Error, Options, Page, Settings, connect};
use model::{ComponentKind, Record, Secret};
use peers::{OpenLdap, SizeLimit};
use sandbox::{Credentials, Sandbox, component::Kind, people};

/// The three kinds that the sandbox plays.
pub(crate) const PLAYED: [ComponentKind; 3] = [
    ComponentKind::Usp,
    ComponentKind::Mbg,
    ComponentKind::ClientService,
];

/// A sandbox with so many people of seed 1.
pub(crate) async fn sandbox_of(people: u64) -> Sandbox {
    use_ring();
    Sandbox::start(sandbox::Options {
        people,
        ..sandbox::Options::default()
    })
    .await
    .unwrap()
}

/// A directory with the people of an LDIF; its tree is there already.
pub(crate) async fn directory_with(ldif: &str, limit: SizeLimit) -> OpenLdap {
    use_ring();
    let people = ldif.find("dn: uid=").map_or("", |at| &ldif[at..]);
    OpenLdap::start(people, limit).await.unwrap()
}

/// A directory with so many people.
pub(crate) async fn directory_of(people: u64, limit: SizeLimit) -> OpenLdap {
    directory_with(
        &people::ldif(&people::Population::new(1, people), people).ldif,
        limit,
    )
    .await
}

/// The settings of a connection to a pretend component.
pub(crate) fn played_settings(sandbox: &Sandbox, kind: ComponentKind) -> Settings {
    let played = sandbox.find_component(kind.name()).unwrap();
    let (account, secret) = match &played.credentials {
        Credentials::Token(secret) | Credentials::Key(secret) => ("", secret),
        Credentials::Client { id, secret } => (id.as_str(), secret),
    };
    let credential = Credential::of(kind, account, Secret::new(secret.expose()));
    Settings {
        kind,
        address: played.url.clone(),
        credential,
        options: Options::default(),
    }
}

/// The settings of a connection to a directory.
pub(crate) fn directory_settings(directory: &OpenLdap) -> Settings {
    let kind = ComponentKind::Ldap;
    Settings {
        kind,
        address: directory.url(),
        credential: Credential::of(kind, OpenLdap::BIND_DN, Secret::new(OpenLdap::PASSWORD)),
        options: Options {
            base: OpenLdap::PEOPLE.into(),
            ..Options::default()
        },
    }
}

/// The same settings with pages of that size.
pub(crate) fn paged(mut settings: Settings, page_size: u32) -> Settings {
    settings.options.page_size = page_size;
    settings
}

/// The same settings with so many seconds for each request.
pub(crate) fn hurried(mut settings: Settings, timeout_s: u32) -> Settings {
    settings.options.timeout_s = timeout_s;
    settings
}

/// Where the sandbox orders faults of a kind.
pub(crate) fn played(kind: ComponentKind) -> Kind {
    Kind::find(kind.name()).unwrap()
}

/// A connection, or the reason why there is none.
pub(crate) fn connected(settings: &Settings) -> Box<dyn Component> {
    use_ring();
    connect(settings).unwrap()
}

/// Every page that follows a cursor, to the end.
pub(crate) async fn pages_after(
    component: &mut dyn Component,
    mut cursor: Option<String>,
) -> Result<Vec<Page>, Error> {
    let mut pages = Vec::new();
    loop {
        let page = component.page(cursor.as_deref()).await?;
        cursor.clone_from(&page.next);
        pages.push(page);
        assert!(pages.len() <= 1_000, "the pages do not end");
        if cursor.is_none() {
            return Ok(pages);
        }
    }
}

/// Every record of a component, in its order.
pub(crate) async fn everybody(settings: &Settings) -> Vec<Record> {
    records(pages_after(&mut *connected(settings), None).await.unwrap())
}

/// The records of pages.
pub(crate) fn records(pages: Vec<Page>) -> Vec<Record> {
    pages.into_iter().flat_map(|page| page.records).collect()
}

/// The error of a first page.
pub(crate) async fn error_of(settings: &Settings) -> Error {
    connected(settings).page(None).await.unwrap_err()
}

/// Everything that an error says, to a person and to a log.
pub(crate) fn in_full(error: &Error) -> String {
    let mut text = format!("{error}\n{error:?}\n{}", error.hint());
    let mut source = error.source();
    while let Some(why) = source {
        write!(text, "\n{why}\n{why:?}").expect("writing to a string cannot fail");
        source = why.source();
    }
    text
}

/// What `main` does first.
pub(crate) fn use_ring() {
    // A second call is refused, and changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
