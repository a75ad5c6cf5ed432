//! How the public pages look. What an administrator says counts, as a whole; where none says anything, what the settings file said at
//! the last start of a server does.

use model::{Actor, Fault, Timestamp};
use publication::{Brand, Colour, Colours, Logo, NoLogo};
use store::Store;

use crate::Error;

/// Where the brand comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// An administrator said it.
    Page,
    /// The settings file says it.
    Settings,
    /// Nobody says anything: the pages name nobody and keep their own colours.
    Shipped,
}

/// The brand as it stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// What the public pages show.
    pub brand: Brand,
    /// Where that comes from.
    pub origin: Origin,
    /// Whether the settings file says something, in force or not.
    pub settings_say: bool,
    /// Rises with every change.
    pub version: i64,
    /// Who changed it last; empty: nobody did.
    pub actor: String,
    /// When.
    pub at: Option<Timestamp>,
    /// Whether the redirect server took this version.
    pub is_published: bool,
}

/// The brand as it stands.
pub async fn get(store: &Store) -> Result<Standing, Error> {
    let kept = store::brand::get(store).await?;
    let page = kept.page.as_deref().map(read).transpose()?;
    let settings = read(&kept.file)?;
    let settings_say = settings != Brand::default();
    let origin = match (&page, settings_say) {
        (Some(_), _) => Origin::Page,
        (None, true) => Origin::Settings,
        (None, false) => Origin::Shipped,
    };
    Ok(Standing {
        brand: page.unwrap_or(settings),
        origin,
        settings_say,
        version: kept.version,
        actor: kept.actor,
        at: kept.at,
        is_published: kept.published >= kept.version,
    })
}

fn read(text: &str) -> Result<Brand, store::Error> {
    serde_json::from_str(text).map_err(|error| store::Error::Corrupt {
        what: "brand",
        why: error.to_string(),
    })
}

fn written(brand: &Brand) -> String {
    serde_json::to_string(brand).expect("a brand always serialises")
}

/// Notes at the start of a server what its settings say.
pub async fn note_settings(store: &Store, brand: &Brand) -> Result<(), Error> {
    let tx = store.begin().await?;
    store::brand::note_file(&tx, &written(brand)).await?;
    Ok(tx.commit().await?)
}

/// A brand as somebody wants it; empty texts say nothing.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The organisation's name.
    pub name: String,
    /// Where people get help.
    pub help: String,
    /// The colour of buttons on light pages; the other one's where it is empty.
    pub light: String,
    /// The same on dark pages.
    pub dark: String,
    /// The logo.
    pub logo: WantedLogo,
}

/// A logo as somebody wants it.
#[derive(Debug, Clone, Default)]
pub enum WantedLogo {
    /// None.
    #[default]
    None,
    /// The one that is there.
    Kept(Logo),
    /// In base64.
    Base64(String),
    /// A file: its beginning, or all of it where it is not too long, and how many bytes it has.
    File(Vec<u8>, usize),
}

impl Wanted {
    /// The brand.
    ///
    /// # Errors
    /// [`Error::Unfit`] with every fault.
    pub fn parse(self) -> Result<Brand, Error> {
        let mut faults = Vec::new();
        let name = part(&self.name, "name", &mut faults);
        let help = part(&self.help, "help", &mut faults);
        let light: Option<Colour> = part(&self.light, "light", &mut faults);
        let dark = part(&self.dark, "dark", &mut faults);
        let logo = self.logo.parse().unwrap_or_else(|no_logo| {
            faults.push(Fault::new("logo", no_logo.to_string()));
            None
        });
        if logo.is_some() && self.name.trim().is_empty() {
            let why = "is needed where there is a logo: it is what a screen reader says";
            faults.push(Fault::new("name", why));
        }
        if !faults.is_empty() {
            return Err(Error::Unfit(faults));
        }
        let colours = light.or(dark).map(|one| Colours {
            light: light.unwrap_or(one),
            dark: dark.unwrap_or(one),
        });
        Ok(Brand {
            name,
            logo,
            colours,
            help,
            ..Brand::default()
        })
    }
}

/// A part that says something.
fn part<T: std::str::FromStr<Err = publication::Malformed>>(
    text: &str,
    field: &str,
    faults: &mut Vec<Fault>,
) -> Option<T> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    match text.parse() {
        Ok(part) => Some(part),
        Err(malformed) => {
            faults.push(Fault::new(field, format!("must be {}", malformed.rule)));
            None
        }
    }
}

