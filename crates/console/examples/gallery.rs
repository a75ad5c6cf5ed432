//! Writes every sample page and the assets into a folder, to be looked at in a browser:
//! `cargo run -p console --example gallery -- FOLDER`.

use std::error::Error;
use std::fs;
use std::path::Path;

use console::assets;

#[path = "../tests/it/samples.rs"]
mod samples;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: gallery FOLDER")?;
    let folder = Path::new(&folder);
    fs::create_dir_all(folder.join("assets"))?;
    for name in [
        "tokens.css",
        "base.css",
        "parts.css",
        "pages.css",
        "console.js",
        "icon.svg",
    ] {
        let path = assets::url(name).trim_start_matches(assets::PREFIX);
        let asset = assets::get(path).ok_or("an asset is missing")?;
        fs::write(folder.join("assets").join(path), asset.bytes)?;
    }
    for (name, page) in samples::all() {
        let html = page?.replace("\"/assets/", "\"assets/");
        fs::write(folder.join(format!("{name}.html")), html)?;
    }
    Ok(())
}
