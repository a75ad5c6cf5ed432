//! The words of the public pages, one value per language. A new language is one file beside `en.rs` and one entry in
//! [`ALL`]; the compiler asks for every text.

mod en;

use publication::Language;

/// All texts in one language. None has a placeholder for anything about a person.
pub(crate) struct Texts {
    /// The language these texts are in, which need not be the one asked for.
    pub(crate) lang: &'static str,
    /// `ltr` or `rtl`.
    pub(crate) direction: &'static str,
    pub(crate) landing: Landing,
    pub(crate) opening: Opening,
    pub(crate) refused: Notice,
    pub(crate) fine: Notice,
    pub(crate) not_allowed: Notice,
    pub(crate) not_found: Notice,
    pub(crate) trouble: Notice,
    /// Heads a brand's own help text.
    pub(crate) help: &'static str,
    /// The last line of every page.
    pub(crate) privacy: &'static str,
}

/// The page behind a link that works.
pub(crate) struct Landing {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) here: &'static str,
    pub(crate) here_install: &'static str,
    pub(crate) open: &'static str,
    pub(crate) scan: &'static str,
    pub(crate) scan_install: &'static str,
    pub(crate) scan_choose: &'static str,
    pub(crate) scan_hold: &'static str,
    pub(crate) code: &'static str,
    pub(crate) address: &'static str,
    pub(crate) keep: &'static str,
}

/// The answer to the button that opens the app.
pub(crate) struct Opening {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) again: &'static str,
    pub(crate) missing: &'static str,
    pub(crate) back: &'static str,
}

/// A page that only says something.
pub(crate) struct Notice {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) next: &'static str,
}

/// Every language there is, English first: it stands in for those that are missing.
static ALL: [&Texts; 1] = [&en::TEXTS];

/// The texts for a language, English where there are none.
pub(crate) fn of(language: &Language) -> &'static Texts {
    let wanted = language.primary();
    ALL.iter()
        .find(|texts| texts.lang == wanted)
        .unwrap_or(&ALL[0])
}
