//! `/mail-templates`: the mobile client deployment e-mail, language by language.

use askama::Template;

use crate::{Place, ProfileChoice, Shell, When, profile::LANGUAGES};

/// The list of templates. Choosing one of a profile gets `/mail-templates/choice` with `language` and `profile`.
#[derive(Debug, Clone, Template)]
#[template(path = "mail_templates.html")]
pub struct MailTemplatesPage {
    /// The frame.
    pub shell: Shell,
    /// Everybody's, one per language.
    pub everybody: Vec<TemplateLine>,
    /// Those of single profiles.
    pub own: Vec<TemplateLine>,
    /// Profiles to choose from.
    pub profiles: Vec<ProfileChoice>,
}

/// One template.
#[derive(Debug, Clone, Default)]
pub struct TemplateLine {
    /// Where it is edited.
    pub href: String,
    /// The language's own name.
    pub language: String,
    /// The language's code.
    pub code: String,
    /// The profile's name; empty: everybody's.
    pub profile: String,
    /// The version's number where somebody changed it; empty: what the program ships.
    pub version: String,
    /// Who changed it.
    pub actor: String,
    /// When it was changed.
    pub when: Option<When>,
}

impl MailTemplatesPage {
    pub(crate) fn languages() -> [(&'static str, &'static str); 8] {
        LANGUAGES
    }

    /// German changed, one profile with its own.
    pub fn sample() -> Self {
        let line = |(code, language): (&str, &str)| TemplateLine {
            href: format!("/mail-templates/{code}"),
            language: language.into(),
            code: code.into(),
            ..TemplateLine::default()
        };
        let mut everybody: Vec<_> = LANGUAGES.into_iter().map(line).collect();
        everybody[1] = TemplateLine {
            version: "3".into(),
            actor: "admin:grace".into(),
            when: Some(When::new("22 Nov, 14:02", "2026-11-22T14:02:00Z")),
            ..everybody[1].clone()
        };
        let own = TemplateLine {
            href: "/mail-templates/de?profile=p1".into(),
            profile: "Office softphone".into(),
            version: "1".into(),
            ..everybody[1].clone()
        };
        Self {
            shell: Shell::sample(Place::MailTemplates),
            everybody,
            own: vec![own],
            profiles: vec![ProfileChoice {
                id: "p1".into(),
                name: "Office softphone".into(),
                chosen: false,
            }],
        }
    }
}
