//! The brand's editor: what is saved and shown on public pages, refused, looked at in its frame, and gone back to.

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use delivery::brand;
use publication::Brand;

use crate::harness::{Answer, Office, admin, settings_at};

const SVG: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";

/// A PNG as far as anybody looks: its head, and so many bytes.
fn png(width: u32, height: u32, length: usize) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    png.extend(width.to_be_bytes());
    png.extend(height.to_be_bytes());
    png.resize(length, 7);
    png
}

impl Office {
    /// Posts the editor's form as a browser does; an empty logo is none that was chosen.
    async fn brand(&self, path: &str, fields: &[(&str, &str)], logo: &[u8]) -> Answer {
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!(
                "--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            body.extend(part.into_bytes());
        }
        body.extend(
            b"--b\r\nContent-Disposition: form-data; name=\"logo\"; filename=\"logo\"\r\n\r\n",
        );
        body.extend(logo);
        body.extend(b"\r\n--b--\r\n");
        let request = self
            .request(Method::POST, path)
            .header("Sec-Fetch-Site", "same-origin")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b");
        self.ask(request.body(Body::from(body)).unwrap()).await
    }

    async fn saved(&self, fields: &[(&str, &str)], logo: &[u8]) {
        let version = self.version().await;
        let fields = [&[("version", version.as_str())], fields].concat();
        let saved = self.brand("/brand", &fields, logo).await;
        assert_eq!(saved.leads_to(), "/brand");
    }

    /// The version that the editor's form is made of.
    async fn version(&self) -> String {
        let page = self.page("/brand").await;
        let version = page.split("name=\"version\" value=\"").nth(1).unwrap();
        version.split('"').next().unwrap().to_owned()
    }

    /// The page for a typed code, as anybody sees it.
    async fn code_page(&self) -> String {
        self.page("/c").await
    }
}

