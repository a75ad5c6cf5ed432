//! No value breaks out of its place, broken documents are found, and what cannot be written is refused.

use clients::{render, validate};
use model::{ClientKind, ProfileSettings, Refusal, Secret, SipAccount, SipSecret};
use proptest::prelude::*;

use crate::people::{LINK, ada, ada_by_hash, full, lab, named, plain};

fn profile() -> impl Strategy<Value = ProfileSettings> {
    prop_oneof![
        Just(plain()),
        Just(lab()),
        Just(full(ClientKind::Linphone)),
        Just(full(ClientKind::Baresip)),
        Just(full(ClientKind::Acrobits)),
        Just(full(ClientKind::Zoiper)),
        Just(full(ClientKind::Json)),
    ]
}

/// Any text, with the characters that mean something to a format made likely.
fn any_text() -> impl Strategy<Value = String> {
    let sharp = prop::sample::select("\"\\;<>&'=,#]\r\n\t\0 %:@/".chars().collect::<Vec<_>>());
    prop::collection::vec(prop_oneof![2 => sharp, 1 => any::<char>()], 0..200)
        .prop_map(|chars| chars.into_iter().collect())
}

fn rendered(
    kind: ClientKind,
    settings: &ProfileSettings,
    account: &SipAccount,
) -> Result<String, Refusal> {
    let document = render(kind, settings, account, LINK)?;
    Ok(String::from_utf8(document.body.to_vec()).unwrap())
}

/// A document whose shown name has a line of its own, without that line.
fn lines_without(document: &str, beginnings: &[&str]) -> String {
    let lines = document.lines();
    lines
        .filter(|line| !beginnings.iter().any(|b| line.trim_start().starts_with(b)))
        .collect()
}

/// Everything that is not the shown name.
fn without_name(kind: ClientKind, document: &str) -> String {
    match kind {
        ClientKind::Linphone => {
            let (before, rest) = document
                .split_once("\"reg_identity\" overwrite=\"true\">")
                .unwrap();
            let after = &rest[rest.find("&lt;sip:alovelace").unwrap()..];
            // The last occurrence: a name may look like an address.
            let end = after.find("</entry>").unwrap();
            let start = after[..end].rfind("&lt;sip:").unwrap();
            format!("{before}{}", &after[start..])
        }
        ClientKind::Json => lines_without(document, &["\"display_name\":"]),
        ClientKind::Acrobits => lines_without(document, &["<title>", "<userDisplayName>"]),
        ClientKind::Zoiper => document.to_owned(),
        ClientKind::Baresip => {
            let (comment, line) = document.split_once('\n').unwrap();
            format!(
                "{comment}\n{}",
                &line[line.find("<sip:alovelace").unwrap()..]
            )
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_shown_name_changes_nothing_but_itself(name in any_text(), settings in profile()) {
        for kind in ClientKind::ALL {
            let document = rendered(kind, &settings, &named(&name)).unwrap();
            prop_assert_eq!(validate(kind, document.as_bytes()), Ok(()));
            let unnamed = rendered(kind, &settings, &named("")).unwrap();
            prop_assert_eq!(without_name(kind, &document), without_name(kind, &unnamed));
        }
    }

    #[test]
    fn any_user_and_password_give_a_sound_document_or_a_refusal(
        user in any_text(), password in any_text(), settings in profile(),
    ) {
        for kind in ClientKind::ALL {
            let account = SipAccount {
                user: user.clone(),
                secret: SipSecret::Clear(Secret::new(password.clone())),
                ..ada()
            };
            match rendered(kind, &settings, &account) {
                Ok(document) => prop_assert_eq!(validate(kind, document.as_bytes()), Ok(())),
                Err(refusal) => {
                    prop_assert!(["unwritable", "no-account"].contains(&refusal.code.as_str()));
                    let told = format!("{refusal:?}");
                    prop_assert!(password.len() < 8 || !told.contains(&password));
                }
            }
        }
    }

    #[test]
    fn checking_any_bytes_ends_in_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for kind in ClientKind::ALL {
            if let Err(refusal) = validate(kind, &bytes) {
                prop_assert_eq!(refusal.code, "broken-document");
            }
        }
    }

    #[test]
    fn a_document_that_was_cut_off_is_found(part in 0.0..0.99) {
        let document = rendered(ClientKind::Linphone, &plain(), &ada()).unwrap();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss,
            reason = "any place in a small document will do")]
        let cut = (document.len() as f64 * part) as usize;
        prop_assert!(validate(ClientKind::Linphone, &document.as_bytes()[..cut]).is_err());
    }
}

#[test]
fn what_a_client_cannot_be_told_is_refused_and_named() {
    let secret = |text: &str| SipSecret::Clear(Secret::new(text));
    let code = |kind, account: &SipAccount| rendered(kind, &plain(), account).unwrap_err().code;
    let baresip = ClientKind::Baresip;
    for bad in ["a;regint=5", "a\"b", "a\\", "a\nb", ""] {
        assert_eq!(
            code(
                baresip,
                &SipAccount {
                    secret: secret(bad),
                    ..ada()
                }
            ),
            "unwritable",
            "{bad:?}"
        );
    }
    assert_eq!(code(baresip, &ada_by_hash()), "needs-password");
    let long = SipAccount {
        secret: secret(&"x".repeat(600)),
        ..ada()
    };
    assert_eq!(code(baresip, &long), "unwritable");
    let hash = SipAccount {
        secret: SipSecret::Ha1(Secret::new("abc")),
        ..ada()
    };
    assert_eq!(code(ClientKind::Linphone, &hash), "unwritable");
    for kind in ClientKind::ALL {
        assert_eq!(
            code(
                kind,
                &SipAccount {
                    user: String::new(),
                    ..ada()
                }
            ),
            "no-account"
        );
        assert_eq!(
            code(
                kind,
                &SipAccount {
                    user: "a\nb".into(),
                    ..ada()
                }
            ),
            "unwritable"
        );
        let mailbox = SipAccount {
            voicemail_number: "9>".into(),
            ..ada()
        };
        assert_eq!(code(kind, &mailbox), "unwritable");
        for link in ["", "a b", "https://x/\n<sip:eve@x>"] {
            assert_eq!(
                render(kind, &plain(), &ada(), link).unwrap_err().code,
                "unwritable"
            );
        }
        let unsaved = ProfileSettings {
            sip_domain: "a>b".into(),
            ..plain()
        };
        assert_eq!(
            rendered(kind, &unsaved, &ada()).unwrap_err().code,
            "broken-profile"
        );
    }
}

