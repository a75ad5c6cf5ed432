//! The joining rules as facts, each on a handful of records.

use std::collections::BTreeSet;

use model::{ComponentKind, ConnectionId, NoteKind, Record, RecordId, Rule};
use uuid::Uuid;

use super::{Card, Grouping, Place, group};

const USP: u16 = 0;
const MBG: u16 = 1;
const CS: u16 = 2;
const LDAP: u16 = 3;
const BRANCH_MBG: u16 = 4;

fn places() -> Vec<Place> {
    use ComponentKind::{ClientService, Ldap, Mbg, Usp};
    let place = |(name, kind): (&str, ComponentKind)| Place {
        id: ConnectionId(Uuid::from_u128(name.len() as u128)),
        name: name.to_owned(),
        kind,
        default_pbx: String::new(),
    };
    [
        ("usp", Usp),
        ("edge", Mbg),
        ("cs-01", ClientService),
        ("people", Ldap),
        ("branch-edge", Mbg),
    ]
    .map(place)
    .to_vec()
}

/// A record in the making; everybody's PBX is `HQ-1`.
#[derive(Clone)]
struct Made {
    place: u16,
    record: Record,
}

fn at(place: u16, id: &str) -> Made {
    let record = Record {
        pbx: "HQ-1".into(),
        ..Record::new(id)
    };
    Made { place, record }
}

impl Made {
    fn named(mut self, first: &str, last: &str) -> Self {
        self.record.first_name = first.into();
        self.record.last_name = last.into();
        self
    }

    fn number(mut self, number: &str) -> Self {
        self.record.directory_number = number.into();
        self
    }

    fn pbx(mut self, pbx: &str) -> Self {
        self.record.pbx = pbx.into();
        self
    }

    fn login(mut self, login: &str) -> Self {
        self.record.login = login.into();
        self
    }

    fn account(mut self, account: &str) -> Self {
        self.record.mbg_user_name = account.into();
        self
    }

    fn email(mut self, email: &str) -> Self {
        self.record.email = email.into();
        self
    }

    fn department(mut self, department: &str) -> Self {
        self.record.department = department.into();
        self
    }

    fn inactive(mut self) -> Self {
        self.record.enabled = false;
        self
    }
}

/// What joining made of some records.
struct Joined {
    cards: Vec<(String, Card)>,
    grouping: Grouping,
}

fn join(made: &[Made]) -> Joined {
    join_decided(&places(), made, &[])
}

/// `decisions` name records by their place in `made`.
fn join_decided(places: &[Place], made: &[Made], decisions: &[(i64, i64, bool)]) -> Joined {
    let mut cards: Vec<Card> = (0..)
        .zip(made)
        .map(|(id, m)| {
            Card::of(
                RecordId(id),
                m.place,
                &places[usize::from(m.place)],
                &m.record,
            )
        })
        .collect();
    let decisions: Vec<_> = decisions
        .iter()
        .map(|(a, b, together)| (RecordId(*a), RecordId(*b), *together))
        .collect();
    let grouping = group(&mut cards, places, &decisions);
    let id = |card: &Card| {
        made[usize::try_from(card.id.0).unwrap()]
            .record
            .source_id
            .clone()
    };
    Joined {
        cards: cards.into_iter().map(|card| (id(&card), card)).collect(),
        grouping,
    }
}

impl Joined {
    fn index(&self, id: &str) -> usize {
        self.cards
            .iter()
            .position(|(known, _)| known == id)
            .unwrap()
    }

    /// The groups as words: members in order, groups in order.
    fn groups(&self) -> Vec<String> {
        let roots: BTreeSet<u32> = self.grouping.root.iter().copied().collect();
        let mut groups: Vec<String> = roots
            .into_iter()
            .map(|root| {
                let of_root = self.cards.iter().zip(&self.grouping.root);
                let mut members: Vec<&str> = of_root
                    .filter(|(_, r)| **r == root)
                    .map(|((id, _), _)| id.as_str())
                    .collect();
                members.sort_unstable();
                members.join(" ")
            })
            .collect();
        groups.sort_unstable();
        groups
    }

    /// The rules of all joins.
    fn rules(&self) -> Vec<Rule> {
        let mut rules: Vec<Rule> = self
            .grouping
            .edge
            .iter()
            .flatten()
            .map(|e| e.rule)
            .collect();
        rules.sort_unstable();
        rules
    }

