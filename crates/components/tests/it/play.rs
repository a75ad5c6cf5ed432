//! One description per kind of component: how it is started with so many people, what it holds, who leaves it, and how it is
//! made to misbehave. The facts of the suite know nothing else about a kind.

use std::collections::BTreeSet;

use components::{Credential, Settings};
use model::{ComponentKind, Record, Secret};
use peers::{OpenLdap, RegistrarDatabase, Schema, ScimServer, SizeLimit};
use sandbox::{Sandbox, people};
use tempfile::TempDir;

use crate::{
    folder::{self, folder_of, folder_settings},
    lines::{Line, nowhere},
    office::{directory_settings, directory_with, hurried, played, played_settings, sandbox_of},
    pretend_directory::{self, Says},
    registrar::{self, Engine, registrar_of, registrar_settings},
    relay::{Relay, Spoils},
    service::{self, service_of, service_settings},
};

/// A kind of component as the suite plays it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Play {
    Usp,
    Mbg,
    ClientService,
    Directory,
    Scim,
    Subscriber(Engine),
    Asterisk(Engine),
    Files,
}

/// How a kind is reached: what can befall it depends on that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Http,
    Ldap,
    Postgres,
    File,
    Folder,
}

/// What befalls a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plight {
    /// Nobody is there.
    Down,
    /// It takes the call and says nothing.
    Silent,
    /// It says something else.
    Stranger,
    /// It says a byte at a time.
    Drips,
    /// It asks to come back later.
    Busy,
    /// Its page makes no sense.
    BrokenPage,
    /// The second record of its first page cannot be read.
    BrokenRecord,
    /// It does not know the credential.
    WrongCredential,
    /// Its token ends after the first page, and another one is to be had only by kinds that fetch theirs.
    TokenExpires,
    /// Its answer has no end.
    NoEnd,
}

impl Plight {
    pub(crate) const ALL: [Self; 10] = [
        Self::Down,
        Self::Silent,
        Self::Stranger,
        Self::Drips,
        Self::Busy,
        Self::BrokenPage,
        Self::BrokenRecord,
        Self::WrongCredential,
        Self::TokenExpires,
        Self::NoEnd,
    ];
}

/// A component of one kind with its people.
pub(crate) struct Component {
    pub(crate) play: Play,
    pub(crate) settings: Settings,
    /// What [`Component::key`] calls everybody whom it holds.
    pub(crate) keys: BTreeSet<String>,
    peer: Peer,
}

enum Peer {
    Sandbox(Sandbox),
    Directory(OpenLdap),
    Service(ScimServer),
    Database(Engine, Schema, RegistrarDatabase),
    Folder(TempDir),
}

/// A connection to a component that something befell; it lasts as long as this.
pub(crate) struct Befallen<'c> {
    pub(crate) settings: Settings,
    _by: By,
    _component: &'c Component,
}

#[expect(dead_code, reason = "held so that it lasts")]
enum By {
    Nothing,
    Line(Line),
    Relay(Relay),
    Writer(sea_orm::DatabaseConnection),
}

impl Play {
    pub(crate) const ALL: [Self; 10] = [
        Self::Usp,
        Self::Mbg,
        Self::ClientService,
        Self::Directory,
        Self::Scim,
        Self::Subscriber(Engine::Sqlite),
        Self::Subscriber(Engine::Postgres),
        Self::Asterisk(Engine::Sqlite),
        Self::Asterisk(Engine::Postgres),
        Self::Files,
    ];

    pub(crate) const fn kind(self) -> ComponentKind {
        match self {
            Self::Usp => ComponentKind::Usp,
            Self::Mbg => ComponentKind::Mbg,
            Self::ClientService => ComponentKind::ClientService,
            Self::Directory => ComponentKind::Ldap,
            Self::Scim => ComponentKind::Scim,
            Self::Subscriber(_) => ComponentKind::Subscriber,
            Self::Asterisk(_) => ComponentKind::Asterisk,
            Self::Files => ComponentKind::Csv,
        }
    }

