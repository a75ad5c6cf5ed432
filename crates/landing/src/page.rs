//! One finished page: status, headers and bytes, ready to be sent by any server.

use std::sync::LazyLock;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use publication::Brand;
use ring::digest::{SHA256, digest};

use crate::{app::App, colours};

/// The headers that every public answer carries, pages and redirects alike.
pub const HEADERS: [(&str, &str); 4] = [
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-robots-tag", "noindex, nofollow"),
];

/// The style sheet of all public pages. It stands inside the page, so that a page is one request.
pub(crate) const STYLE: &str = include_str!("../templates/public.css");

static STYLE_SOURCE: LazyLock<String> = LazyLock::new(|| source_of(STYLE));

/// A rendered public page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The HTTP status it is sent with.
    pub status: u16,
    /// Its content security policy (CSP level 3): no script, nothing from elsewhere, styles by their hashes.
    pub policy: String,
    /// HTML in UTF-8.
    pub html: String,
}

impl Page {
    /// Its HTML for a frame of a console that is as wide as the device: light or dark by the console's choice, not the visitor's
    /// system, and laid out by its width alone. Its own policy does not fit what was changed.
    pub fn framed(&self, dark: bool) -> String {
        const NEVER: &str = "(max-width:0)";
        let (scheme, is_dark) = if dark {
            ("dark", "(min-width:0)")
        } else {
            ("light", NEVER)
        };
        self.html
            .replace("(prefers-color-scheme: dark)", is_dark)
            .replace("(prefers-color-scheme:dark)", is_dark)
            .replace("(pointer: coarse)", NEVER)
            .replace(
                "color-scheme: light dark",
                &format!("color-scheme: {scheme}"),
            )
            .replace("content=\"light dark\"", &format!("content=\"{scheme}\""))
    }

    /// Every header of the page, names in lower case.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let own = [
            ("content-type", "text/html; charset=utf-8"),
            ("content-security-policy", self.policy.as_str()),
        ];
        HEADERS.into_iter().chain(own)
    }

    /// A page in a brand's colours, made of a template that extends `layout.html`.
    pub fn render(status: u16, brand: &Brand, template: &impl Template) -> Self {
        Self::render_for(&App::default(), status, brand, template)
    }

    /// A page whose form may lead into this app.
    pub(crate) fn render_for(
        app: &App,
        status: u16,
        brand: &Brand,
        template: &impl Template,
    ) -> Self {
        let html = template
            .render()
            .expect("rendering into a string cannot be refused");
        Self {
            status,
            policy: policy(colours::style(brand).as_deref(), app),
            html,
        }
    }
}

/// A form may lead to this server and, by its answer, into the app.
fn policy(brand_style: Option<&str>, app: &App) -> String {
    let mut styles = STYLE_SOURCE.clone();
    if let Some(style) = brand_style {
        styles.push(' ');
        styles.push_str(&source_of(style));
    }
    format!(
        "default-src 'none'; style-src {styles}; img-src data:; form-action 'self' {}; \
         base-uri 'none'; frame-ancestors 'none'",
        app.source()
    )
}

/// A style's name in a policy: its SHA-256.
fn source_of(style: &str) -> String {
    format!(
        "'sha256-{}'",
        STANDARD.encode(digest(&SHA256, style.as_bytes()))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_framed_page_is_as_dark_as_it_is_told_whatever_the_system() {
        let colours = crate::colours::OWN;
        let brand = Brand {
            colours: Some(colours),
            ..Brand::default()
        };
        let page = crate::typing(&brand, &publication::Language::default(), false);
        assert!(page.html.contains("(prefers-color-scheme: dark)"));
        for (dark, scheme, shade) in [(true, "dark", "min"), (false, "light", "max")] {
            let framed = page.framed(dark);
            for left in ["prefers-color-scheme", "pointer: coarse", "light dark"] {
                assert!(!framed.contains(left), "{left}");
            }
            assert!(framed.contains(&format!("color-scheme: {scheme};")));
            let brand = format!("@media({shade}-width:0){{:root{{--brand:{}", colours.dark);
            assert!(framed.contains(&brand), "{framed}");
        }
    }

    #[test]
    fn a_style_is_allowed_by_its_hash_and_nothing_else_is() {
        // SHA-256 of the empty text.
        assert_eq!(
            source_of(""),
            "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
        );
        let policy = policy(Some(""), &App::default());
        assert!(policy.contains(source_of(STYLE).as_str()) && policy.contains("47DEQ"));
        assert!(
            policy.starts_with("default-src 'none'; ")
                && !policy.contains("unsafe")
                && !policy.contains("http")
        );
    }
}
