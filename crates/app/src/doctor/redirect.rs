//! The redirect server: it runs, its clock agrees, and it knows us by our key.

use delivery::{Error, Publisher, RedirectServer, find_signing_key};
use model::Timestamp;
use publication::{CLOCK_WINDOW_MS, SigningKey};
use store::Store;

use super::{
    certificates,
    finding::{Finding, Findings, in_time, words},
    public, timing,
};
use crate::settings::Settings;

const CHECK: &str = "redirect server";

pub(super) async fn look(settings: &Settings, store: Option<&Store>, now: Timestamp) -> Findings {
    let Some(server) = &settings.delivery.redirect else {
        let seen = "none is set; profiles with the link mode “direct” need none";
        let none = Finding::ok(CHECK, seen);
        // Neither a redirect server nor a PostgreSQL, whose clocks ours would be held against.
        let is_alone = settings.database_url.expose().is_empty();
        let clock = is_alone.then(|| Finding::ok("clock", format!("it says {now}")));
        return std::iter::once(none).chain(clock).collect();
    };
    in_time(CHECK, async {
        let url = &server.url;
        let answer = match public::ask(url).await {
            Ok(answer) => answer,
            Err(why) => {
                let seen = format!("{url} cannot be reached: {why}");
                let fix = if why.contains("certificate") {
                    "give it a certificate that phones trust, for the name in `url` under [redirect] in the settings"
                } else {
                    "see that `rollcall redirect` runs there, and that `url` under [redirect] in the settings is its address"
                };
                return vec![Finding::fail(CHECK, seen, fix)];
            }
        };
        if answer.status != 200 {
            let seen = format!("{url} answers with status {}", answer.status);
            return vec![Finding::fail(CHECK, seen, "see the redirect server's log, and that nothing else stands at its address")];
        }
        let mut findings = vec![Finding::ok(CHECK, format!("{url} answers"))];
        let clock = answer.date.map(|date| timing::clock(CHECK, date, now, CLOCK_WINDOW_MS));
        findings.extend(clock);
        let shown = answer.certificate.as_deref();
        findings.extend(shown.map(|shown| certificates::shown(CHECK, shown, now)));
        if let Some(store) = store {
            findings.push(origin(settings, server, store).await);
        }
        findings
    })
    .await
}

/// Whether we are registered there.
async fn origin(settings: &Settings, server: &RedirectServer, store: &Store) -> Finding {
    let check = "origin at the redirect server";
    let key = match find_signing_key(store).await {
        Ok(Some(key)) => key,
        Ok(None) => {
            let fix = "start `rollcall serve` once, which makes it, then register it at the redirect server";
            return Finding::fail(check, "there is no key to sign with yet", fix);
        }
        Err(error) => return Finding::fail(check, words(&error), error.hint()),
    };
    let registering = registering(settings, server, &key);
    let tried = match Publisher::with(key, server.clone()) {
        Ok(publisher) => publisher.try_out(store.env().now()).await,
        Err(error) => Err(error),
    };
    match tried {
        Ok(()) => Finding::ok(
            check,
            format!("it knows us as “{}” by our key", server.origin),
        ),
        Err(Error::Redirect(why)) if why.contains("401") => Finding::fail(check, why, registering),
        Err(Error::Redirect(why)) => Finding::fail(check, why, "see the redirect server's log"),
        Err(error) => Finding::fail(check, words(&error), error.hint()),
    }
}

/// The command that registers us, to be typed at the redirect server. The key in it is the public one.
fn registering(settings: &Settings, server: &RedirectServer, key: &SigningKey) -> String {
    let (origin, url, key) = (&server.origin, &settings.delivery.public_url, key.public());
    format!("on its machine: rollcall redirect origins add {origin} --url {url} --key {key}")
}
