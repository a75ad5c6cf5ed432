//! Facts that hold for every page: each sample renders, obeys the strict content security policy,
//! names its controls, refers only to what exists, and looks in HTML as it did when last approved.

mod markup;
mod me;
mod samples;

use std::collections::BTreeSet;

use markup::{Tag, tags};

/// Every sample with its HTML.
fn pages() -> Vec<(&'static str, String)> {
    samples::all()
        .into_iter()
        .map(|(name, html)| (name, html.unwrap_or_else(|error| panic!("{name}: {error}"))))
        .collect()
}

#[test]
fn every_page_has_one_heading_one_main_and_a_title() {
    for (name, html) in pages() {
        for element in ["h1", "main", "title"] {
            let count = tags(&html).filter(|tag| tag.name == element).count();
            assert_eq!(count, 1, "{name} has {count} <{element}>");
        }
    }
}

#[test]
fn no_page_needs_inline_style_or_script() {
    for (name, html) in pages() {
        for tag in tags(&html) {
            assert_ne!(tag.name, "style", "{name}");
            assert!(
                tag.name != "script" || tag.get("src").is_some(),
                "{name}: script without src"
            );
            for (attribute, value) in &tag.attributes {
                assert_ne!(attribute, "style", "{name}: <{}>", tag.name);
                assert!(
                    !attribute.starts_with("on"),
                    "{name}: <{} {attribute}>",
                    tag.name
                );
                assert!(!value.starts_with("javascript:"), "{name}: <{}>", tag.name);
            }
        }
    }
}

#[test]
fn every_reference_has_its_target() {
    for (name, html) in pages() {
        let ids: BTreeSet<String> = tags(&html).filter_map(|tag| tag.get("id")).collect();
        for tag in tags(&html) {
            for attribute in [
                "for",
                "aria-labelledby",
                "aria-describedby",
                "aria-controls",
            ] {
                for id in tag.get(attribute).unwrap_or_default().split_whitespace() {
                    assert!(ids.contains(id), "{name}: {attribute} refers to {id}");
                }
            }
            if let Some(id) = tag
                .get("href")
                .and_then(|href| href.strip_prefix('#').map(str::to_owned))
            {
                assert!(ids.contains(&id), "{name}: a link refers to #{id}");
            }
        }
    }
}

#[test]
fn every_id_stands_once() {
    for (name, html) in pages() {
        let mut seen = BTreeSet::new();
        for id in tags(&html).filter_map(|tag| tag.get("id")) {
            assert!(seen.insert(id.clone()), "{name}: {id} stands twice");
        }
    }
}

#[test]
fn the_days_of_a_reminder_and_those_of_its_wave_are_two_fields() {
    let page = console::user_plan::UserPlanPage {
        days: Some(7),
        wave: Some(console::wave::WaveFields::sample()),
        ..console::user_plan::UserPlanPage::sample()
    };
    let html = console::Template::render(&page).unwrap();
    let ids: Vec<String> = tags(&html).filter_map(|tag| tag.get("id")).collect();
    for id in ["days", "wave-days"] {
        assert_eq!(ids.iter().filter(|one| *one == id).count(), 1, "{id}");
    }
}

#[test]
fn every_control_has_a_label() {
    for (name, html) in pages() {
        let labelled: BTreeSet<String> = tags(&html).filter_map(|tag| tag.get("for")).collect();
        let mut in_label = false;
        for tag in tags(&html) {
            match tag.name.as_str() {
                "label" => in_label = true,
                "/label" => in_label = false,
                "input" | "select" | "textarea" if tag.get("type").as_deref() != Some("hidden") => {
                    let named = tag.get("id").is_some_and(|id| labelled.contains(&id));
                    assert!(
                        named || in_label || tag.get("aria-label").is_some(),
                        "{name}: <{} name={:?}>",
                        tag.name,
                        tag.get("name")
                    );
                }
                _ => {}
            }
        }
    }
}

#[test]
fn only_pages_that_exist_are_linked() {
    const PLACES: [&str; 16] = [
        "/api/v1/entries/total",
        "/user-plans/",
        "/assets/",
        "/brand",
        "/jobs",
        "/users",
        "/import",
        "/profiles",
        "/connections",
        "/mail-templates",
        "/outbox",
        // The authorization window of the sample, at the component itself.
        "https://mbg2.example.org:8443/oauth/authorize",
        "/plans/",
        "/scans",
        "/sign-in",
        "/sign-out",
    ];
    for (name, html) in pages() {
        for tag in tags(&html) {
            let address = tag
                .get("href")
                .or_else(|| tag.get("action"))
                .unwrap_or_default();
            let known = address.is_empty()
                || address == "/"
                || address == "/set-up"
                || address.starts_with('#')
                || PLACES.iter().any(|place| address.starts_with(place));
            assert!(known, "{name} links {address}");
        }
    }
}

#[test]
fn every_form_that_changes_something_posts() {
    for (name, html) in pages() {
        for form in tags(&html).filter(|tag| tag.name == "form") {
            let search = form.get("role").as_deref() == Some("search");
            let method = form.get("method").unwrap_or_default();
            assert_eq!(
                method,
                if search { "get" } else { "post" },
                "{name}: {:?}",
                form.get("action")
            );
        }
    }
}

#[test]
fn control_characters_of_records_are_shown_and_not_obeyed() {
    for (name, html) in pages() {
        let hidden = |c: &char| (c.is_control() && *c != '\n' && *c != '\t') || *c == '\u{202e}';
        assert_eq!(html.chars().find(hidden), None, "{name}");
    }
    let (_, import) = pages()
        .into_iter()
        .find(|(name, _)| *name == "import")
        .expect("there is an import page");
    assert!(import.contains("Con␀trol␛[31m"));
}

#[test]
fn pages_look_as_approved() {
    for (name, html) in pages() {
        insta::assert_snapshot!(name, without_hashes(&html));
    }
}

/// The page without the content hashes of its assets, which change with every style.
fn without_hashes(html: &str) -> String {
    let mut plain = html.to_owned();
    for name in [
        "tokens.css",
        "base.css",
        "parts.css",
        "pages.css",
        "console.js",
        "icon.svg",
    ] {
        plain = plain.replace(console::assets::url(name), &format!("/assets/{name}"));
    }
    plain
}

#[test]
fn the_scanner_sees_what_it_should() {
    let seen: Vec<Tag> = tags("<p class=\"a b\" hidden>x &#60;i&#62;</p><br>").collect();
    let names: Vec<&str> = seen.iter().map(|tag| tag.name.as_str()).collect();
    assert_eq!(names, ["p", "/p", "br"]);
    assert_eq!(seen[0].get("class").as_deref(), Some("a b"));
    assert_eq!(seen[0].get("hidden").as_deref(), Some(""));
}