impl WantedLogo {
    fn parse(self) -> Result<Option<Logo>, NoLogo> {
        match self {
            Self::None => Ok(None),
            Self::Kept(logo) => Ok(Some(logo)),
            Self::Base64(text) => text.parse().map(Some),
            Self::File(beginning, length) => {
                Logo::check(&beginning, length)?;
                Logo::from_png(&beginning).map(Some)
            }
        }
    }
}

/// Keeps a brand, which counts from now on here and, as soon as it took it, at the redirect server. One that says what was said already
/// is not kept again.
///
/// # Errors
/// [`Error::Overtaken`] where `seen` is not its version any more.
pub async fn change(
    store: &Store,
    brand: &Brand,
    seen: Option<i64>,
    actor: &Actor,
) -> Result<Standing, Error> {
    let now = get(store).await?;
    let is_said = now.origin == Origin::Page && now.brand == *brand;
    if is_said && seen.is_none_or(|seen| seen == now.version) {
        return Ok(now);
    }
    let what = differences(&now.brand, brand);
    let seen = seen.unwrap_or(now.version);
    keep(store, seen, Some(&written(brand)), &what, actor).await
}

/// Goes back to what the settings file says, or to what ships with the program.
///
/// # Errors
/// [`Error::Overtaken`] where `seen` is not its version any more.
pub async fn reset(store: &Store, seen: Option<i64>, actor: &Actor) -> Result<Standing, Error> {
    let now = get(store).await?;
    if now.origin != Origin::Page {
        return Ok(now);
    }
    keep(store, seen.unwrap_or(now.version), None, "", actor).await
}

async fn keep(
    store: &Store,
    seen: i64,
    brand: Option<&str>,
    what: &str,
    actor: &Actor,
) -> Result<Standing, Error> {
    let tx = store.begin().await?;
    let kept = store::brand::keep(&tx, seen, brand, what, actor).await?;
    kept.ok_or(Error::Overtaken)?;
    tx.commit().await?;
    get(store).await
}

/// The parts that differ, by name.
fn differences(one: &Brand, other: &Brand) -> String {
    let parts = [
        ("name", one.name != other.name),
        ("help", one.help != other.help),
        ("colours", one.colours != other.colours),
        ("logo", one.logo != other.logo),
    ];
    let differ = parts.iter().filter(|(_, differs)| *differs);
    let names: Vec<&str> = differ.map(|(name, _)| *name).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(wanted: Wanted) -> Vec<(String, String)> {
        let Err(Error::Unfit(faults)) = wanted.parse() else {
            return vec![];
        };
        faults.into_iter().map(|f| (f.field, f.message)).collect()
    }

    #[test]
    fn every_part_that_cannot_be_is_told_by_its_name() {
        let wanted = Wanted {
            name: "two\nlines".to_owned(),
            help: "x".repeat(601),
            light: "red".to_owned(),
            dark: "#12345".to_owned(),
            logo: WantedLogo::File(b"<svg onload='alert(1)'/>".to_vec(), 24),
        };
        let told = faults(wanted);
        let fields: Vec<&str> = told.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["name", "help", "light", "dark", "logo"]);
        assert_eq!(told[2].1, "must be six hexadecimal digits after a #");
        assert!(told[4].1.contains("this is an SVG"), "{}", told[4].1);
    }

    #[test]
    fn one_colour_is_both_and_blank_texts_say_nothing() {
        let wanted = Wanted {
            help: " \r\n ".to_owned(),
            dark: "#4FD1B8".to_owned(),
            ..Wanted::default()
        };
        let brand = wanted.parse().unwrap();
        let colour = "#4fd1b8".parse().unwrap();
        assert_eq!(
            brand,
            Brand {
                colours: Some(Colours {
                    light: colour,
                    dark: colour
                }),
                ..Brand::default()
            }
        );
    }

    #[test]
    fn a_logo_needs_a_name() {
        let logo = Logo::from_png(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01").unwrap();
        let wanted = Wanted {
            logo: WantedLogo::Kept(logo),
            ..Wanted::default()
        };
        assert_eq!(faults(wanted)[0].0, "name");
    }
}