#[test]
fn a_password_with_spaces_stands_in_quotes() {
    let account = SipAccount {
        secret: SipSecret::Clear(Secret::new("open, <sesame> 1")),
        ..ada()
    };
    let document = rendered(ClientKind::Baresip, &plain(), &account).unwrap();
    assert!(
        document.contains(";auth_pass=\"open, <sesame> 1\";regint="),
        "{document}"
    );
    assert_eq!(validate(ClientKind::Baresip, document.as_bytes()), Ok(()));
}

#[test]
fn a_long_name_gives_way_to_the_longest_line_baresip_reads() {
    let document = rendered(ClientKind::Baresip, &plain(), &named(&"Ж".repeat(400))).unwrap();
    let line = document.lines().nth(1).unwrap();
    assert!((505..=511).contains(&line.len()), "{}", line.len());
    assert_eq!(validate(ClientKind::Baresip, document.as_bytes()), Ok(()));
}

#[test]
fn documents_that_linphone_would_take_for_a_success_are_found() {
    let good = rendered(ClientKind::Linphone, &plain(), &ada()).unwrap();
    let faults = [
        ("<config", "<konfig"),
        (
            "http://www.linphone.org/xsds/lpconfig.xsd",
            "http://example.org/",
        ),
        ("overwrite=\"true\"", "overwrite=\"1\""),
        (" overwrite=\"true\"", ""),
        ("name=\"misc\"", "name=\"\""),
        (
            "<section name=\"misc\">",
            "<section name=\"misc\"><!-- x -->",
        ),
        (">600<", "><![CDATA[600]]><"),
        (">600<", ">&nbsp;<"),
        (">600<", ">6\n00<"),
        ("name=\"ha1\"", "name=\"ha2\""),
        ("name=\"reg_proxy\"", "name=\"reg_route\""),
        (
            "reg_sendregister\" overwrite=\"true\">1",
            "reg_sendregister\" overwrite=\"true\">0",
        ),
        ("</config>", "</config><config/>"),
        ("</config>", ""),
    ];
    for (from, to) in faults {
        let bad = good.replace(from, to);
        assert_ne!(bad, good, "{from} is not there");
        assert!(
            validate(ClientKind::Linphone, bad.as_bytes()).is_err(),
            "{to} passed"
        );
    }
}

#[test]
fn accounts_that_acrobits_and_zoiper_would_refuse_are_found() {
    let faults = [
        ("username>", "user>"),
        ("password>", "pass>"),
        (">Sesame-1<", "><"),
        (">Sesame-1<", ">Sesame\n1<"),
        (">Sesame-1<", "><b>Sesame-1</b><"),
        (">Sesame-1<", "><![CDATA[Sesame-1]]><"),
        ("</account>", ""),
        ("</account>", "stray</account>"),
        ("<account>", "<account><!-- x -->"),
        ("account>", "accounting>"),
    ];
    for kind in [ClientKind::Acrobits, ClientKind::Zoiper] {
        let good = rendered(kind, &plain(), &ada()).unwrap();
        for (from, to) in faults {
            let bad = good.replace(from, to);
            assert_ne!(bad, good, "{from} is not there");
            let checked = validate(kind, bad.as_bytes());
            assert!(checked.is_err(), "{to:?} passed for {}", kind.title());
        }
    }
}

#[test]
fn json_that_could_not_register_is_found() {
    let good = rendered(ClientKind::Json, &plain(), &ada()).unwrap();
    let faults = [
        ("\"version\": 1", "\"version\": 2"),
        ("\"user\": \"alovelace-4711\"", "\"user\": \"\""),
        ("\"password\": \"Sesame-1\"", "\"password\": null"),
        ("\"host\"", "\"hosts\""),
        ("}\n", ""),
    ];
    for (from, to) in faults {
        let bad = good.replace(from, to);
        assert_ne!(bad, good, "{from} is not there");
        let checked = validate(ClientKind::Json, bad.as_bytes());
        assert!(checked.is_err(), "{to:?} passed");
    }
}

#[test]
fn lines_that_baresip_would_misread_are_found() {
    let good = rendered(ClientKind::Baresip, &plain(), &ada()).unwrap();
    let faults = [
        ("<sip:", "<tel:"),
        ("alovelace-4711@", "@"),
        (";auth_pass=Sesame-1", ""),
        (";auth_pass=Sesame-1", ";auth_pass="),
        (";regint=600", ""),
        ("\"Ada Lovelace\"", "\"Ada Lovelace"),
        ("\"Ada", "\n\"Ada <sip:x@y>\n"),
        (";regint", "\u{7};regint"),
    ];
    for (from, to) in faults {
        let bad = good.replace(from, to);
        assert_ne!(bad, good, "{from} is not there");
        assert!(
            validate(ClientKind::Baresip, bad.as_bytes()).is_err(),
            "{to:?} passed"
        );
    }
}
