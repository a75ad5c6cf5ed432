//! A database that is not ours: opened for reading alone, each statement limited in time, and what its errors mean.

use std::{collections::HashSet, time::Duration};

use sea_orm::sqlx::{
    self, AssertSqlSafe, ColumnIndex, Connection, Database as Engine, Decode, PgConnection,
    SqliteConnection, Type,
    postgres::{PgConnectOptions, PgSslMode},
    sqlite::SqliteConnectOptions,
};
use tokio::{sync::Mutex, time::timeout};
use url::Url;

use crate::{
    Credential, Error, Settings, address, http::no_authority, settings::wrong_credential,
    told::excerpt,
};

/// The wait where a database is busy: it names no time.
const BUSY_WAIT_S: u64 = 30;

/// A database of a component.
#[derive(Debug)]
pub(super) struct Database {
    place: Place,
    time: Duration,
    open: Mutex<Option<Open>>,
}

/// One connection. A pool would try again by itself where it is told to come back later.
#[derive(Debug)]
enum Open {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// The texts of one row, or why they cannot be read.
pub(super) type Texts = Result<Vec<Option<String>>, String>;

#[derive(Debug)]
enum Place {
    Sqlite {
        file: String,
    },
    Postgres {
        url: Url,
        user: String,
        password: model::Secret,
        tls: Tls,
    },
}

#[derive(Debug, Clone)]
enum Tls {
    /// It is on this machine.
    Off,
    /// Whom everybody trusts.
    Public,
    /// These authorities (PEM) alone.
    Private(String),
}

/// The columns of a table, by name.
#[derive(Debug)]
pub(super) struct Columns(HashSet<String>);

impl Columns {
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

impl Database {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        Ok(Self {
            place: Place::of(settings)?,
            time: settings.options.timeout(),
            open: Mutex::new(None),
        })
    }

    /// All rows of a statement, whose columns and values are texts.
    pub(super) async fn all(&self, text: &str, values: &[&str]) -> Result<Vec<Texts>, Error> {
        let after_s = self.time.as_secs();
        let mut open = self.open.lock().await;
        // Taken out: whatever goes wrong below ends the connection.
        let work = async {
            let mut database = match open.take() {
                Some(database) => database,
                None => self.place.open(self.time).await?,
            };
            let rows = database.all(text, values).await.map_err(failed)?;
            *open = Some(database);
            Ok(rows)
        };
        timeout(self.time, work)
            .await
            .unwrap_or(Err(Error::Timeout { after_s }))
    }

    /// The whole number that a statement answers.
    pub(super) async fn number(&self, text: &str) -> Result<u64, Error> {
        let rows = self
            .all(&format!("SELECT CAST(({text}) AS TEXT)"), &[])
            .await?;
        let first = rows.into_iter().next().and_then(Result::ok);
        let number = first.and_then(|texts| texts.into_iter().next().flatten());
        Ok(number.and_then(|number| number.parse().ok()).unwrap_or(0))
    }

    /// The columns of a table, which must have some.
    pub(super) async fn columns(&self, table: &str, needed: &[&str]) -> Result<Columns, Error> {
        let text = match self.place {
            Place::Sqlite { .. } => "SELECT name FROM pragma_table_info($1)",
            Place::Postgres { .. } => {
                "SELECT CAST(column_name AS TEXT) FROM information_schema.columns \
                 WHERE table_name = $1 AND table_schema = ANY (current_schemas(false))"
            }
        };
        let rows = self.all(text, &[table]).await?;
        let names = rows.into_iter().filter_map(Result::ok).flatten().flatten();
        let columns = Columns(names.collect());
        match needed.iter().find(|name| !columns.has(name)) {
            None => Ok(columns),
            Some(missing) => Err(not_known(
                "a table that is read has not the columns that are expected",
                &format!("{table}.{missing} is missing"),
            )),
        }
    }
}

/// The error of tables that are others than expected.
pub(super) fn not_known(what: &'static str, detail: &str) -> Error {
    Error::NotUnderstood {
        what,
        content_type: "a database".to_owned(),
        begins: detail.to_owned(),
    }
}

impl Place {
    fn of(settings: &Settings) -> Result<Self, Error> {
        let address = settings.address.trim();
        if let Some(file) = address::sqlite(address)? {
            return match settings.credential {
                Credential::None => Ok(Self::Sqlite { file }),
                _ => Err(wrong_credential("nothing: a file is read as it lies there")),
            };
        }
        let url = address::postgres(address)?;
        let Credential::Login { name, password } = &settings.credential else {
            return Err(wrong_credential("a database account and its password"));
        };
        let options = &settings.options;
        let is_here = address::is_loopback(&url);
        let tls = match &options.ca_pem {
            Some(pem) => Tls::Private(pem.clone()),
            None if is_here && !options.start_tls => Tls::Off,
            None => Tls::Public,
        };
        if options
            .ca_pem
            .as_ref()
            .is_some_and(|pem| !pem.contains("BEGIN CERTIFICATE"))
        {
            return Err(no_authority());
        }
        Ok(Self::Postgres {
            url,
            user: name.clone(),
            password: password.clone(),
            tls,
        })
    }

