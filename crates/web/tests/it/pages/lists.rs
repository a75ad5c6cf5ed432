//! The integrated table and Manage: sorted, searched, filtered, page by page.

use model::{ComponentKind, Record};

use crate::harness::{Office, three, told};

/// The names of `people` in the order in which the page shows them.
fn order(page: &str, people: [&'static str; 3]) -> Vec<&'static str> {
    let at = |name: &str| page.find(&format!(">{name}</bdi>"));
    let mut shown: Vec<_> = people
        .into_iter()
        .filter_map(|name| Some((at(name)?, name)))
        .collect();
    shown.sort_unstable();
    shown.into_iter().map(|(_, name)| name).collect()
}

const PEOPLE: [&str; 3] = ["Lovelace", "Hopper", "Johnson"];

/// The address of the neighbouring page.
fn link(page: &str, rel: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("rel=\"{rel}\" href=\""))?;
    let address = rest.split('"').next().unwrap();
    Some(address.replace("&amp;", "&").replace("&#38;", "&"))
}

fn crowd() -> Vec<Record> {
    (0..120)
        .map(|n| {
            let number = format!("{}", 1000 + n);
            told(
                "Person",
                &format!("No{n:03}"),
                &number,
                &format!("p{n}@example.org"),
            )
        })
        .collect()
}

#[tokio::test]
async fn chips_have_no_numbers_while_a_search_narrows_what_they_lead_to() {
    let office = Office::open().await;
    office.found(&three()).await;
    office.import_everybody("", "0").await;
    for list in ["/import", "/users"] {
        assert!(office.page(list).await.contains(">All <b>"), "{list}");
        let page = office.page(&format!("{list}?q=ada")).await;
        assert!(page.contains(">All</a>"), "{list}: {page}");
    }
}

#[tokio::test]
async fn a_chip_takes_the_place_of_another_one() {
    let office = Office::open().await;
    office.found(&three()).await;
    office.import_everybody("", "0").await;
    let page = office.page("/users?configuration=out-of-date").await;
    assert!(
        !page.contains("configuration=out-of-date&#38;configuration")
            && !page.contains("configuration=out-of-date&amp;configuration"),
        "{page}"
    );
    assert!(page.contains("/users?configuration=out-of-date"), "{page}");
    assert!(!page.contains("state=queued&#38;configuration"), "{page}");
}

#[tokio::test]
async fn both_tables_sort_by_name_number_and_address() {
    let office = Office::open().await;
    office.found(&three()).await;
    let people = [
        told("Ada", "Lovelace", "4711", "ada@example.org"),
        told("Grace", "Hopper", "0815", "zz.hopper@example.org"),
        told("Katherine", "Johnson", "4713", "kj@example.org"),
    ];
    let connection = office.connect("branch", ComponentKind::Ldap).await;
    office.told(connection, &people).await;
    office.join().await;
    office.import_everybody("", "0").await;
    for list in ["/import", "/users"] {
        for (sort, expected) in [
            ("", ["Hopper", "Johnson", "Lovelace"]),
            ("-name", ["Lovelace", "Johnson", "Hopper"]),
            ("number", ["Hopper", "Lovelace", "Johnson"]),
            ("email", ["Lovelace", "Johnson", "Hopper"]),
            ("-email", ["Hopper", "Johnson", "Lovelace"]),
        ] {
            let page = office.page(&format!("{list}?sort={sort}")).await;
            assert_eq!(order(&page, PEOPLE), expected, "{list} by {sort}");
        }
    }
}

#[tokio::test]
async fn the_integrated_table_sorts_by_every_column_of_the_brief() {
    let office = Office::open().await;
    office.found(&three()).await;
    for (sort, expected) in [
        ("first", ["Lovelace", "Hopper", "Johnson"]),
        ("-first", ["Johnson", "Hopper", "Lovelace"]),
        ("pbx", ["Hopper", "Lovelace", "Johnson"]),
        ("mbg", ["Hopper", "Lovelace", "Johnson"]),
        ("-mbg", ["Johnson", "Lovelace", "Hopper"]),
        ("state", ["Johnson", "Hopper", "Lovelace"]),
    ] {
        let page = office.page(&format!("/import?sort={sort}")).await;
        assert_eq!(order(&page, PEOPLE), expected, "by {sort}");
    }
    let columns = [
        "name", "first", "number", "pbx", "mbg", "account", "email", "state",
    ];
    let page = office.page("/import?sort=email").await;
    for column in columns.into_iter().filter(|column| *column != "name") {
        let way = if column == "email" { "-" } else { "" };
        assert!(page.contains(&format!("sort={way}{column}\"")), "{column}");
    }
    let refused = office.get("/import?sort=age").await;
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("cannot sort by “age”"));
}

