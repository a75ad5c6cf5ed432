//! Lists that page by key: every row exactly once, in every order, forwards and backwards.

use std::fmt::Debug;

use model::{PersonFields, Sort, SortColumn};
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

const SORTS: [&str; 6] = ["name", "-name", "number", "-number", "email", "-email"];

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
            person("Ada", last, &number, email)
        })
        .collect()
}

fn key(fields: &PersonFields, sort: Sort) -> String {
    match sort.column {
        SortColumn::Name => fields.name_key(),
        SortColumn::Number => fields.number_key(),
        SortColumn::Email => fields.email_key(),
    }
}

/// Ids in the order that a list must have.
fn ordered<Id: Ord + Clone>(people: &[(Id, PersonFields)], sort: Sort) -> Vec<Id> {
    let mut keyed: Vec<_> = people
        .iter()
        .map(|(id, fields)| (key(fields, sort), id.clone()))
        .collect();
    keyed.sort();
    if sort.descending {
        keyed.reverse();
    }
    keyed.into_iter().map(|(_, id)| id).collect()
}

/// Walks to the end and back: the rows of both ways, in the list's order.
async fn there_and_back<T, Id: PartialEq + Debug>(
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
    for (sort, limit) in SORTS.into_iter().flat_map(|sort| [(sort, 7), (sort, 8)]) {
        let mut query = asked("", "", limit);
        query.sort = sort.parse().unwrap();
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
    for sort in SORTS {
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
    for (search, state) in [("", "conflict"), ("smith", ""), ("a off", "new")] {
        let matching: Vec<_> = people
            .iter()
            .filter(|(id, fields)| {
                let text = fields.search_text();
                (state.is_empty() || (state == "conflict") == (id % 2 == 0))
                    && search
                        .split_whitespace()
                        .all(|w| text.contains(&format!(" {w}")))
            })
            .cloned()
            .collect();
        assert!(
            matching.len() > 3,
            "{search} {state} finds too little to page"
        );
        for sort in SORTS {
            let mut query = asked(search, state, 3);
            query.sort = sort.parse().unwrap();
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
