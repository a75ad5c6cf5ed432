//! Letters as a mail program reads them: every test takes the finished bytes apart with a foreign parser.

use mail_parser::{Address, Message, MessageParser, MimeHeaders};
use proptest::prelude::*;

use super::*;

fn composer() -> Composer {
    Composer::new(&Template::default_of(Language::English)).unwrap()
}

fn bytes(letter: &Letter) -> Vec<u8> {
    composer().compose(letter).unwrap().bytes.to_vec()
}

fn parsed(bytes: &[u8]) -> Message<'_> {
    MessageParser::default().parse(bytes).unwrap()
}

fn head(bytes: &[u8]) -> String {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    text.split_once("\r\n\r\n").unwrap().0.to_owned()
}

fn named(first_name: &str, last_name: &str) -> Letter {
    Letter {
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        ..Letter::sample()
    }
}

/// The one recipient: name and address.
fn recipient(message: &Message<'_>) -> (String, String) {
    let Some(Address::List(list)) = message.to() else {
        panic!("one list of recipients")
    };
    assert_eq!(list.len(), 1);
    let text = |part: &Option<std::borrow::Cow<'_, str>>| part.as_deref().unwrap_or("").to_owned();
    (text(&list[0].name), text(&list[0].address))
}

#[test]
fn a_letter_has_text_and_html_with_the_picture_inside() {
    let bytes = bytes(&Letter::sample());
    let message = parsed(&bytes);
    let kinds: Vec<_> = message
        .parts
        .iter()
        .map(|part| {
            let kind = part.content_type().unwrap();
            format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or(""))
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "multipart/alternative",
            "text/plain",
            "multipart/related",
            "text/html",
            "image/png"
        ]
    );
    let picture = &message.parts[4];
    let cid = picture.content_id().unwrap();
    assert!(
        message
            .body_html(0)
            .unwrap()
            .contains(&format!("\"cid:{cid}\""))
    );
    assert!(picture.content_disposition().unwrap().is_inline());
}

#[test]
fn the_picture_the_text_and_the_button_hold_the_same_link() {
    let letter = Letter {
        link: Secret::new("https://go.example.org/d/a_b-C0?x=1&y=2"),
        ..Letter::sample()
    };
    let bytes = bytes(&letter);
    let message = parsed(&bytes);
    let link = letter.link.expose();
    assert_eq!(crate::qr::read_back(message.parts[4].contents()).1, link);
    assert!(
        message
            .body_text(0)
            .unwrap()
            .lines()
            .any(|line| line == link)
    );
    let html = message.body_html(0).unwrap();
    assert_eq!(
        html.matches(&format!("href=\"{}\"", link.replace('&', "&amp;")))
            .count(),
        2
    );
}

#[test]
fn the_head_says_who_when_and_that_a_machine_wrote() {
    let bytes = bytes(&Letter::sample());
    let message = parsed(&bytes);
    assert_eq!(message.message_id(), Some("sample@rollcall.invalid"));
    assert_eq!(message.date().unwrap().to_rfc3339(), "2025-11-23T00:00:00Z");
    assert_eq!(
        message.header_raw("Auto-Submitted").map(str::trim),
        Some("auto-generated")
    );
    assert_eq!(
        message.header_raw("Content-Language").map(str::trim),
        Some("en")
    );
    assert_eq!(
        message.subject(),
        Some("Set up your softphone at Analytical Engines")
    );
    assert_eq!(
        recipient(&message),
        ("Ada Lovelace".into(), "ada.lovelace@example.org".into())
    );
    let from = message.from().unwrap().first().unwrap();
    assert_eq!(from.address(), Some("phones@example.org"));
    assert_eq!(message.header_values("MIME-Version").count(), 1);
}

#[test]
fn names_of_every_script_arrive_as_they_are() {
    for (first, last) in [
        ("Žluťoučký", "Kůň"),
        ("فاطمة", "الزهراء"),
        ("山田", "太郎"),
        ("Ada 👩🏽‍💻", "Ωmega"),
        ("Ada \"The Countess\"", "O'Brien, Jr. <x@y>"),
        ("Ж".repeat(60).as_str(), "ß".repeat(60).as_str()),
    ] {
        let bytes = bytes(&named(first, last));
        assert!(head(&bytes).is_ascii());
        assert!(head(&bytes).lines().all(|line| line.len() <= 998));
        let message = parsed(&bytes);
        let (name, address) = recipient(&message);
        assert_eq!(
            (name.as_str(), address.as_str()),
            (
                format!("{first} {last}").as_str(),
                "ada.lovelace@example.org",
            )
        );
        assert!(
            message
                .body_text(0)
                .unwrap()
                .contains(&format!("{first} {last}"))
        );
    }
}

