//! The planted irregularities of real life and their shares: each block of 250 people holds every oddity, at places that
//! differ from block to block. What an oddity does to a person is left to `person`.

use super::mix;

/// People per block. Every block that is whole holds every oddity, so 500 people show each at least twice.
pub const BLOCK: u64 = 250;

/// On which components a person has a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence {
    /// On Users and Services.
    pub usp: bool,
    /// On the border gateway.
    pub mbg: bool,
    /// On the client service.
    pub client_service: bool,
}

const fn on(usp: bool, mbg: bool, client_service: bool) -> Presence {
    Presence {
        usp,
        mbg,
        client_service,
    }
}

const ALL: Presence = on(true, true, true);
const USP_MBG: Presence = on(true, true, false);
const USP_CS: Presence = on(true, false, true);
const MBG_CS: Presence = on(false, true, true);
const USP: Presence = on(true, false, false);
const MBG: Presence = on(false, true, false);
const CS: Presence = on(false, false, true);

/// What is unusual about a person. The share is exact in every whole block: slots / 250.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Oddity {
    /// Nothing. 80.4%: 48.4% on three components, 12% USP and MBG, 6% USP and client service, 4% MBG and client service,
    /// 4% USP only, 4% MBG only, 2% client service only.
    Ordinary,
    /// The number has `#` on USP and client service (`1#001`), `*` on the MBG (`1*001`). 0.8%.
    HashAndStar,
    /// The number has `#` everywhere, also on the MBG. 0.4%.
    HashEverywhere,
    /// Three people of a block have one mail address; one is on USP only, one on the client service only. 1.2%.
    SharedMailbox,
    /// Two people of a block have one name, each on three components. 0.8%.
    Namesake,
    /// Two people of one name, one on USP only, one on the client service only: nothing else is alike. 0.8%.
    NamesakeApart,
    /// Left: inactive, on USP only; the number went to the next person. 0.4%.
    Leaver,
    /// Took over the leaver's number, on MBG and client service. 0.4%.
    Successor,
    /// Left: inactive, on the client service only; the number went to the next person. 0.4%.
    AccountLeaver,
    /// Took over that number, on USP and MBG. 0.4%.
    AccountSuccessor,
    /// No mail address anywhere. 0.8%.
    NoMail,
    /// The mail address is known on the client service only. 0.8%.
    MailOnlyInClientService,
    /// The client service writes the name without its accents. 0.8%.
    SpellingDiffers,
    /// The client service knows a new last name, the others the old one: one person, but a join may only be proposed. 0.4%.
    NameChanged,
    /// Owns a login that the client service gave to somebody else too; on USP and MBG. 0.4%.
    LoginOwner,
    /// Somebody else under the owner's login, on the client service only. 0.4%.
    LoginBorrower,
    /// Inactive on every component. 2%.
    Inactive,
    /// Active, but the MBG's device is disabled. 0.4%.
    DeviceDisabled,
    /// Broken record: the last name on USP holds control characters. 0.4%.
    ControlCharacters,
    /// Broken record: the last name on USP is 10 KB long. 0.4%.
    LongName,
    /// Broken record: no last name on any component. 0.4%.
    NoLastName,
    /// A second device on the MBG, with a number of its own. 0.8%.
    SecondLine,
    /// The client service writes the login in capitals. 0.8%.
    LoginCase,
    /// The client service knows another login: one person, but a join may only be proposed. 0.4%.
    TwoLogins,
    /// The number begins with zero. 0.4%.
    LeadingZero,
    /// USP proposes `Do Not Deploy` as the profile. 0.8%.
    DoNotDeploy,
    /// A login of two characters (in the first 936 blocks, there are no more). 0.4%.
    ShortLogin,
    /// A login of 21 characters. 0.4%.
    LongLogin,
    /// Client service in teamwork mode: no PBX, no number; on no other component. 0.8%.
    Teamwork,
    /// Client service in teamwork mode, and on USP with a number: only the login joins them. 0.4%.
    TeamworkOnUsp,
    /// Two people at one desk: both are active under one number on USP and client service. 0.8%.
    SharedDesk,
    /// Has the mail of a service account too; on USP and MBG. 0.4%.
    Boss,
    /// A service account on the client service alone, whose mail goes to the boss. 0.4%.
    ServiceAccount,
}

/// What stands at one slot of the plan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) oddity: Oddity,
    pub(crate) presence: Presence,
    /// Shares something (name, number, login) with the person at the slot before.
    pub(crate) follows: bool,
}

