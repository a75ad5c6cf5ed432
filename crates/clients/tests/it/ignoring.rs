//! What the pages say that a client ignores is what it ignores: nothing more, and nothing less.

use clients::{ignored, render};
use model::{
    ClientKind, LinkMode, ProfileSettings, SipAccount,
    profile::{SETTINGS, Setting},
};

use crate::people::{LINK, ada, one_changed, plain};

/// The document of somebody with a mailbox of their own, so that a lamp has something to show.
fn document(kind: ClientKind, settings: &ProfileSettings, own: &str) -> Vec<u8> {
    let settings = ProfileSettings {
        client: kind,
        provider_id: "ROLLCALL".to_owned(),
        link_mode: LinkMode::Direct,
        ..settings.clone()
    };
    let account = SipAccount {
        voicemail_number: own.to_owned(),
        ..ada()
    };
    render(kind, &settings, &account, LINK)
        .unwrap()
        .body
        .to_vec()
}

#[test]
fn a_setting_changes_a_client_s_document_unless_the_client_ignores_it() {
    for kind in ClientKind::ALL {
        for (setting, changed) in one_changed() {
            let own = if setting == "voicemail_notify" {
                "700"
            } else {
                ""
            };
            let differs = document(kind, &plain(), own) != document(kind, &changed, own);
            let is_ignored = ignored(kind).iter().any(|(ignored, _)| *ignored == setting);
            assert_ne!(differs, is_ignored, "{} and {setting}", kind.title());
        }
    }
}

#[test]
fn every_setting_that_documents_are_made_of_is_tried() {
    let tried = one_changed();
    let made_of = |setting: &&Setting| setting.in_document && setting.key != "client";
    for setting in SETTINGS.iter().filter(made_of) {
        let found = tried.iter().any(|(key, _)| *key == setting.key);
        assert!(found, "{}", setting.key);
    }
    for (key, why) in ClientKind::ALL.into_iter().flat_map(ignored) {
        assert!(tried.iter().any(|(tried, _)| tried == key), "{key}");
        assert!(!why.is_empty());
    }
}
