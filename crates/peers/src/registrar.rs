//! The databases of SIP registrars without the registrar: Kamailio's own schema, as its packages ship it, and the part of
//! Asterisk's realtime schema that matters, each in SQLite and in PostgreSQL.

use std::path::Path;

use anyhow::{Context, Result};

use crate::{Postgres, folder::Folder, kamailio, postgres::psql};

/// Which registrar's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// `version`, `subscriber` and `location`.
    Kamailio,
    /// `ps_endpoints`, `ps_auths` and `ps_contacts`, written from Asterisk's documented columns.
    Asterisk,
}

const ASTERISK: &str = "\
CREATE TABLE ps_endpoints (id VARCHAR(255) NOT NULL UNIQUE, transport VARCHAR(40), aors VARCHAR(2048), auth VARCHAR(255),
  context VARCHAR(40), callerid VARCHAR(40), mailboxes VARCHAR(40));
CREATE TABLE ps_auths (id VARCHAR(255) NOT NULL UNIQUE, auth_type VARCHAR(20), md5_cred VARCHAR(40), password VARCHAR(80),
  realm VARCHAR(255), username VARCHAR(40));
CREATE TABLE ps_contacts (id VARCHAR(255) NOT NULL UNIQUE, uri VARCHAR(511), expiration_time BIGINT, user_agent VARCHAR(255),
  endpoint VARCHAR(255), via_addr VARCHAR(40), via_port INTEGER);
";

/// A registrar's database.
#[derive(Debug)]
pub struct RegistrarDatabase {
    place: Place,
}

#[derive(Debug)]
enum Place {
    File(Folder),
    Server(String),
}

impl RegistrarDatabase {
    /// A file with empty tables.
    pub async fn in_sqlite(schema: Schema) -> Result<Self> {
        let folder = Folder::new("registrar", None)?;
        let database = Self {
            place: Place::File(folder),
        };
        database.run(&tables(schema, "db_sqlite")?).await?;
        Ok(database)
    }

    /// A database on this process's server with empty tables, and an account `reader_NAME` that may read them.
    pub async fn in_postgres(schema: Schema) -> Result<Self> {
        let url = Postgres::shared().await?.database().await?;
        let database = Self {
            place: Place::Server(url),
        };
        let (account, password) = database.account().context("it is on a server")?;
        let account = format!(
            "CREATE ROLE {account} LOGIN PASSWORD '{password}';\nGRANT SELECT ON ALL TABLES IN SCHEMA public TO {account};\n"
        );
        let tables = tables(schema, "postgres")?;
        database.run(&format!("{tables}{account}")).await?;
        Ok(database)
    }

    /// Where it is: `sqlite:///…`, or `postgres://127.0.0.1:PORT/NAME` without an account.
    pub fn address(&self) -> String {
        match &self.place {
            Place::File(folder) => format!("sqlite://{}", file(folder).display()),
            Place::Server(url) => {
                let (_, place) = url.split_once('@').unwrap_or_default();
                format!("postgres://{place}")
            }
        }
    }

    /// Name and password of the account that may read it, where it needs one.
    pub fn account(&self) -> Option<(String, &'static str)> {
        match &self.place {
            Place::File(_) => None,
            Place::Server(url) => {
                let (_, name) = url.rsplit_once('/').unwrap_or_default();
                Some((format!("reader_{name}"), "readerpw"))
            }
        }
    }

    /// Runs SQL in it, as its owner.
    pub async fn run(&self, sql: &str) -> Result<()> {
        match &self.place {
            Place::File(folder) => kamailio::sqlite(&file(folder), sql).await,
            Place::Server(url) => psql(url, sql).await.map(drop),
        }
    }
}

fn file(folder: &Folder) -> std::path::PathBuf {
    folder.join("registrar.db")
}

fn tables(schema: Schema, engine: &str) -> Result<String> {
    let read = |file: &str| {
        let path = Path::new("/usr/share/kamailio")
            .join(engine)
            .join(format!("{file}-create.sql"));
        std::fs::read_to_string(path).context(
            "hint: the Debian packages `kamailio-sqlite-modules` and `kamailio-postgres-modules` have Kamailio's schema",
        )
    };
    match schema {
        Schema::Kamailio => {
            let files = [read("standard")?, read("auth_db")?, read("usrloc")?];
            Ok(files.concat())
        }
        Schema::Asterisk => Ok(ASTERISK.to_owned()),
    }
}