/// `(oddity, slots, where, second of a pair)`; the slots sum to [`BLOCK`].
const PLAN: [(Oddity, u64, Presence, bool); 45] = [
    (Oddity::HashAndStar, 2, ALL, false),
    (Oddity::HashEverywhere, 1, USP_MBG, false),
    (Oddity::SharedMailbox, 1, USP, false),
    (Oddity::SharedMailbox, 1, CS, false),
    (Oddity::SharedMailbox, 1, ALL, false),
    (Oddity::Namesake, 1, ALL, false),
    (Oddity::Namesake, 1, ALL, true),
    (Oddity::NamesakeApart, 1, USP, false),
    (Oddity::NamesakeApart, 1, CS, true),
    (Oddity::Leaver, 1, USP, false),
    (Oddity::Successor, 1, MBG_CS, true),
    (Oddity::AccountLeaver, 1, CS, false),
    (Oddity::AccountSuccessor, 1, USP_MBG, true),
    (Oddity::NoMail, 2, ALL, false),
    (Oddity::MailOnlyInClientService, 2, ALL, false),
    (Oddity::SpellingDiffers, 2, ALL, false),
    (Oddity::NameChanged, 1, ALL, false),
    (Oddity::LoginOwner, 1, USP_MBG, false),
    (Oddity::LoginBorrower, 1, CS, true),
    (Oddity::Inactive, 5, ALL, false),
    (Oddity::DeviceDisabled, 1, USP_MBG, false),
    (Oddity::ControlCharacters, 1, USP_MBG, false),
    (Oddity::LongName, 1, USP_MBG, false),
    (Oddity::NoLastName, 1, ALL, false),
    (Oddity::SecondLine, 2, ALL, false),
    (Oddity::LoginCase, 1, ALL, false),
    (Oddity::LoginCase, 1, USP_CS, false),
    (Oddity::TwoLogins, 1, ALL, false),
    (Oddity::LeadingZero, 1, ALL, false),
    (Oddity::DoNotDeploy, 2, ALL, false),
    (Oddity::ShortLogin, 1, ALL, false),
    (Oddity::LongLogin, 1, ALL, false),
    (Oddity::Teamwork, 2, CS, false),
    (Oddity::TeamworkOnUsp, 1, USP_CS, false),
    (Oddity::Ordinary, 121, ALL, false),
    (Oddity::SharedDesk, 1, USP_CS, false),
    (Oddity::SharedDesk, 1, USP_CS, true),
    (Oddity::Boss, 1, USP_MBG, false),
    (Oddity::ServiceAccount, 1, CS, true),
    (Oddity::Ordinary, 30, USP_MBG, false),
    (Oddity::Ordinary, 15, USP_CS, false),
    (Oddity::Ordinary, 10, MBG_CS, false),
    (Oddity::Ordinary, 10, USP, false),
    (Oddity::Ordinary, 10, MBG, false),
    (Oddity::Ordinary, 5, CS, false),
];

/// The plan laid out slot by slot, so that a look-up is one array access.
static SLOTS: std::sync::LazyLock<Vec<Slot>> = std::sync::LazyLock::new(|| {
    let rows = PLAN.iter();
    rows.flat_map(|&(oddity, slots, presence, follows)| {
        (0..slots).map(move |_| Slot {
            oddity,
            presence,
            follows,
        })
    })
    .collect()
});

/// The plan's slot of a number below [`BLOCK`].
pub(crate) fn at_slot(slot: u64) -> Slot {
    SLOTS[usize::try_from(slot).expect("slots are below 250")]
}

/// A number without a common divisor with [`BLOCK`], and its inverse modulo [`BLOCK`]: 77 · 13 = 1001 = 4 · 250 + 1.
const STRIDE: u64 = 77;
const STRIDE_INVERSE: u64 = 13;

fn shift(seed: u64, block: u64) -> u64 {
    mix(seed ^ mix(block)) % BLOCK
}

/// The slot at which person `index` stands.
pub(crate) fn slot_of(seed: u64, index: u64) -> u64 {
    (index % BLOCK * STRIDE + shift(seed, index / BLOCK)) % BLOCK
}

/// Who stands at `slot` in the block of `index`: the inverse of [`slot_of`].
pub(crate) fn index_at(seed: u64, index: u64, slot: u64) -> u64 {
    let block = index / BLOCK;
    block * BLOCK + (slot + BLOCK - shift(seed, block)) % BLOCK * STRIDE_INVERSE % BLOCK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_fills_a_block() {
        assert_eq!(SLOTS.len() as u64, BLOCK);
        assert!(!at_slot(0).follows, "nobody follows the end of a block");
    }

    #[test]
    fn every_slot_of_a_block_is_taken_once() {
        for seed in 0..20 {
            for index in (500..750).chain(249_750..250_000) {
                assert_eq!(index_at(seed, index, slot_of(seed, index)), index);
            }
        }
    }
}
