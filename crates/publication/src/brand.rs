//! How an origin's public pages look and what they say about it: the only free text a redirect server may hold. An
//! administrator writes it; drawing it is left to the pages.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize};

use crate::link::version;
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
    /// Its sign, shown beside the name.
    #[serde(default)]
    pub logo: Option<Logo>,
    /// Its colours.
    #[serde(default)]
    pub colours: Option<Colours>,
    /// Where people get help.
    #[serde(default)]
    pub help: Option<HelpText>,
}

/// The body of `PUT /v1/brand`: a brand of the origin that signed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Branding {
    /// Rises with every change, from 1. What is not newer than the stored one changes nothing.
    #[serde(deserialize_with = "version")]
    pub version: i64,
    /// The brand, which takes the place of the one with its id.
    #[serde(deserialize_with = "shown")]
    pub brand: Brand,
}

/// A logo without a name would be a picture that a screen reader cannot read.
fn shown<'de, D: Deserializer<'de>>(from: D) -> Result<Brand, D::Error> {
    let brand = Brand::deserialize(from)?;
    if brand.logo.is_some() && brand.name.is_none() {
        return Err(serde::de::Error::custom("a brand with a logo needs a name"));
    }
    Ok(brand)
}

/// The largest logo, in bytes, and its largest sides, in pixels.
const LOGO_MAX: usize = 12 * 1024;
const LOGO_SIDES: (u32, u32) = (1_200, 600);

/// A picture in PNG (ISO/IEC 15948) of at most 12 KiB and 1,200 by 600 pixels. Written as base64 (RFC 4648, section 4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo(String);

/// Why a file is no logo, and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoLogo {
    /// It is something else.
    #[error("must be a PNG, and this is {0}; save the picture as a PNG")]
    Kind(&'static str),
    /// It has more bytes than a logo may have.
    #[error("has {} KiB and may have 12; save it with fewer pixels or fewer colours", .0.div_ceil(1024))]
    TooLong(usize),
    /// It has more pixels than a logo may have, or none.
    #[error("has {0} by {1} pixels and may have 1200 by 600; make it smaller")]
    Sides(u32, u32),
    /// It is not written in base64.
    #[error("must be a PNG written in base64")]
    NoBase64,
}

/// How files of other kinds begin, and what they are.
const OTHER_KINDS: [(&[u8], &str); 8] = [
    (b"\x89PNG\r\n\x1a\n", "a damaged one"),
    (b"\xff\xd8\xff", "a JPEG"),
    (b"GIF8", "a GIF"),
    (b"RIFF", "a WebP"),
    (b"<svg", "an SVG"),
    (b"<?xml", "an SVG"),
    (b"%PDF", "a PDF"),
    (b"BM", "a BMP"),
];

impl Logo {
    /// A logo from the bytes of a file.
    ///
    /// # Errors
    /// [`NoLogo`] where that is no PNG, or too large a one.
    pub fn from_png(bytes: &[u8]) -> Result<Self, NoLogo> {
        Self::check(bytes, bytes.len())?;
        Ok(Self(STANDARD.encode(bytes)))
    }

    /// Whether a file with this beginning, of at least 24 bytes, and this length can be a logo.
    ///
    /// # Errors
    /// [`NoLogo`] where it cannot.
    pub fn check(beginning: &[u8], length: usize) -> Result<(), NoLogo> {
        // Signature, then the header's chunk: length, name, width, height (section 11.2.2).
        let head = beginning.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR");
        let sides = head.and_then(|head| {
            let (width, rest) = head.split_first_chunk()?;
            let height = rest.first_chunk()?;
            Some((u32::from_be_bytes(*width), u32::from_be_bytes(*height)))
        });
        let Some((width, height)) = sides else {
            let kind = OTHER_KINDS
                .iter()
                .find(|(start, _)| beginning.trim_ascii_start().starts_with(start));
            return Err(NoLogo::Kind(
                kind.map_or("something else", |(_, kind)| kind),
            ));
        };
        if length > LOGO_MAX {
            return Err(NoLogo::TooLong(length));
        }
        let fits = (1..=LOGO_SIDES.0).contains(&width) && (1..=LOGO_SIDES.1).contains(&height);
        if fits {
            Ok(())
        } else {
            Err(NoLogo::Sides(width, height))
        }
    }
}

impl FromStr for Logo {
    type Err = NoLogo;

    fn from_str(text: &str) -> Result<Self, NoLogo> {
        let bytes = STANDARD.decode(text).map_err(|_| NoLogo::NoBase64)?;
        Self::from_png(&bytes)
    }
}

is_checked_text!(Logo);

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

    /// The head of a PNG with these sides.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let head = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        [
            head,
            width.to_be_bytes().to_vec(),
            height.to_be_bytes().to_vec(),
        ]
        .concat()
    }

    #[test]
    fn a_logo_is_a_small_png() {
        let logo = Logo::from_png(&png(1_200, 600)).unwrap();
        assert_eq!(logo.as_str().parse::<Logo>().unwrap(), logo);
        let large = [png(10, 10), vec![0; LOGO_MAX]].concat();
        for bad in [
            png(1_201, 1),
            png(1, 601),
            png(0, 1),
            png(1, 1)[..20].to_vec(),
            large,
            b"<svg onload='alert(1)'/>".to_vec(),
            vec![],
        ] {
            assert!(Logo::from_png(&bad).is_err());
        }
        assert!("\"><script>".parse::<Logo>().is_err());
    }

    #[test]
    fn a_file_that_is_no_logo_is_told_what_is_wrong_and_the_way_out() {
        let told = |bytes: &[u8]| Logo::from_png(bytes).unwrap_err().to_string();
        for (bytes, kind) in [
            (&b"\n <svg onload='alert(1)'/>"[..], "an SVG"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0", "a damaged one"),
            (b"", "something else"),
        ] {
            let wanted = format!("must be a PNG, and this is {kind}; save the picture as a PNG");
            assert_eq!(told(bytes), wanted);
        }
        assert_eq!(
            told(&[png(10, 10), vec![0; LOGO_MAX]].concat()),
            "has 13 KiB and may have 12; save it with fewer pixels or fewer colours"
        );
        assert_eq!(
            told(&png(4_000, 300)),
            "has 4000 by 300 pixels and may have 1200 by 600; make it smaller"
        );
        let photo = Logo::check(b"\xff\xd8\xff\xe0", 4 << 20);
        assert_eq!(photo, Err(NoLogo::Kind("a JPEG")));
    }

    #[test]
    fn a_brand_travels_with_its_version_and_nothing_else() {
        let json = |text: &str| serde_json::from_str::<Branding>(text);
        assert!(json(r#"{"version":1,"brand":{"name":"Example"}}"#).is_ok());
        let logo = Logo::from_png(&png(1, 1)).unwrap();
        for bad in [
            r#"{"version":0,"brand":{}}"#,
            r#"{"brand":{}}"#,
            r#"{"version":1,"brand":{"person":"Ada"}}"#,
            r#"{"version":1,"brand":{},"to":"ada@example.org"}"#,
            &format!(r#"{{"version":1,"brand":{{"logo":"{logo}"}}}}"#),
        ] {
            assert!(json(bad).is_err(), "{bad}");
        }
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
