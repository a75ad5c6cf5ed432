//! Lists that page by key: every row exactly once, in every order, forwards and backwards.

use std::fmt::Debug;

use model::{EntryState, PersonFields, Sort, SortColumn};
use store::{ListQuery, Page, Result, entries, users};

use crate::{
    home::Home,
    people::{asked, new_rows, person},
};

on_both_engines!(
    entries_page_through_in_every_order,
    users_page_through_in_every_order,
    a_state_and_a_search_page_through_too,
    rows_without_a_value_come_last,
    a_cursor_that_is_none_shows_a_page,
    a_page_ends_where_the_list_ends,
    rows_that_came_or_went_do_not_shift_a_page,
);

const USER_SORTS: [&str; 8] = [
    "name", "-name", "number", "-number", "email", "-email", "state", "-state",
];

/// Every order of the integrated view, either way round.
pub(crate) fn sorts() -> impl Iterator<Item = Sort> {
    let both = |column| [false, true].map(|descending| Sort { column, descending });
    SortColumn::ALL.into_iter().flat_map(both)
}

/// Forty people with many of one name, one shared mailbox, and some without number or address.
fn office() -> Vec<PersonFields> {
    (0..40)
        .map(|n| {
            let last = ["Müller", "Smith", "Zhou", "", "ábel"][n % 5];
            let number = if n % 4 == 0 {
                String::new()
            } else {
                (n * 7).to_string()
            };
            let email = ["", "office@example.org", "a@example.org"][n % 3];
            PersonFields {
                pbx: ["HQ-1", "", "Büro"][n % 3].into(),
                mbg_user_name: ["", "set-9", "set-10"][n % 3].into(),
                client_service_account: ["ada", "bob", ""][n % 3].into(),
                ..person(["Ada", "Bea", ""][n % 3], last, &number, email)
            }
        })
        .collect()
}

/// What a row is sorted by.
pub(crate) fn key(fields: &PersonFields, state: EntryState, sort: Sort) -> (String, String) {
    let one = |key| (key, String::new());
    match sort.column {
        SortColumn::Name => one(fields.name_key()),
        SortColumn::First => one(fields.first_key()),
        SortColumn::Number => one(fields.number_key()),
        SortColumn::Pbx => (fields.pbx_key(), fields.number_key()),
        SortColumn::Mbg => one(fields.mbg_key()),
        SortColumn::Account => one(fields.account_key()),
        SortColumn::Email => one(fields.email_key()),
        SortColumn::State => (state.name().to_owned(), fields.name_key()),
    }
}

/// Ids in the order that a list must have.
fn ordered<Id: Ord + Clone>(people: &[(Id, PersonFields)], sort: Sort) -> Vec<Id> {
    let mut keyed: Vec<_> = people
        .iter()
        .map(|(id, fields)| (key(fields, EntryState::New, sort), id.clone()))
        .collect();
    keyed.sort();
    if sort.descending {
        keyed.reverse();
    }
    keyed.into_iter().map(|(_, id)| id).collect()
}

/// Walks to the end and back: the rows of both ways, in the list's order.
pub(crate) async fn there_and_back<T, Id: PartialEq + Debug>(
    query: &ListQuery,
    page: impl AsyncFn(&ListQuery) -> Result<Page<T>>,
    id: impl Fn(&T) -> Id,
) -> Vec<Id> {
    let (mut there, mut back, mut query) = (vec![], vec![], query.clone());
    let mut found = page(&query).await.unwrap();
    assert_eq!(found.previous, None, "nothing is before the first page");
    loop {
        there.push(found.items.iter().map(&id).collect::<Vec<_>>());
        let Some(next) = found.next.take() else { break };
        query.after = Some(next);
        found = page(&query).await.unwrap();
        assert!(there.len() < 100, "the walk does not end");
    }
    query.after = None;
    while let Some(previous) = found.previous.take() {
        query.before = Some(previous);
        found = page(&query).await.unwrap();
        assert!(found.next.is_some(), "a page comes after this one");
        back.push(found.items.iter().map(&id).collect::<Vec<_>>());
        assert!(back.len() < 100, "the way back does not end");
    }
    back.reverse();
    assert_eq!(back, there[..there.len() - 1]);
    there.into_iter().flatten().collect()
}

async fn entries_page_through_in_every_order(home: Home) {
    home.fill(new_rows(office())).await;
    let people: Vec<_> = (1..).zip(office()).collect();
    for (sort, limit) in sorts().flat_map(|sort| [(sort, 7), (sort, 8)]) {
        let mut query = asked("", "", limit);
        query.sort = sort;
        let page = async |query: &ListQuery| entries::page(&home.store, query).await;
        let walked = there_and_back(&query, page, |entry| entry.id.0).await;
        assert_eq!(walked, ordered(&people, query.sort), "by {sort}");
    }
}

