//! The public pages as a browser gets them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use landing::{Page, TicketLink};
use publication::{Brand, Colours, Language};
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

fn every_page() -> Vec<(&'static str, Page)> {
    let (plain, brand, english) = (Brand::default(), a_brand(), Language::default());
    vec![
        ("landing", landing::landing(&link(), &plain, &english)),
        (
            "landing_branded",
            landing::landing(&link(), &brand, &english),
        ),
        ("opening", landing::opening(&link(), &plain, &english)),
        ("refused", landing::refused(&english)),
        ("fine", landing::fine(&english)),
        ("not_allowed", landing::not_allowed(&english)),
        ("not_found", landing::not_found(&english)),
        ("trouble", landing::trouble(&english)),
    ]
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
    format!(
        "{}\n{}",
        page.status,
        without(&html, "<path fill=\"#000\" d=\"", "\"")
    )
}

#[test]
fn pages_read_as_they_are_meant_to() {
    for (name, page) in every_page() {
        insta::assert_snapshot!(name, in_short(&page));
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
            " src=",
            "<img",
            "@import",
            "url(",
            " style=",
        ] {
            assert!(!html.contains(forbidden), "{name} has {forbidden}");
        }
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
