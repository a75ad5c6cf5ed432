//! A brand's colours as a style sheet. The text on a button is chosen here and a colour that would not stand out from the page
//! is moved until it does, so that no brand makes a page unreadable.

use publication::{Brand, Colour, Colours};

/// The pages' own colours, as in `public.css`.
pub const OWN: Colours = Colours {
    light: Colour {
        rgb: [0x0b, 0x6e, 0x5f],
    },
    dark: Colour {
        rgb: [0x4f, 0xd1, 0xb8],
    },
};

const WHITE: Colour = Colour { rgb: [255; 3] };
const BLACK: Colour = Colour { rgb: [0; 3] };

/// What a button stands on: the cards of the light and of the dark page, as in `public.css`.
const LIGHT_CARD: Colour = WHITE;
const DARK_CARD: Colour = Colour {
    rgb: [0x15, 0x1d, 0x1b],
};

/// How far a button's colour has to be from the card's (WCAG 2.2, 1.4.11).
const STANDS_OUT: f64 = 3.0;
/// Steps from a brand's colour to black or white.
const STEPS: u16 = 32;

/// The style that puts a brand's colours over the pages' own; `None` where they stay.
pub(crate) fn style(brand: &Brand) -> Option<String> {
    let colours = brand.colours?;
    let tokens = |button: Button| {
        let Button { colour, ink } = button;
        format!(":root{{--brand:{colour};--brand-ink:{ink}}}")
    };
    let [light, dark] = buttons(colours).map(tokens);
    Some(format!(
        "{light}@media(prefers-color-scheme:dark){{{dark}}}"
    ))
}

/// How a button looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Button {
    /// Its colour.
    pub colour: Colour,
    /// Its text's, black or white.
    pub ink: Colour,
}

/// The buttons that a brand's colours make, on a light and on a dark page.
pub fn buttons(colours: Colours) -> [Button; 2] {
    [
        standing_out(colours.light, LIGHT_CARD, BLACK),
        standing_out(colours.dark, DARK_CARD, WHITE),
    ]
    .map(|colour| Button {
        colour,
        ink: ink_on(colour),
    })
}

/// The colour itself where it stands out from the card, otherwise the nearest one on its way to `end` that does.
fn standing_out(colour: Colour, card: Colour, end: Colour) -> Colour {
    (0..=STEPS)
        .map(|step| between(colour, end, step))
        .find(|colour| contrast(*colour, card) >= STANDS_OUT)
        .unwrap_or(end)
}

/// The colour after so many of [`STEPS`] steps from one to the other.
fn between(from: Colour, to: Colour, step: u16) -> Colour {
    let channel = |i: usize| {
        let (from, to) = (u16::from(from.rgb[i]), u16::from(to.rgb[i]));
        let mixed = (from * (STEPS - step) + to * step) / STEPS;
        u8::try_from(mixed).unwrap_or(u8::MAX)
    };
    Colour {
        rgb: [channel(0), channel(1), channel(2)],
    }
}

/// Black or white, whichever reads better: at least 4.58 to 1 on any colour (WCAG 2.2, 1.4.3 asks for 4.5).
fn ink_on(colour: Colour) -> Colour {
    if contrast(colour, WHITE) >= contrast(colour, BLACK) {
        WHITE
    } else {
        BLACK
    }
}

/// The contrast ratio of WCAG 2.2, 1 to 21.
fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The relative luminance of WCAG 2.2, 0 to 1.
fn luminance(colour: Colour) -> f64 {
    let [r, g, b] = colour.rgb.map(|channel| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.040_45 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::STYLE;

    #[test]
    fn the_pages_own_colours_are_those_of_their_style() {
        for colour in [OWN.light, OWN.dark] {
            assert!(STYLE.contains(&format!("--brand: {colour};")), "{colour}");
        }
    }

    #[test]
    fn text_on_any_brand_colour_is_readable() {
        let steps = || (0..=255).step_by(17);
        for r in steps() {
            for g in steps() {
                for b in steps() {
                    let colour = Colour { rgb: [r, g, b] };
                    assert!(contrast(colour, ink_on(colour)) >= 4.5, "{colour}");
                }
            }
        }
    }

    #[test]
    fn a_button_stands_out_from_its_card_whatever_the_brand() {
        let steps = || (0..=255).step_by(17);
        for (r, g, b) in
            steps().flat_map(|r| steps().flat_map(move |g| steps().map(move |b| (r, g, b))))
        {
            let colour = Colour { rgb: [r, g, b] };
            for (card, end) in [(LIGHT_CARD, BLACK), (DARK_CARD, WHITE)] {
                let shown = standing_out(colour, card, end);
                assert!(contrast(shown, card) >= STANDS_OUT, "{colour} on {card}");
                assert!(contrast(shown, ink_on(shown)) >= 4.5, "{colour}");
                assert!(
                    contrast(colour, card) < STANDS_OUT || shown == colour,
                    "{colour}"
                );
            }
        }
    }

    #[test]
    fn a_brand_without_colours_keeps_the_pages_own() {
        assert_eq!(style(&Brand::default()), None);
        let colours = Colours {
            light: "#0b6e5f".parse().unwrap(),
            dark: "#4fd1b8".parse().unwrap(),
        };
        assert_eq!(
            style(&Brand {
                colours: Some(colours),
                ..Brand::default()
            })
            .unwrap(),
            ":root{--brand:#0b6e5f;--brand-ink:#ffffff}\
             @media(prefers-color-scheme:dark){:root{--brand:#4fd1b8;--brand-ink:#000000}}"
        );
    }
}
