//! One entry out of its records: which component wins each field.

use model::{ComponentKind, EntryState, Note, NoteKind, PersonFields, Record};

use super::Precedences;

/// A record with the kind of the component that holds it.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The kind.
    pub kind: ComponentKind,
    /// The connection's name.
    pub name: &'a str,
    /// The record.
    pub record: &'a Record,
}

/// An entry as its records make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembled {
    /// Its data.
    pub fields: PersonFields,
    /// Marks of its components.
    pub sources: Vec<&'static str>,
    /// Faults of its records.
    pub faults: Vec<Note>,
}

use ComponentKind::{Asterisk, ClientService, Csv, Ldap, Mbg, Scim, ScimIn, Subscriber, Usp};

/// Every kind once, the one that wins first.
pub(crate) type Precedence = [ComponentKind; ComponentKind::ALL.len()];

/// Precedence for names, addresses and what describes the person.
const PERSON: Precedence = ComponentKind::ALL;
/// Precedence for numbers: what the PBX side tells, then the rest.
const NUMBER: Precedence = [
    Usp,
    Mbg,
    Subscriber,
    Asterisk,
    ClientService,
    Ldap,
    Scim,
    ScimIn,
    Csv,
];
/// Precedence for SIP accounts.
const SIP: Precedence = [
    Mbg,
    Subscriber,
    Asterisk,
    Usp,
    ClientService,
    Ldap,
    Scim,
    ScimIn,
    Csv,
];
/// Precedence for accounts on the client service.
const ACCOUNT: Precedence = [
    ClientService,
    Usp,
    Mbg,
    Ldap,
    Scim,
    ScimIn,
    Csv,
    Subscriber,
    Asterisk,
];

type Field = (&'static str, Precedence, fn(&Record) -> &str);

/// The fields that one component wins each, with their precedence.
const FIELDS: [Field; 14] = [
    ("first_name", PERSON, |r| &r.first_name),
    ("last_name", PERSON, |r| &r.last_name),
    ("directory_number", NUMBER, |r| &r.directory_number),
    ("pbx", NUMBER, |r| &r.pbx),
    ("mbg_user_name", SIP, |r| &r.mbg_user_name),
    ("client_service_account", ACCOUNT, |r| {
        &r.client_service_account
    }),
    ("email", PERSON, |r| &r.email),
    ("login", PERSON, |r| &r.login),
    ("sip_user", SIP, |r| &r.sip_user),
    ("sip_host", SIP, |r| &r.sip_host),
    ("voicemail_number", NUMBER, |r| &r.voicemail_number),
    ("language", PERSON, |r| &r.language),
    ("department", PERSON, |r| &r.department),
    ("profile_proposal", PERSON, |r| &r.profile_proposal),
];

/// The names of the fields that one component wins each.
pub(crate) const FIELD_NAMES: [&str; FIELDS.len()] = {
    let mut names = [""; FIELDS.len()];
    let mut n = 0;
    while n < FIELDS.len() {
        names[n] = FIELDS[n].0;
        n += 1;
    }
    names
};

/// The program's order for a field; none where there is no such field.
pub(crate) fn default_order(field: &str) -> Option<Precedence> {
    let found = FIELDS.iter().find(|(name, ..)| *name == field);
    found.map(|(_, precedence, _)| *precedence)
}

fn winner<'a>(
    records: &[Source<'a>],
    order: &[ComponentKind],
    value: fn(&Record) -> &str,
) -> Option<Source<'a>> {
    order.iter().find_map(|kind| {
        records
            .iter()
            .find(|source| source.kind == *kind && !value(source.record).is_empty())
            .copied()
    })
}

/// For each field that some component supplies: its name, the winning connection and the value.
pub fn winners<'a>(
    records: &[Source<'a>],
    set: &Precedences,
) -> Vec<(&'static str, &'a str, String)> {
    FIELDS
        .into_iter()
        .filter_map(|(name, precedence, value)| {
            let order = set.order(name, &precedence);
            winner(records, &order, value).map(|s| (name, s.name, value(s.record).to_owned()))
        })
        .collect()
}

/// Makes an entry of its records.
pub fn assemble(records: &[Source<'_>], set: &Precedences) -> Assembled {
    let mut fields = PersonFields {
        enabled: records.iter().all(|s| s.record.enabled),
        ..PersonFields::default()
    };
    for (name, precedence, value) in FIELDS {
        let order = set.order(name, &precedence);
        if let Some(source) = winner(records, &order, value) {
            value(source.record).clone_into(slot(&mut fields, name));
        }
    }
    let order = set.order("last_name", &PERSON);
    name_from_display(records, &order, &mut fields);
    let mut kinds: Vec<_> = records.iter().map(|source| source.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    Assembled {
        fields,
        sources: kinds.into_iter().map(ComponentKind::mark).collect(),
        faults: faults(records),
    }
}

fn slot<'a>(fields: &'a mut PersonFields, name: &str) -> &'a mut String {
    match name {
        "first_name" => &mut fields.first_name,
        "last_name" => &mut fields.last_name,
        "directory_number" => &mut fields.directory_number,
        "pbx" => &mut fields.pbx,
        "mbg_user_name" => &mut fields.mbg_user_name,
        "client_service_account" => &mut fields.client_service_account,
        "email" => &mut fields.email,
        "login" => &mut fields.login,
        "sip_user" => &mut fields.sip_user,
        "sip_host" => &mut fields.sip_host,
        "voicemail_number" => &mut fields.voicemail_number,
        "language" => &mut fields.language,
        "department" => &mut fields.department,
        _ => &mut fields.profile_proposal,
    }
}

