//! Mail templates over the API.

use serde_json::json;

use super::described::Program;

#[tokio::test]
async fn a_template_is_read_changed_told_and_gone_back_to_over_the_api() {
    let program = Program::open().await;
    let profile = program.office.profile("Office").await;
    let all = program.get("/mail-templates", "").await;
    assert_eq!(all.as_array().unwrap().len(), 8);
    let one = "/mail-templates/{language}";
    let shipped = program.get_one(one, "it").await;
    assert_eq!(
        (&shipped["origin"], &shipped["version"]),
        (&json!("shipped"), &json!(0))
    );
    let wanted = |subject: &str, version: i64| json!({"subject": subject, "text": shipped["text"], "html": shipped["html"], "version": version});
    let put = "PUT /mail-templates/{language}";
    let changed = program
        .ask(put, &["it"], "", Some(wanted("Ciao", 0)), 200)
        .await;
    assert_eq!(
        (&changed["origin"], &changed["version"]),
        (&json!("own"), &json!(1))
    );
    program
        .ask(put, &["it"], "", Some(wanted("Ciao", 0)), 409)
        .await;
    let wrong = program
        .ask(put, &["it"], "", Some(wanted("{{ pin }}", 1)), 422)
        .await;
    assert_eq!(wrong["rows"][0]["field"], "subject");
    let of = format!("?profile={profile}");
    let own = program
        .ask("GET /mail-templates/{language}", &["it"], &of, None, 200)
        .await;
    assert_eq!(
        (&own["origin"], &own["subject"]),
        (&json!("everybody"), &json!("Ciao"))
    );
    program
        .ask(put, &["it"], &of, Some(wanted("Salve", 0)), 200)
        .await;
    let all = program.get("/mail-templates", "").await;
    assert_eq!(all[8]["profile"], json!(profile));
    let reset = "DELETE /mail-templates/{language}";
    let back = program.ask(reset, &["it"], "", None, 200).await;
    assert_eq!(
        (&back["origin"], &back["version"]),
        (&json!("shipped"), &json!(2))
    );
    let versions = "GET /mail-templates/{language}/versions";
    let page = program.ask(versions, &["it"], "?limit=1", None, 200).await;
    assert_eq!(
        (&page["next"], &page["items"][0]["reset"]),
        (&json!(2), &json!(true))
    );
    let restore = "POST /mail-templates/{language}/restorations";
    let restored = program
        .ask(restore, &["it"], "", Some(json!({"version": 1})), 200)
        .await;
    assert_eq!(restored["subject"], "Ciao");
    program
        .ask(restore, &["it"], "", Some(json!({"version": 9})), 404)
        .await;
    program
        .ask("GET /mail-templates/{language}", &["sv"], "", None, 400)
        .await;
}

#[tokio::test]
async fn a_draft_is_previewed_and_a_test_is_ordered_over_the_api() {
    let program = Program::open().await;
    let draft = json!({"subject": "Hi {{ first_name }}", "text": "{{ link }}", "html": "{{ link }}{{ qr }}"});
    let previews = "POST /mail-templates/{language}/previews";
    let seen = program.ask(previews, &["en"], "", Some(draft), 200).await;
    assert_eq!(seen["subject"], "Hi Ada");
    assert!(
        seen["html"]
            .as_str()
            .unwrap()
            .contains("data:image/png;base64,")
    );
    let broken = json!({"subject": "Hi", "text": "{{ link }}", "html": "<script>"});
    program.ask(previews, &["en"], "", Some(broken), 422).await;
    let tests = "POST /mail-templates/{language}/tests";
    let to = |to: &str| Some(json!({"to": to}));
    let refused = program.ask(tests, &["en"], "", to("nobody"), 422).await;
    assert_eq!(refused["rows"][0]["field"], "to");
    let ordered = program
        .ask(tests, &["en"], "", to("me@example.org"), 202)
        .await;
    let job = program
        .get_one("/jobs/{id}", ordered["job"].as_str().unwrap())
        .await;
    assert_eq!(job["kind"], "test-mail");
}
