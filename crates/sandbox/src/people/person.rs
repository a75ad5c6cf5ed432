//! One person of the sandbox: what is true about them. How a component distorts it is left to [`crate::component`].

use super::{
    Oddity, Presence,
    chance::{draw, pick},
    login,
    names::{CULTURES, Culture, Name},
    number,
    oddity::{self, BLOCK, Slot},
};

const DEPARTMENTS: [&str; 8] = [
    "Sales",
    "Support",
    "Engineering",
    "Finance",
    "Operations",
    "Legal",
    "Research",
    "Reception",
];
const LOCATIONS: [&str; 6] = [
    "Main building",
    "Harbour office",
    "Workshop",
    "Warehouse North",
    "Laboratory",
    "Home office",
];
const ROLES: [&str; 5] = [
    "Employee",
    "Team lead",
    "Assistant",
    "Contractor",
    "Manager",
];

/// One person, as they really are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Which one of the population, from 0.
    pub index: u64,
    /// What is unusual about them.
    pub oddity: Oddity,
    /// Where they have records.
    pub presence: Presence,
    /// Given names; the second one of a double name follows a hyphen or a space.
    pub first_name: String,
    /// Family names; empty only for [`Oddity::NoLastName`].
    pub last_name: String,
    /// The last name that [`Oddity::NameChanged`] people have now.
    pub new_last_name: Option<String>,
    /// Login id, 2 to 21 ASCII characters. Unique, but for [`Oddity::LoginBorrower`].
    pub login: String,
    /// The other login of [`Oddity::TwoLogins`] people.
    pub other_login: Option<String>,
    /// Mail address, if they have one.
    pub email: Option<String>,
    /// Directory number as dialled. With `#` for [`Oddity::HashAndStar`] and [`Oddity::HashEverywhere`].
    pub number: String,
    /// Number of the desk phone, where it is not the same.
    pub desk_number: Option<String>,
    /// Number of the second line of [`Oddity::SecondLine`] people.
    pub second_number: Option<String>,
    /// PBX name, `HQ-1` to `HQ-4`.
    pub pbx: &'static str,
    /// BCP 47.
    pub language: &'static str,
    /// Department.
    pub department: &'static str,
    /// Place of work.
    pub location: &'static str,
    /// Role on USP.
    pub role: &'static str,
    /// Works here.
    pub active: bool,
}

impl Person {
    /// Makes person `index` of `seed`.
    pub(crate) fn new(seed: u64, index: u64) -> Self {
        let slot = oddity::slot_of(seed, index);
        let plan = oddity::at_slot(slot);
        let before = if plan.follows {
            oddity::index_at(seed, index, slot - 1)
        } else {
            index
        };
        let named = Named::new(seed, name_source(plan, index, before), plan);
        let inherits = matches!(
            plan.oddity,
            Oddity::Successor | Oddity::AccountSuccessor | Oddity::SharedDesk
        );
        let number_of = if inherits { before } else { index };
        let number = number_of_kind(plan.oddity, number_of);
        Self {
            index,
            oddity: plan.oddity,
            presence: plan.presence,
            new_last_name: (plan.oddity == Oddity::NameChanged)
                .then(|| named.next_family().to_owned()),
            login: login_of(seed, plan, index, before),
            other_login: (plan.oddity == Oddity::TwoLogins)
                .then(|| login::other(&named.first_plain, &named.last_plain, index)),
            email: if plan.oddity == Oddity::ServiceAccount {
                Self::new(seed, before).email
            } else {
                email_of(plan.oddity, &named, index)
            },
            desk_number: has_desk_phone(seed, plan, index)
                .then(|| format!("8{}", number::plain(index))),
            second_number: (plan.oddity == Oddity::SecondLine)
                .then(|| format!("7{}", number::plain(index))),
            number,
            pbx: number::pbx_of(number_of),
            language: named.culture.language,
            department: pick::<&str>(&DEPARTMENTS, draw(seed, index, 11)),
            location: pick::<&str>(&LOCATIONS, draw(seed, index, 12)),
            role: pick::<&str>(&ROLES, draw(seed, index, 13)),
            active: !matches!(
                plan.oddity,
                Oddity::Inactive | Oddity::Leaver | Oddity::AccountLeaver
            ),
            first_name: if plan.oddity == Oddity::ServiceAccount {
                String::new()
            } else {
                named.first
            },
            last_name: match plan.oddity {
                Oddity::NoLastName => String::new(),
                Oddity::ServiceAccount => "Service desk".to_owned(),
                _ => named.last,
            },
        }
    }

    /// First and last name with one space, or what there is of them.
    pub fn display_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
            .trim()
            .to_owned()
    }

    /// The MBG user name that USP makes: `<login>-<number>`.
    pub fn mbg_user_name(&self) -> String {
        format!("{}-{}", self.login, self.number)
    }

    /// The password of their account on the client service (and in the directory); for sign-in tests.
    pub fn password(&self, seed: u64) -> String {
        format!("pw-{:016x}", draw(seed, self.index, 21))
    }
}