#[tokio::test]
async fn a_search_finds_what_stands_anywhere_and_filters_are_combined() {
    let office = Office::open().await;
    office.found(&three()).await;
    let shown = async |path: &str| order(&office.page(path).await, PEOPLE);
    assert_eq!(shown("/import?q=HOP").await, ["Hopper"]);
    assert_eq!(shown("/import?q=ada+love").await, ["Lovelace"]);
    assert_eq!(shown("/import?q=471").await, ["Johnson", "Lovelace"]);
    assert_eq!(shown("/import?q=opper").await, ["Hopper"]);
    assert_eq!(shown("/import?q=%25").await, Vec::<&str>::new());
    assert_eq!(shown("/import?state=incomplete").await, ["Johnson"]);
    assert_eq!(
        shown("/import?state=incomplete&lacks=email&pbx=hq-1").await,
        ["Johnson"]
    );
    assert!(shown("/import?lacks=email&state=new").await.is_empty());
    assert_eq!(
        shown("/import?scan=new&lacks=&note=").await,
        ["Hopper", "Johnson", "Lovelace"]
    );
    assert_eq!(
        shown("/import?state=new&sort=-name").await,
        ["Lovelace", "Hopper"]
    );
    assert!(
        office
            .page("/import?q=nobody")
            .await
            .contains("Nobody matches")
    );
    let refused = office.get("/import?note=odd").await;
    assert_eq!(refused.status, 400);
    let why = "“odd” is no note to filter by; write proposed, second-line or fault";
    assert!(refused.body.contains(why), "{}", refused.body);
}

#[tokio::test]
async fn more_filters_are_a_plain_form_that_keeps_search_and_order() {
    let office = Office::open().await;
    office.found(&three()).await;
    let connection = store::connections::list(&office.store).await.unwrap()[0].id;
    let address = format!("/import?q=o&connection={connection}&pbx=HQ-1&sort=-number");
    let page = office.page(&address).await;
    assert_eq!(order(&page, PEOPLE), ["Johnson", "Lovelace", "Hopper"]);
    let (_, form) = page.split_once("class=\"filters\"").unwrap();
    let form = form.split("</form>").next().unwrap();
    for text in [
        "name=\"q\" value=\"o\"".to_owned(),
        "name=\"sort\" value=\"-number\"".to_owned(),
        format!("<option value=\"{connection}\" selected>head-office"),
        "<option value=\"HQ-1\" selected>HQ-1".to_owned(),
        "name=\"scan\"".to_owned(),
    ] {
        assert!(
            form.contains(&text),
            "the form does not hold {text}: {form}"
        );
    }
    let filter = format!("name=\"filter\" value=\"connection={connection}&#38;pbx=HQ-1\"");
    assert!(page.contains(&filter), "a selection carries the filter");
    let form = [
        ("all", "1"),
        ("q", "o"),
        ("filter", "state=incomplete&pbx=hq-1"),
        ("profile", ""),
    ];
    let plan = office
        .post("/import/plans?looked=1", &form)
        .await
        .leads_to();
    let plan = office.page(&plan).await;
    assert!(plan.contains("1 person selected"), "{plan}");
    let back = "href=\"/import?q=o&#38;state=incomplete&#38;pbx=hq-1\"";
    assert!(plan.contains(back), "{plan}");
}

