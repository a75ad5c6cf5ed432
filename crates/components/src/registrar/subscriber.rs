//! The tables `subscriber` of Kamailio (versions 6 and 7) and OpenSIPS (7 and 8), and `location`. Every table and column name of them stands in
//! this file.

use model::{DirectoryNumber, Fault, Record, SipSecret};

use super::{
    Account, Columns, Location, Row, Tables, column,
    database::{Database, not_known},
};
use crate::{Contact, Error, told};

pub(super) const TABLES: Tables = Tables {
    check: |database| Box::pin(check(database)),
    select,
    mapped: "s",
    key: &["s.username", "s.domain"],
    count: "SELECT COUNT(*) FROM subscriber",
    read,
    location: Location {
        table: "location",
        columns: &["ruid", "username", "domain", "contact", "user_agent"],
        read: contact,
    },
};

/// The versions of the table whose columns are known here.
const VERSIONS: std::ops::RangeInclusive<u64> = 6..=8;

/// The version first: it says whether the columns mean what is expected of them.
async fn check(database: &Database) -> Result<Columns, Error> {
    let version = database
        .number(
            "SELECT COALESCE(MAX(table_version), 0) FROM version WHERE table_name = 'subscriber'",
        )
        .await?;
    if !VERSIONS.contains(&version) {
        return Err(not_known(
            "its table `subscriber` has a version that is not known",
            &format!("version {version}, known are 6 to 8"),
        ));
    }
    database
        .columns("subscriber", &["username", "domain", "password", "ha1"])
        .await
}

fn select(columns: &Columns, more: &str) -> String {
    let column = |name| column(columns, "s", name);
    format!(
        "SELECT s.username, s.domain, {}, {}, {}{more} FROM subscriber s",
        column("password"),
        column("ha1"),
        column("email_address")
    )
}

fn read(row: &Row<'_>) -> Result<Account, String> {
    let (user, domain) = (row.text(0)?, row.text(1)?);
    if user.trim().is_empty() {
        return Err("it has no user name".to_owned());
    }
    let mut record = Record::new(told::source_id(&format!("{user}@{domain}"))?);
    let r = &mut record;
    r.sip_user = told::text(r, "sip_user", &user);
    r.sip_host = told::text(r, "sip_host", &domain);
    // Where people are called by their user name it is their number.
    if let Ok(number) = DirectoryNumber::parse(&user) {
        number.as_str().clone_into(&mut r.directory_number);
    }
    r.set_email(&row.text(4)?);
    let secret = secret(r, &row.text(2)?, &row.text(3)?);
    Ok(Account { record, secret })
}

fn contact(row: &Row<'_>) -> Option<Contact> {
    let (user, domain) = (row.text(1).ok()?, row.text(2).ok()?);
    let (uri, agent) = (row.text(3).ok()?, row.text(4).ok()?);
    of_account(&user, &domain, &uri, &agent)
}

/// A contact of an account, whose domain is told only where the registrar keeps several apart.
pub(super) fn of_account(user: &str, domain: &str, uri: &str, agent: &str) -> Option<Contact> {
    let source_id = if domain.is_empty() {
        String::new()
    } else {
        format!("{user}@{domain}")
    };
    Contact::read(&source_id, user, uri, agent).filter(|_| !user.is_empty())
}

/// The secret of an account; a hash that is none is a fault, and the account has no secret.
pub(super) fn secret(record: &mut Record, password: &str, ha1: &str) -> Option<SipSecret> {
    SipSecret::of(password, ha1).unwrap_or_else(|why| {
        record.faults.push(Fault::new("sip_secret", why));
        None
    })
}
