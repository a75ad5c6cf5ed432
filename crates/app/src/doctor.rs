//! `doctor`: looks whether everything that an installation needs is there and lets it in, and says what to do where not. It
//! opens the installation itself, beside a running server or without one, and writes nothing.

mod certificates;
mod connections;
mod data;
mod database;
mod finding;
mod key;
mod mail;
mod profiles;
mod public;
mod redirect;
mod timing;

use std::{path::Path, process::ExitCode};

use model::Env;
use store::{Store, WrappingKey};

use crate::{args, machine, say::say, settings::Settings};
use finding::{Finding, Findings, State};

/// Looks at everything and tells what was seen; fails where one check does.
pub(crate) async fn run(wanted: args::Doctor) -> anyhow::Result<ExitCode> {
    // It holds what all checks need at once.
    let findings = Box::pin(look(&wanted.role.settings, &machine::env())).await;
    if wanted.json {
        say(serde_json::to_string(&findings)?)?;
    } else {
        say(finding::table(&findings))?;
    }
    let is_sound = findings.iter().all(|found| found.state != State::Fail);
    Ok(ExitCode::from(u8::from(!is_sound)))
}

async fn look(file: &Path, env: &Env) -> Findings {
    let settings = match Settings::read(file) {
        Ok(settings) => settings,
        Err(error) => {
            let fix = "correct this file, or name another one with --settings";
            return vec![Finding::of_error("settings", &error, fix)];
        }
    };
    let mut findings = vec![Finding::ok("settings", file.display().to_string())];
    findings.extend(data::look(&settings.data));
    let (found, key) = key::look(&settings);
    findings.extend(found);
    // Each is bounded by itself, and none waits for another.
    let (kept, mail, bounces, public) = tokio::join!(
        kept(&settings, key.as_ref(), env),
        mail::server(&settings.delivery.mail, env.now()),
        mail::bounces(settings.delivery.mailbox.as_ref()),
        public::look(&settings, env.now()),
    );
    findings.extend([kept, mail, bounces, public].concat());
    findings
}

/// The database, and what is asked with what it holds.
async fn kept(settings: &Settings, key: Option<&WrappingKey>, env: &Env) -> Findings {
    let (mut findings, store) = database::look(settings, key, env).await;
    let of_store = async |store: Option<&Store>| match store {
        Some(store) => {
            let (profiles, connections) = tokio::join!(
                profiles::look(store, &settings.delivery),
                connections::look(store)
            );
            [profiles, connections].concat()
        }
        None => vec![Finding::warn(
            "profiles and connections",
            "they could not be looked at without the database and its key",
            "mend what is said of these first",
        )],
    };
    let (redirect, rest) = tokio::join!(
        redirect::look(settings, store.as_ref(), env.now()),
        of_store(store.as_ref())
    );
    findings.extend([redirect, rest].concat());
    findings
}