#[test]
fn template_injection_through_names_stays_text() {
    let bytes = bytes(&named("<b onload=x>", "{{ link }}&amp;"));
    let message = parsed(&bytes);
    let html = message.body_html(0).unwrap();
    assert!(!html.contains("<b onload"));
    assert!(html.contains("&lt;b onload=x&gt;"));
    assert!(
        html.contains("{{ link }}&amp;amp;"),
        "a name is no template"
    );
    assert!(
        message
            .body_text(0)
            .unwrap()
            .contains("<b onload=x> {{ link }}&amp;")
    );
}

#[test]
fn header_injection_through_names_adds_no_header() {
    let evil = "Ada\r\nBcc: eve@example.org\r\n\r\nHello";
    let template = Template {
        subject: "Hello {{ first_name }} {{ number }} {{ help }}".to_owned(),
        ..Template::default_of(Language::English)
    };
    let letter = Letter {
        number: evil.to_owned(),
        organisation: evil.to_owned(),
        profile: evil.to_owned(),
        expires: evil.to_owned(),
        help: evil.to_owned(),
        ..named(evil, evil)
    };
    for composer in [composer(), Composer::new(&template).unwrap()] {
        let mail = composer.compose(&letter).unwrap();
        assert_eq!(mail.envelope.to().len(), 1);
        let message = parsed(&mail.bytes);
        assert!(message.bcc().is_none());
        assert_eq!(message.parts.len(), 5);
        assert_eq!(message.subject().unwrap().lines().count(), 1);
    }
}

#[test]
fn what_cannot_stand_in_a_mail_is_refused_and_not_repeated() {
    let compose = |letter: Letter| composer().compose(&letter).unwrap_err();
    let sample = Letter::sample;
    for from in ["", "nobody", "a@b.org\r\nBcc: c@d.org"] {
        assert!(matches!(
            compose(Letter {
                from: from.into(),
                ..sample()
            }),
            Error::Sender
        ));
    }
    for id in ["", "a", "a@b@c", "<a@b>", "a@b\r\nBcc: c", "ä@b"] {
        assert!(matches!(
            compose(Letter {
                message_id: id.into(),
                ..sample()
            }),
            Error::MessageId
        ));
    }
    for link in [
        "",
        "/d/x",
        "javascript:alert(1)",
        "https://x/\r\n",
        "https://x/\"><b>",
    ] {
        let error = compose(Letter {
            link: Secret::new(link),
            ..sample()
        });
        assert!(matches!(error, Error::Link), "{link}");
    }
    let huge = Letter {
        profile: "x".repeat(200_000),
        ..sample()
    };
    assert!(matches!(compose(huge), Error::TooLarge));
}

#[test]
fn a_domain_of_any_script_is_sent_in_its_ascii_form() {
    let letter = Letter {
        to: Email::parse("ada@bücher.example").unwrap(),
        ..Letter::sample()
    };
    let mail = composer().compose(&letter).unwrap();
    assert_eq!(
        mail.envelope.to()[0].to_string(),
        "ada@xn--bcher-kva.example"
    );
}

#[test]
fn the_same_letter_is_the_same_mail() {
    assert_eq!(bytes(&Letter::sample()), bytes(&Letter::sample()));
}

#[test]
fn what_is_not_known_is_not_shown() {
    let letter = Letter {
        number: String::new(),
        code: None,
        organisation: String::new(),
        help: String::new(),
        ..named("", "Lovelace")
    };
    let bytes = bytes(&letter);
    let message = parsed(&bytes);
    assert_eq!(message.subject(), Some("Set up your softphone"));
    for body in [message.body_text(0).unwrap(), message.body_html(0).unwrap()] {
        for word in ["number", "type this code", "Questions"] {
            assert!(!body.contains(word), "{word}");
        }
        assert!(body.contains("Hello"));
        assert!(body.contains("Lovelace"));
    }
}

#[test]
fn the_default_letter_is_small_loads_nothing_and_names_no_password() {
    let bytes = bytes(&Letter::sample());
    assert!(bytes.len() < 40 * 1024, "{} bytes", bytes.len());
    let message = parsed(&bytes);
    let html = message.body_html(0).unwrap().to_lowercase();
    let both = format!("{html}{}", message.body_text(0).unwrap().to_lowercase());
    assert!(!both.contains("password"));
    assert!(!html.contains("data:"));
    assert_eq!(html.matches("<img").count(), 1);
    assert_eq!(
        html.matches("src=\"cid:").count(),
        html.matches("src=").count()
    );
}

#[test]
fn neither_a_letter_nor_a_mail_prints_its_link_or_code() {
    let letter = Letter::sample();
    let mail = composer().compose(&letter).unwrap();
    let printed = format!("{letter:?} {mail:?} {:?}", composer());
    assert!(!printed.contains("AAAAAAAA"));
    assert!(!printed.contains("7K2M"));
}

