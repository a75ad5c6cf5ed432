//! The words of the public pages, one value per language. A new language is one file beside `en.rs` and one entry in
//! [`ALL`]; the compiler asks for every text.

mod ar;
mod de;
mod en;
mod es;
mod fr;
mod it;
mod nl;
mod pt;

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
    /// The button of the refusal that asks for a new link.
    pub(crate) renew: &'static str,
    /// The answer to that button, whoever pressed it.
    pub(crate) asked: Notice,
    pub(crate) typing: Typing,
    pub(crate) sheet: Sheet,
    pub(crate) busy: Notice,
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

/// The page for the code that is typed.
pub(crate) struct Typing {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) label: &'static str,
    pub(crate) button: &'static str,
    pub(crate) wrong: &'static str,
}

/// What a printed sheet says beside the steps of the landing page.
pub(crate) struct Sheet {
    pub(crate) type_at: &'static str,
    pub(crate) until: &'static str,
}

/// A page that only says something.
pub(crate) struct Notice {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) next: &'static str,
}

/// Every language there is, English first: it stands in for those that are missing.
static ALL: [&Texts; 8] = [
    &en::TEXTS,
    &de::TEXTS,
    &fr::TEXTS,
    &es::TEXTS,
    &it::TEXTS,
    &nl::TEXTS,
    &pt::TEXTS,
    &ar::TEXTS,
];

/// Whether there are texts in this language.
pub(crate) fn has(language: &Language) -> bool {
    find(language).is_some()
}

/// The texts for a language, English where there are none.
pub(crate) fn of(language: &Language) -> &'static Texts {
    find(language).unwrap_or(&en::TEXTS)
}

fn find(language: &Language) -> Option<&'static Texts> {
    let wanted = language.primary();
    ALL.iter().copied().find(|texts| texts.lang == wanted)
}
