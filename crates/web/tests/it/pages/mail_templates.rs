//! The editor of the mobile client deployment e-mail: what is saved, refused, shown in its frame, and gone back to.

use axum::http::StatusCode;

use crate::harness::{Office, three};

const BODY: &str = "<p>Hello {{ first_name }}: <a href=\"{{ link }}\">{{ link }}</a></p>";

fn form<'a>(version: &'a str, subject: &'a str, text: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("profile", ""),
        ("version", version),
        ("subject", subject),
        ("html", BODY),
        ("text", text),
    ]
}

#[tokio::test]
async fn a_text_is_saved_listed_told_apart_and_gone_back_to() {
    let office = Office::open().await;
    let page = office.page("/mail-templates/de").await;
    assert!(page.contains("Richten Sie Ihr Softphone ein"), "{page}");
    let saved = office
        .post(
            "/mail-templates/de",
            &form("0", "Hallo {{ first_name }}", "A\r\n{{ link }}\r\n"),
        )
        .await;
    assert_eq!(
        saved.header("location"),
        "/mail-templates/de",
        "{}",
        saved.body
    );
    assert!(
        office
            .page("/mail-templates")
            .await
            .contains("yours, version 1")
    );
    let again = office
        .post(
            "/mail-templates/de",
            &form("1", "Servus", "A\n{{ link }}\n"),
        )
        .await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    let history = office.page("/mail-templates/de/history").await;
    assert!(
        history.contains("<del>Hallo {{ first_name }}</del>"),
        "{history}"
    );
    assert!(history.contains("<ins>Servus</ins>"));
    assert!(
        history.matches("<ins>A</ins>").count() == 1,
        "line ends of a form are no difference"
    );
    let back = [("profile", ""), ("version", "1"), ("seen", "2")];
    office.post("/mail-templates/de/restorations", &back).await;
    assert!(
        office
            .page("/mail-templates/de")
            .await
            .contains("Hallo {{ first_name }}")
    );
    let reset = [("profile", ""), ("version", "3")];
    office.post("/mail-templates/de/reset", &reset).await;
    assert!(
        office
            .page("/mail-templates/de")
            .await
            .contains("As it ships")
    );
    let late = office
        .post("/mail-templates/de", &form("1", "Zu spät", "{{ link }}"))
        .await;
    assert_eq!(late.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn who_was_overtaken_keeps_what_was_typed_sees_the_difference_and_can_save_over_it() {
    let office = Office::open().await;
    let theirs = form("0", "Theirs", "Theirs: {{ link }}");
    office.post("/mail-templates/de", &theirs).await.leads_to();
    let late = office
        .post("/mail-templates/de", &form("0", "Mine", "Mine: {{ link }}"))
        .await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    for shown in [
        "saved version 1 while you were typing",
        "name=\"version\" value=\"1\"",
        "value=\"Mine\"",
        "Mine: {{ link }}</textarea>",
        "<del>Theirs: {{ link }}</del>",
        "<ins>Mine: {{ link }}</ins>",
        "href=\"/mail-templates/de\" target=\"_blank\"",
        "Save over it</button>",
    ] {
        assert!(late.body.contains(shown), "{shown}: {}", late.body);
    }
    let over = form("1", "Mine", "Mine: {{ link }}");
    office.post("/mail-templates/de", &over).await.leads_to();
    let page = office.page("/mail-templates/de").await;
    assert!(page.contains("value=\"Mine\"") && page.contains(">Save</button>"));
}

#[tokio::test]
async fn an_unknown_placeholder_and_a_text_without_a_link_are_told_beside_their_fields() {
    let office = Office::open().await;
    let refused = office
        .post(
            "/mail-templates/en",
            &form("0", "{{ password }}", "No way in"),
        )
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for shown in ["subject-error", "is not a placeholder"] {
        assert!(refused.body.contains(shown), "{shown}");
    }
    let refused = office
        .post("/mail-templates/en", &form("0", "Hello", "No way in"))
        .await;
    assert!(refused.body.contains("text-error") && refused.body.contains("No way in"));
    assert!(
        office
            .page("/mail-templates/en")
            .await
            .contains("As it ships")
    );
}

#[tokio::test]
async fn a_draft_is_looked_at_for_a_chosen_user_in_a_frame_where_nothing_runs() {
    let office = Office::open().await;
    office.found(&three()).await;
    let profile = office.profile("Office").await;
    office.import_everybody(&profile, "0").await;
    let look = async |more: &[(&str, &str)]| {
        let mut fields = form("0", "For {{ last_name }}", "Hi {{ last_name }} {{ link }}");
        fields.extend_from_slice(more);
        office.post("/mail-templates/en/look", &fields).await
    };
    let mail = look(&[("who", "lovelace"), ("shape", "phone"), ("dark", "1")]).await;
    let policy = mail.header("content-security-policy");
    assert!(
        policy.starts_with("sandbox; default-src 'none'"),
        "{policy}"
    );
    for shown in ["For Lovelace", "srcdoc=", "dark phone", "Hello Ada"] {
        assert!(mail.body.contains(shown), "{shown}: {}", mail.body);
    }
    let wide = look(&[("who", "lovelace"), ("shape", "mail")]).await.body;
    assert!(
        wide.contains("html:not(.phone) .room iframe { width: max(48rem,")
            && wide.contains("<html lang=\"en\" class=\"\">")
            && wide.contains("<div class=\"room\"><iframe srcdoc="),
        "a computer is wider than a phone: {wide}"
    );
    let text = look(&[("who", "lovelace"), ("shape", "text")]).await;
    assert!(text.body.contains("Hi Lovelace https://") && !text.body.contains("srcdoc"));
    let nobody = look(&[("who", "zzzz")]).await;
    assert!(nobody.body.contains("No user is found like this"));
    let mut broken = form("0", "x", "{{ link }} {{ what }}");
    broken.push(("who", ""));
    let broken = office.post("/mail-templates/en/look", &broken).await;
    assert!(
        broken.body.contains("is not a placeholder"),
        "{}",
        broken.body
    );
    let kept = office.page("/mail-templates/ar/look").await;
    assert!(kept.contains("dir=\"rtl\""));
}

#[tokio::test]
async fn a_profile_has_a_text_of_its_own_and_a_test_mail_is_a_job() {
    let office = Office::open().await;
    let profile = office.profile("Office").await;
    let choice = format!("/mail-templates/choice?language=fr&profile={profile}");
    let chosen = office.get(&choice).await;
    let own = format!("/mail-templates/fr?profile={profile}");
    assert_eq!(chosen.header("location"), own);
    let mut typed = form("0", "Bonjour", "{{ link }}");
    typed[0].1 = &profile;
    office.post("/mail-templates/fr", &typed).await;
    assert!(office.page(&own).await.contains("Bonjour"));
    assert!(
        office
            .page("/mail-templates/fr")
            .await
            .contains("As it ships")
    );
    assert!(
        office
            .page("/mail-templates")
            .await
            .contains("<bdi>Office</bdi>, ")
    );
    let refused = office
        .post(
            "/mail-templates/fr/tests",
            &[("to", "nobody"), ("profile", "")],
        )
        .await;
    assert!(refused.body.contains("to-error"), "{}", refused.body);
    let sent = office
        .post(
            "/mail-templates/fr/tests",
            &[("to", "me@example.org"), ("profile", &profile)],
        )
        .await;
    let job = sent.header("location").to_owned();
    assert!(
        office
            .page(&job)
            .await
            .contains("Test mail to me@example.org")
    );
}

#[tokio::test]
async fn only_a_primary_administrator_changes_texts() {
    let office = Office::open().await.ordinary().await;
    let page = office.page("/mail-templates/en").await;
    assert!(page.contains("A primary administrator can change this"));
    let paths = ["", "/reset", "/tests", "/restorations"];
    for path in paths.map(|path| format!("/mail-templates/en{path}")) {
        let mut typed = form("0", "Mine", "{{ link }}");
        typed.extend([("to", "me@example.org"), ("seen", "0")]);
        let refused = office.post(&path, &typed).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
}
