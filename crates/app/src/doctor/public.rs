//! The address at which people and phones reach the server, the certificate that they see there, and asking addresses in general.

use model::Timestamp;
use reqwest::{Client, redirect::Policy, tls::TlsInfo};
use url::Url;

use super::{
    certificates,
    finding::{Finding, Findings, LIMIT, in_time, words},
};
use crate::settings::Settings;

/// What an address answered.
pub(super) struct Answer {
    pub(super) status: u16,
    /// Its clock, to the second.
    pub(super) date: Option<Timestamp>,
    /// Its certificate (DER), where it showed one.
    pub(super) certificate: Option<Vec<u8>>,
}

/// Asks whether whoever runs at an address can work (`/readyz`).
pub(super) async fn ask(url: &Url) -> Result<Answer, String> {
    let failed = |error: reqwest::Error| words(&error.without_url());
    let http = Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .timeout(LIMIT)
        .tls_info(true)
        .build()
        .map_err(failed)?;
    let ready = format!("{}/readyz", url.as_str().trim_end_matches('/'));
    let answer = http.get(ready).send().await.map_err(failed)?;
    let date = answer
        .headers()
        .get("date")
        .and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
    let tls = answer.extensions().get::<TlsInfo>();
    Ok(Answer {
        status: answer.status().as_u16(),
        date: date.map(|date| Timestamp(date.timestamp().as_millisecond())),
        certificate: tls.and_then(TlsInfo::peer_certificate).map(<[u8]>::to_vec),
    })
}

pub(super) async fn look(settings: &Settings, now: Timestamp) -> Findings {
    let check = "public address";
    let url = &settings.delivery.public_url;
    let mut findings: Findings = settings
        .tls
        .iter()
        .map(|tls| certificates::of_file(tls, now))
        .collect();
    findings.extend(
        in_time(check, async {
            match ask(url).await {
                Ok(answer) => {
                    let shown = answer.certificate.as_deref();
                    let shown = shown.map(|shown| certificates::shown(check, shown, now));
                    std::iter::once(answered(check, url, answer.status))
                        .chain(shown)
                        .collect()
                }
                Err(why) => vec![silent(check, url, &why)],
            }
        })
        .await,
    );
    findings
}

fn answered(check: &str, url: &Url, status: u16) -> Finding {
    match status {
        200 => Finding::ok(check, format!("{url} answers")),
        503 => Finding::fail(
            check,
            format!("{url} answers, and its database does not"),
            "see the server's log",
        ),
        other => Finding::fail(
            check,
            format!("{url} answers with status {other}: something else stands there"),
            "correct `public_url` in the settings, or have the proxy before the server pass every path on",
        ),
    }
}

fn silent(check: &str, url: &Url, why: &str) -> Finding {
    let seen = format!("{url} cannot be reached from here: {why}");
    if why.contains("certificate") {
        return Finding::fail(
            check,
            seen,
            "give that address a certificate that phones trust, for its own name",
        );
    }
    // Many a network does not let a machine reach itself from outside.
    let fix = "see that `rollcall serve` runs; where this machine alone cannot reach the address, open it from another one";
    Finding::warn(check, seen, fix)
}
