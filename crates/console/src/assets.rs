//! The console's own styles, script and icon, embedded and served under addresses that change
//! with their content, so that a browser may keep them for ever.

use std::borrow::Cow;
use std::sync::LazyLock;

use rust_embed::RustEmbed;

/// Where assets are served: `/assets/{path}`.
pub const PREFIX: &str = "/assets/";

/// Send this `Cache-Control` with every asset: its address names its content.
pub const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Files;

/// A file as it is served.
#[derive(Debug, Clone)]
pub struct Asset {
    /// The content.
    pub bytes: Cow<'static, [u8]>,
    /// Its media type.
    pub content_type: &'static str,
}

/// One embedded file under both of its names.
struct Entry {
    name: String,
    url: String,
}

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    Files::iter()
        .filter_map(|name| Some((Files::get(&name)?, name)))
        .map(|(file, name)| {
            let (stem, ending) = name.rsplit_once('.').unwrap_or((&name, "bin"));
            let hash = file.metadata.sha256_hash();
            let short = u64::from_be_bytes(std::array::from_fn(|at| hash[at]));
            Entry {
                url: format!("{PREFIX}{stem}-{short:016x}.{ending}"),
                name: name.into_owned(),
            }
        })
        .collect()
});

/// The asset behind `path`, which is what follows [`PREFIX`]: `console-0a1b2c3d4e5f6a7b.js`.
pub fn get(path: &str) -> Option<Asset> {
    let entry = ENTRIES
        .iter()
        .find(|entry| entry.url.strip_prefix(PREFIX) == Some(path))?;
    Some(Asset {
        bytes: Files::get(&entry.name)?.data,
        content_type: content_type(&entry.name),
    })
}

/// The address of an asset by its plain name (`console.js`); the prefix alone when there is none.
pub fn url(name: &str) -> &'static str {
    ENTRIES
        .iter()
        .find(|entry| entry.name == name)
        .map_or(PREFIX, |entry| &entry.url)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asset_is_served_under_its_own_address() {
        for name in [
            "tokens.css",
            "base.css",
            "parts.css",
            "pages.css",
            "console.js",
            "icon.svg",
        ] {
            let path = url(name)
                .strip_prefix(PREFIX)
                .expect("addresses start with the prefix");
            let asset = get(path).unwrap_or_else(|| panic!("{name} is not served"));
            assert!(!asset.bytes.is_empty(), "{name} is empty");
            assert_ne!(asset.content_type, "application/octet-stream", "{name}");
        }
    }

    #[test]
    fn a_plain_name_is_not_an_address() {
        assert!(get("console.js").is_none());
        assert!(get("../Cargo.toml").is_none());
    }
}