    /// The remarks at a record: kind, other record, text.
    fn remarks(&self, id: &str) -> Vec<(NoteKind, &str, &str)> {
        let at = u32::try_from(self.index(id)).unwrap();
        let remarks = self
            .grouping
            .remarks
            .get(&at)
            .map_or(&[][..], Vec::as_slice);
        remarks
            .iter()
            .map(|r| {
                (
                    r.kind,
                    self.cards[r.other as usize].0.as_str(),
                    r.text.as_str(),
                )
            })
            .collect()
    }

    fn kinds(&self, id: &str) -> Vec<NoteKind> {
        self.remarks(id)
            .into_iter()
            .map(|(kind, ..)| kind)
            .collect()
    }
}

#[test]
fn a_number_with_hash_and_one_with_star_are_one_number() {
    let joined = join(&[at(USP, "u").number("1#001"), at(MBG, "m").number("1*001")]);
    assert_eq!(joined.groups(), ["m u"]);
    assert_eq!(joined.rules(), [Rule::Number]);
}

#[test]
fn the_same_number_on_another_pbx_is_another_number() {
    let joined = join(&[
        at(USP, "u").number("4711"),
        at(MBG, "m").number("4711").pbx("HQ-2"),
    ]);
    assert_eq!(joined.groups(), ["m", "u"]);
    assert!(joined.grouping.remarks.is_empty());
}

#[test]
fn a_re_used_number_is_proposed_where_the_names_differ() {
    let joined = join(&[
        at(USP, "leaver")
            .number("4711")
            .named("Ada", "Lovelace")
            .inactive(),
        at(MBG, "m").number("4711").named("Grace", "Hopper"),
        at(CS, "c").number("4711").named("Grace", "Hopper"),
    ]);
    assert_eq!(joined.groups(), ["c m", "leaver"]);
    assert!(joined.kinds("leaver").contains(&NoteKind::Proposal));
    assert!(joined.kinds("m").contains(&NoteKind::Proposal));
}

#[test]
fn an_inactive_leaver_does_not_stand_in_the_way() {
    let joined = join(&[
        at(USP, "leaver")
            .number("4711")
            .named("Ada", "Lovelace")
            .inactive(),
        at(USP, "heir").number("4711").named("Grace", "Hopper"),
        at(MBG, "m").number("4711"),
    ]);
    assert_eq!(joined.groups(), ["heir m", "leaver"]);
    assert!(!joined.kinds("heir").contains(&NoteKind::Conflict));
    assert!(!joined.kinds("m").contains(&NoteKind::Conflict));
}

#[test]
fn records_with_one_shared_mailbox_stay_apart() {
    let joined = join(&[
        at(USP, "u1").email("desk@example.org"),
        at(USP, "u2").email("desk@example.org"),
        at(CS, "c").email("desk@example.org"),
        at(LDAP, "l").email("desk@example.org"),
    ]);
    assert_eq!(joined.groups(), ["c", "l", "u1", "u2"]);
    assert!(joined.grouping.remarks.is_empty());
}

#[test]
fn an_address_that_is_unique_on_both_sides_joins() {
    let joined = join(&[
        at(USP, "u").email("Ada@example.org"),
        at(LDAP, "l").email("ada@example.org"),
    ]);
    assert_eq!(joined.groups(), ["l u"]);
    assert_eq!(joined.rules(), [Rule::Email]);
}

#[test]
fn an_address_of_two_people_of_other_names_is_no_conflict() {
    let joined = join(&[
        at(USP, "u1")
            .named("Ada", "Lovelace")
            .email("desk@example.org"),
        at(USP, "u2").named("Grace", "Hopper").login("grace"),
        at(CS, "c")
            .named("Grace", "Hopper")
            .login("grace")
            .email("desk@example.org"),
    ]);
    assert_eq!(joined.groups(), ["c u2", "u1"]);
    assert!(joined.grouping.remarks.is_empty());
}

#[test]
fn a_hundred_thousand_records_with_one_value_stay_apart_and_cost_little() {
    let many = (0..100_000).map(|i| {
        let place = [USP, CS][i % 2];
        at(place, &i.to_string())
            .email("desk@example.org")
            .login("office")
            .number("100")
            .account("office-100")
    });
    // Compared pair by pair this takes hours.
    let joined = join(&many.collect::<Vec<_>>());
    let alone = (0..).zip(&joined.grouping.root).all(|(i, root)| i == *root);
    assert!(alone && joined.grouping.remarks.is_empty());
}

