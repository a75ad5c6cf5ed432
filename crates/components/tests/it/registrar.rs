//! What only registrars are like: passwords and hashes that are told, tables of other versions, values of any size.

use components::{Credential, Error, Options, Page, Settings};
use model::{ComponentKind, Secret, SipSecret};
use peers::{RegistrarDatabase, Schema};
use sandbox::people::Population;

use crate::office::{connected, error_of, everybody, in_full, paged, use_ring};

/// The domain of every subscriber here.
const DOMAIN: &str = "sip.lab.test";
const HA1: &str = "0123456789abcdef0123456789abcdef";

/// The two engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

const ENGINES: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];

pub(crate) async fn empty(engine: Engine, schema: Schema) -> RegistrarDatabase {
    use_ring();
    match engine {
        Engine::Sqlite => RegistrarDatabase::in_sqlite(schema).await.unwrap(),
        Engine::Postgres => RegistrarDatabase::in_postgres(schema).await.unwrap(),
    }
}

/// A registrar with the first people of seed 1, and the ids of their records.
pub(crate) async fn registrar_of(
    engine: Engine,
    schema: Schema,
    people: u64,
) -> (RegistrarDatabase, Vec<String>) {
    let database = empty(engine, schema).await;
    let mut logins: Vec<_> = Population::new(1, people).iter().map(|p| p.login).collect();
    logins.sort_unstable();
    logins.dedup();
    let rows: Vec<_> = logins.iter().map(|login| account(schema, login)).collect();
    database
        .run(&format!("BEGIN;\n{}COMMIT;\n", rows.concat()))
        .await
        .unwrap();
    let ids = logins.iter().map(|login| id(schema, login));
    (database, ids.collect())
}

fn id(schema: Schema, login: &str) -> String {
    match schema {
        Schema::Kamailio => format!("{login}@{DOMAIN}"),
        Schema::Asterisk => login.to_owned(),
    }
}

fn account(schema: Schema, login: &str) -> String {
    match schema {
        Schema::Kamailio => format!(
            "INSERT INTO subscriber (username, domain, password, ha1) VALUES ('{login}', '{DOMAIN}', 'pw of {login}', '');\n"
        ),
        Schema::Asterisk => format!(
            "INSERT INTO ps_auths (id, auth_type, username, password) VALUES ('{login}-auth', 'userpass', '{login}', 'pw of {login}');\n\
             INSERT INTO ps_endpoints (id, auth, callerid) VALUES ('{login}', '{login}-auth', '\"{login}\" <4711>');\n"
        ),
    }
}

/// Takes an account out.
pub(crate) async fn remove(database: &RegistrarDatabase, schema: Schema, id: &str) {
    let user = id.split('@').next().unwrap();
    let sql = match schema {
        Schema::Kamailio => format!("DELETE FROM subscriber WHERE username = '{user}';\n"),
        Schema::Asterisk => format!("DELETE FROM ps_endpoints WHERE id = '{user}';\n"),
    };
    database.run(&sql).await.unwrap();
}

/// Puts an account second whose key is no plain text.
pub(crate) async fn break_second(
    engine: Engine,
    database: &RegistrarDatabase,
    schema: Schema,
    first: &str,
) {
    let char = if engine == Engine::Sqlite {
        "char"
    } else {
        "chr"
    };
    let sql = match schema {
        Schema::Kamailio => format!(
            "INSERT INTO subscriber (username, domain) VALUES ('{first}' || {char}(1), '{DOMAIN}');\n"
        ),
        Schema::Asterisk => {
            format!("INSERT INTO ps_endpoints (id) VALUES ('{first}' || {char}(1));\n")
        }
    };
    database.run(&sql).await.unwrap();
}

/// Makes the tables others than those that are known.
pub(crate) async fn change_tables(database: &RegistrarDatabase, schema: Schema) {
    let sql = match schema {
        Schema::Kamailio => {
            "UPDATE version SET table_version = 99 WHERE table_name = 'subscriber';\n"
        }
        Schema::Asterisk => "ALTER TABLE ps_auths RENAME COLUMN md5_cred TO other;\n",
    };
    database.run(sql).await.unwrap();
}

