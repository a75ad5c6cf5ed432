//! A file is given on a page, looked at, agreed to; and people are taken out into one.

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};

use crate::harness::{Answer, Office, rows};

impl Office {
    /// Gives a file as a browser does.
    async fn give(&self, fields: &[(&str, &str)], file: &str) -> Answer {
        let part = |name: &str, value: &str| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let mut body: String = fields.iter().map(|(n, v)| part(n, v)).collect();
        body.push_str(
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"people.csv\"\r\n",
        );
        body.push_str("Content-Type: text/csv\r\n\r\n");
        body.push_str(file);
        body.push_str("\r\n--b--\r\n");
        let request = self
            .request(Method::POST, "/users/import-csv")
            .header("Sec-Fetch-Site", "same-origin")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b");
        self.ask(request.body(Body::from(body)).unwrap()).await
    }
}

const FILE: &str = "Surname;E-mail;Shoe size\nLovelace;ada@example.org;38\nHopper;nowhere;39\n";
const LEFT_OUT: (&str, &str) = ("map", "Shoe size=ignore");

#[tokio::test]
async fn a_file_is_shown_before_it_is_imported_and_its_faulty_rows_come_back() {
    let office = Office::open().await;
    let manage = office.page("/users").await;
    assert!(manage.contains("href=\"/users/import-csv\""));
    assert!(office.page("/users/import-csv").await.contains("From CSV"));
    let plan = office
        .give(&[("profile", "csv"), LEFT_OUT], FILE)
        .await
        .leads_to();
    let page = office.page(&plan).await;
    for text in [
        "The file is written in UTF-8, its cells are separated by “;”",
        "Not known, and left out: Shoe size.",
        "<strong>1</strong> new user</li>",
        "line 3: E-mail needs an @",
        "1 row has faults, so that nothing is imported",
        "form=\"run\" name=\"partial\" value=\"1\">Import 1 person and leave 1 row with faults out</button>",
        "Download the rows with faults",
        "Profile: Do not deploy",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(
        !page.contains("class=\"btn go\""),
        "nothing is offered that would be refused: {page}"
    );
    let faulty = office.get(&format!("{plan}/faulty.csv")).await;
    assert_eq!(faulty.header("content-type"), "text/csv; charset=utf-8");
    assert!(
        faulty.body.contains("Hopper,nowhere,,3,E-mail needs an @"),
        "{}",
        faulty.body
    );
    let run = format!("{plan}/run");
    let refused = office.post(&run, &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("allow a partial import"),
        "{}",
        refused.body
    );
    let job = office.post(&run, &[("partial", "1")]).await.leads_to();
    office.work().await;
    let done = office.page(&job).await;
    assert!(
        done.contains("Import of a CSV file") && done.contains("Undo the import"),
        "{done}"
    );
    assert_eq!(rows(&office.page("/users").await).len(), 1);
}

#[tokio::test]
async fn a_partial_import_that_was_allowed_is_one_button_that_works() {
    let office = Office::open().await;
    let fields = [("partial", "1"), LEFT_OUT];
    let plan = office.give(&fields, FILE).await.leads_to();
    let page = office.page(&plan).await;
    assert!(
        page.contains("<button class=\"btn go\">Import 1 person</button>"),
        "{page}"
    );
    assert!(!page.contains("name=\"partial\""), "{page}");
    office.post(&format!("{plan}/run"), &[]).await.leads_to();
    office.work().await;
    assert_eq!(rows(&office.page("/users").await).len(), 1);
}

#[tokio::test]
async fn warnings_of_a_file_stand_out_and_their_rows_are_listed() {
    let office = Office::open().await;
    let row = |n: i32| {
        format!(
            "P{n},p{n}@example.org,{}\n",
            if n == 7 { 42 } else { 1000 + n }
        )
    };
    let rows: String = (0..20).map(row).collect();
    let file = format!("Last name,E-mail,Number\n{rows}");
    let plan = office.give(&[], &file).await.leads_to();
    let page = office.page(&plan).await;
    let at = page.find("did a spreadsheet drop leading zeros?").unwrap();
    let before = page[..at].rfind("class=\"notice").unwrap();
    assert!(page[before..].starts_with("class=\"notice warn"), "{page}");
    office.post(&format!("{plan}/run"), &[]).await.leads_to();
    office.work().await;

    let again = office.give(&[], &file).await.leads_to();
    let page = office.page(&again).await;
    for text in [
        "<strong>20</strong> with a warning",
        "The row: is about somebody who is here already",
        "Imported, with a warning",
        "line 2: The row is about somebody who is here already (P0 1000)",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let list = "/items?reason=warning-row-";
    let at = page.find(list).expect("their list");
    let begin = page[..at].rfind('"').unwrap() + 1;
    let end = at + page[at..].find('"').unwrap();
    let all = office.page(&page[begin..end]).await;
    assert!(all.contains("(P19 1019)"), "{all}");
    let id = again.rsplit('/').next().unwrap();
    let items = office
        .get(&format!("/api/v1/import-plans/{id}/items?limit=1"))
        .await;
    assert!(
        items.body.contains("somebody who is here already"),
        "{}",
        items.body
    );
}

#[tokio::test]
async fn an_export_without_a_column_is_refused_with_words() {
    let office = Office::open().await;
    let none = office
        .post("/users/exports/users.csv", &[("all", "1")])
        .await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(none.body.contains("tick the columns"), "{}", none.body);
}

#[tokio::test]
async fn a_selection_is_exported_with_the_columns_that_were_ticked() {
    let office = Office::open().await;
    let two = "Last name,E-mail\nLovelace,ada@example.org\nHopper,grace@example.org\n";
    let plan = office.give(&[], two).await.leads_to();
    office.post(&format!("{plan}/run"), &[]).await.leads_to();
    office.work().await;
    let ids = rows(&office.page("/users").await);
    let choose = office
        .post("/users/exports", &[("all", "1"), ("except", &ids[0])])
        .await;
    assert!(choose.body.contains("name=\"except\"") && choose.body.contains("value=\"last_name\""));
    assert!(!choose.body.contains("password\""), "{}", choose.body);
    let form = [
        ("all", "1"),
        ("except", ids[0].as_str()),
        ("column", "email"),
        ("column", "last_name"),
    ];
    let file = office.post("/users/exports/users.csv", &form).await;
    assert_eq!(
        file.body,
        "\u{feff}E-mail,Last name\r\nada@example.org,Lovelace\r\n"
    );
    let secret = office
        .post(
            "/users/exports/users.csv",
            &[("all", "1"), ("column", "sip_password")],
        )
        .await;
    assert_eq!(secret.status, StatusCode::BAD_REQUEST);
    let template = office.get("/users/template.csv").await;
    assert!(
        template
            .body
            .starts_with("\u{feff}ID,Profile,First name,Last name")
    );
}

#[tokio::test]
async fn a_form_without_a_file_or_with_something_behind_it_is_refused_and_nothing_is_made() {
    let office = Office::open().await;
    let odd = office.give(&[("profile", "seven")], FILE).await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
    let html = office.give(&[], "<!doctype html><p>sign in").await;
    assert_eq!(html.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        html.body.contains("a web page, not a table"),
        "{}",
        html.body
    );
    let form = office.post("/users/import-csv", &[("profile", "")]).await;
    assert!(form.status.is_client_error(), "{}", form.body);
    assert!(
        office
            .page("/users")
            .await
            .contains("Nobody was imported yet")
    );
}

#[tokio::test]
async fn columns_that_are_not_known_are_asked_for_and_the_answer_is_remembered() {
    let office = Office::open().await;
    let file = "Nachname,Mail address,Shoe size\nLovelace,ada@example.org,38\n";
    let asked = office
        .give(&[("profile", "csv"), ("overwrite", "1")], file)
        .await;
    assert_eq!(asked.status, StatusCode::OK);
    for text in [
        "What do these columns mean?",
        "<option value=\"Nachname=last_name\" selected>",
        "<option value=\"Mail address=email\" selected>",
        "<option value=\"Shoe size=ignore\" selected>",
        "name=\"overwrite\" value=\"1\"",
        "name=\"file\"",
    ] {
        assert!(asked.body.contains(text), "{text}: {}", asked.body);
    }
    assert!(
        !asked.body.contains("Lovelace"),
        "nothing was read beyond the first row"
    );
    let said = [
        ("profile", "csv"),
        ("map", "Nachname=last_name"),
        ("map", "Mail address=email"),
        ("map", "Shoe size=ignore"),
    ];
    let plan = office.give(&said, file).await.leads_to();
    let page = office.page(&plan).await;
    assert!(
        page.contains("As you said: Nachname → Last name, Mail address → E-mail."),
        "{page}"
    );
    let next = file.replace("Lovelace", "Hopper");
    let page = office.page(&office.give(&[], &next).await.leads_to()).await;
    assert!(
        page.contains("As it was said for a file with the same header before"),
        "{page}"
    );
    let again = office.page(&format!("{plan}/columns")).await;
    assert!(
        again.contains("<option value=\"Nachname=last_name\" selected>"),
        "{again}"
    );
    let twice = office
        .give(
            &[("map", "Nachname=email"), ("map", "Mail address=email")],
            file,
        )
        .await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    let odd = office.give(&[("map", "Nachname")], file).await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn people_are_exported_as_a_workbook_and_its_template_explains_itself() {
    let office = Office::open().await;
    let plan = office
        .give(&[], "Last name,E-mail\nLovelace,ada@example.org\n")
        .await
        .leads_to();
    office.post(&format!("{plan}/run"), &[]).await.leads_to();
    office.work().await;
    let form = [("all", "1"), ("column", "last_name")];
    let file = office.post("/users/exports/users.xlsx", &form).await;
    assert!(file.header("content-type").ends_with("spreadsheetml.sheet"));
    assert!(file.header("content-disposition").contains("users.xlsx"));
    let template = office.get("/users/template.xlsx").await;
    assert!(
        template
            .header("content-disposition")
            .contains("users-template.xlsx")
    );
}
