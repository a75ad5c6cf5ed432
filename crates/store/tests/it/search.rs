//! Search: whatever stands in a shown column, whatever is typed.

use std::collections::BTreeSet;

use model::{EntryId, EntryState, Ours, PersonFields, Query, Sort, User, UserId, text::fold};
use store::{ListQuery, entries, users};

use crate::{
    entries::found,
    home::{Home, Place},
    people::{asked, new_rows, nth_person, person, row},
};

on_both_engines!(
    every_search_finds_what_the_words_say,
    users_are_searched_by_the_same_rules,
    a_user_is_found_by_what_is_said_now_and_not_once_removed,
    a_user_is_found_by_what_an_administrator_says,
    a_broad_search_finds_everybody_in_order,
    a_total_beyond_ten_thousand_is_at_least,
);

fn people() -> Vec<PersonFields> {
    let mut odd = person("100%", "under_score", "1#001", "odd'quote@example.org");
    odd.mbg_user_name = "back\\slash \"quoted\"".into();
    odd.client_service_account = "AND (OR) NEAR* col:umn -minus ^caret".into();
    vec![
        person(
            "Zoë",
            "Müller-Lüdenscheidt",
            "4711",
            "zoe.mueller@example.org",
        ),
        person("Łukasz", "van der Straße", "4712", "lukasz@example.org"),
        person("فاطمة", "الزهراء", "5001", ""),
        person("小明", "王", "5002", "wang@example.org"),
        person("", "O'Neil", "*98", "oneil@example.org"),
        person("🙂 Smile", "Emoji", "", ""),
        odd,
        person("1000", "underxscore", "1x001", ""),
    ]
}

const SEARCHES: [&str; 62] = [
    "üdensch",
    "oe mu",
    "e.org",
    "711",
    "كاطم",
    "اطم",
    "明",
    "lash \\",
    "e\u{301}",
    "zoe",
    "ZOË",
    "Zoé",
    "z",
    "mul",
    "müll",
    "muller-l",
    "ludenscheidt",
    "mueller",
    "zoe.m",
    "zoe mul",
    "mul zoe",
    "  zoe   47 ",
    "zoe 4712",
    "luk",
    "łuk",
    "van d",
    "der",
    "er",
    "strasse",
    "straße",
    "فاطمة",
    "فا",
    "ف",
    "小",
    "小明",
    "王",
    "o'n",
    "'",
    "o'neil; drop table entry",
    "*98",
    "*",
    "1#",
    "#",
    "%",
    "100%",
    "1%",
    "_",
    "under_",
    "under_s",
    "r_s",
    "\\",
    "back\\s",
    "\"",
    "\"quoted\"",
    "and",
    "AND OR",
    "(or)",
    "near*",
    "col:",
    "-minus",
    "^caret",
    "🙂",
];

/// What the rule says: each word stands in the text.
fn expected(people: &[PersonFields], search: &str) -> BTreeSet<i64> {
    let folded = fold(search);
    let finds = |fields: &PersonFields| {
        let text = fields.search_text();
        folded.split(' ').all(|word| text.contains(word))
    };
    (1..)
        .zip(people)
        .filter(|(_, fields)| finds(fields))
        .map(|(id, _)| id)
        .collect()
}

async fn every_search_finds_what_the_words_say(home: Home) {
    home.fill(new_rows(people())).await;
    for search in SEARCHES {
        let ids: BTreeSet<_> = found(&home, search).await.into_iter().collect();
        assert_eq!(ids, expected(&people(), search), "“{search}”");
        let total = entries::total(&home.store, &asked(search, "", 1))
            .await
            .unwrap();
        assert_eq!(total.count, i64::try_from(ids.len()).unwrap(), "“{search}”");
    }
    assert_eq!(found(&home, "zoe\0mul").await, [1], "a NUL is a space");
    assert_eq!(found(&home, "zoe\u{7}\n\tmul").await, [1]);
    assert!(found(&home, "nobody").await.is_empty());
    assert_eq!(found(&home, " ").await.len(), people().len());
}

async fn users_are_searched_by_the_same_rules(home: Home) {
    let written: Vec<_> = (1..)
        .zip(people())
        .map(|(n, fields)| home.user_of(n, fields))
        .collect();
    home.write(async |tx| users::add(tx, &written).await).await;
    for search in SEARCHES {
        let query = Query {
            q: search.to_owned(),
            filter: String::new(),
        };
        let query = ListQuery::users(&query, Sort::default(), 100).unwrap();
        let page = users::page(&home.store, &query).await.unwrap();
        let ids: BTreeSet<_> = page.items.iter().map(|u| u.entry.unwrap().0).collect();
        assert_eq!(ids, expected(&people(), search), "“{search}”");
    }
}

async fn a_user_is_found_by_what_is_said_now_and_not_once_removed(home: Home) {
    let written: Vec<_> = (1..=3).map(|n| home.user_of(n, nth_person(n))).collect();
    home.write(async |tx| users::add(tx, &written).await).await;
    let of = async |search: &str| {
        let query = Query {
            q: search.to_owned(),
            filter: String::new(),
        };
        let query = ListQuery::users(&query, Sort::default(), 100).unwrap();
        let page = users::page(&home.store, &query).await.unwrap();
        let entries = page.items.iter().map(|user| user.entry.unwrap().0);
        entries.collect::<Vec<_>>()
    };
    assert_eq!(of("p2@").await, [2]);
    let renamed = users::Written {
        id: written[1].id,
        ..home.user_of(2, person("Grace", "Hopper", "", ""))
    };
    home.write(async |tx| users::change(tx, &[renamed]).await)
        .await;
    assert_eq!(of("p2@").await, Vec::<i64>::new());
    assert_eq!(of("opper").await, [2]);
    home.write(async |tx| users::remove(tx, &[written[1].id]).await)
        .await;
    assert_eq!(of("opper").await, Vec::<i64>::new());
    let newer = home.user_of(4, person("Joan", "Clarke", "", ""));
    home.write(async |tx| users::add(tx, &[newer]).await).await;
    assert_eq!(of("clarke").await, [4]);
    assert_eq!(of("p3@").await, [3], "others keep theirs");
}