#[tokio::test]
async fn the_exact_total_of_a_long_list_follows_as_an_event() {
    let office = Office::open().await;
    office.found(&three()).await;
    let answer = office
        .get("/api/v1/entries/total?q=o&filter=state%3Dnew")
        .await;
    assert!(
        answer
            .header("content-type")
            .starts_with("text/event-stream")
    );
    assert!(
        answer.body.starts_with("event: total\ndata: {\"total\":2,"),
        "{}",
        answer.body
    );
    let refused = office.get("/api/v1/entries/total?filter=what").await;
    assert_eq!(refused.status, 400);
}

#[tokio::test]
async fn paging_forth_and_back_shows_everybody_once() {
    let office = Office::open().await;
    office.found(&crowd()).await;
    let first = office.page("/import?q=person").await;
    assert!(first.contains("1–50 of 120"));
    assert!(link(&first, "prev").is_none());
    let second = office.page(&link(&first, "next").unwrap()).await;
    assert!(second.contains("51–100 of 120"));
    let third = office.page(&link(&second, "next").unwrap()).await;
    assert!(third.contains("101–120 of 120"));
    assert!(link(&third, "next").is_none());
    for n in 0..120 {
        let name = format!(">No{n:03}</bdi>");
        let pages = [&first, &second, &third];
        let shown = pages.iter().filter(|page| page.contains(&name)).count();
        assert_eq!(shown, 1, "{name}");
    }
    let back = office.page(&link(&third, "prev").unwrap()).await;
    assert!(back.contains("51–100 of 120"));
    assert!(back.contains(">No050</bdi>"));
}

#[tokio::test]
async fn an_entry_explains_which_component_wins_and_what_differs() {
    let office = Office::open().await;
    let gateway = office.connect("edge-1", ComponentKind::Mbg).await;
    let directory = office.connect("staff", ComponentKind::Ldap).await;
    let ada = told("Ada", "Lovelace", "4711", "ada@example.org");
    let elsewhere = Record {
        email: "a.lovelace@example.org".to_owned(),
        ..ada.clone()
    };
    office.told(gateway, &[ada]).await;
    office.told(directory, &[elsewhere]).await;
    office.join().await;
    let table = office.page("/import").await;
    let id = table.split("href=\"/import/").nth(1).unwrap();
    let page = office
        .page(&format!("/import/{}", id.split('"').next().unwrap()))
        .await;
    assert!(page.contains("made of 2 records"));
    assert!(page.contains("same PBX and directory number") || page.contains("one record names"));
    assert!(
        page.contains("says <bdi>ada@example.org</bdi>"),
        "the value that lost stays visible"
    );
    assert!(page.contains("differs"));
}

#[tokio::test]
async fn a_scan_that_ended_early_is_said_with_the_way_out() {
    let office = Office::open().await;
    let edge = office.connect("edge-1", ComponentKind::Mbg).await;
    let staff = office.connect("staff", ComponentKind::Ldap).await;
    office.told(staff, &three()).await;
    office.join().await;
    office
        .broke(edge, "page 7 of 20 was no JSON", "look at the gateway")
        .await;
    for path in ["/import", "/"] {
        let page = office.page(path).await;
        assert!(page.contains("page 7 of 20 was no JSON"), "{path}");
        assert!(page.contains("look at the gateway"), "{path}");
    }
    let again = format!("name=\"connection\" value=\"{edge}\"");
    assert!(office.page("/import").await.contains(&again));

    let id = edge.to_string();
    let job = office
        .post("/scans", &[("connection", &id)])
        .await
        .leads_to();
    assert!(job.starts_with("/jobs/"), "{job}");
    let page = office.page("/import").await;
    assert!(page.contains("One connection is being read"));
    assert!(!page.contains(&again), "it is being scanned again already");

    let all = office.post("/scans", &[]).await;
    assert_eq!(all.leads_to(), "/import");
    assert!(
        office
            .page("/import")
            .await
            .contains("2 connections are being read")
    );
}
