//! What each component shows of a person, as the JSON of its interface: here every planted irregularity becomes visible.

use std::borrow::Cow;

use serde::Serialize;

use super::{Kind, source_id};
use crate::{
    clock::rfc3339,
    people::{Oddity, Person, Population},
};

/// 2026-01-05T08:00:00Z: when the first record was written; each later person follows a second after.
const FIRST_WRITTEN_MS: i64 = 1_767_600_000_000;
/// The length of a broken last name, in bytes.
const LONG_NAME_BYTES: usize = 10 * 1024;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UspUser<'a> {
    id: String,
    first_name: &'a str,
    last_name: Cow<'a, str>,
    login_id: &'a str,
    email: Option<&'a str>,
    role: &'a str,
    department: &'a str,
    location: &'a str,
    language: &'a str,
    active: bool,
    phones: Vec<Phone<'a>>,
    services: Services<'a>,
    updated_at: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Phone<'a> {
    number: &'a str,
    pbx: &'a str,
    label: &'a str,
    prime: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    mbg_user_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Services<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    client_service: Option<ClientServicePart<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ClientServicePart<'a> {
    account: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    desk_phone: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    soft_phone: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment_profile: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SipDevice<'a> {
    id: String,
    enabled: bool,
    description: String,
    set_user_name: String,
    icp_user_name: &'a str,
    icp: Icp<'a>,
    directory_number: &'a str,
    availability: &'a str,
    cluster_zone: &'a str,
    updated_at: String,
}

#[derive(Serialize)]
struct Icp<'a> {
    name: &'a str,
    host: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Account<'a> {
    id: String,
    login_id: Cow<'a, str>,
    first_name: Cow<'a, str>,
    last_name: Cow<'a, str>,
    email: Option<&'a str>,
    desk_phone: Option<&'a str>,
    soft_phone: Option<&'a str>,
    pbx_node: Option<&'a str>,
    active: bool,
    #[serde(rename = "type")]
    origin: &'a str,
    mailbox: Option<&'a str>,
    voicemail_number: Option<&'a str>,
}

/// Writes the record at `position` (a person's index times two, plus the line) as JSON to the end of `out`; false where the
/// component has none there.
pub(crate) fn write(out: &mut Vec<u8>, population: Population, kind: Kind, position: u64) -> bool {
    let (index, line) = (position / 2, position % 2);
    if index >= population.people || (line == 1 && kind != Kind::Mbg) {
        return false;
    }
    let (oddity, presence) = population.standing(index);
    let here = match kind {
        Kind::Usp => presence.usp,
        Kind::Mbg => presence.mbg && (line == 0 || oddity == Oddity::SecondLine),
        Kind::ClientService => presence.client_service,
    };
    if !here {
        return false;
    }
    let person = population.person(index);
    let id = source_id(population.seed, kind, position);
    let number = if line == 0 {
        mbg_number(&person)
    } else {
        person.second_number.clone().unwrap_or_default()
    };
    match kind {
        Kind::Usp => serde_json::to_writer(out, &usp(&person, id)),
        Kind::Mbg => serde_json::to_writer(out, &device(&person, id, &number)),
        Kind::ClientService => serde_json::to_writer(out, &account(&person, id)),
    }
    .expect("writing to memory cannot fail");
    true
}

fn usp(person: &Person, id: String) -> UspUser<'_> {
    let email = person
        .email
        .as_deref()
        .filter(|_| person.oddity != Oddity::MailOnlyInClientService);
    UspUser {
        id,
        first_name: &person.first_name,
        last_name: last_name_on_usp(person),
        login_id: &person.login,
        email,
        role: person.role,
        department: person.department,
        location: person.location,
        language: person.language,
        active: person.active,
        phones: phones(person),
        services: Services {
            client_service: person.presence.client_service.then(|| services(person)),
        },
        updated_at: written_at(person),
    }
}

fn last_name_on_usp(person: &Person) -> Cow<'_, str> {
    match person.oddity {
        Oddity::ControlCharacters => format!(
            "{}\u{7}\u{1b}[31m\u{0}\r\n{}",
            person.last_name, person.last_name
        )
        .into(),
        Oddity::LongName => {
            let mut name = person
                .last_name
                .repeat(LONG_NAME_BYTES / person.last_name.len().max(1) + 1);
            name.truncate(name.floor_char_boundary(LONG_NAME_BYTES));
            name.into()
        }
        _ => (&person.last_name).into(),
    }
}

