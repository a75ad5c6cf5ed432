//! The languages that mails are shipped in, and which one a person gets.

use serde::{Deserialize, Serialize};

/// A language of the mail that ships.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// German.
    #[serde(rename = "de")]
    German,
    /// French.
    #[serde(rename = "fr")]
    French,
    /// Spanish.
    #[serde(rename = "es")]
    Spanish,
    /// Italian.
    #[serde(rename = "it")]
    Italian,
    /// Dutch.
    #[serde(rename = "nl")]
    Dutch,
    /// Portuguese.
    #[serde(rename = "pt")]
    Portuguese,
    /// Arabic, from right to left.
    #[serde(rename = "ar")]
    Arabic,
}

impl Language {
    /// Every language, in the order of pages.
    pub const ALL: [Self; 8] = [
        Self::English,
        Self::German,
        Self::French,
        Self::Spanish,
        Self::Italian,
        Self::Dutch,
        Self::Portuguese,
        Self::Arabic,
    ];

    /// Its code (BCP 47).
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Italian => "it",
            Self::Dutch => "nl",
            Self::Portuguese => "pt",
            Self::Arabic => "ar",
        }
    }

    /// Its own name.
    pub const fn title(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::French => "Français",
            Self::Spanish => "Español",
            Self::Italian => "Italiano",
            Self::Dutch => "Nederlands",
            Self::Portuguese => "Português",
            Self::Arabic => "العربية",
        }
    }

    /// Whether it is written from right to left.
    pub const fn is_right_to_left(self) -> bool {
        matches!(self, Self::Arabic)
    }

    /// The language of a tag, whatever its region: `pt-BR` is Portuguese.
    pub fn of(tag: &str) -> Option<Self> {
        let first = tag.split('-').next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| language.code().eq_ignore_ascii_case(first))
    }

    /// The first of these tags that mails are shipped in.
    pub fn first_of(tags: &[&str]) -> Option<Self> {
        tags.iter().find_map(|tag| Self::of(tag))
    }
}

impl std::fmt::Display for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_does_not_matter_and_what_is_not_shipped_is_passed_over() {
        assert_eq!(Language::of("pt-BR"), Some(Language::Portuguese));
        assert_eq!(Language::of("DE"), Some(Language::German));
        assert_eq!(Language::of("deu"), None);
        let tags = ["", "sv", "fr-CA", "de"];
        assert_eq!(Language::first_of(&tags), Some(Language::French));
    }

    #[test]
    fn a_language_is_written_as_its_code() {
        for language in Language::ALL {
            let text = serde_json::to_string(&language).unwrap();
            assert_eq!(text, format!("\"{}\"", language.code()));
        }
    }
}
