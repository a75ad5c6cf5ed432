//! Names that want to break out of a page, or disguise it, stay names.

use model::{ComponentKind, Record};

use crate::harness::{Office, told};

const SCRIPT: &str = "<script>alert(1)</script>";
const QUOTE: &str = "\" onmouseover=\"alert(1)";
const OVERRIDE: &str = "\u{202e}gro.elpmaxe";
const CONTROL: &str = "tab\u{7}bell\u{0}";

/// A record as a broken component might hand it over, past every cleaning.
fn record(number: &str, text: &str) -> Record {
    Record {
        department: text.to_owned(),
        mbg_user_name: text.to_owned(),
        pbx: text.to_owned(),
        ..told(text, text, number, "x@example.org")
    }
}

fn harmless(path: &str, page: &str) {
    for text in [
        SCRIPT, QUOTE, OVERRIDE, CONTROL, "\u{202e}", "\u{7}", "\u{0}",
    ] {
        assert!(!page.contains(text), "{path} holds {text:?}");
    }
}

#[tokio::test]
async fn a_hostile_name_never_breaks_out_of_a_page() {
    let office = Office::open().await;
    let connection = office.connect(SCRIPT, ComponentKind::Mbg).await;
    let people: Vec<_> = [SCRIPT, QUOTE, OVERRIDE, "tab\u{7}bell"]
        .iter()
        .zip(["1", "2", "3", "4"])
        .map(|(text, number)| record(number, text))
        .collect();
    office.told(connection, &people).await;
    office.broke(connection, SCRIPT, QUOTE).await;
    office.join().await;
    let profile = office.profile(SCRIPT).await;
    let form = [("all", "1"), ("profile", profile.as_str()), ("deploy", "1")];
    let plan = office.post("/import/plans", &form).await.leads_to();
    let mut paths = vec![plan.clone(), format!("{plan}/items?action=create")];
    paths.extend((1..=4).map(|id| format!("{plan}/preview/{id}")));
    for path in &paths {
        harmless(path, &office.page(path).await);
    }
    let job = office.import_everybody(&profile, "1").await;
    let users = office.page("/users").await;
    let ids = users.split("name=\"id\" value=\"").skip(1);
    let mut paths: Vec<_> = ids
        .map(|rest| format!("/users/{}", rest.split('"').next().unwrap()))
        .collect();
    assert_eq!(paths.len(), 4);
    paths.extend(["/", "/import", "/users", "/jobs", "/profiles"].map(str::to_owned));
    paths.extend((1..=4).map(|id| format!("/import/{id}")));
    paths.extend([job, format!("/profiles/{profile}")]);
    for path in paths {
        let page = office.page(&path).await;
        harmless(&path, &page);
    }
    assert!(
        office.page("/import").await.contains("&#60;script&#62;"),
        "it is shown as text"
    );
}

#[tokio::test]
async fn a_hostile_search_never_breaks_out_of_the_page() {
    let office = Office::open().await;
    office.found(&crate::harness::three()).await;
    for text in [SCRIPT, QUOTE, OVERRIDE, CONTROL] {
        let q: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        for path in [format!("/import?q={q}"), format!("/users?q={q}")] {
            harmless(&path, &office.page(&path).await);
        }
        let state = office.get(&format!("/import?state={q}")).await;
        harmless("state", &state.body);
    }
}