/// The settings of a connection to a registrar.
pub(crate) fn registrar_settings(database: &RegistrarDatabase, schema: Schema) -> Settings {
    let credential = match database.account() {
        None => Credential::None,
        Some((name, password)) => Credential::Login {
            name,
            password: Secret::new(password),
        },
    };
    Settings {
        kind: match schema {
            Schema::Kamailio => ComponentKind::Subscriber,
            Schema::Asterisk => ComponentKind::Asterisk,
        },
        address: database.address(),
        credential,
        options: Options::default(),
    }
}

async fn page_of(engine: Engine, schema: Schema, sql: &str) -> Page {
    let database = empty(engine, schema).await;
    database.run(sql).await.unwrap();
    connected(&registrar_settings(&database, schema))
        .page(None)
        .await
        .unwrap()
}

fn clear(password: &str) -> SipSecret {
    SipSecret::Clear(Secret::new(password))
}

#[tokio::test]
async fn a_subscriber_tells_its_password_or_only_its_hash() {
    for engine in ENGINES {
        let sql = format!(
            "INSERT INTO subscriber (username, domain, password, ha1) VALUES ('4711', 'b.test', 'geheim', '{HA1}'),
             ('1*001', 'a.test', '', '{}'), ('ada', 'a.test', '', ''), ('odd', 'a.test', '', 'hunter2');",
            HA1.to_uppercase()
        );
        let page = page_of(engine, Schema::Kamailio, &sql).await;
        let told: Vec<_> = page
            .records
            .iter()
            .map(|r| {
                (
                    &*r.source_id,
                    &*r.sip_user,
                    &*r.sip_host,
                    &*r.directory_number,
                )
            })
            .collect();
        let expected = [
            ("1*001@a.test", "1*001", "a.test", "1*001"),
            ("4711@b.test", "4711", "b.test", "4711"),
            ("ada@a.test", "ada", "a.test", ""),
            ("odd@a.test", "odd", "a.test", ""),
        ];
        assert_eq!(told, expected, "{engine:?}");
        let secrets: Vec<_> = page
            .secrets
            .iter()
            .map(|(_, secret)| secret.clone())
            .collect();
        let hash = Some(SipSecret::Ha1(Secret::new(HA1)));
        assert_eq!(
            secrets,
            [hash, Some(clear("geheim")), None, None],
            "{engine:?}"
        );
        assert_eq!(page.records[3].faults[0].field, "sip_secret");
        assert!(
            !format!("{page:?}").contains("geheim") && !format!("{page:?}").contains("hunter2")
        );
    }
}

#[tokio::test]
async fn an_endpoint_tells_caller_id_user_name_and_password_of_its_auth() {
    for engine in ENGINES {
        let sql = format!(
            "INSERT INTO ps_auths (id, username, password, md5_cred) VALUES ('a1', 'ada-4711', 'geheim', NULL), ('a2', NULL, NULL, '{HA1}');
             INSERT INTO ps_endpoints (id, auth, callerid) VALUES ('4711', 'a1', '\"Ada Example\" <4711>'), ('4712', 'a2', NULL), ('trunk', NULL, '');"
        );
        let page = page_of(engine, Schema::Asterisk, &sql).await;
        let told: Vec<_> = page
            .records
            .iter()
            .map(|r| {
                (
                    &*r.source_id,
                    &*r.sip_user,
                    &*r.display_name,
                    &*r.directory_number,
                )
            })
            .collect();
        let expected = [
            ("4711", "ada-4711", "Ada Example", "4711"),
            ("4712", "4712", "", ""),
            ("trunk", "trunk", "", ""),
        ];
        assert_eq!(told, expected, "{engine:?}");
        let secrets: Vec<_> = page
            .secrets
            .iter()
            .map(|(_, secret)| secret.clone())
            .collect();
        assert_eq!(
            secrets,
            [
                Some(clear("geheim")),
                Some(SipSecret::Ha1(Secret::new(HA1))),
                None
            ]
        );
    }
}

