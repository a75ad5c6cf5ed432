//! The public pages as a browser gets them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use landing::{Page, TicketLink};
use publication::{Brand, Colours, Language, Logo};
use url::Url;

fn link() -> TicketLink {
    TicketLink::new(
        &Url::parse("https://go.example.org").unwrap(),
        "AAAAAAAAAAAAAAAAAAAAAA",
    )
}

fn a_brand() -> Brand {
    Brand {
        id: "works".parse().unwrap(),
        name: Some("Example & Works <Ltd>".parse().unwrap()),
        logo: Some(largest_logo()),
        colours: Some(Colours {
            light: "#7a1fa2".parse().unwrap(),
            dark: "#e1bee7".parse().unwrap(),
        }),
        help: Some(
            "Call 100 from any phone.\nOr ask at the <front> desk."
                .parse()
                .unwrap(),
        ),
    }
}

/// As many bytes as a logo may have.
fn largest_logo() -> Logo {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x40\0\0\0\x40".to_vec();
    png.resize(12 * 1024, 0);
    Logo::from_png(&png).unwrap()
}

const LANGUAGES: [&str; 8] = ["en", "de", "fr", "es", "it", "nl", "pt", "ar"];

/// Every page in one language, without a brand and with one.
fn pages_in(language: &str) -> Vec<(String, Page)> {
    let (plain, brand, language) = (Brand::default(), a_brand(), language.parse().unwrap());
    let mut pages: Vec<(String, Page)> = Vec::new();
    let mut add = |name: &str, page| pages.push((name.to_owned(), page));
    for (suffix, brand) in [("", &plain), ("_branded", &brand)] {
        let mut add = |name: &str, page| add(&format!("{name}{suffix}"), page);
        add("landing", landing::landing(&link(), brand, &language));
        add("opening", landing::opening(&link(), brand, &language));
        add("typing", landing::typing(brand, &language, false));
        add("typing_wrong", landing::typing(brand, &language, true));
    }
    add("refused", landing::refused(&language));
    add("asked", landing::asked(&language));
    add("busy", landing::busy(&language));
    add("fine", landing::fine(&language));
    add("not_allowed", landing::not_allowed(&language));
    add("not_found", landing::not_found(&language));
    add("trouble", landing::trouble(&language));
    pages
}

fn every_page() -> Vec<(String, Page)> {
    LANGUAGES
        .into_iter()
        .flat_map(|language| {
            let named = move |(name, page)| (format!("{name}_{language}"), page);
            pages_in(language).into_iter().map(named)
        })
        .collect()
}

/// The page without its style sheet and the code's path, which say nothing to a reader.
fn in_short(page: &Page) -> String {
    let without = |html: &str, from: &str, to: &str| {
        let (start, rest) = html.split_once(from).unwrap_or((html, ""));
        match rest.split_once(to) {
            Some((_, end)) => format!("{start}{from}…{to}{end}"),
            None => html.to_owned(),
        }
    };
    let html = without(&page.html, "<style>", "</style>");
    let html = without(&html, "base64,", "\"");
    format!(
        "{}\n{}",
        page.status,
        without(&html, "<path fill=\"#000\" d=\"", "\"")
    )
}

#[test]
fn pages_read_as_they_are_meant_to() {
    for (name, page) in pages_in("en") {
        insta::assert_snapshot!(name, in_short(&page));
    }
}

/// What a reader reads, line by line.
fn words(page: &Page) -> String {
    let body = page.html.split_once("</head>").unwrap().1;
    let lines = body.split('<').filter_map(|part| part.split_once('>'));
    let words = lines
        .map(|(_, text)| text.trim())
        .filter(|text| !text.is_empty());
    words.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_language_has_its_own_words_for_everything() {
    let english: Vec<_> = pages_in("en");
    for language in LANGUAGES {
        let pages = pages_in(language);
        let told: Vec<_> = pages
            .iter()
            .filter(|(name, _)| !name.ends_with("_branded"))
            .map(|(name, page)| format!("[{name}]\n{}", words(page)))
            .collect();
        insta::assert_snapshot!(format!("words_{language}"), told.join("\n\n"));
        for ((name, page), (_, english)) in pages.iter().zip(&english) {
            let lang = format!("<html lang=\"{language}\"");
            assert!(page.html.contains(&lang), "{name} in {language}");
            assert!(
                language == "en" || words(page) != words(english),
                "{name} in {language}"
            );
        }
    }
}

#[test]
fn arabic_is_written_from_right_to_left_and_addresses_stay_as_they_are() {
    for (name, page) in pages_in("ar") {
        assert!(
            page.html.contains("<html lang=\"ar\" dir=\"rtl\">"),
            "{name}"
        );
        assert!(
            !page.html.contains("<code>"),
            "{name}: an address needs its own direction"
        );
    }
}

#[test]
fn every_field_has_a_label_and_every_picture_a_text() {
    for (name, page) in every_page() {
        for input in page.html.split("<input ").skip(1) {
            let id = input.split('"').nth(1).unwrap();
            assert!(
                page.html.contains(&format!("<label for=\"{id}\">")),
                "{name}"
            );
        }
        for picture in page.html.split("<img ").skip(1) {
            assert!(
                picture.split_once('>').unwrap().0.contains("alt="),
                "{name}"
            );
        }
        assert_eq!(page.html.matches("<h1>").count(), 1, "{name}");
        assert_eq!(page.html.matches("<main>").count(), 1, "{name}");
    }
}

#[test]
fn every_page_stays_under_forty_kilobytes() {
    for (name, page) in every_page() {
        assert!(
            page.html.len() < 40_000,
            "{name}: {} bytes",
            page.html.len()
        );
    }
}

#[test]
fn no_page_runs_a_script_or_loads_anything() {
    for (name, page) in every_page() {
        let html = page.html.to_ascii_lowercase();
        for forbidden in [
            "<script",
            "javascript:",
            " onclick",
            "@import",
            "url(",
            " style=",
        ] {
            assert!(!html.contains(forbidden), "{name} has {forbidden}");
        }
        let inside = html.matches(" src=\"data:image/png;base64,").count();
        assert_eq!(
            html.matches(" src=").count(),
            inside,
            "{name} loads a picture"
        );
        assert_eq!(
            html.matches("<link ").count(),
            html.matches("<link rel=\"icon\" href=\"data:").count(),
            "{name}"
        );
    }
}

#[test]
fn every_style_of_a_page_is_in_its_policy_and_no_other() {
    for (name, page) in every_page() {
        assert_eq!(
            page.html.matches("<style>").count(),
            page.policy.matches("'sha256-").count(),
            "{name}"
        );
    }
}

#[test]
fn every_page_carries_the_headers_of_a_page_that_leaves_no_trace() {
    for (name, page) in every_page() {
        let headers: Vec<_> = page.headers().collect();
        for wanted in [
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("content-type", "text/html; charset=utf-8"),
        ] {
            assert!(headers.contains(&wanted), "{name} lacks {wanted:?}");
        }
        let policy = headers
            .iter()
            .find(|(name, _)| *name == "content-security-policy")
            .unwrap()
            .1;
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"),
            "{name}"
        );
    }
}

#[test]
fn a_refusal_is_the_same_whoever_asks() {
    let english = Language::default();
    assert_eq!(landing::refused(&english), landing::refused(&english));
    assert_eq!(landing::refused(&english).status, 410);
}

#[test]
fn a_page_without_a_translation_says_that_it_is_in_english() {
    let page = landing::refused(&"tlh".parse().unwrap());
    assert!(page.html.contains("<html lang=\"en\" dir=\"ltr\">"));
}