async fn users_page_through_in_every_order(home: Home) {
    let written: Vec<_> = (1..)
        .zip(office())
        .map(|(n, fields)| home.user_of(n, fields))
        .collect();
    home.write(async |tx| users::add(tx, &written).await).await;
    let people: Vec<_> = written.iter().map(|u| (u.id, u.fields.clone())).collect();
    for sort in USER_SORTS {
        let mut query = asked("", "", 7);
        query.sort = sort.parse().unwrap();
        let page = async |query: &ListQuery| users::page(&home.store, query).await;
        let walked = there_and_back(&query, page, |user| user.id).await;
        assert_eq!(walked, ordered(&people, query.sort), "by {sort}");
    }
}

async fn a_state_and_a_search_page_through_too(home: Home) {
    let mut rows = new_rows(office());
    for row in rows.iter_mut().filter(|row| row.id.0 % 2 == 0) {
        row.state = model::EntryState::Conflict;
    }
    home.fill(rows).await;
    let people: Vec<_> = (1..).zip(office()).collect();
    for (search, state) in [("", "conflict"), ("mit", ""), ("a fic", "new")] {
        let matching: Vec<_> = people
            .iter()
            .filter(|(id, fields)| {
                let text = fields.search_text();
                (state.is_empty() || (state == "conflict") == (id % 2 == 0))
                    && search.split_whitespace().all(|word| text.contains(word))
            })
            .cloned()
            .collect();
        assert!(
            matching.len() > 3,
            "{search} {state} finds too little to page"
        );
        for sort in sorts().filter(|sort| sort.column != SortColumn::State) {
            let mut query = asked(search, state, 3);
            query.sort = sort;
            let page = async |query: &ListQuery| entries::page(&home.store, query).await;
            let walked = there_and_back(&query, page, |entry| entry.id.0).await;
            assert_eq!(
                walked,
                ordered(&matching, query.sort),
                "“{search}” {state} by {sort}"
            );
        }
    }
}

async fn rows_without_a_value_come_last(home: Home) {
    let people = [
        ("", ""),
        ("10", "b@example.org"),
        ("9", "a@example.org"),
        ("", ""),
    ];
    home.fill(new_rows(
        people.map(|(number, email)| person("A", "B", number, email)),
    ))
    .await;
    for sort in ["number", "email"] {
        let mut query = asked("", "", 10);
        query.sort = sort.parse().unwrap();
        let page = entries::page(&home.store, &query).await.unwrap();
        let ids: Vec<_> = page.items.iter().map(|entry| entry.id.0).collect();
        assert_eq!(ids, [3, 2, 1, 4], "by {sort}");
    }
}

async fn a_cursor_that_is_none_shows_a_page(home: Home) {
    home.fill(new_rows(office())).await;
    // The last one's id is no number.
    for cursor in ["", "%%%", "bm9uc2Vuc2U", "eApsYXN0"] {
        for query in [after(cursor), before(cursor)] {
            let page = entries::page(&home.store, &query).await.unwrap();
            assert_eq!(page.items.len(), 5, "“{cursor}”");
        }
    }
    let forged = "NwoA"; // Its key is a NUL.
    entries::page(&home.store, &after(forged)).await.unwrap();
}

fn after(cursor: &str) -> ListQuery {
    ListQuery {
        after: Some(cursor.to_owned()),
        ..asked("", "", 5)
    }
}

fn before(cursor: &str) -> ListQuery {
    ListQuery {
        before: Some(cursor.to_owned()),
        ..asked("", "", 5)
    }
}

async fn a_page_ends_where_the_list_ends(home: Home) {
    let empty = entries::page(&home.store, &asked("", "", 10))
        .await
        .unwrap();
    assert_eq!(
        (empty.items.len(), &empty.next, &empty.previous),
        (0, &None, &None)
    );
    home.fill(new_rows(office())).await;
    let exact = entries::page(&home.store, &asked("", "", 40))
        .await
        .unwrap();
    assert_eq!((exact.items.len(), &exact.next), (40, &None));
}

async fn rows_that_came_or_went_do_not_shift_a_page(home: Home) {
    let people = ["b", "d", "f", "h"].map(|name| person("", name, "", ""));
    home.fill(new_rows(people)).await;
    let mut query = asked("", "", 2);
    query.after = entries::page(&home.store, &query).await.unwrap().next;
    let early = crate::people::row(5, person("", "a", "", ""), model::EntryState::New);
    home.fill(vec![early]).await;
    home.write(async |tx| entries::remove(tx, &[model::EntryId(2)]).await)
        .await;
    let page = entries::page(&home.store, &query).await.unwrap();
    let names: Vec<_> = page
        .items
        .iter()
        .map(|e| e.fields.last_name.as_str())
        .collect();
    assert_eq!(names, ["f", "h"]);
}