/// Who is found by a word in Manage.
async fn found_users(home: &Home, search: &str) -> Vec<UserId> {
    let query = Query {
        q: search.to_owned(),
        filter: String::new(),
    };
    let query = ListQuery::users(&query, Sort::default(), 100).unwrap();
    let page = users::page(&home.store, &query).await.unwrap();
    page.items.iter().map(|user| user.id).collect()
}

async fn a_user_is_found_by_what_an_administrator_says(home: Home) {
    let sourced = home.users(1..=1).await[0];
    let own = |fields| users::Own {
        id: UserId::new(home.env()),
        profile: None,
        fields,
        ours: Ours::default(),
        secrets: users::Secrets::default(),
    };
    let [ada, grace] = [("Ada", "Lovelace"), ("Grace", "Hopper")]
        .map(|(first, last)| own(person(first, last, "", "")));
    home.write(async |tx| users::add_own(tx, &[ada.clone(), grace.clone()]).await)
        .await;
    assert_eq!(found_users(&home, "velace").await, [ada.id]);
    let married = users::Own {
        fields: person("Grace", "Brewster", "", ""),
        ..grace.clone()
    };
    home.write(async |tx| users::change_own(tx, &[married, ada.clone()]).await)
        .await;
    assert_eq!(found_users(&home, "brewster").await, [grace.id]);
    assert_eq!(found_users(&home, "hopper").await, []);
    assert_eq!(found_users(&home, "velace").await, [ada.id]);
    let user = users::get(&home.store, sourced).await.unwrap();
    let elsewhere = User {
        ours: Ours {
            email: "elsewhere@example.net".into(),
            ..Ours::default()
        },
        ..user
    };
    home.write(async |tx| users::change_ours(tx, &[elsewhere]).await)
        .await;
    assert_eq!(found_users(&home, "lsewhere").await, [sourced]);
    assert_eq!(found_users(&home, "p1@").await, []);
}

/// Each piece is merged with others again and again: were there one for every user, an import would take three times as long.
#[tokio::test]
async fn users_of_one_transaction_are_one_piece_of_sqlites_search_index() {
    let home = Place::sqlite().home().await;
    let pieces = async || {
        let text = "SELECT COUNT(DISTINCT segid) FROM user_search_idx";
        home.number(text).await
    };
    let ids = home.users(1..=300).await;
    assert_eq!(pieces().await, 1);
    let renamed = (1..).zip(ids).map(|(n, id)| users::Written {
        id,
        ..home.user_of(n, nth_person(1000 + n))
    });
    let renamed: Vec<_> = renamed.collect();
    home.write(async |tx| users::change(tx, &renamed).await)
        .await;
    // The one before holds nobody any more, and goes.
    assert_eq!(pieces().await, 1);
}

async fn a_broad_search_finds_everybody_in_order(home: Home) {
    let mut everybody: Vec<_> = (1..=2500).map(nth_person).collect();
    everybody.push(person("Rare", "Zebra", "", ""));
    home.fill(new_rows(everybody)).await;
    let total = entries::total(&home.store, &asked("person", "", 1))
        .await
        .unwrap();
    assert_eq!((total.count, total.exact), (2500, true));
    let mut query = asked("person number0", "", 500);
    let mut met = vec![];
    loop {
        let page = entries::page(&home.store, &query).await.unwrap();
        met.extend(page.items.iter().map(|entry| entry.id.0));
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    assert_eq!(met, (1..=2500).collect::<Vec<_>>());
    assert_eq!(found(&home, "rare").await, [2501]);
    assert_eq!(found(&home, "person p77@").await, [77]);
    assert_eq!(found(&home, "ebr").await, [2501], "within a word");
}

async fn a_total_beyond_ten_thousand_is_at_least(home: Home) {
    home.fill(new_rows((1..=10_001).map(nth_person))).await;
    let person = asked("person", "", 1);
    let total = async || {
        let total = entries::total(&home.store, &person).await.unwrap();
        (total.count, total.exact)
    };
    assert_eq!(total().await, (10_000, false));
    let exact = entries::exact_total(&home.store, &person).await.unwrap();
    assert_eq!(exact, 10_001);
    assert_eq!(total().await, (10_001, true), "what was counted is known");
    home.write(async |tx| entries::remove(tx, &[EntryId(7)]).await)
        .await;
    assert_eq!(total().await, (10_000, true), "until something changes");
    home.fill(vec![row(7, nth_person(7), EntryState::New)])
        .await;
    let total = entries::total(&home.store, &asked("", "", 1))
        .await
        .unwrap();
    assert_eq!((total.count, total.exact), (10_001, true));
}

#[test]
fn an_endless_search_is_refused_in_words() {
    let refused = |q: String| {
        let query = Query {
            q,
            filter: String::new(),
        };
        ListQuery::entries(&query, Sort::default(), 50).unwrap_err()
    };
    assert_eq!(
        refused("ab ".repeat(17)),
        "a search takes up to 16 words and 200 characters"
    );
    assert_eq!(refused("ä".repeat(201)), refused("x".repeat(100_000)));
}