#[tokio::test]
async fn a_column_that_other_versions_have_is_read_where_it_is_there() {
    for engine in ENGINES {
        let sql = "ALTER TABLE subscriber ADD COLUMN email_address VARCHAR(128);
                   INSERT INTO subscriber (username, domain, email_address) VALUES ('ada', 'a.test', 'ada@Example.org'), ('bob', 'a.test', NULL);";
        let page = page_of(engine, Schema::Kamailio, sql).await;
        let emails: Vec<_> = page.records.iter().map(|r| &*r.email).collect();
        assert_eq!(emails, ["ada@example.org", ""], "{engine:?}");
    }
}

#[tokio::test]
async fn a_table_of_an_unknown_version_is_not_read() {
    for engine in ENGINES {
        let database = empty(engine, Schema::Kamailio).await;
        change_tables(&database, Schema::Kamailio).await;
        let error = error_of(&registrar_settings(&database, Schema::Kamailio)).await;
        assert!(
            in_full(&error).contains("version 99, known are 6 to 8"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn one_user_name_in_two_domains_is_two_accounts_also_at_the_border_of_a_page() {
    for engine in ENGINES {
        let database = empty(engine, Schema::Kamailio).await;
        let sql = "INSERT INTO subscriber (username, domain) VALUES ('4711', 'a.test'), ('4711', 'b.test'), ('4711', 'c.test'), ('4712', 'a.test');";
        database.run(sql).await.unwrap();
        let settings = paged(registrar_settings(&database, Schema::Kamailio), 1);
        let read: Vec<_> = everybody(&settings)
            .await
            .into_iter()
            .map(|r| r.source_id)
            .collect();
        assert_eq!(
            read,
            ["4711@a.test", "4711@b.test", "4711@c.test", "4712@a.test"],
            "{engine:?}"
        );
    }
}

#[tokio::test]
async fn a_value_without_end_is_skipped_and_not_cut() {
    let sql = "INSERT INTO subscriber (username, domain, password) VALUES ('ada', 'a.test', printf('%.*c', 20000000, 'x')), ('bob', 'a.test', 'pw');";
    let page = page_of(Engine::Sqlite, Schema::Kamailio, sql).await;
    assert_eq!((page.skipped[0].position, page.records.len()), (1, 1));
    assert!(
        page.skipped[0].reason.contains("longer than 1024"),
        "{:?}",
        page.skipped
    );
}

#[tokio::test]
async fn a_registrars_database_is_never_written() {
    let database = empty(Engine::Postgres, Schema::Kamailio).await;
    let (account, _) = database.account().unwrap();
    database
        .run(&format!("GRANT ALL ON subscriber TO {account};"))
        .await
        .unwrap();
    let settings = registrar_settings(&database, Schema::Kamailio);
    assert!(everybody(&settings).await.is_empty());
    // What is asked of PostgreSQL at sign-in, asked of it by another program.
    let sql = format!(
        "SET ROLE {account}; SET default_transaction_read_only = on; DELETE FROM subscriber;"
    );
    let refused = database.run(&sql).await.unwrap_err();
    assert!(
        format!("{refused:#}").contains("read-only transaction"),
        "{refused:#}"
    );
}

#[tokio::test]
async fn a_file_that_is_no_database_is_told_as_such() {
    let folder = std::env::temp_dir().join(format!("rollcall-no-database-{}", std::process::id()));
    std::fs::write(
        &folder,
        "not a database, but long enough to be taken for one at first sight\n".repeat(50),
    )
    .unwrap();
    let settings = Settings {
        kind: ComponentKind::Subscriber,
        address: format!("sqlite://{}", folder.display()),
        credential: Credential::None,
        options: Options::default(),
    };
    let error = error_of(&settings).await;
    std::fs::remove_file(folder).unwrap();
    assert!(matches!(error, Error::NotUnderstood { .. }), "{error}");
}
