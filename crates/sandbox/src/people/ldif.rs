//! A directory as LDIF (RFC 2849): inetOrgPerson entries (RFC 2798), half of them people of the sandbox, half in the directory
//! alone. Loading it into a server is left to whoever runs one.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{Oddity, Person, Population, TruthRecord, draw};

/// Directory-only people are numbered from here, out of reach of every population.
const ELSEWHERE: u64 = 1 << 40;

/// The entries above `ou=people`: suffix, folders, and the account that a connection binds with (`importpw`). The `version:` line of
/// RFC 2849 is left out, because `slapadd` takes it for an attribute.
const HEAD: &str = "\
dn: dc=lab,dc=test\nobjectClass: top\nobjectClass: dcObject\nobjectClass: organization\no: Lab\ndc: lab\n\n\
dn: ou=people,dc=lab,dc=test\nobjectClass: organizationalUnit\nou: people\n\n\
dn: ou=services,dc=lab,dc=test\nobjectClass: organizationalUnit\nou: services\n\n\
dn: cn=importer,ou=services,dc=lab,dc=test\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: importer\nuserPassword: importpw\n\n";

/// A directory as text, with the truth about its entries.
#[derive(Clone, Debug)]
pub struct Directory {
    /// LDIF below `dc=lab,dc=test`: `ou=people` with the entries, `cn=importer,ou=services` with password `importpw`.
    pub ldif: String,
    /// One for each entry; `component` is `ldap` and `source_id` the `uid`.
    pub truth: Vec<TruthRecord>,
}

/// Makes a directory of `entries` people; half of them (fewer, if the population is too small) are people of `population` under
/// the same login, number, names and mail. Number and login are such that only rules 4 and 5 can join them.
pub fn ldif(population: &Population, entries: u64) -> Directory {
    let mut directory = Directory {
        ldif: HEAD.to_owned(),
        truth: Vec::new(),
    };
    for person in population
        .iter()
        .filter(is_listed)
        .take(usize::try_from(entries / 2).unwrap_or(usize::MAX))
    {
        let index = person.index;
        directory.push(population.seed, &person, index);
    }
    for number in directory.truth.len() as u64..entries {
        let person = elsewhere(population.seed, number);
        directory.push(population.seed, &person, ELSEWHERE + number);
    }
    directory
}

impl Directory {
    fn push(&mut self, seed: u64, person: &Person, who: u64) {
        entry(&mut self.ldif, person, &person.password(seed));
        let source_id = person.login.clone();
        self.truth.push(TruthRecord {
            component: "ldap",
            source_id,
            person: who,
            group: who * 2,
            oddity: person.oddity,
        });
    }
}

/// Whether the directory may list a person so that the joining rules can know them again: by a login that is theirs alone.
fn is_listed(person: &Person) -> bool {
    let known_by_login = person.presence.usp || person.presence.client_service;
    let doubtful = matches!(
        person.oddity,
        Oddity::Leaver
            | Oddity::Successor
            | Oddity::AccountLeaver
            | Oddity::AccountSuccessor
            | Oddity::NameChanged
            | Oddity::LoginOwner
            | Oddity::LoginBorrower
            | Oddity::TwoLogins
            | Oddity::ControlCharacters
            | Oddity::LongName
            | Oddity::NoLastName
    );
    known_by_login && !doubtful
}

/// Somebody whom no component knows: another seed's names, a login and an address of their own, a number out of every range.
fn elsewhere(seed: u64, number: u64) -> Person {
    let mut person = Person::new(draw(seed, number, 31), number);
    let wide = if number < 10_000 { 4 } else { 7 };
    person.login = format!("dir{number}");
    person.email = Some(format!("dir{number}@example.org"));
    person.number = format!("9{number:0wide$}");
    person.oddity = Oddity::Ordinary;
    if person.last_name.is_empty() {
        person.last_name.clone_from(&person.first_name);
    }
    person
}

fn entry(text: &mut String, person: &Person, password: &str) {
    let name = person.display_name();
    attribute(
        text,
        "dn",
        &format!("uid={},ou=people,dc=lab,dc=test", person.login),
    );
    attribute(text, "objectClass", "inetOrgPerson");
    attribute(text, "uid", &person.login);
    attribute(text, "cn", &name);
    attribute(text, "sn", &person.last_name);
    attribute(text, "givenName", &person.first_name);
    attribute(text, "displayName", &name);
    if let Some(email) = &person.email {
        attribute(text, "mail", email);
    }
    // RFC 4517, 3.3.31: a telephone number is a printable string, which has neither `#` nor `*`.
    if person.number.bytes().all(|b| b.is_ascii_digit()) {
        attribute(text, "telephoneNumber", &person.number);
    }
    attribute(text, "departmentNumber", person.department);
    attribute(text, "preferredLanguage", person.language);
    attribute(text, "userPassword", password);
    text.push('\n');
}

/// One line; base64 where the value is not a SAFE-STRING (RFC 2849, note 4).
fn attribute(text: &mut String, name: &str, value: &str) {
    let plain = value.bytes().all(|b| (0x20..0x7f).contains(&b))
        && !value.starts_with([' ', ':', '<'])
        && !value.ends_with(' ');
    let written = if plain {
        writeln!(text, "{name}: {value}")
    } else {
        writeln!(text, "{name}:: {}", STANDARD.encode(value))
    };
    written.expect("writing to a string cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_directory_is_known_to_the_sandbox() {
        let directory = ldif(&Population::new(1, 1_000), 1_000);
        assert_eq!(directory.truth.len(), 1_000);
        assert_eq!(
            directory
                .truth
                .iter()
                .filter(|t| t.person < ELSEWHERE)
                .count(),
            500
        );
        assert_eq!(directory.ldif.matches("\nuid: ").count(), 1_000);
        assert!(
            directory
                .ldif
                .contains("dn: cn=importer,ou=services,dc=lab,dc=test\n")
        );
    }

    #[test]
    fn no_uid_stands_twice() {
        let directory = ldif(&Population::new(3, 4_000), 4_000);
        let uids: std::collections::HashSet<_> =
            directory.truth.iter().map(|t| &t.source_id).collect();
        assert_eq!(uids.len(), 4_000);
    }

    #[test]
    fn names_outside_ascii_are_base64() {
        let mut text = String::new();
        attribute(&mut text, "sn", "Müller");
        attribute(&mut text, "sn", "Quill");
        attribute(&mut text, "sn", " led");
        assert_eq!(text, "sn:: TcO8bGxlcg==\nsn: Quill\nsn:: IGxlZA==\n");
    }
}
