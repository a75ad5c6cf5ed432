//! The words of a link that is shown beside whom it is for, on a printed sheet or on a person's own page: the landing page's steps, and what paper needs beside them. Laying it out, with the name of
//! whom it is for, is left to the console.

use publication::Language;

use crate::texts;

/// A sheet's words in one language.
#[derive(Debug, Clone)]
pub struct SheetWords {
    /// The language they are in.
    pub lang: &'static str,
    /// `ltr` or `rtl`.
    pub direction: &'static str,
    /// The heading.
    pub title: &'static str,
    /// What it is about.
    pub lead: &'static str,
    /// The first step.
    pub install: &'static str,
    /// The second one.
    pub choose: &'static str,
    /// The third one.
    pub hold: &'static str,
    /// Heads what is for the device in hand.
    pub here: &'static str,
    /// The button that leads on there.
    pub open: &'static str,
    /// Heads the steps.
    pub scan: &'static str,
    /// Said of the QR code to those who cannot see it.
    pub picture: &'static str,
    /// Stands before the address at which the code is typed.
    pub type_at: &'static str,
    /// Stands before the day of its end.
    pub until: &'static str,
    /// That it is for one person.
    pub keep: &'static str,
}

impl SheetWords {
    /// The steps in their order, none of which leads on to something beneath it.
    pub fn steps(&self) -> [&'static str; 3] {
        [self.install, self.choose, self.hold]
            .map(|step| step.trim_end_matches([':', ' ', '\u{a0}']))
    }
}

/// The words of a sheet in a language, English where there are none.
pub fn sheet_words(language: &Language) -> SheetWords {
    let texts = texts::of(language);
    let steps = &texts.landing;
    SheetWords {
        lang: texts.lang,
        direction: texts.direction,
        title: steps.title,
        lead: steps.lead,
        install: steps.scan_install,
        choose: steps.scan_choose,
        hold: steps.scan_hold,
        here: steps.here,
        open: steps.open,
        scan: steps.scan,
        picture: steps.code,
        type_at: texts.sheet.type_at,
        until: texts.sheet.until,
        keep: steps.keep,
    }
}