/// Whose draw makes the name: a namesake's is the one before.
fn name_source(plan: Slot, index: u64, before: u64) -> u64 {
    if matches!(plan.oddity, Oddity::Namesake | Oddity::NamesakeApart) {
        before
    } else {
        index
    }
}

/// A drawn name.
struct Named {
    culture: &'static Culture,
    family: usize,
    first: String,
    last: String,
    first_plain: String,
    last_plain: String,
}

impl Named {
    fn new(seed: u64, source: u64, plan: Slot) -> Self {
        let culture = culture_of(seed, source, plan.oddity);
        let given = pick(culture.given, draw(seed, source, 2));
        let family = usize::try_from(draw(seed, source, 3) % culture.family.len() as u64)
            .expect("below a length");
        let doubled = draw(seed, source, 4) % 10;
        let (first, first_plain) = match doubled {
            0 => double(*given, *pick(culture.given, draw(seed, source, 5)), '-'),
            _ => (given.0.to_owned(), given.1.to_owned()),
        };
        let (last, last_plain) = match doubled {
            1 | 2 => double(
                culture.family[family],
                *pick(culture.family, draw(seed, source, 6)),
                '-',
            ),
            _ => (
                culture.family[family].0.to_owned(),
                culture.family[family].1.to_owned(),
            ),
        };
        Self {
            culture,
            family,
            first,
            last,
            first_plain,
            last_plain,
        }
    }

    /// Another family name of the same culture.
    fn next_family(&self) -> &'static str {
        self.culture.family[(self.family + 5) % self.culture.family.len()].0
    }
}

/// Joins two names with a hyphen, unless they are the same.
fn double(one: Name, two: Name, with: char) -> (String, String) {
    if one == two {
        return (one.0.to_owned(), one.1.to_owned());
    }
    (
        format!("{}{with}{}", one.0, two.0),
        format!("{}{}", one.1, two.1),
    )
}

/// Mostly any; with accents where the oddity needs them. People who must differ in name draw from different halves.
fn culture_of(seed: u64, source: u64, oddity: Oddity) -> &'static Culture {
    let drawn = draw(seed, source, 1);
    let half = CULTURES.len() / 2;
    match oddity {
        Oddity::SpellingDiffers => {
            let accented: Vec<&Culture> = CULTURES.iter().filter(|c| c.accented).collect();
            pick::<&Culture>(&accented, drawn)
        }
        Oddity::NameChanged => &CULTURES[0],
        Oddity::Leaver | Oddity::AccountLeaver | Oddity::LoginOwner => {
            pick(&CULTURES[..half], drawn)
        }
        Oddity::Successor | Oddity::AccountSuccessor | Oddity::LoginBorrower => {
            pick(&CULTURES[half..], drawn)
        }
        // A third has English names, as in an office where everybody meets; the rest is spread evenly.
        _ if drawn.is_multiple_of(3) => &CULTURES[0],
        _ => pick(&CULTURES, drawn / 3),
    }
}

fn login_of(seed: u64, plan: Slot, index: u64, before: u64) -> String {
    if plan.oddity == Oddity::LoginBorrower {
        return Person::new(seed, before).login;
    }
    // A namesake's login comes from the shared name, with an index of its own.
    let named = Named::new(seed, name_source(plan, index, before), plan);
    match plan.oddity {
        Oddity::LongLogin => Some(login::long(&named.first_plain, &named.last_plain, index)),
        Oddity::ShortLogin => login::short(index),
        _ => None,
    }
    .unwrap_or_else(|| login::usual(&named.first_plain, &named.last_plain, index))
}

fn email_of(oddity: Oddity, named: &Named, index: u64) -> Option<String> {
    match oddity {
        Oddity::NoMail => None,
        Oddity::SharedMailbox => Some(format!("front-desk-{}@example.org", index / BLOCK + 1)),
        _ => Some(format!(
            "{}.{}{index}@example.org",
            named.first_plain, named.last_plain
        )),
    }
}

fn number_of_kind(oddity: Oddity, index: u64) -> String {
    match oddity {
        Oddity::HashAndStar | Oddity::HashEverywhere => format!("1#{:03}", number::place_of(index)),
        Oddity::LeadingZero => format!("0{}", number::plain(index)),
        _ => number::plain(index).to_string(),
    }
}

/// Three in ten ordinary people with a soft phone keep a desk phone with a number of its own.
fn has_desk_phone(seed: u64, plan: Slot, index: u64) -> bool {
    plan.oddity == Oddity::Ordinary
        && plan.presence.mbg
        && plan.presence.usp
        && draw(seed, index, 7) % 10 < 3
}
