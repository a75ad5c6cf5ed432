//! The realtime tables of Asterisk's PJSIP, `ps_endpoints`, `ps_auths` and `ps_contacts`. Every table and column name of them stands in this file.

use model::Record;

use super::{
    Account, Columns, Location, Row, Tables, bounded, column, database::Database,
    subscriber::secret,
};
use crate::{Contact, Error, told};

pub(super) const TABLES: Tables = Tables {
    check: |database| Box::pin(check(database)),
    select,
    mapped: "e",
    key: &["e.id"],
    count: "SELECT COUNT(*) FROM ps_endpoints",
    read,
    location: Location {
        table: "ps_contacts",
        columns: &["id", "endpoint", "uri", "user_agent"],
        read: contact,
    },
};

async fn check(database: &Database) -> Result<Columns, Error> {
    database
        .columns("ps_auths", &["id", "username", "password", "md5_cred"])
        .await?;
    database
        .columns("ps_endpoints", &["id", "auth", "callerid"])
        .await
}

fn select(columns: &Columns, more: &str) -> String {
    let column = |name| column(columns, "e", name);
    format!(
        "SELECT e.id, {}, {}, {}, {}{more} FROM ps_endpoints e LEFT JOIN ps_auths a ON a.id = e.auth",
        column("callerid"),
        bounded("a.username"),
        bounded("a.password"),
        bounded("a.md5_cred")
    )
}

fn read(row: &Row<'_>) -> Result<Account, String> {
    let id = row.text(0)?;
    let mut record = Record::new(told::source_id(&id)?);
    let r = &mut record;
    let user = row.text(2)?;
    let user = if user.trim().is_empty() { &id } else { &user };
    r.sip_user = told::text(r, "sip_user", user);
    let caller = row.text(1)?;
    let (name, number) = caller_id(&caller);
    r.display_name = told::text(r, "display_name", name);
    r.set_directory_number(number);
    let secret = secret(r, &row.text(3)?, &row.text(4)?);
    Ok(Account { record, secret })
}

fn contact(row: &Row<'_>) -> Option<Contact> {
    let (endpoint, uri, agent) = (row.text(1).ok()?, row.text(2).ok()?, row.text(3).ok()?);
    Contact::read(endpoint.trim(), "", &uri, &agent)
}

/// Name and number of `"Ada Example" <4711>`; without brackets all of it is the name, or the number where it can be dialled.
fn caller_id(told: &str) -> (&str, &str) {
    let told = told.trim();
    let (name, number) = match told.rsplit_once('<') {
        Some((name, number)) => (name, number.trim_end_matches('>')),
        None if model::DirectoryNumber::parse(told).is_ok() => ("", told),
        None => (told, ""),
    };
    let name = name.trim();
    let quoted = name
        .strip_prefix('"')
        .and_then(|name| name.strip_suffix('"'));
    (quoted.unwrap_or(name).trim(), number.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_id_tells_name_and_number() {
        for (told, name, number) in [
            (r#""Ada Example" <4711>"#, "Ada Example", "4711"),
            ("Ada Example <4711>", "Ada Example", "4711"),
            (r#""Ada <3" <1*001>"#, "Ada <3", "1*001"),
            ("<4711>", "", "4711"),
            ("4711", "", "4711"),
            ("Reception", "Reception", ""),
            (r#""" <>"#, "", ""),
            ("", "", ""),
        ] {
            assert_eq!(caller_id(told), (name, number), "{told}");
        }
    }
}
