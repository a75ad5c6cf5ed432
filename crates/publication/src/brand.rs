//! How an origin's public pages look and what they say about it: the only free text a redirect server may hold. An
//! administrator writes it; drawing it is left to the pages.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::{is_checked_text, travels_as_text};
use crate::{BrandId, Malformed};

/// The look of the public pages. The default one names nobody and uses the pages' own colours.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brand {
    /// Its name among the brands of one origin.
    #[serde(default)]
    pub id: BrandId,
    /// The organisation as people know it.
    #[serde(default)]
    pub name: Option<BrandName>,
    /// Its colours.
    #[serde(default)]
    pub colours: Option<Colours>,
    /// Where people get help.
    #[serde(default)]
    pub help: Option<HelpText>,
}

/// An organisation's name: 1 to 80 characters on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrandName(String);

impl FromStr for BrandName {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let text = text.trim();
        if (1..=80).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed::new(
                "a brand's name",
                "1 to 80 characters on one line",
            ))
        }
    }
}

is_checked_text!(BrandName);

/// What to do when something does not work: 1 to 600 characters; line breaks stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpText(String);

impl FromStr for HelpText {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let text = text.trim().replace("\r\n", "\n");
        let printable = text.chars().all(|c| c == '\n' || !c.is_control());
        if (1..=600).contains(&text.chars().count()) && printable {
            Ok(Self(text))
        } else {
            Err(Malformed::new("a brand's help text", "1 to 600 characters"))
        }
    }
}

is_checked_text!(HelpText);

/// The colour of buttons and marks, on a light and on a dark page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Colours {
    /// On a light page.
    pub light: Colour,
    /// On a dark page.
    pub dark: Colour,
}

/// An sRGB colour, written `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour {
    /// Red, green, blue.
    pub rgb: [u8; 3],
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.rgb;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

impl FromStr for Colour {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let refused = Malformed::new("a colour", "six hexadecimal digits after a #");
        let Some(digits) = text.strip_prefix('#') else {
            return Err(refused);
        };
        if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(refused);
        }
        let bits = u32::from_str_radix(digits, 16).map_err(|_| refused)?;
        let [_, r, g, b] = bits.to_be_bytes();
        Ok(Self { rgb: [r, g, b] })
    }
}

travels_as_text!(Colour);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_brand_names_nobody() {
        let brand = Brand::default();
        assert_eq!((brand.name, brand.help, brand.colours), (None, None, None));
        assert_eq!(
            serde_json::from_str::<Brand>("{}").unwrap(),
            Brand::default()
        );
    }

    #[test]
    fn a_colour_is_six_digits_and_nothing_that_a_style_sheet_could_run() {
        assert_eq!("#0B6e5f".parse::<Colour>().unwrap().to_string(), "#0b6e5f");
        for bad in [
            "", "#fff", "0b6e5f", "#0b6e5g", "#+b6e5f", "#0b6e5f;", "red", "#é6e5f",
        ] {
            assert!(bad.parse::<Colour>().is_err(), "{bad}");
        }
    }

    #[test]
    fn texts_are_bounded_and_printable() {
        assert_eq!(
            " Example Works ".parse::<BrandName>().unwrap().as_str(),
            "Example Works"
        );
        assert_eq!(
            "Call 100.\r\nOr ask.".parse::<HelpText>().unwrap().as_str(),
            "Call 100.\nOr ask."
        );
        for bad in ["", "  ", "a\nb", "a\u{0}", &"x".repeat(81)] {
            assert!(bad.parse::<BrandName>().is_err(), "{bad:?}");
        }
        assert!("x".repeat(601).parse::<HelpText>().is_err());
        assert!("a\u{7}".parse::<HelpText>().is_err());
    }
}
