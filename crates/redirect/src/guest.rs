//! What is known of somebody who asks: the network, and which language they read.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use landing::Visitor;
use publication::Language;

use crate::App;

/// Somebody who asks.
#[derive(Debug)]
pub(crate) struct Guest {
    pub(crate) from: Visitor,
    accepted: Option<String>,
}

impl Guest {
    /// The language of a page: that of its link, or the visitor's own where it is not known.
    pub(crate) fn language(&self, published: Option<&Language>) -> Language {
        landing::language(published, self.accepted.as_deref())
    }
}

impl FromRequestParts<App> for Guest {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        // Only a router without a socket, as in a test, knows no peer.
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
        let forwarded = joined(&parts.headers, "x-forwarded-for");
        let accepted = parts.headers.get(header::ACCEPT_LANGUAGE);
        Ok(Self {
            from: landing::visitor(peer, &forwarded, &app.trusted_proxies),
            accepted: accepted.and_then(|value| value.to_str().ok().map(str::to_owned)),
        })
    }
}

/// All values of a header as one list.
fn joined(headers: &HeaderMap, name: &str) -> String {
    let values = headers.get_all(name).iter();
    let values: Vec<_> = values.filter_map(|value| value.to_str().ok()).collect();
    values.join(",")
}
