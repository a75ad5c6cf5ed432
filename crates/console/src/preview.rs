//! `/plans/{id}/preview/{entry}` and `/users/{id}/preview`: the mail and the configuration one person would get.

use askama::Template;

use crate::{Place, Shell, Trouble};

/// The two panes of a preview. Links, codes and secrets are stand-ins: nothing was made yet.
#[derive(Debug, Clone, Template)]
#[template(path = "preview.html")]
pub struct PreviewPage {
    /// The frame.
    pub shell: Shell,
    /// Where the way back leads.
    pub back: String,
    /// What that is called.
    pub from: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Directory number.
    pub number: String,
    /// Name of the profile.
    pub profile: String,
    /// The mail; `None`: this person gets none.
    pub mail: Option<MailPreview>,
    /// The configuration; `None`: this person gets none.
    pub configuration: Option<ConfigurationPreview>,
    /// Why one of them is missing.
    pub trouble: Option<Trouble>,
}

/// A mail as it would be sent.
#[derive(Debug, Clone, Default)]
pub struct MailPreview {
    /// Sender.
    pub from: String,
    /// Receiver.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// Address of a page that shows the HTML part alone, for a frame; empty: none.
    pub frame: String,
}

/// A configuration as the client would fetch it.
#[derive(Debug, Clone, Default)]
pub struct ConfigurationPreview {
    /// The client: `Linphone`.
    pub client: String,
    /// Media type.
    pub content_type: String,
    /// The document, secrets masked.
    pub text: String,
    /// What of the profile this client ignores.
    pub ignored: Vec<String>,
}

impl PreviewPage {
    pub(crate) fn name(&self) -> String {
        crate::import_users::spoken(&self.first_name, &self.last_name, &self.number)
    }

    /// A mail in English and a Linphone document.
    pub fn sample() -> Self {
        Self {
            shell: Shell::sample(Place::Import),
            back: "/plans/pl1".into(),
            from: "The plan".into(),
            first_name: "Łukasz".into(),
            last_name: "Zieliński".into(),
            number: "4802".into(),
            profile: "Office softphone".into(),
            mail: Some(MailPreview {
                from: "Example Ltd. <telephony@example.org>".into(),
                to: "l.zielinski@example.org".into(),
                subject: "Your softphone, ready to set up".into(),
                text: "Hello Łukasz,\n\n\
                       your number 4802 now works on your mobile phone and computer.\n\n\
                       1. Install Linphone from your app store.\n\
                       2. Open this link on that device:\n   https://go.example.org/d/••••••••••••••••••••••\n\n\
                       The link works until 29 November 2026 and for 3 devices.\n\n\
                       Questions? Call 100.\n".into(),
                frame: String::new(),
            }),
            configuration: Some(ConfigurationPreview {
                client: "Linphone".into(),
                content_type: "application/xml".into(),
                text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
                       <config xmlns=\"http://www.linphone.org/xsds/lpconfig.xsd\">\n\
                       \x20 <section name=\"proxy_0\">\n\
                       \x20   <entry name=\"reg_identity\" overwrite=\"true\">\"Łukasz Zieliński\" &lt;sip:4802@pbx.example.org&gt;</entry>\n\
                       \x20   <entry name=\"reg_proxy\" overwrite=\"true\">&lt;sip:mbg1.example.org:5061;transport=tls&gt;</entry>\n\
                       \x20 </section>\n\
                       \x20 <section name=\"auth_info_0\">\n\
                       \x20   <entry name=\"username\" overwrite=\"true\">4802</entry>\n\
                       \x20   <entry name=\"ha1\" overwrite=\"true\">••••••••</entry>\n\
                       \x20 </section>\n\
                       </config>\n".into(),
                ignored: vec!["client service host".into()],
            }),
            trouble: None,
        }
    }
}
