//! The people and the truth about them.

use std::collections::{HashMap, HashSet};

use sandbox::people::{Oddity, Population, ldif};

#[test]
fn people_of_a_small_population_are_the_same_in_a_large_one() {
    let (small, large) = (Population::new(9, 10), Population::new(9, 1_000_000));
    assert!(small.iter().eq(large.iter().take(10)));
    assert_ne!(
        large.person(999_999).login,
        Population::new(8, 1_000_000).person(999_999).login
    );
}

#[test]
fn every_oddity_appears_with_500_people_in_its_share() {
    for seed in 0..5 {
        let mut seen: HashMap<Oddity, u32> = HashMap::new();
        Population::new(seed, 500)
            .iter()
            .for_each(|person| *seen.entry(person.oddity).or_default() += 1);
        assert_eq!(seen.len(), 33);
        assert_eq!(
            (
                seen[&Oddity::Ordinary],
                seen[&Oddity::Inactive],
                seen[&Oddity::LongName]
            ),
            (402, 10, 2)
        );
    }
}

#[test]
fn logins_and_numbers_are_as_unique_as_the_oddities_say() {
    let everybody: Vec<_> = Population::new(2, 60_000).iter().collect();
    let mut logins = HashSet::new();
    let mut numbers = HashSet::new();
    for person in &everybody {
        assert!(
            (2..=21).contains(&person.login.len()) && person.login.is_ascii(),
            "{}",
            person.login
        );
        let borrows_login = person.oddity == Oddity::LoginBorrower;
        assert!(borrows_login || logins.insert(&person.login), "{person:?}");
        let inherits_number = matches!(
            person.oddity,
            Oddity::Successor | Oddity::AccountSuccessor | Oddity::SharedDesk
        );
        for number in [
            Some(&person.number),
            person.desk_number.as_ref(),
            person.second_number.as_ref(),
        ]
        .into_iter()
        .flatten()
        {
            assert!(
                inherits_number || numbers.insert((person.pbx, number)),
                "{person:?}"
            );
        }
    }
    let lengths: HashSet<usize> = logins.iter().map(|login| login.len()).collect();
    assert!(lengths.contains(&2) && lengths.contains(&21));
}

#[test]
fn pairs_share_what_they_should_and_nothing_else() {
    let everybody: Vec<_> = Population::new(4, 500).iter().collect();
    let of = |oddity| {
        everybody
            .iter()
            .filter(move |person| person.oddity == oddity)
    };
    let first_block = |oddity| of(oddity).find(|p| p.index < 250).unwrap();
    let (leaver, heir) = (first_block(Oddity::Leaver), first_block(Oddity::Successor));
    assert_eq!((&leaver.number, leaver.pbx), (&heir.number, heir.pbx));
    assert_ne!(leaver.last_name, heir.last_name);
    assert!(!leaver.active && heir.active);
    let (owner, borrower) = (
        first_block(Oddity::LoginOwner),
        first_block(Oddity::LoginBorrower),
    );
    assert_eq!(owner.login, borrower.login);
    assert_ne!(owner.last_name, borrower.last_name);
    let namesakes: Vec<_> = of(Oddity::Namesake).filter(|p| p.index < 250).collect();
    assert_eq!(namesakes[0].display_name(), namesakes[1].display_name());
    assert_ne!(namesakes[0].login, namesakes[1].login);
    let desk: Vec<_> = of(Oddity::SharedDesk).filter(|p| p.index < 250).collect();
    assert_eq!(
        (&desk[0].number, desk[0].pbx),
        (&desk[1].number, desk[1].pbx)
    );
    assert!(desk[0].login != desk[1].login && desk[0].active && desk[1].active);
    let (boss, account) = (
        first_block(Oddity::Boss),
        first_block(Oddity::ServiceAccount),
    );
    assert_eq!(boss.email, account.email);
    assert_ne!(boss.login, account.login);
    let boxes: Vec<_> = of(Oddity::SharedMailbox)
        .filter(|p| p.index < 250)
        .collect();
    assert!(
        boxes.len() == 3
            && boxes
                .iter()
                .all(|p| p.email == boxes[0].email && p.email.is_some())
    );
}

#[test]
fn the_truth_names_every_record_once() {
    let population = Population::new(6, 1_000);
    let truth: Vec<_> = population.truth().records().collect();
    let ids: HashSet<_> = truth
        .iter()
        .map(|record| (record.component, &record.source_id))
        .collect();
    assert_eq!(ids.len(), truth.len());
    assert!(
        truth.iter().any(|record| record.group % 2 == 1),
        "some records may only be proposed"
    );
    let logins: HashSet<String> = population.iter().map(|person| person.login).collect();
    assert!(
        truth
            .iter()
            .all(|record| !logins.contains(&record.source_id)),
        "an id is no login"
    );
}

#[test]
fn the_directory_lists_people_as_the_sandbox_knows_them() {
    let population = Population::new(1, 1_000);
    let directory = ldif(&population, 100);
    let shared: Vec<_> = directory
        .truth
        .iter()
        .filter(|record| record.person < 1_000)
        .collect();
    assert_eq!(shared.len(), 50);
    for record in shared {
        let person = population.person(record.person);
        assert_eq!(person.login, record.source_id);
        assert!(
            directory
                .ldif
                .contains(&format!("\nuid: {}\n", person.login))
        );
    }
}