/// The soft phone that the MBG knows, the desk phone beside it, or the only desk phone.
fn phones(person: &Person) -> Vec<Phone<'_>> {
    let phone = |number, label, prime, mbg_user_name| Phone {
        number,
        pbx: person.pbx,
        label,
        prime,
        mbg_user_name,
    };
    if !person.presence.mbg {
        return vec![phone(&person.number, "desk", true, None)];
    }
    let mut phones = Vec::with_capacity(2);
    if let Some(desk) = &person.desk_number {
        phones.push(phone(desk, "desk", true, None));
    }
    phones.push(phone(
        &person.number,
        "soft",
        person.desk_number.is_none(),
        Some(person.mbg_user_name()),
    ));
    if let Some(second) = &person.second_number {
        phones.push(phone(
            second,
            "soft",
            false,
            Some(format!("{}-{second}", person.login)),
        ));
    }
    phones
}

fn services(person: &Person) -> ClientServicePart<'_> {
    ClientServicePart {
        account: person.other_login.as_deref().unwrap_or(&person.login),
        desk_phone: desk_phone(person),
        soft_phone: soft_phone(person),
        deployment_profile: match person.oddity {
            Oddity::DoNotDeploy => Some("Do Not Deploy"),
            _ => (person.index.is_multiple_of(10)).then_some("Office"),
        },
    }
}

fn desk_phone(person: &Person) -> Option<&str> {
    person
        .desk_number
        .as_deref()
        .or_else(|| (!person.presence.mbg).then_some(person.number.as_str()))
}

fn soft_phone(person: &Person) -> Option<&str> {
    person.presence.mbg.then_some(person.number.as_str())
}

/// The way out of "a number with `#` cannot be synced": the MBG's administrator wrote `*`.
fn mbg_number(person: &Person) -> String {
    match person.oddity {
        Oddity::HashAndStar => person.number.replace('#', "*"),
        _ => person.number.clone(),
    }
}

fn device<'a>(person: &Person, id: String, number: &'a str) -> SipDevice<'a> {
    SipDevice {
        id,
        enabled: person.active && person.oddity != Oddity::DeviceDisabled,
        description: person.display_name(),
        set_user_name: format!("{}-{number}", person.login),
        icp_user_name: number,
        icp: Icp {
            name: person.pbx,
            host: format!("{}.pbx.example.org", person.pbx.to_ascii_lowercase()),
        },
        directory_number: number,
        availability: "everywhere",
        cluster_zone: "Default",
        updated_at: written_at(person),
    }
}

fn account(person: &Person, id: String) -> Account<'_> {
    let teamwork = matches!(person.oddity, Oddity::Teamwork | Oddity::TeamworkOnUsp);
    let telephony = |value| if teamwork { None } else { value };
    Account {
        id,
        login_id: login_on_client_service(person),
        first_name: spelled(person, &person.first_name),
        last_name: spelled(
            person,
            person.new_last_name.as_ref().unwrap_or(&person.last_name),
        ),
        email: person.email.as_deref(),
        desk_phone: telephony(desk_phone(person)),
        soft_phone: telephony(soft_phone(person)),
        pbx_node: telephony(Some(person.pbx)),
        active: person.active,
        origin: if person.presence.usp {
            "synchronised"
        } else {
            "manual"
        },
        mailbox: telephony(Some(&person.number)),
        voicemail_number: telephony(Some("6000")),
    }
}

fn login_on_client_service(person: &Person) -> Cow<'_, str> {
    match (&person.other_login, person.oddity) {
        (Some(other), _) => other.into(),
        (None, Oddity::LoginCase) => person.login.to_ascii_uppercase().into(),
        (None, _) => (&person.login).into(),
    }
}

/// The name, without its accents for people whose account was typed in by somebody in a hurry.
fn spelled<'a>(person: &Person, name: &'a str) -> Cow<'a, str> {
    if person.oddity == Oddity::SpellingDiffers {
        without_accents(name).into()
    } else {
        name.into()
    }
}

/// Base letters alone: canonical decomposition without the combining marks. Letters that only look composed (`ł`, `ø`) stay.
fn without_accents(name: &str) -> String {
    use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};
    name.nfd().filter(|c| !is_combining_mark(*c)).collect()
}

fn written_at(person: &Person) -> String {
    rfc3339(FIRST_WRITTEN_MS + i64::try_from(person.index).unwrap_or(0) * 1_000)
}
