//! What every public page shows around its content: language, style, brand, and the last line.

use publication::{Brand, Language};

use crate::colours;
use crate::page::STYLE;
use crate::texts::{self, Texts};

/// The frame of a page, whose template extends `layout.html` of this crate and has it as `frame`.
pub struct Frame<'a> {
    /// The language of the words.
    pub lang: &'static str,
    /// `ltr` or `rtl`.
    pub direction: &'static str,
    /// The style sheet.
    pub style: &'static str,
    /// The brand's colours as another one.
    pub brand_style: Option<String>,
    /// The brand's name.
    pub organisation: Option<&'a str>,
    /// Its logo, a PNG in base64.
    pub logo: Option<&'a str>,
    /// Heads the help.
    pub help_title: &'static str,
    /// Whom to ask, in the brand's words.
    pub help: Option<&'a str>,
    /// The last line.
    pub privacy: &'static str,
    pub(crate) texts: &'static Texts,
}

impl<'a> Frame<'a> {
    /// The frame of a page that sets no cookies.
    pub fn new(brand: &'a Brand, language: &Language) -> Self {
        let texts = texts::of(language);
        Self {
            lang: texts.lang,
            direction: texts.direction,
            style: STYLE,
            brand_style: colours::style(brand),
            organisation: brand.name.as_ref().map(publication::BrandName::as_str),
            logo: brand.logo.as_ref().map(publication::Logo::as_str),
            help_title: texts.help,
            help: brand.help.as_ref().map(publication::HelpText::as_str),
            privacy: texts.privacy,
            texts,
        }
    }
}
