//! `/mail-templates/{language}`: the editor of one template, and the frame that shows a draft.

use askama::Template;

use crate::{FieldErrors, Place, Shell, When, mail_history::PartChange};

/// The editor. Saving posts `profile`, `version`, `subject`, `html` and `text` to `href`, looking posts them with `who`, `shape` and
/// `dark` to its `/look`, into the frame.
#[derive(Debug, Clone, Template)]
#[template(path = "mail_template.html")]
pub struct MailTemplatePage {
    /// The frame.
    pub shell: Shell,
    /// `/mail-templates/de`.
    pub href: String,
    /// The language's own name.
    pub language: String,
    /// The language's code.
    pub code: String,
    /// `ltr` or `rtl`.
    pub direction: &'static str,
    /// The profile's id; empty: everybody's.
    pub profile: String,
    /// The profile's name; empty: everybody's.
    pub profile_name: String,
    /// The version that the form was made of; 0: none.
    pub version: String,
    /// Where the text comes from.
    pub origin: TextFrom,
    /// The subject as stored or as typed.
    pub subject: String,
    /// The HTML.
    pub html: String,
    /// The text.
    pub text: String,
    /// What somebody else saved since the form was made; saving goes over it.
    pub overtaken: Option<Overtaken>,
    /// What is wrong, beside its field; `to` is the test mail's.
    pub errors: FieldErrors,
    /// What can be written, and what each is.
    pub placeholders: Vec<(&'static str, &'static str)>,
    /// The test mail's address as typed.
    pub to: String,
    /// Whether this administrator may change it.
    pub can_change: bool,
}

/// What somebody else saved while this was typed.
#[derive(Debug, Clone)]
pub struct Overtaken {
    /// Its version.
    pub version: String,
    /// Who saved it.
    pub actor: String,
    /// When.
    pub when: When,
    /// What saving what was typed would change in it.
    pub parts: Vec<PartChange>,
}

/// Where the text of a template comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TextFrom {
    /// Written for just these mails.
    Own,
    /// The profile has none of its own: everybody's.
    Everybody,
    /// The program ships it.
    #[default]
    Shipped,
}

impl MailTemplatePage {
    /// The address of something about this template.
    pub(crate) fn at(&self, what: &str) -> String {
        let profile = if self.profile.is_empty() {
            String::new()
        } else {
            format!("?profile={}", self.profile)
        };
        format!("{}{what}{profile}", self.href)
    }

    pub(crate) fn is_own(&self) -> bool {
        self.origin == TextFrom::Own
    }

    pub(crate) fn title_of(field: &str) -> &'static str {
        match field {
            "subject" => "Subject",
            "html" => "HTML",
            "text" => "Plain text",
            _ => "Address",
        }
    }

    /// The German template of one profile, with an error.
    pub fn sample() -> Self {
        let mut errors = FieldErrors::default();
        errors.add("text", "shows no {{ link }}, or not in every letter");
        Self {
            shell: Shell::sample(Place::MailTemplates),
            href: "/mail-templates/de".into(),
            language: "Deutsch".into(),
            code: "de".into(),
            direction: "ltr",
            profile: "p1".into(),
            profile_name: "Office softphone".into(),
            version: "3".into(),
            origin: TextFrom::Own,
            subject: "Richten Sie Ihr Softphone ein".into(),
            html: "<p>Guten Tag {{ first_name }}, <a href=\"{{ link }}\">hier</a></p>".into(),
            text: "Guten Tag {{ first_name }}".into(),
            overtaken: None,
            errors,
            placeholders: vec![
                ("first_name", "First name; may be empty"),
                ("link", "The link, which every mail has to show"),
            ],
            to: String::new(),
            can_change: true,
        }
    }

    /// The same where somebody else saved meanwhile.
    pub fn sample_overtaken() -> Self {
        Self {
            version: "4".into(),
            overtaken: Some(Overtaken {
                version: "4".into(),
                actor: "grace".into(),
                when: When::new("2 minutes ago", "2026-11-22T14:02:00Z"),
                parts: PartChange::samples(),
            }),
            errors: FieldErrors::default(),
            ..Self::sample()
        }
    }

    /// What ships, for somebody who may only look.
    pub fn sample_shipped() -> Self {
        Self {
            profile: String::new(),
            profile_name: String::new(),
            version: "0".into(),
            origin: TextFrom::Shipped,
            errors: FieldErrors::default(),
            can_change: false,
            ..Self::sample()
        }
    }
}

/// A draft as it would look, alone in a frame where nothing runs or loads.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "mail_look.html")]
pub struct MailLook {
    /// What is wrong with the draft: fields with their faults. Nothing else is shown then.
    pub faults: Vec<(String, String)>,
    /// Said above the mail; may be empty.
    pub note: String,
    /// Sender.
    pub from: String,
    /// Receiver.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// The text, where the text is to be seen.
    pub text: String,
    /// The HTML, where that is to be seen.
    pub html: String,
    /// As on a phone.
    pub phone: bool,
    /// As in the dark.
    pub dark: bool,
    /// `ltr` or `rtl`.
    pub direction: &'static str,
}

impl MailLook {
    /// The HTML as a mail program that is dark, or is not, shows it.
    pub(crate) fn shaded(&self) -> String {
        let shade = if self.dark {
            "(min-width: 0)"
        } else {
            "(max-width: 0)"
        };
        self.html.replace("(prefers-color-scheme: dark)", shade)
    }
}
