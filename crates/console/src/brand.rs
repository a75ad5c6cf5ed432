//! `/brand`: how the public pages look, and the frame that shows them.

use askama::Template;

use crate::{FieldErrors, Place, Shell, When};

/// The editor. Saving posts `version`, `name`, `help`, `own_colours`, `light`, `dark`, `logo` (a file) and `remove_logo` to `/brand`,
/// looking posts them with `shape` and `shade` to `/brand/look`, into the frame.
#[derive(Debug, Clone, Template)]
#[template(path = "brand.html")]
pub struct BrandPage {
    /// The frame.
    pub shell: Shell,
    /// The version that the form was made of.
    pub version: String,
    /// Where what counts comes from.
    pub origin: BrandFrom,
    /// Who changed it last; empty: nobody did.
    pub actor: String,
    /// When.
    pub when: Option<When>,
    /// What the redirect server knows.
    pub redirect: BrandThere,
    /// The organisation's name.
    pub name: String,
    /// Where people get help.
    pub help: String,
    /// Whether the two colours count.
    pub own_colours: bool,
    /// `#rrggbb`, on light pages.
    pub light: String,
    /// `#rrggbb`, on dark pages.
    pub dark: String,
    /// Whether there is a logo.
    pub logo: BrandLogo,
    /// What somebody else saved since the form was made; saving goes over it.
    pub overtaken: Option<Overtaken>,
    /// What is wrong, beside its field.
    pub errors: FieldErrors,
    /// Whether this administrator may change it.
    pub can_change: bool,
}

/// What somebody else saved while this was typed.
#[derive(Debug, Clone, Default)]
pub struct Overtaken {
    /// What differs: the field, what they saved, what was typed.
    pub differences: Vec<(&'static str, String, String)>,
    /// Whether a file was chosen here, which no page can keep.
    pub had_file: bool,
}

/// Where the brand that counts comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BrandFrom {
    /// It was said here, and the settings file says nothing.
    Page,
    /// It was said here, over what the settings file says.
    PageOverSettings,
    /// The settings file says it.
    Settings,
    /// Nobody says anything.
    #[default]
    Shipped,
}

/// Whether there is a logo.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BrandLogo {
    /// There is none.
    #[default]
    None,
    /// There is one.
    There,
    /// There is one, which somebody wants to remove.
    Unwanted,
}

/// What the redirect server knows of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BrandThere {
    /// There is none.
    #[default]
    Nowhere,
    /// It has this version.
    Shown,
    /// It did not take this version yet.
    Waits,
}

impl BrandPage {
    /// Whether it was said here.
    pub(crate) fn is_own(&self) -> bool {
        matches!(self.origin, BrandFrom::Page | BrandFrom::PageOverSettings)
    }

    pub(crate) fn title_of(field: &str) -> &'static str {
        match field {
            "name" => "Name",
            "help" => "Help",
            "light" => "On light pages",
            "dark" => "On dark pages",
            _ => "Logo",
        }
    }

    /// A brand that was said here over the settings file's, with an error.
    pub fn sample() -> Self {
        let mut errors = FieldErrors::default();
        errors.add(
            "logo",
            "must be a PNG, and this is a JPEG; save the picture as a PNG",
        );
        Self {
            shell: Shell::sample(Place::Brand),
            version: "1767225600000".into(),
            origin: BrandFrom::PageOverSettings,
            actor: "grace".into(),
            when: Some(When::new("5 minutes ago", "2026-01-01T00:00:00Z")),
            redirect: BrandThere::Waits,
            name: "Example & Works <Ltd>".into(),
            help: "Call 100.\nOr ask at the desk.".into(),
            own_colours: true,
            light: "#7a1fa2".into(),
            dark: "#e1bee7".into(),
            logo: BrandLogo::There,
            overtaken: None,
            errors,
            can_change: true,
        }
    }

    /// The same where somebody else saved meanwhile.
    pub fn sample_overtaken() -> Self {
        Self {
            overtaken: Some(Overtaken {
                differences: vec![(
                    "Name",
                    "Example Works".into(),
                    "Example & Works <Ltd>".into(),
                )],
                had_file: true,
            }),
            errors: FieldErrors::default(),
            ..Self::sample()
        }
    }

    /// What ships, for somebody who may only look.
    pub fn sample_shipped() -> Self {
        Self {
            origin: BrandFrom::Shipped,
            actor: String::new(),
            when: None,
            redirect: BrandThere::Nowhere,
            name: String::new(),
            help: String::new(),
            own_colours: false,
            logo: BrandLogo::None,
            errors: FieldErrors::default(),
            can_change: false,
            ..Self::sample()
        }
    }
}

/// The landing page in a brand, alone in a frame where nothing runs or loads.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "brand_look.html")]
pub struct BrandLook {
    /// What is wrong with the draft: fields with their faults. Nothing else is shown then.
    pub faults: Vec<(String, String)>,
    /// The buttons on light and on dark pages; none: the pages' own.
    pub buttons: Vec<ButtonLook>,
    /// The landing page.
    pub html: String,
    /// As on a phone.
    pub phone: bool,
    /// As in the dark.
    pub dark: bool,
}

/// A button as it will look.
#[derive(Debug, Clone)]
pub struct ButtonLook {
    /// `light` or `dark`.
    pub shade: &'static str,
    /// Its colour, `#rrggbb`.
    pub colour: String,
    /// Its text's, `#rrggbb`.
    pub ink: String,
    /// The colour that was asked for, where that would not stand out from the page; else empty.
    pub asked: String,
}

impl ButtonLook {
    pub(crate) fn ink_in_words(&self) -> &'static str {
        if self.ink == "#ffffff" {
            "white"
        } else {
            "black"
        }
    }
}
