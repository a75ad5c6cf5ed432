//! `serve` and `work`: one process of an installation.

use std::{path::Path, sync::Arc};

use anyhow::Context;
use delivery::Post;
use model::Env;
use store::{Store, WrappingKey};

use crate::{
    lock::DataLock,
    machine,
    settings::Settings,
    shutdown::Shutdown,
    worker::{self, Worker},
};

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Pages, API, public endpoints and workers.
    Everything,
    /// Workers alone.
    WorkersAlone,
}

/// Serves until the process is asked to end.
pub(crate) async fn run(settings: &Path, role: Role) -> anyhow::Result<()> {
    log_to_stderr();
    let env = machine::env();
    let settings = Settings::read(settings)?;
    let key = settings.make_ready(&env)?;
    let _lock = match settings.database_url.expose() {
        "" => Some(DataLock::take(&settings.data)?),
        _ => None,
    };
    let store = open(&settings, key, env).await?;
    if store.is_sqlite() {
        // Nobody else can hold a claim: a killed process left them behind.
        store::jobs::release_all(&store).await?;
    }
    delivery::renew_form(&store).await?;
    delivery::brand::note_settings(&store, &settings.delivery.brand).await?;
    let shutdown = Shutdown::of_signals()?;
    let owner = format!("{}-{}", std::process::id(), store.env().uuid());
    let worker = Worker {
        store: store.clone(),
        post: Arc::new(Post::new(settings.delivery.clone(), owner.clone())?),
        settings: settings.delivery.clone(),
        owner,
        shutdown: shutdown.clone(),
    };
    let mut loops = worker.start().await?;
    if role == Role::Everything {
        listen(settings, store, shutdown).await?;
    } else {
        eprintln!("rollcall works; end it with Ctrl-C");
        shutdown.wait().await;
    }
    while loops.join_next().await.is_some() {}
    Ok(())
}

/// Opens the database with its hint.
pub(crate) async fn open(settings: &Settings, key: WrappingKey, env: Env) -> anyhow::Result<Store> {
    let opening = store::Settings {
        database_url: settings.database_url.expose(),
        data: &settings.data,
        key,
    };
    Store::open(opening, env).await.map_err(|error| {
        let hint = error.hint();
        anyhow::Error::new(error).context(format!("the database cannot be opened\n  hint: {hint}"))
    })
}

async fn listen(settings: Settings, store: Store, shutdown: Shutdown) -> anyhow::Result<()> {
    let listener = web::bind(settings.listen).with_context(|| {
        format!(
            "cannot listen on {}\n  hint: see whether another program uses this port",
            settings.listen
        )
    })?;
    let address = listener.address()?;
    let scheme = if settings.tls.is_some() {
        "https"
    } else {
        "http"
    };
    if let Some(token) = access::ensure_setup_token(&store).await? {
        // The one secret that is printed: it works once, and only while there is no administrator.
        println!(
            "open {scheme}://{address}/set-up and use this set-up token: {}",
            token.expose()
        );
    }
    eprintln!("rollcall serves on {scheme}://{address}");
    let behaviour = web::Settings {
        delivery: settings.delivery,
        secure_cookies: settings.tls.is_some(),
        self_deployment: settings.self_deployment,
        trusted_proxies: settings.trusted_proxies,
    };
    let app = web::App::new(store, behaviour);
    app.read_brand().await?;
    let brand = tokio::spawn(worker::follow_brand(app.clone(), shutdown.clone()));
    let flush = tokio::spawn(worker::flush(app.clone(), shutdown.clone()));
    web::serve(app, listener, settings.tls, shutdown.wait()).await?;
    flush.await?;
    brand.await?;
    Ok(())
}

/// Warnings and errors go to standard error; `RUST_LOG` says otherwise.
pub(crate) fn log_to_stderr() {
    use std::io::IsTerminal as _;

    use tracing_subscriber::{EnvFilter, fmt};
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    // A second call in one process changes nothing.
    let _ = fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .try_init();
}