#[test]
fn two_people_of_one_name_stay_apart() {
    let ada = |place, id: &str| at(place, id).named("Ada", "Lovelace");
    let joined = join(&[
        ada(USP, "u1")
            .number("1")
            .login("ada1")
            .email("ada1@example.org"),
        ada(CS, "c1")
            .number("1")
            .login("ada1")
            .email("ada1@example.org"),
        ada(USP, "u2")
            .number("2")
            .login("ada2")
            .email("ada2@example.org"),
        ada(CS, "c2")
            .number("2")
            .login("ada2")
            .email("ada2@example.org"),
    ]);
    assert_eq!(joined.groups(), ["c1 u1", "c2 u2"]);
}

#[test]
fn differing_names_for_one_login_are_proposed() {
    let joined = join(&[
        at(USP, "u").named("Ada", "Lovelace").login("ada"),
        at(CS, "c").named("Grace", "Hopper").login("ADA"),
    ]);
    assert_eq!(joined.groups(), ["c", "u"]);
    assert_eq!(joined.kinds("u"), [NoteKind::Proposal]);
    assert_eq!(joined.kinds("c"), [NoteKind::Proposal]);
}

#[test]
fn differing_logins_for_one_number_are_proposed() {
    let joined = join(&[
        at(USP, "u").number("4711").login("ada"),
        at(CS, "c").number("4711").login("grace"),
    ]);
    assert_eq!(joined.groups(), ["c", "u"]);
    assert_eq!(joined.kinds("u"), [NoteKind::Proposal]);
}

#[test]
fn one_login_in_other_case_and_width_joins() {
    let joined = join(&[at(USP, "u").login("ada"), at(CS, "c").login("ＡDA")]);
    assert_eq!(joined.groups(), ["c u"]);
    assert_eq!(joined.rules(), [Rule::Login]);
}

#[test]
fn a_second_phone_on_one_gateway_is_marked_and_is_no_conflict() {
    let joined = join(&[
        at(USP, "u").login("ada").number("4711").account("ada-4711"),
        at(MBG, "m1").number("4711").account("ada-4711"),
        at(MBG, "m2").number("4712").account("ada-4712"),
    ]);
    assert_eq!(joined.groups(), ["m1 u", "m2"]);
    assert_eq!(joined.kinds("m2"), [NoteKind::SecondLine]);
    assert_eq!(joined.remarks("m2")[0].1, "u");
    assert!(joined.kinds("u").is_empty() && joined.kinds("m1").is_empty());
}

#[test]
fn the_first_line_is_the_one_that_more_is_known_about() {
    for (first, second) in [("m1", "m2"), ("m2", "m1")] {
        let joined = join(&[
            at(MBG, first).number("4711").account("ada-4711"),
            at(MBG, second).number("4712").account("ada-4712"),
            at(CS, "c").number("4711").login("ada"),
        ]);
        assert_eq!(joined.kinds(second), [NoteKind::SecondLine], "{second}");
        assert!(joined.kinds(first).is_empty() && joined.kinds("c").is_empty());
    }
}

#[test]
fn of_two_phones_and_an_account_without_a_number_one_joins_and_one_is_a_second_line() {
    let joined = join(&[
        at(MBG, "m1").number("4711").account("ada-4711"),
        at(MBG, "m2").number("4712").account("ada-4712"),
        at(CS, "c").login("ada").pbx(""),
    ]);
    let kinds: Vec<_> = ["m1", "m2", "c"]
        .into_iter()
        .flat_map(|id| joined.kinds(id))
        .collect();
    assert_eq!(kinds, [NoteKind::SecondLine]);
    assert_eq!(joined.groups().len(), 2);
}

#[test]
fn a_cross_reference_beats_the_number() {
    let joined = join(&[
        at(USP, "u").number("4000").account("ada-4711"),
        at(MBG, "mine").number("4711").account("ada-4711"),
        at(MBG, "other").number("4000").account("desk-4000"),
    ]);
    assert_eq!(joined.groups(), ["mine u", "other"]);
    assert_eq!(joined.rules(), [Rule::CrossReference]);
    assert_eq!(joined.kinds("other"), [NoteKind::Conflict]);
}

#[test]
fn a_cross_reference_joins_whatever_the_device_is_called() {
    let joined = join(&[
        at(USP, "u").named("Ada", "Lovelace").account("ada-4711"),
        at(MBG, "m").named("Meeting", "Room").account("ada-4711"),
    ]);
    assert_eq!(joined.groups(), ["m u"]);
}