/// Where nobody keeps a family name but somebody a name to show, that one is taken apart:
/// "Lovelace, Ada", "Ada Lovelace", "Reception".
fn name_from_display(records: &[Source<'_>], order: &[ComponentKind], fields: &mut PersonFields) {
    if !fields.last_name.is_empty() {
        return;
    }
    let Some(source) = winner(records, order, |r| &r.display_name) else {
        return;
    };
    let shown = source.record.display_name.trim();
    // A given name alone is no family name.
    if shown == fields.first_name {
        return;
    }
    let (first, last) = match (shown.split_once(','), shown.rsplit_once(' ')) {
        (Some((last, first)), _) | (None, Some((first, last))) => (first.trim(), last.trim()),
        (None, None) => ("", shown),
    };
    if fields.first_name.is_empty() {
        first.clone_into(&mut fields.first_name);
    }
    last.clone_into(&mut fields.last_name);
}

fn faults(records: &[Source<'_>]) -> Vec<Note> {
    let note = |source: &Source<'_>, fault: &model::Fault| Note {
        kind: NoteKind::Fault,
        rule: None,
        text: format!(
            "{}: {} {}",
            source.name,
            fault.field.replace('_', " "),
            fault.message
        ),
        other: None,
    };
    let mut notes: Vec<_> = records
        .iter()
        .flat_map(|s| s.record.faults.iter().map(move |fault| note(s, fault)))
        .collect();
    notes.sort();
    notes.dedup();
    notes
}

/// Where an entry stands: what has to be seen to first, first.
pub(crate) fn state(
    fields: &PersonFields,
    notes: &[Note],
    imported: Option<[u8; 16]>,
) -> EntryState {
    if notes.iter().any(|note| note.kind == NoteKind::Conflict) {
        EntryState::Conflict
    } else if fields.incomplete().is_some() {
        EntryState::Incomplete
    } else if !fields.enabled {
        EntryState::Inactive
    } else {
        match imported {
            None => EntryState::New,
            Some(hash) if hash == fields.hash() => EntryState::Imported,
            Some(_) => EntryState::Changed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(kind: ComponentKind, record: &Record) -> Source<'_> {
        Source {
            kind,
            name: kind.title(),
            record,
        }
    }

    #[test]
    fn each_field_comes_from_the_component_that_wins_it() {
        let usp = Record {
            last_name: "Müller".into(),
            login: "amueller".into(),
            email: "a@x.org".into(),
            ..Record::new("u")
        };
        let mbg = Record {
            display_name: "A Mueller".into(),
            sip_user: "amueller-4711".into(),
            directory_number: "4711".into(),
            ..Record::new("m")
        };
        let ldap = Record {
            last_name: "Mueller".into(),
            email: "b@x.org".into(),
            department: "Sales".into(),
            ..Record::new("l")
        };
        let entry = assemble(
            &[from(Ldap, &ldap), from(Mbg, &mbg), from(Usp, &usp)],
            &Precedences::default(),
        );
        assert_eq!(entry.fields.last_name, "Müller");
        assert_eq!(entry.fields.email, "a@x.org");
        assert_eq!(entry.fields.department, "Sales");
        assert_eq!(entry.fields.sip_user, "amueller-4711");
        assert_eq!(entry.sources, ["USP", "MBG", "LDAP"]);
    }

    #[test]
    fn a_name_to_show_is_taken_apart_where_nothing_better_is_known() {
        for (shown, first, last) in [
            ("Lovelace, Ada", "Ada", "Lovelace"),
            ("Ada Lovelace", "Ada", "Lovelace"),
            ("Reception", "", "Reception"),
        ] {
            let record = Record {
                display_name: shown.into(),
                ..Record::new("m")
            };
            let fields = assemble(&[from(Mbg, &record)], &Precedences::default()).fields;
            assert_eq!(
                (fields.first_name.as_str(), fields.last_name.as_str()),
                (first, last)
            );
        }
    }

    #[test]
    fn a_given_name_alone_is_no_family_name() {
        let usp = Record {
            first_name: "Mary Ann".into(),
            ..Record::new("u")
        };
        let mbg = Record {
            display_name: "Mary Ann".into(),
            ..Record::new("m")
        };
        let fields = assemble(&[from(Usp, &usp), from(Mbg, &mbg)], &Precedences::default()).fields;
        assert_eq!(
            (fields.first_name.as_str(), fields.last_name.as_str()),
            ("Mary Ann", "")
        );
    }

    #[test]
    fn every_precedence_names_every_kind_once() {
        for (field, precedence, _) in FIELDS {
            let mut kinds = precedence.to_vec();
            kinds.sort_unstable();
            kinds.dedup();
            assert_eq!(kinds.len(), ComponentKind::ALL.len(), "{field}");
        }
    }

    #[test]
    fn one_inactive_record_makes_the_person_inactive() {
        let on = Record::new("a");
        let off = Record {
            enabled: false,
            ..Record::new("b")
        };
        assert!(
            !assemble(&[from(Usp, &on), from(Mbg, &off)], &Precedences::default())
                .fields
                .enabled
        );
    }
}
