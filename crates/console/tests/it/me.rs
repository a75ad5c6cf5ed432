//! The pages of people who set up their own phone, in every language, as a browser gets them.

use console::me::{self, Closed, Device, Look, Me, Said, Sheet, Trouble};
use landing::Page;
use publication::Brand;

use crate::markup::tags;

const LANGUAGES: [&str; 8] = ["en", "de", "fr", "es", "it", "nl", "pt", "ar"];

fn brand() -> Brand {
    Brand {
        name: Some("Example Ltd".parse().expect("it is a name")),
        ..Brand::default()
    }
}

fn ada() -> Me {
    Me {
        name: "Ada Lovelace".into(),
        number: "4711".into(),
        devices: vec![
            Device {
                id: "d1".into(),
                client: "Linphone 5.1.65".into(),
                fetched: "27 November 2026, 20:17 UTC".into(),
                fetched_iso: "2026-11-27T20:17:00Z".into(),
                is_registered: true,
            },
            Device {
                id: "d2".into(),
                client: "<i>\u{202e}\"".into(),
                fetched: String::new(),
                fetched_iso: String::new(),
                is_registered: false,
            },
        ],
        languages: vec![("en", "English"), ("ar", "العربية")],
    }
}

fn sheet() -> Sheet {
    Sheet {
        name: "Ada Lovelace".into(),
        app: "Zoiper",
        link: "https://go.example.org/d/AAAAAAAAAAAAAAAAAAAAAA".into(),
        code_address: "https://go.example.org/c/office".into(),
        code: "ABCD-EFGH-JKMN".into(),
        day: "2026-12-04".into(),
        day_name: "4 December 2026".into(),
    }
}

/// Every page in one language.
fn pages_in(language: &str) -> Vec<(String, Page)> {
    let look = Look {
        brand: brand().into(),
        language: language.parse().expect("it is a language"),
        help: "Telephone desk,\nextension 100",
    };
    let nobody = Me {
        devices: vec![],
        ..ada()
    };
    let mut pages = vec![
        ("sign-in", me::sign_in(&look, true, "", None)),
        ("sign-in-by-mail", me::sign_in(&look, false, "", None)),
        ("mailed", me::mailed(&look)),
        ("link", me::link(&look)),
        ("dead-link", me::dead_link(&look)),
        ("home", me::home(&look, &ada(), None)),
        ("home-empty", me::home(&look, &nobody, None)),
        ("withdrawal", me::withdrawal(&look, "Linphone 5.1.65")),
        ("shown", me::shown(&look, &sheet()).expect("the link fits")),
    ];
    for (name, trouble) in [
        ("sign-in-wrong", Trouble::Wrong),
        ("sign-in-busy", Trouble::Busy),
        ("sign-in-guessed", Trouble::Guessed),
        ("sign-in-unreachable", Trouble::Unreachable),
    ] {
        pages.push((name, me::sign_in(&look, true, "ada", Some(trouble))));
    }
    for (name, why) in [
        ("closed-by-hand", Closed::ByHand),
        ("closed-elsewhere", Closed::Elsewhere),
        ("closed-suspended", Closed::Suspended),
        ("closed-no-profile", Closed::NoProfile),
        ("closed-no-user", Closed::NoUser),
        ("closed-off", Closed::Off),
    ] {
        pages.push((name, me::closed(&look, why, why != Closed::Off)));
    }
    let named = |(name, page): (&str, Page)| (name.to_owned(), page);
    let mut pages: Vec<_> = pages.into_iter().map(named).collect();
    for said in Said::ALL {
        let page = me::home(&look, &nobody, Some(said));
        pages.push((format!("home-{}", said.name()), page));
    }
    pages
}

/// The page without its style sheet and the code's path, which say nothing to a reader.
fn in_short(page: &Page) -> String {
    let without = |html: &str, from: &str, to: &str| match html.split_once(from) {
        Some((start, rest)) => {
            let end = rest.split_once(to).map_or("", |(_, end)| end);
            format!("{start}{from}…{to}{end}")
        }
        None => html.to_owned(),
    };
    let html = without(&page.html, "<style>", "</style>");
    let html = without(&html, "<path fill=\"#000\" d=\"", "\"");
    format!("{}\n{html}", page.status)
}

#[test]
fn they_read_as_they_are_meant_to_in_english_and_in_arabic() {
    for language in ["en", "ar"] {
        for (name, page) in pages_in(language) {
            insta::assert_snapshot!(format!("me-{name}-{language}"), in_short(&page));
        }
    }
}

/// What a reader reads.
fn words(page: &Page) -> String {
    let body = page.html.split_once("<body>").expect("it has a body").1;
    let lines = body.split('<').filter_map(|part| part.split_once('>'));
    lines.map(|(_, text)| text.trim()).collect()
}

#[test]
fn every_language_has_its_own_words_for_everything() {
    let english = pages_in("en");
    for language in LANGUAGES {
        for ((name, page), (_, in_english)) in pages_in(language).iter().zip(&english) {
            let html = format!("<html lang=\"{language}\"");
            assert!(page.html.contains(&html), "{name} in {language}");
            let own = language == "en" || words(page) != words(in_english);
            assert!(own, "{name} in {language}");
        }
    }
}

#[test]
fn every_one_can_be_used_by_keyboard_and_reader_without_script_and_loads_nothing() {
    for language in LANGUAGES {
        for (name, page) in pages_in(language) {
            let all: Vec<_> = tags(&page.html).collect();
            for element in ["h1", "main", "title"] {
                let count = all.iter().filter(|tag| tag.name == element).count();
                assert_eq!(count, 1, "{name} has {count} <{element}>");
            }
            let of = |attribute: &str| -> Vec<String> {
                all.iter().filter_map(|tag| tag.get(attribute)).collect()
            };
            let ids = of("id");
            for field in ["input", "select"] {
                for tag in all.iter().filter(|tag| tag.name == field) {
                    let id = tag.get("id").expect("a field has an id");
                    assert!(of("for").contains(&id), "{name}: {id} has no label");
                }
            }
            for reference in ["for", "aria-labelledby", "aria-describedby"] {
                for id in of(reference) {
                    assert!(ids.contains(&id), "{name}: {reference} refers to {id}");
                }
            }
            for (n, id) in ids.iter().enumerate() {
                assert!(!ids[..n].contains(id), "{name}: {id} stands twice");
            }
            for form in all.iter().filter(|tag| tag.name == "form") {
                assert_eq!(form.get("method").as_deref(), Some("post"), "{name}");
            }
            let html = page.html.to_ascii_lowercase();
            for forbidden in [
                "<script",
                "javascript:",
                " onclick",
                "url(",
                " style=",
                " src=",
            ] {
                assert!(!html.contains(forbidden), "{name} has {forbidden}");
            }
            let styles = html.matches("<style>").count();
            assert_eq!(styles, page.policy.matches("'sha256-").count(), "{name}");
            assert!(html.len() < 40_000, "{name}: {} bytes", html.len());
            assert!(!html.contains('\u{202e}'), "{name} is disguised");
        }
    }
}