#[test]
fn one_user_name_on_two_gateways_is_no_reference() {
    let joined = join(&[
        at(MBG, "m").account("1001").number("1001"),
        at(BRANCH_MBG, "b")
            .account("1001")
            .number("1001")
            .pbx("HQ-2"),
    ]);
    assert_eq!(joined.groups(), ["b", "m"]);
}

#[test]
fn a_record_that_names_no_pbx_is_on_its_connections_default_one() {
    let mut places = places();
    places[usize::from(LDAP)].default_pbx = "hq-2".into();
    let made = [
        at(USP, "here").number("4711"),
        at(USP, "there").number("4711").pbx("HQ-2"),
        at(LDAP, "l").number("4711").pbx(""),
    ];
    assert_eq!(
        join_decided(&places, &made, &[]).groups(),
        ["here", "l there"]
    );
}

#[test]
fn a_record_of_no_pbx_joins_where_the_number_is_on_exactly_one() {
    let listed = at(LDAP, "l").number("4711").pbx("");
    let one = [at(USP, "u").number("4711"), listed.clone()];
    assert_eq!(join(&one).groups(), ["l u"]);
    let two = [
        at(USP, "u").number("4711"),
        at(USP, "v").number("4711").pbx("HQ-2"),
        listed.clone(),
    ];
    assert_eq!(join(&two).groups(), ["l", "u", "v"]);
    let nowhere = [at(USP, "u").number("4711").pbx(""), listed];
    assert_eq!(join(&nowhere).groups(), ["l", "u"]);
}

#[test]
fn two_active_records_of_one_connection_that_claim_one_number_both_say_why() {
    let joined = join(&[
        at(USP, "u1").number("4711").named("Ada", "Lovelace"),
        at(USP, "u2").number("4711").named("Grace", "Hopper"),
    ]);
    assert_eq!(joined.groups(), ["u1", "u2"]);
    let why = "two records of usp have the same number";
    assert_eq!(joined.remarks("u1"), [(NoteKind::Conflict, "u2", why)]);
    assert_eq!(joined.remarks("u2"), [(NoteKind::Conflict, "u1", why)]);
}

#[test]
fn a_weaker_rule_that_contradicts_a_stronger_one_is_a_conflict() {
    let joined = join(&[
        at(USP, "u1").number("1"),
        at(CS, "c1").number("1").login("ada"),
        at(USP, "u2").number("2"),
        at(LDAP, "l2").number("2").login("ada"),
    ]);
    assert_eq!(joined.groups(), ["c1 u1", "l2 u2"]);
    let why = "another entry has the same login, but each has a record of usp";
    assert_eq!(joined.remarks("c1"), [(NoteKind::Conflict, "l2", why)]);
    assert_eq!(joined.remarks("l2"), [(NoteKind::Conflict, "c1", why)]);
}

#[test]
fn a_persons_link_beats_every_rule_and_their_cut_too() {
    let places = places();
    let made = [
        at(USP, "u")
            .number("4711")
            .named("Ada", "Lovelace")
            .login("ada"),
        at(CS, "c")
            .number("4712")
            .named("Grace", "Hopper")
            .login("grace"),
        at(MBG, "m").number("4711").account("ada-4711"),
    ];
    let linked = join_decided(&places, &made, &[(0, 1, true)]);
    assert!(
        linked.groups().contains(&"c m u".to_owned()),
        "{:?}",
        linked.groups()
    );
    assert!(linked.rules().contains(&Rule::Decision));
    let cut = join_decided(&places, &made, &[(0, 2, false)]);
    assert_eq!(cut.groups(), ["c", "m", "u"]);
    assert!(cut.grouping.remarks.is_empty());
}

#[test]
fn a_link_of_two_records_of_one_connection_is_a_conflict() {
    let made = [at(USP, "u1"), at(USP, "u2")];
    let joined = join_decided(&places(), &made, &[(1, 0, true)]);
    assert_eq!(joined.groups(), ["u1", "u2"]);
    assert_eq!(joined.kinds("u1"), [NoteKind::Conflict]);
}