    pub(crate) const fn way(self) -> Way {
        match self {
            Self::Usp | Self::Mbg | Self::ClientService | Self::Scim => Way::Http,
            Self::Directory => Way::Ldap,
            Self::Files => Way::Folder,
            Self::Subscriber(Engine::Postgres) | Self::Asterisk(Engine::Postgres) => Way::Postgres,
            Self::Subscriber(Engine::Sqlite) | Self::Asterisk(Engine::Sqlite) => Way::File,
        }
    }

    /// Whether it fetches the tokens that it shows.
    pub(crate) const fn fetches_tokens(self) -> bool {
        matches!(self, Self::ClientService)
    }

    /// Whether it says at the end of a scan where it stood.
    pub(crate) const fn says_where_it_stands(self) -> bool {
        matches!(self, Self::Files | Self::Directory)
    }

    /// Whether a cursor can be used on another connection.
    pub(crate) const fn resumes(self) -> bool {
        !matches!(self, Self::Directory)
    }

    /// What can befall it. The rest has no meaning for it: a directory has no tokens, a database is asked for so many rows and
    /// texts of so many characters, and a file is on no line.
    pub(crate) fn suffers(self, plight: Plight) -> bool {
        use Plight::{
            BrokenPage, BrokenRecord, Down, Drips, NoEnd, Silent, Stranger, TokenExpires,
            WrongCredential,
        };
        match self.way() {
            Way::Http => true,
            Way::Ldap => plight != TokenExpires,
            Way::Folder => matches!(plight, Down | BrokenPage | BrokenRecord),
            Way::Postgres => !matches!(plight, TokenExpires | NoEnd),
            Way::File => {
                let on_a_line = matches!(plight, Silent | Stranger | Drips);
                !on_a_line && !matches!(plight, WrongCredential | TokenExpires | NoEnd)
            }
        }
    }

    /// Whether it is reached by a line that can be secured.
    pub(crate) fn speaks_tls(self) -> bool {
        !matches!(self.way(), Way::File | Way::Folder)
    }

    /// Every kind that this can befall; never none.
    pub(crate) fn suffering(plight: Plight) -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(move |play| play.suffers(plight))
    }

    /// Starts it with so many people; a border gateway or a client service serves some of them only.
    pub(crate) async fn with(self, people: u64) -> Component {
        match self {
            Self::Usp | Self::Mbg | Self::ClientService => self.in_sandbox(people).await,
            Self::Directory => directory(people).await,
            Self::Scim => service(people).await,
            Self::Subscriber(engine) => self.database(engine, Schema::Kamailio, people).await,
            Self::Files => files(people),
            Self::Asterisk(engine) => self.database(engine, Schema::Asterisk, people).await,
        }
    }

    async fn in_sandbox(self, people: u64) -> Component {
        let sandbox = sandbox_of(people).await;
        let kind = self.kind();
        let truth = sandbox.control().truth().records();
        let keys = truth
            .filter(|truth| truth.component == kind.name())
            .map(|truth| truth.source_id)
            .collect();
        Component {
            play: self,
            settings: played_settings(&sandbox, kind),
            keys,
            peer: Peer::Sandbox(sandbox),
        }
    }
}

impl Play {
    async fn database(self, engine: Engine, schema: Schema, people: u64) -> Component {
        let (database, ids) = registrar_of(engine, schema, people).await;
        Component {
            play: self,
            settings: registrar_settings(&database, schema),
            keys: ids.into_iter().collect(),
            peer: Peer::Database(engine, schema, database),
        }
    }
}

