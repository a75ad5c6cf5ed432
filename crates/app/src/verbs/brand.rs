//! `rollcall brand`: how the public pages look.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::Context;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use super::{To, call::Server, print};

#[derive(Debug, Subcommand)]
pub(crate) enum Brand {
    /// Shows it, and where it comes from
    Show {
        #[command(flatten)]
        to: To,
    },
    /// Sets what is named; the rest stays as it is shown
    Set {
        #[command(flatten)]
        parts: Parts,
        #[command(flatten)]
        to: To,
    },
    /// Goes back to what the settings file says, or to what ships with the program
    Reset {
        #[command(flatten)]
        to: To,
    },
}

/// The parts of a brand; an empty text takes one away.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Parts {
    /// The organisation's name
    #[arg(long)]
    name: Option<String>,
    /// Where people get help
    #[arg(long)]
    help_text: Option<String>,
    /// The colour of buttons on light pages, such as `#0b6e5f`
    #[arg(long)]
    light: Option<String>,
    /// The same on dark pages
    #[arg(long)]
    dark: Option<String>,
    /// A PNG file of at most 12 KiB and 1200 by 600 pixels
    #[arg(long, conflicts_with = "no_logo")]
    logo: Option<PathBuf>,
    /// Takes the logo away
    #[arg(long)]
    no_logo: bool,
}

impl Parts {
    /// The brand that is meant, where this one is there.
    fn over(self, now: &Value) -> anyhow::Result<Value> {
        let mut wanted = json!({ "version": now["version"], "logo": now["logo"] });
        for (part, said) in [
            ("name", self.name),
            ("help", self.help_text),
            ("light", self.light),
            ("dark", self.dark),
        ] {
            wanted[part] = said.map_or_else(|| now[part].clone(), Value::String);
        }
        if let Some(file) = self.logo {
            let bytes =
                fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            wanted["logo"] = STANDARD.encode(bytes).into();
        } else if self.no_logo {
            wanted["logo"] = Value::Null;
        }
        Ok(wanted)
    }
}

/// Runs one verb.
pub(super) async fn run(verb: Brand) -> anyhow::Result<ExitCode> {
    let path = "/brand";
    match verb {
        Brand::Show { to } => {
            let brand = Server::of(&to)?.call(Method::GET, path, None).await?;
            shown(brand, &to)
        }
        Brand::Set { parts, to } => {
            let server = Server::of(&to)?;
            let now = server.call(Method::GET, path, None).await?;
            let wanted = parts.over(&now)?;
            let changed = server.call(Method::PUT, path, Some(wanted)).await?;
            shown(changed, &to)
        }
        Brand::Reset { to } => {
            let brand = Server::of(&to)?.call(Method::DELETE, path, None).await?;
            shown(brand, &to)
        }
    }
}

/// The brand; people are not shown the bytes of its logo.
fn shown(mut brand: Value, to: &To) -> anyhow::Result<ExitCode> {
    if !to.json && brand["logo"].is_string() {
        brand["logo"] = "a PNG".into();
    }
    print::one(&brand, to.json)
}
