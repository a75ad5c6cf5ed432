//! What is known of somebody who asks without signing in: the network, and which language they read.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{header, request::Parts},
};
use landing::Visitor;
use publication::Language;

use crate::App;

/// Somebody who asks.
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
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        // Only a router without a socket, as in a test, knows no peer.
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
        let forwarded = parts.headers.get_all("x-forwarded-for").iter();
        let forwarded: Vec<_> = forwarded.filter_map(|value| value.to_str().ok()).collect();
        let trusted = &app.shared.settings.trusted_proxies;
        let accepted = parts.headers.get(header::ACCEPT_LANGUAGE);
        Ok(Self {
            from: landing::visitor(peer, &forwarded.join(","), trusted),
            accepted: accepted.and_then(|value| value.to_str().ok().map(str::to_owned)),
        })
    }
}