#[test]
fn a_similar_name_in_one_department_is_proposed_and_never_joined() {
    let johnson = |place, id: &str, first| {
        at(place, id)
            .named(first, "Johnson")
            .department("Navigation")
    };
    let joined = join(&[
        johnson(USP, "u", "Katherine"),
        johnson(LDAP, "l", "Katharine"),
        johnson(CS, "other", "Robert"),
    ]);
    assert_eq!(joined.groups(), ["l", "other", "u"]);
    let why = "another entry has a similar name in the same department";
    assert_eq!(joined.remarks("u"), [(NoteKind::Proposal, "l", why)]);
    assert_eq!(joined.remarks("l"), [(NoteKind::Proposal, "u", why)]);
    assert!(joined.remarks("other").is_empty());
}

#[test]
fn a_similar_name_with_the_same_end_of_the_number_is_proposed() {
    let joined = join(&[
        at(USP, "u").named("Zoë", "Müller").number("4711"),
        at(LDAP, "l").named("Zoe", "Muller").number("84711"),
    ]);
    assert_eq!(joined.groups(), ["l", "u"]);
    assert_eq!(joined.kinds("u"), [NoteKind::Proposal]);
}

#[test]
fn who_is_kept_apart_or_on_one_connection_twice_is_not_proposed_by_name() {
    let ada = |place, id: &str| at(place, id).named("Ada", "Lovelace").department("Sales");
    let twice = join(&[ada(USP, "u1"), ada(USP, "u2")]);
    assert!(twice.grouping.remarks.is_empty());
    let apart = join_decided(&places(), &[ada(USP, "u"), ada(CS, "c")], &[(0, 1, false)]);
    assert!(apart.grouping.remarks.is_empty());
    let left = join(&[ada(USP, "u"), ada(CS, "c").inactive()]);
    assert!(left.grouping.remarks.is_empty());
}

#[test]
fn a_hundred_thousand_namesakes_of_one_department_cost_little() {
    let many = (0..100_000).map(|i| {
        at([USP, CS][i % 2], &i.to_string())
            .named("Ada", "Lovelace")
            .department("Sales")
    });
    let joined = join(&many.collect::<Vec<_>>());
    assert!(joined.grouping.remarks.is_empty());
}

#[test]
fn cycles_of_conflicting_cross_references_are_conflicts_and_no_joins() {
    // Two of one connection name the same account, and each is tied to another one by its number.
    let made = [
        at(USP, "u1").number("1").account("b-2"),
        at(USP, "u2").number("2").account("c-3"),
        at(USP, "u3").number("3").account("a-1"),
        at(USP, "u4").number("4").account("a-1"),
        at(MBG, "m1").number("1").account("a-1"),
        at(MBG, "m2").number("2").account("b-2"),
        at(MBG, "m3").number("3").account("c-3"),
    ];
    let joined = join(&made);
    assert_eq!(joined.groups(), ["m1", "m2 u1", "m3 u2", "u3", "u4"]);
    assert!(joined.rules().iter().all(|r| *r == Rule::CrossReference));
    for id in ["u3", "u4", "m1"] {
        assert!(joined.kinds(id).contains(&NoteKind::Conflict), "{id}");
    }
    let mut turned = made.to_vec();
    turned.reverse();
    assert_eq!(join(&turned).groups(), joined.groups());
}

#[test]
fn names_of_ten_kilobytes_are_compared_by_their_beginning() {
    let long = |c: &str| c.repeat(10_240);
    let joined = join(&[
        at(USP, "u").login("ada").named("Ada", &long("a")),
        at(CS, "c").login("ada").named("Ada", &long("a")),
        at(USP, "v").login("bea").named("Bea", &long("b")),
        at(CS, "d").login("bea").named("Dan", &long("c")),
    ]);
    assert_eq!(joined.groups(), ["c u", "d", "v"]);
    assert!(joined.cards.iter().all(|(_, card)| card.name.len() <= 400));
}

#[test]
fn right_to_left_names_and_combining_characters_are_compared_as_people_read_them() {
    let joined = join(&[
        at(USP, "u").login("f").named("فاطمة", "السيد"),
        at(CS, "c").login("f").named("السيد", "فاطمة"),
        at(USP, "v").login("z").named("Zoe\u{308}", "Mu\u{308}ller"),
        at(CS, "d").login("z").named("Zoë", "Müller"),
        at(USP, "w").login("x").named("فاطمة", "السيد"),
        at(CS, "e").login("x").named("محمد", "حسن"),
    ]);
    assert_eq!(joined.groups(), ["c u", "d v", "e", "w"]);
    assert_eq!(joined.kinds("w"), [NoteKind::Proposal]);
}
