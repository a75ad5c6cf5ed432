//! Which language a page is in: the link's own, or what the browser asks for where that is not known.

use publication::Language;

use crate::texts;

/// Parts of an `Accept-Language` that are looked at.
const PARTS_MAX: usize = 20;

/// The language of a page: what was published for the link if the pages exist in it, otherwise the best of `accepted`, an
/// `Accept-Language` header (RFC 9110, section 12.5.4), otherwise English.
pub fn language(published: Option<&Language>, accepted: Option<&str>) -> Language {
    published
        .filter(|language| texts::has(language))
        .cloned()
        .or_else(|| accepted.and_then(best))
        .unwrap_or_default()
}

/// Of the languages that the pages exist in, the one with the greatest weight; the first of equals.
fn best(accepted: &str) -> Option<Language> {
    let mut best: Option<(Language, f32)> = None;
    for part in accepted.split(',').take(PARTS_MAX) {
        let (tag, weight) = part.split_once(";q=").unwrap_or((part, "1"));
        let weight: f32 = weight.trim().parse().unwrap_or(0.0);
        let Some(language) = known(tag.trim()) else {
            continue;
        };
        if weight > best.as_ref().map_or(0.0, |(_, weight)| *weight) {
            best = Some((language, weight));
        }
    }
    best.map(|(language, _)| language)
}

/// The language of a tag, whatever stands behind its first part.
fn known(tag: &str) -> Option<Language> {
    let language = tag.split('-').next()?.parse().ok()?;
    texts::has(&language).then_some(language)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(published: &str, accepted: &str) -> String {
        let published: Option<Language> = published.parse().ok();
        language(published.as_ref(), Some(accepted)).to_string()
    }

    #[test]
    fn the_link_s_language_goes_before_the_browser_s() {
        assert_eq!(chosen("de", "fr"), "de");
        assert_eq!(chosen("pt-BR", "fr"), "pt-BR");
        assert_eq!(language(None, None), Language::default());
    }

    #[test]
    fn where_the_link_s_is_not_known_the_browser_s_best_one_counts() {
        for (accepted, language) in [
            ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "fr"),
            ("ja, nl;q=0.3, it;q=0.9", "it"),
            ("de-1901-x-private", "de"),
            ("ar;q=1.0,en", "ar"),
            ("es;q=0", "en"),
            ("ja", "en"),
            (";;;,,q=,\u{7f}", "en"),
            ("de;q=nan", "en"),
        ] {
            assert_eq!(chosen("tlh", accepted), language, "{accepted}");
            assert_eq!(chosen("", accepted), language, "{accepted}");
        }
    }
}