async fn directory(people: u64) -> Component {
    let listed = people::ldif(&people::Population::new(1, people), people);
    let directory = directory_with(&listed.ldif, SizeLimit::UnlimitedByPaging).await;
    Component {
        play: Play::Directory,
        settings: directory_settings(&directory),
        keys: listed
            .truth
            .into_iter()
            .map(|truth| truth.source_id)
            .collect(),
        peer: Peer::Directory(directory),
    }
}

async fn service(people: u64) -> Component {
    let (server, names) = service_of(people).await;
    Component {
        play: Play::Scim,
        settings: service_settings(server.url()),
        keys: names.into_iter().collect(),
        peer: Peer::Service(server),
    }
}

fn files(people: u64) -> Component {
    let (folder, ids) = folder_of(people);
    Component {
        play: Play::Files,
        settings: folder_settings(folder.path()),
        keys: ids.into_iter().collect(),
        peer: Peer::Folder(folder),
    }
}

impl Component {
    /// What the truth calls a record by: the id, and the login where the component makes up its ids by itself.
    pub(crate) fn key(&self, record: &Record) -> String {
        match self.play {
            Play::Directory | Play::Scim => record.login.clone(),
            _ => record.source_id.clone(),
        }
    }

    /// Takes a person out of it.
    pub(crate) async fn remove(&mut self, key: &str) {
        assert!(self.keys.remove(key), "{key} is not there");
        match &self.peer {
            Peer::Sandbox(sandbox) => {
                let kind = played(self.play.kind());
                assert!(sandbox.control().remove_record(kind, key));
            }
            Peer::Directory(directory) => {
                let dn = format!("uid={key},{}", OpenLdap::PEOPLE);
                directory.delete(&[&dn]).await.unwrap();
            }
            Peer::Service(server) => service::remove(server, key).await,
            Peer::Folder(folder) => folder::remove(folder.path(), key),
            Peer::Database(_, schema, database) => registrar::remove(database, *schema, key).await,
        }
    }