    /// Opens it for reading alone.
    async fn open(&self, time: Duration) -> Result<Open, Error> {
        let open = match self {
            Self::Sqlite { file } => {
                let options = SqliteConnectOptions::new()
                    .filename(file)
                    .read_only(true)
                    .busy_timeout(time / 2);
                SqliteConnection::connect_with(&options)
                    .await
                    .map(Open::Sqlite)
            }
            Self::Postgres {
                url,
                user,
                password,
                tls,
            } => {
                let options = PgConnectOptions::new_without_pgpass()
                    .host(url.host_str().unwrap_or_default())
                    .port(url.port().unwrap_or(5432))
                    .database(url.path().trim_start_matches('/'))
                    .username(user)
                    .password(password.expose())
                    .application_name("rollcall")
                    .options([("default_transaction_read_only", "on")]);
                let options = match tls {
                    Tls::Off => options.ssl_mode(PgSslMode::Disable),
                    Tls::Public => options.ssl_mode(PgSslMode::VerifyFull),
                    Tls::Private(pem) => options
                        .ssl_mode(PgSslMode::VerifyFull)
                        .ssl_root_cert_from_pem(pem.clone().into_bytes()),
                };
                PgConnection::connect_with(&options)
                    .await
                    .map(Open::Postgres)
            }
        };
        open.map_err(failed)
    }
}

impl Open {
    async fn all(&mut self, text: &str, values: &[&str]) -> Result<Vec<Texts>, sqlx::Error> {
        // Every text is written in this crate; what is told by others is a value.
        let text = AssertSqlSafe(text.to_owned());
        match self {
            Self::Sqlite(connection) => {
                let query = values.iter().fold(sqlx::query(text), |q, v| q.bind(*v));
                let rows = query.fetch_all(connection).await?;
                Ok(rows.iter().map(texts).collect())
            }
            Self::Postgres(connection) => {
                let query = values.iter().fold(sqlx::query(text), |q, v| q.bind(*v));
                let rows = query.fetch_all(connection).await?;
                Ok(rows.iter().map(texts).collect())
            }
        }
    }
}

fn texts<R>(row: &R) -> Texts
where
    R: sqlx::Row,
    usize: ColumnIndex<R>,
    for<'r> Option<String>: Decode<'r, R::Database> + Type<R::Database>,
    R::Database: Engine,
{
    let text = |at| {
        let told = row.try_get::<Option<String>, _>(at);
        told.map_err(|_| format!("column {} is no text", at + 1))
    };
    (0..row.len()).map(text).collect()
}

/// What an error of the database means.
fn failed(error: sqlx::Error) -> Error {
    let Some(told) = error.as_database_error() else {
        return Error::Unreachable(error.into());
    };
    let said = excerpt(told.message());
    match told.code().as_deref() {
        // Wrong name or password, no right to sign in from here, no right to read (PostgreSQL, appendix A).
        Some("28P01" | "28000" | "42501") => Error::Refused { said },
        // Too many connections, starting or shutting down; SQLite is locked by its writer.
        Some("53300" | "57P01" | "57P03" | "5" | "261" | "517") => Error::Throttled {
            retry_after_s: BUSY_WAIT_S,
        },
        // No such file.
        Some("14") => Error::Unreachable(error.into()),
        _ => not_known("the database refuses to be read like this", &said),
    }
}