#[tokio::test]
async fn a_brand_is_saved_shown_on_public_pages_at_once_and_gone_back_from() {
    let office = Office::open().await;
    let page = office.page("/brand").await;
    assert!(page.contains("Nobody set one"), "{page}");
    let fields = [
        ("name", "Example Works"),
        ("help", "Call 100.\r\nOr ask."),
        ("own_colours", "1"),
        ("light", "#7A1FA2"),
        ("dark", "#e1bee7"),
    ];
    office.saved(&fields, &png(40, 20, 900)).await;
    let page = office.page("/brand").await;
    for shown in [
        "It was set on this page.",
        "Last changed by <bdi>grace</bdi>",
        "value=\"#7a1fa2\"",
        "There is one, which another file replaces",
        "Back to the default",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    for path in ["/c", "/me"] {
        let public = office.get(path).await.body;
        for shown in [
            "Example Works</bdi></header>",
            "Call 100.\nOr ask.",
            ":root{--brand:#7a1fa2;--brand-ink:#ffffff}",
            "data:image/png;base64,",
        ] {
            assert!(public.contains(shown), "{path} {shown}: {public}");
        }
    }
    // Without a new file the logo stays, without the mark the colours do not.
    office
        .saved(&[("name", "Example"), ("light", "#7a1fa2")], b"")
        .await;
    let public = office.code_page().await;
    assert!(public.contains("data:image/png") && !public.contains("#7a1fa2"));
    office
        .saved(&[("name", "Example"), ("remove_logo", "1")], b"")
        .await;
    assert!(!office.code_page().await.contains("data:image/png"));
    let version = office.version().await;
    let back = office.post("/brand/reset", &[("version", &version)]).await;
    assert_eq!(back.leads_to(), "/brand");
    assert!(!office.code_page().await.contains("<header"));
    let lines = store::audit::list(&office.store, None, 9).await.unwrap();
    let told = |n: usize| (lines[n].action.as_str(), lines[n].detail.as_str());
    assert_eq!(told(0), ("brand.reset", ""));
    assert_eq!(told(1), ("brand.changed", "logo"));
    assert_eq!(told(2), ("brand.changed", "name, help, colours"));
}

#[tokio::test]
async fn the_settings_file_s_brand_counts_until_another_is_saved_and_again_after_it() {
    let mut settings = settings_at("https://phones.example.org");
    settings.delivery.brand = Brand {
        name: Some("Out of a file".parse().unwrap()),
        ..Brand::default()
    };
    let file = settings.delivery.brand.clone();
    let office = Office::open_with(settings).await;
    brand::note_settings(&office.store, &file).await.unwrap();
    office.app().read_brand().await.unwrap();
    assert!(office.code_page().await.contains("Out of a file"));
    let page = office.page("/brand").await;
    assert!(page.contains("in the settings file says. What you save here counts instead"));
    office.saved(&[("name", "From the page")], b"").await;
    let page = office.page("/brand").await;
    assert!(page.contains("in the settings file does not count meanwhile"));
    assert!(office.code_page().await.contains("From the page"));
    // A start of the server with the same file, or with another, changes nothing.
    let other = Brand::default();
    for file in [&file, &other, &file] {
        brand::note_settings(&office.store, file).await.unwrap();
        office.app().read_brand().await.unwrap();
        assert!(office.code_page().await.contains("From the page"));
    }
    let version = office.version().await;
    office.post("/brand/reset", &[("version", &version)]).await;
    assert!(office.code_page().await.contains("Out of a file"));
}

#[tokio::test]
async fn a_brand_that_was_changed_at_another_server_is_shown_after_a_look() {
    let office = Office::open().await;
    let elsewhere = Brand {
        name: Some("Said elsewhere".parse().unwrap()),
        ..Brand::default()
    };
    brand::change(&office.store, &elsewhere, None, &admin())
        .await
        .unwrap();
    assert!(!office.code_page().await.contains("Said elsewhere"));
    office.app().read_brand().await.unwrap();
    assert!(office.code_page().await.contains("Said elsewhere"));
}

#[tokio::test]
async fn a_hostile_brand_is_refused_beside_its_field_or_is_text() {
    let office = Office::open().await;
    let script = "</style><script>alert(1)</script>";
    office
        .saved(&[("name", script), ("help", script)], b"")
        .await;
    let look = office.page("/brand/look").await;
    for page in [office.code_page().await, office.page("/brand").await, look] {
        assert!(!page.contains("<script>alert"), "{page}");
    }
    let typed = [
        ("name", ""),
        ("help", "Kept\r\nas typed"),
        ("own_colours", "1"),
        ("light", "red;}body{display:none"),
        ("dark", ""),
    ];
    for (logo, why) in [
        (SVG.to_vec(), "must be a PNG, and this is an SVG"),
        (png(10, 10, 13 << 10), "has 13 KiB and may have 12"),
        (png(9_000, 10, 90), "has 9000 by 10 pixels"),
        // A photograph: much more than any other request may have.
        (
            [b"\xff\xd8\xff".to_vec(), vec![0; 5 << 20]].concat(),
            "this is a JPEG",
        ),
    ] {
        let refused = office.brand("/brand", &typed, &logo).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        for shown in [
            "light-error",
            "six hexadecimal digits",
            "logo-error",
            why,
            "Kept\nas typed",
        ] {
            assert!(refused.body.contains(shown), "{shown}: {}", refused.body);
        }
    }
    let nameless = office
        .brand("/brand", &[("name", " ")], &png(10, 10, 90))
        .await;
    assert!(nameless.body.contains("name-error"), "{}", nameless.body);
    let huge = office
        .brand("/brand", &[("name", "x")], &vec![0; 33 << 20])
        .await;
    assert!(huge.status.is_client_error());
    assert!(
        office.code_page().await.contains("&#60;script&#62;"),
        "it stays"
    );
}

#[tokio::test]
async fn a_draft_is_looked_at_in_the_frame_as_it_would_be_and_nothing_is_kept() {
    let office = Office::open().await;
    let draft = [
        ("name", "A draft"),
        ("own_colours", "1"),
        ("light", "#ffff00"),
        ("dark", "#4fd1b8"),
        ("shape", "phone"),
        ("shade", "dark"),
    ];
    let look = office.brand("/brand/look", &draft, &png(10, 10, 90)).await;
    let policy = look.header("content-security-policy");
    assert!(
        policy.starts_with("sandbox; default-src 'none'"),
        "{policy}"
    );
    for shown in [
        "class=\"dark phone\"",
        "on light pages, with black text; #ffff00 would not stand out",
        "#4fd1b8</b> <span>on dark pages, with black text</span>",
        "A draft&#60;/bdi&#62;&#60;/header&#62;",
        "data:image/png;base64,",
        "sandbox></iframe>",
    ] {
        assert!(look.body.contains(shown), "{shown}: {}", look.body);
    }
    assert!(!look.body.contains("prefers-color-scheme"));
    let broken = office.brand("/brand/look", &draft, SVG).await;
    assert!(broken.body.contains("this is an SVG") && !broken.body.contains("srcdoc"));
    let kept = office.page("/brand/look").await;
    assert!(kept.contains("The pages’ own colours") && !kept.contains("A draft"));
}

#[tokio::test]
async fn of_two_administrators_who_edit_the_brand_the_second_is_told() {
    let office = Office::open().await;
    let seen = office.version().await;
    let first = [("version", seen.as_str()), ("name", "First")];
    office.brand("/brand", &first, b"").await.leads_to();
    let second = [("version", seen.as_str()), ("name", "Second")];
    let late = office.brand("/brand", &second, b"").await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    for shown in [
        "changed the brand while you were typing",
        "value=\"Second\"",
        "data-label=\"Theirs\"><bdi>First</bdi>",
        "data-label=\"Yours\"><bdi>Second</bdi>",
        "Save over it</button>",
    ] {
        assert!(late.body.contains(shown), "{shown}: {}", late.body);
    }
    let now = office.version().await;
    let carried = format!("name=\"version\" value=\"{now}\"");
    assert!(late.body.contains(&carried), "{}", late.body);
    let late = office.post("/brand/reset", &[("version", &seen)]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(office.code_page().await.contains("First</bdi></header>"));
    let over = [("version", now.as_str()), ("name", "Second")];
    office.brand("/brand", &over, b"").await.leads_to();
    assert!(office.code_page().await.contains("Second</bdi></header>"));
}

#[tokio::test]
async fn only_a_primary_administrator_changes_the_brand() {
    let office = Office::open().await.ordinary().await;
    let page = office.page("/brand").await;
    assert!(page.contains("A primary administrator can change this"));
    assert!(!page.contains(">Save</button>"));
    let refused = office.brand("/brand", &[("name", "Mine")], b"").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let refused = office.post("/brand/reset", &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}
