//! Golden files: what each client is given, byte for byte. Read a change of one as a change on every phone.

use clients::{neutral, render, validate};
use model::{ClientKind, ProfileSettings, SipAccount};

use crate::people::{LINK, ada, ada_by_hash, full, lab, named, plain};

/// The rendered text, once the independent check has passed it.
fn text(kind: ClientKind, settings: &ProfileSettings, account: &SipAccount) -> String {
    let document = render(kind, settings, account, LINK).unwrap();
    assert_eq!(validate(kind, &document.body), Ok(()));
    String::from_utf8(document.body.to_vec()).unwrap()
}

const NAMES: [(&str, &str); 6] = [
    ("quotes", r#"Ada "The \ Countess" L'Ace"#),
    ("markup", "</entry> & <x> ]]> <!-- "),
    ("newline", "Ada\r\nauth_pass=\t\u{0}x\u{2028}y"),
    ("right_to_left", "فاطمة الزهراء"),
    ("emoji", "Ada 👩🏽‍💻 Žluťoučký"),
    ("none", ""),
];

#[test]
fn linphone_documents_are_as_ever() {
    let kind = ClientKind::Linphone;
    insta::assert_snapshot!("linphone_plain", text(kind, &plain(), &ada()));
    insta::assert_snapshot!("linphone_full", text(kind, &full(kind), &ada()));
    insta::assert_snapshot!("linphone_lab", text(kind, &lab(), &ada()));
    let number_sign = SipAccount {
        user: "amueller-1#001".to_owned(),
        voicemail_number: "*97#1".to_owned(),
        ..ada()
    };
    insta::assert_snapshot!("linphone_number_sign", text(kind, &plain(), &number_sign));
    for (name, display_name) in NAMES {
        let document = text(kind, &plain(), &named(display_name));
        let line = document
            .lines()
            .find(|l| l.contains("reg_identity"))
            .unwrap();
        insta::assert_snapshot!(format!("linphone_name_{name}"), line.trim());
    }
}

#[test]
fn linphone_is_given_the_same_hash_whether_we_know_the_password_or_the_hash() {
    let kind = ClientKind::Linphone;
    let document = text(kind, &plain(), &ada());
    assert_eq!(document, text(kind, &plain(), &ada_by_hash()));
    assert!(!document.contains("Sesame"));
}

#[test]
fn baresip_documents_are_as_ever() {
    let kind = ClientKind::Baresip;
    insta::assert_snapshot!("baresip_plain", text(kind, &plain(), &ada()));
    insta::assert_snapshot!("baresip_full", text(kind, &full(kind), &ada()));
    insta::assert_snapshot!("baresip_lab", text(kind, &lab(), &ada()));
    let star = SipAccount {
        user: "amueller-1*0#1".to_owned(),
        ..ada()
    };
    insta::assert_snapshot!("baresip_number_sign", text(kind, &plain(), &star));
    for (name, display_name) in NAMES {
        let document = text(kind, &plain(), &named(display_name));
        let line = document.lines().nth(1).unwrap();
        insta::assert_snapshot!(format!("baresip_name_{name}"), line);
    }
}

#[test]
fn json_documents_are_as_ever() {
    let kind = ClientKind::Json;
    insta::assert_snapshot!("json_plain", text(kind, &plain(), &ada()));
    insta::assert_snapshot!("json_full", text(kind, &full(kind), &ada()));
    insta::assert_snapshot!("json_by_hash", text(kind, &lab(), &ada_by_hash()));
    for (name, display_name) in NAMES {
        let document = text(kind, &plain(), &named(display_name));
        let line = document.lines().find(|l| l.contains("display_name"));
        insta::assert_snapshot!(format!("json_name_{name}"), line.unwrap().trim());
    }
}

#[test]
fn acrobits_documents_are_as_ever() {
    let kind = ClientKind::Acrobits;
    insta::assert_snapshot!("acrobits_plain", text(kind, &plain(), &ada()));
    insta::assert_snapshot!("acrobits_full", text(kind, &full(kind), &ada()));
    insta::assert_snapshot!("acrobits_lab", text(kind, &lab(), &ada()));
    for (name, display_name) in NAMES {
        let document = text(kind, &plain(), &named(display_name));
        let lines = document.lines().map(str::trim);
        let names: Vec<_> = lines
            .filter(|l| l.starts_with("<title") || l.starts_with("<userDisplayName"))
            .collect();
        insta::assert_snapshot!(format!("acrobits_name_{name}"), names.join("\n"));
    }
    let told = clients::message("<No> more & more");
    insta::assert_snapshot!(
        "acrobits_message",
        String::from_utf8(told.body.to_vec()).unwrap()
    );
}

#[test]
fn zoiper_documents_are_as_ever() {
    let kind = ClientKind::Zoiper;
    insta::assert_snapshot!("zoiper_plain", text(kind, &plain(), &ada()));
    let document = text(kind, &full(kind), &ada());
    assert_eq!(
        document,
        text(kind, &plain(), &ada()),
        "the rest is Zoiper's"
    );
}

#[test]
fn the_neutral_document_holds_no_account() {
    let document = neutral(ClientKind::Linphone).unwrap();
    insta::assert_snapshot!(
        "linphone_neutral",
        String::from_utf8(document.body.to_vec()).unwrap()
    );
    assert_eq!(
        validate(ClientKind::Linphone, &document.body)
            .unwrap_err()
            .code,
        "broken-document"
    );
    for kind in ClientKind::ALL {
        assert_eq!(neutral(kind).is_some(), kind == ClientKind::Linphone);
    }
}