#[test]
fn the_text_a_person_reads_is_as_ever_in_every_language() {
    let all = Language::ALL.map(|language| {
        let bytes = shipped(language);
        let message = parsed(&bytes);
        let text = message.body_text(0).unwrap().replace("\r\n", "\n");
        let subject = message.subject().unwrap();
        format!("=== {language}: {subject}\n{text}\n")
    });
    insta::assert_snapshot!(all.concat());
}

#[test]
fn the_html_a_person_reads_is_as_ever_in_every_language() {
    let all = Language::ALL.map(|language| {
        let bytes = shipped(language);
        let message = parsed(&bytes);
        let html = message.body_html(0).unwrap();
        let (_, body) = html.split_once("<body").unwrap();
        let words = body.split('<').filter_map(|tag| tag.split_once('>'));
        let words = words
            .map(|(_, text)| text.trim())
            .filter(|text| !text.is_empty());
        let words = words.collect::<Vec<_>>().join("\n");
        format!("=== {language}\n{words}\n")
    });
    insta::assert_snapshot!(all.concat());
}

/// The sample letter as it ships in a language.
fn shipped(language: Language) -> Vec<u8> {
    let letter = Letter {
        language,
        expires: date(language, Timestamp(1_796_000_000_000)),
        ..Letter::sample()
    };
    let composer = Composer::new(&Template::default_of(language)).unwrap();
    composer.compose(&letter).unwrap().bytes.to_vec()
}

#[test]
fn every_language_ships_with_every_placeholder_and_far_below_the_limit() {
    for language in Language::ALL {
        let template = Template::default_of(language);
        for (name, _) in PLACEHOLDERS {
            let placeholder = format!("{{{{ {name} }}}}");
            let in_text =
                name == "qr" || template.text.contains(&placeholder) || name == "organisation";
            assert!(in_text, "{language}: the text lacks {name}");
            assert!(
                template.html.contains(&placeholder),
                "{language}: the HTML lacks {name}"
            );
        }
        let everything = format!("{}{}{}", template.subject, template.text, template.html);
        assert!(!everything.contains("[["), "{language}: a word is missing");
        assert!(shipped(language).len() < 40 * 1024, "{language}");
    }
}

#[test]
fn arabic_is_written_from_right_to_left_and_links_and_codes_are_not() {
    let bytes = shipped(Language::Arabic);
    let message = parsed(&bytes);
    let html = message.body_html(0).unwrap();
    assert!(html.contains("<html lang=\"ar\" dir=\"rtl\""));
    assert!(html.contains("<td class=\"code\" dir=\"ltr\""));
    assert!(html.contains("target=\"_blank\" dir=\"ltr\""));
    assert!(!html.contains("padding-left:26px") && html.contains("padding-right:26px"));
    assert_eq!(
        message.header_raw("Content-Language").map(str::trim),
        Some("ar")
    );
}

#[test]
fn a_name_in_a_subject_from_right_to_left_keeps_its_own_direction() {
    let subject = |language, organisation: &str| {
        let letter = Letter {
            language,
            organisation: organisation.to_owned(),
            ..Letter::sample()
        };
        let composer = Composer::new(&Template::default_of(language)).unwrap();
        composer.render(&letter).unwrap().subject
    };
    let arabic = subject(Language::Arabic, "Example\u{202e} (Ltd.)");
    assert!(
        arabic.ends_with("\u{2068}Example  (Ltd.)\u{2069}"),
        "{arabic:?}"
    );
    assert!(!subject(Language::Arabic, "").contains('\u{2068}'));
    assert!(!subject(Language::English, "Example").contains('\u{2068}'));
}

#[test]
fn a_day_is_named_as_its_language_does() {
    let at = Timestamp(1_796_000_000_000);
    let days = Language::ALL.map(|language| date(language, at));
    insta::assert_snapshot!(days.join("\n"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_name_gives_a_mail_to_one_person(
        first in prop::collection::vec(any::<char>(), 0..60),
        last in "[\\PC\\r\\n\\t\"<>,;:@\\\\=?_]{0,60}",
    ) {
        let letter = named(&first.into_iter().collect::<String>(), &last);
        let mail = composer().compose(&letter).unwrap();
        let message = parsed(&mail.bytes);
        prop_assert_eq!(recipient(&message).1, "ada.lovelace@example.org");
        prop_assert_eq!(message.parts.len(), 5);
        prop_assert!(message.bcc().is_none() && message.cc().is_none());
        prop_assert!(message.body_text(0).unwrap().contains(letter.link.expose()));
    }
}

#[test]
fn no_line_of_the_head_is_too_long_for_a_mail_server() {
    let letter = Letter {
        last_name: "Ashdown".repeat(1_500),
        ..Letter::sample()
    };
    let mail = Composer::new(&Template::default_of(Language::English))
        .unwrap()
        .compose(&letter)
        .unwrap();
    let text = String::from_utf8_lossy(&mail.bytes).into_owned();
    let head = text.split("\r\n\r\n").next().unwrap();
    assert!(
        head.lines().all(|line| line.len() <= 998),
        "a line of the head is too long"
    );
}
