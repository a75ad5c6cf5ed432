//! `sandbox`: the pretend components and the mail catcher alone; prints where they are as one line of JSON.

use sandbox::{Component, Credentials, Options, Ports, Sandbox};
use serde_json::{Value, json};

use crate::{args, shutdown::Shutdown};

/// Runs until the process is asked to end.
pub(crate) async fn run(wanted: args::Sandbox) -> anyhow::Result<()> {
    let base = wanted.listen.port();
    let ports = (base > 0).then(|| Ports {
        usp: base,
        mbg: base + 1,
        client_service: base + 2,
        control: base + 3,
        mail: base + 4,
        smtp: base + 5,
        remote_mbg: base + 6,
    });
    let options = Options {
        people: wanted.people,
        seed: wanted.seed,
        bind: wanted.listen.ip(),
        ports,
        data: wanted.data,
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await?;
    println!("{}", described(&sandbox));
    Shutdown::of_signals()?.wait().await;
    sandbox.stop().await;
    Ok(())
}

fn described(sandbox: &Sandbox) -> Value {
    json!({
        "components": sandbox.components().iter().map(component).collect::<Vec<_>>(),
        "remote_mbg": {
            "url": sandbox.remote_mbg().url,
            "user": sandbox.remote_mbg().user,
            "password": sandbox.remote_mbg().password.expose(),
        },
        "mail": sandbox.mail_url(),
        "smtp": sandbox.smtp_addr().to_string(),
        "control": sandbox.control_url(),
        "pid": std::process::id(),
    })
}

/// A component with what a connection needs; these are pretend secrets, the same for every sandbox of a seed.
fn component(component: &Component) -> Value {
    let (account, secret) = match &component.credentials {
        Credentials::Token(secret) | Credentials::Key(secret) => ("", secret),
        Credentials::Client { id, secret } => (id.as_str(), secret),
    };
    json!({
        "name": component.name,
        "kind": component.kind,
        "url": component.url,
        "account": account,
        "secret": secret.expose(),
    })
}