    /// A connection to it while this befalls it.
    pub(crate) async fn befallen(&self, plight: Plight) -> Befallen<'_> {
        assert!(self.play.suffers(plight), "{:?}: {plight:?}", self.play);
        if let Peer::Database(engine, schema, database) = &self.peer {
            match plight {
                Plight::Down if *engine == Engine::Sqlite => return self.without_file(),
                Plight::Busy => return self.busy(*engine, database).await,
                Plight::BrokenPage => registrar::change_tables(database, *schema).await,
                Plight::BrokenRecord => {
                    let users = self.keys.iter().map(|key| key.split('@').next().unwrap());
                    let first = users.min().unwrap();
                    registrar::break_second(*engine, database, *schema, first).await;
                }
                _ => {}
            }
        }
        if let Peer::Folder(folder) = &self.peer {
            match plight {
                Plight::BrokenPage => folder::break_header(folder.path()),
                Plight::BrokenRecord => folder::break_second(folder.path()),
                _ => return self.without_file(),
            }
        }
        let line = match plight {
            Plight::Down => return self.moved(nowhere().await, By::Nothing),
            Plight::WrongCredential => return self.unknown(),
            Plight::Silent => Line::silent().await,
            Plight::Stranger => Line::saying(b"220 mail.example.org ESMTP\r\n500 what?\r\n").await,
            Plight::Drips => Line::dripping(self.socket()).await,
            spoilt => match self.play.way() {
                Way::Http => return self.relayed(spoilt).await,
                Way::Ldap => pretend_directory::saying(says(spoilt)).await,
                Way::Postgres | Way::File | Way::Folder => {
                    return self.at(self.settings.clone(), By::Nothing);
                }
            },
        };
        self.moved(line.address, By::Line(line))
    }

    /// It over TLS, and the authority that vouches for it, which no machine knows.
    pub(crate) async fn secured(&self) -> (Befallen<'_>, String) {
        let (address, authority, by) = match &self.peer {
            Peer::Sandbox(_) | Peer::Service(_) => {
                let relay = Relay::secure(&self.settings.address).await;
                let authority = relay.authority.clone().unwrap();
                (relay.address.clone(), authority, By::Relay(relay))
            }
            Peer::Directory(directory) => (
                directory.ldaps_url(),
                directory.ca_pem().to_owned(),
                By::Nothing,
            ),
            Peer::Folder(_) => panic!("a folder is on no line"),
            Peer::Database(..) => {
                let server = peers::Postgres::shared().await.unwrap();
                let authority = server.ca_pem().to_owned();
                (self.settings.address.clone(), authority, By::Nothing)
            }
        };
        let mut settings = self.settings.clone();
        settings.address = address;
        settings.options.start_tls = self.play.way() == Way::Postgres;
        (self.at(settings, by), authority)
    }

    fn at(&self, settings: Settings, by: By) -> Befallen<'_> {
        Befallen {
            settings,
            _by: by,
            _component: self,
        }
    }

    fn socket(&self) -> std::net::SocketAddr {
        let host = self.settings.address.split("://").nth(1).unwrap();
        host.split('/').next().unwrap().parse().unwrap()
    }

    /// The same at another address.
    fn moved(&self, address: std::net::SocketAddr, by: By) -> Befallen<'_> {
        let mut settings = hurried(self.settings.clone(), 2);
        let from = self.socket().to_string();
        settings.address = settings.address.replace(&from, &address.to_string());
        self.at(settings, by)
    }

    fn without_file(&self) -> Befallen<'_> {
        let mut settings = self.settings.clone();
        settings.address.push_str(".gone");
        self.at(settings, By::Nothing)
    }

    /// Nobody else may sign in, or its writer keeps it locked.
    async fn busy(&self, engine: Engine, database: &RegistrarDatabase) -> Befallen<'_> {
        let settings = hurried(self.settings.clone(), 2);
        if let Some((account, _)) = database.account() {
            let limit = format!("ALTER ROLE {account} CONNECTION LIMIT 0;");
            database.run(&limit).await.unwrap();
            return self.at(settings, By::Nothing);
        }
        assert_eq!(engine, Engine::Sqlite);
        let writer = sea_orm::Database::connect(database.address())
            .await
            .unwrap();
        let lock = sea_orm::ConnectionTrait::execute_unprepared(&writer, "BEGIN EXCLUSIVE");
        lock.await.unwrap();
        self.at(settings, By::Writer(writer))
    }

    fn unknown(&self) -> Befallen<'_> {
        let account = match &self.settings.credential {
            Credential::Client { id, .. } => id.clone(),
            Credential::Bind { dn, .. } => dn.clone(),
            Credential::Login { name, .. } => name.clone(),
            Credential::Bearer(_) | Credential::Signed(_) | Credential::None => String::new(),
        };
        let mut settings = self.settings.clone();
        settings.credential = Credential::of(settings.kind, &account, Secret::new("hunter2"));
        self.at(settings, By::Nothing)
    }

    async fn relayed(&self, plight: Plight) -> Befallen<'_> {
        let spoils = match plight {
            Plight::Busy => Spoils::Busy(503),
            Plight::BrokenPage => Spoils::Half,
            Plight::BrokenRecord => Spoils::SecondRecord,
            Plight::TokenExpires => Spoils::Token,
            Plight::NoEnd => Spoils::End,
            other => panic!("{other:?} needs no relay"),
        };
        let relay = Relay::to(&self.settings.address, spoils).await;
        let mut settings = self.settings.clone();
        settings.address.clone_from(&relay.address);
        self.at(settings, By::Relay(relay))
    }
}

fn says(plight: Plight) -> Says {
    match plight {
        Plight::Busy => Says::Busy,
        Plight::BrokenPage => Says::Nonsense,
        Plight::BrokenRecord => Says::OneWithoutId,
        Plight::NoEnd => Says::NoEnd,
        other => panic!("{other:?} needs no pretend directory"),
    }
}
