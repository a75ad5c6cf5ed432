//! `redirect`: the public role, with its own settings and store, and the command that registers origins.

use std::fs;

use anyhow::Context;
use redirect::{Clock, Store, origins};

use crate::{
    args::{Origins, Redirect, RedirectCommand},
    machine,
    say::say,
    settings::variable,
    shutdown::Shutdown,
};

/// Serves, or changes the list of origins.
pub(crate) async fn run(role: Redirect) -> anyhow::Result<()> {
    let text = fs::read_to_string(&role.settings)
        .with_context(|| format!("cannot read the settings file {}", role.settings.display()))?;
    let mut settings = redirect::Settings::from_toml(&text).map_err(|error| {
        let hint = error.hint();
        anyhow::Error::new(error).context(format!(
            "{} cannot be used\n  hint: {hint}",
            role.settings.display()
        ))
    })?;
    let base = role
        .settings
        .parent()
        .unwrap_or_else(|| std::path::Path::new("."));
    settings.data = base.join(&settings.data);
    settings.ca_file = settings.ca_file.map(|file| base.join(file));
    if let Some(url) = variable("ROLLCALL_REDIRECT_DATABASE_URL")? {
        settings.database_url = Some(redirect::DatabaseUrl::new(url.expose()));
    }
    match role.command {
        None => serve(settings).await,
        Some(RedirectCommand::Origins(command)) => change(&settings, command).await,
    }
}

async fn serve(settings: redirect::Settings) -> anyhow::Result<()> {
    crate::serve::log_to_stderr();
    let env = machine::env();
    let clock = Clock::new(move || env.now().0);
    let listener = redirect::bind(&settings)?;
    eprintln!("the redirect server listens on {}", listener.local_addr()?);
    let shutdown = Shutdown::of_signals()?;
    redirect::run(settings, listener, clock, shutdown.wait()).await?;
    Ok(())
}

async fn change(settings: &redirect::Settings, command: Origins) -> anyhow::Result<()> {
    let store = Store::of(settings).await?;
    match command {
        Origins::Add { name, url, key } => {
            let origin = origins::Origin {
                id: name.parse()?,
                url: url.parse()?,
                key: key.parse()?,
            };
            let new = origins::add(&store, &origin).await?;
            let did = if new { "added" } else { "replaced" };
            say(format_args!("{did} {}", origin.id))?;
        }
        Origins::List => {
            for origin in origins::list(&store).await? {
                say(format_args!(
                    "{}  {}  {}",
                    origin.id, origin.url, origin.key
                ))?;
            }
        }
        Origins::Remove { name } => {
            anyhow::ensure!(
                origins::remove(&store, &name.parse()?).await?,
                "there is no origin {name}"
            );
            say(format_args!("removed {name}"))?;
        }
    }
    store.close().await?;
    Ok(())
}
