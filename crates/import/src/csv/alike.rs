//! Rows about somebody who seems to be there already, in this system or in the file: mostly a file that is given a second time. Two
//! people may share a mailbox or a desk, so this is told and stops nothing.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};

use ::store::{Store, users};
use model::{PersonFields, User, UserId};

use super::{Column, Wrong, draft::TWICE};

/// A person of the same name and address is here.
pub(super) const IS_HERE: &str = "is about somebody who is here already";
/// Somebody here has the same address or number.
pub(super) const IS_TAKEN: &str = "is somebody’s who is here already";

/// What a row says of a person that somebody else may have too.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    fields: &'a PersonFields,
    /// Whom it changes: nobody's double.
    user: Option<UserId>,
    has_new_address: bool,
    has_new_number: bool,
}

impl<'a> Said<'a> {
    /// Of a row that makes or changes a user. What the user has already is nothing new.
    pub(super) fn of(fields: &'a PersonFields, user: Option<&User>) -> Self {
        let is_new = |what: fn(&PersonFields) -> &String| {
            !what(fields).is_empty() && user.is_none_or(|user| what(&user.fields) != what(fields))
        };
        Self {
            fields,
            user: user.map(|user| user.id),
            has_new_address: is_new(|fields| &fields.email),
            has_new_number: is_new(|fields| &fields.directory_number),
        }
    }
}

type Person = (UserId, PersonFields);

/// The users whom a batch of rows may be about, by address and by number.
#[derive(Default)]
pub(super) struct Here {
    by_address: HashMap<String, Vec<Person>>,
    by_number: HashMap<String, Vec<Person>>,
}

impl Here {
    /// Reads them, all that the batch asks for at once. Whose address tells who it is, is not asked for by number.
    pub(super) async fn of(store: &Store, rows: &[Said<'_>]) -> Result<Self, ::store::Error> {
        let mut here = Self::default();
        let addresses = rows.iter().filter(|row| row.has_new_address);
        let addresses: Vec<&str> = addresses.map(|row| row.fields.email.as_str()).collect();
        for user in users::of_addresses(store, &addresses).await? {
            let fields = user.served();
            let address = fields.email.to_lowercase();
            let people = here.by_address.entry(address).or_default();
            people.push((user.id, fields));
        }
        let numbers = rows
            .iter()
            .filter(|row| row.has_new_number && here.same_person(**row).is_none());
        let numbers: Vec<&str> = numbers
            .map(|row| row.fields.directory_number.as_str())
            .collect();
        for user in users::of_numbers(store, &numbers).await? {
            let fields = user.served();
            let number = fields.directory_number.clone();
            let people = here.by_number.entry(number).or_default();
            people.push((user.id, fields));
        }
        Ok(here)
    }

    fn of_address(&self, said: Said<'_>) -> impl Iterator<Item = &PersonFields> {
        let is_asked = said.has_new_address && !self.by_address.is_empty();
        let found = is_asked.then(|| self.by_address.get(&said.fields.email.to_lowercase()));
        others(found.flatten(), said)
    }

    /// Somebody of the same name and address.
    fn same_person(&self, said: Said<'_>) -> Option<&PersonFields> {
        let mut of_address = self.of_address(said).peekable();
        of_address.peek()?;
        let name = said.fields.name_key();
        of_address.find(|one| one.name_key() == name)
    }

    /// What is to be said of a row.
    pub(super) fn warnings(&self, said: Said<'_>) -> Vec<Wrong> {
        let fields = said.fields;
        let found = |wrong: Wrong, person: &PersonFields| Wrong {
            more: format!("({})", person.label()),
            ..wrong
        };
        if let Some(same) = self.same_person(said) {
            return vec![found(Wrong::with_row(IS_HERE), same)];
        }
        let of_number = self.by_number.get(&fields.directory_number);
        let number = others(of_number.filter(|_| said.has_new_number), said)
            .find(|one| is_one_pbx(&one.pbx, &fields.pbx));
        let address = self.of_address(said).next();
        [(Column::Email, address), (Column::DirectoryNumber, number)]
            .into_iter()
            .filter_map(|(column, one)| Some(found(Wrong::new(column, IS_TAKEN), one?)))
            .collect()
    }
}

/// These people but for the one whom a row changes.
fn others<'a>(
    people: Option<&'a Vec<Person>>,
    said: Said<'_>,
) -> impl Iterator<Item = &'a PersonFields> + use<'a> {
    let user = said.user;
    let people = people.into_iter().flatten();
    people.filter_map(move |(id, fields)| (Some(*id) != user).then_some(fields))
}

/// Whether two numbers may ring at one PBX: they do not where both say so.
fn is_one_pbx(one: &str, other: &str) -> bool {
    one.is_empty() || other.is_empty() || one.to_lowercase() == other.to_lowercase()
}

/// The addresses and numbers of a file so far: twelve bytes each, as there may be millions. Numbers are of one PBX here where both rows
/// name the same or none.
#[derive(Default)]
pub(super) struct Met {
    hasher: RandomState,
    first: HashMap<[u32; 2], u32>,
    /// What is looked for, in small letters.
    text: String,
}

impl Met {
    /// What is to be said of a row that stands in this line.
    pub(super) fn warnings(&mut self, said: Said<'_>, line: u64) -> Vec<Wrong> {
        let fields = said.fields;
        let address = [fields.email.as_str(), "@"];
        let number = [fields.directory_number.as_str(), fields.pbx.as_str()];
        let both = [
            (Column::Email, address, said.has_new_address),
            (Column::DirectoryNumber, number, said.has_new_number),
        ];
        let mut warnings = Vec::new();
        for (column, what, is_new) in both {
            if what[0].is_empty() {
                continue;
            }
            if let Some(first) = self.before(what, line)
                && is_new
            {
                warnings.push(Wrong {
                    more: format!("(line {first})"),
                    ..Wrong::new(column, TWICE)
                });
            }
        }
        warnings
    }

    /// The line in which the same was met before.
    fn before(&mut self, what: [&str; 2], line: u64) -> Option<u32> {
        self.text.clear();
        for part in what {
            let small = part.chars().flat_map(char::to_lowercase);
            self.text.extend(small.chain(['\0']));
        }
        let hash = self.hasher.hash_one(&self.text);
        let half = |bits: u64| u32::try_from(bits).unwrap_or(u32::MAX);
        let key = [half(hash & u64::from(u32::MAX)), half(hash >> 32)];
        let line = half(line);
        let first = *self.first.entry(key).or_insert(line);
        (first != line).then_some(first)
    }
}
