//! What a redirect server has to be told, from its settings file. Reading the file is left to the program.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use landing::Network;
use publication::TargetHost;
use serde::{Deserialize, Deserializer, de};
use url::Url;

/// The settings of one redirect server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where it listens, such as `0.0.0.0:443`.
    pub listen: SocketAddr,
    /// The folder of its store. Made if it is not there, readable by its owner only.
    pub data: PathBuf,
    /// Its address as people and origins see it, such as `https://go.example.org`. Signatures name its host, and the
    /// QR code on the landing page is drawn from it.
    #[serde(deserialize_with = "url")]
    pub public_url: Url,
    /// A PostgreSQL database in place of the store in `data`, for several servers that stand for one.
    #[serde(default)]
    pub database_url: Option<DatabaseUrl>,
    /// Proxies in front of it, which say in `X-Forwarded-For` whom they ask for.
    #[serde(default)]
    pub trusted_proxies: Vec<Network>,
    /// Where its metrics are read, on the loopback interface.
    #[serde(default)]
    pub metrics: Option<SocketAddr>,
    /// Certificates (PEM) of an authority of one's own that origins are trusted by.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Its certificate. Without one it listens on the loopback interface only, as behind a proxy.
    #[serde(default)]
    pub tls: Option<Tls>,
}

fn url<'de, D: Deserializer<'de>>(from: D) -> Result<Url, D::Error> {
    String::deserialize(from)?
        .parse()
        .map_err(de::Error::custom)
}

/// The address of a database with user and password. It does not print itself.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// An address that came from elsewhere than the file.
    pub fn new(address: impl Into<String>) -> Self {
        Self(address.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

/// A certificate of one's own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The file with the certificate chain, PEM.
    pub certificate: PathBuf,
    /// The file with its private key, PEM.
    pub key: PathBuf,
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Not TOML, or a name or value that is not known.
    #[error("the settings cannot be read")]
    Unreadable(#[from] toml::de::Error),
    /// Plain HTTP on a public interface.
    #[error("`listen` is {0}, which is not on the loopback interface, and there is no `tls`")]
    PlainOutside(SocketAddr),
    /// Metrics for everybody.
    #[error("`metrics` is {0}, which is not on the loopback interface")]
    MetricsOutside(SocketAddr),
    /// A public address that nobody can be sent to.
    #[error(
        "`public_url` must be an http or https address with a host, and without user, query or fragment"
    )]
    PublicUrl,
}

impl SettingsError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => {
                "known names are listen, data, public_url, database_url, trusted_proxies, metrics, ca_file, and under [tls] certificate and key"
            }
            Self::PlainOutside(_) => {
                "give `tls` a certificate and key, or listen on 127.0.0.1 behind a proxy that has them"
            }
            Self::MetricsOutside(_) => "let them be read on 127.0.0.1",
            Self::PublicUrl => {
                "write the address that stands in mailed links, such as https://go.example.org"
            }
        }
    }
}

impl Settings {
    /// Reads settings from TOML and checks them.
    pub fn from_toml(text: &str) -> Result<Self, SettingsError> {
        let settings: Self = toml::from_str(text)?;
        settings.check_address(settings.listen)?;
        settings.target()?;
        match settings.metrics {
            Some(metrics) if !metrics.ip().is_loopback() => {
                Err(SettingsError::MetricsOutside(metrics))
            }
            _ => Ok(settings),
        }
    }

    /// Refuses plain HTTP on an address that others can reach.
    pub(crate) fn check_address(&self, listen: SocketAddr) -> Result<(), SettingsError> {
        if self.tls.is_none() && !listen.ip().is_loopback() {
            return Err(SettingsError::PlainOutside(listen));
        }
        Ok(())
    }

    /// Whether it listens as behind a proxy and believes none: then all visitors have one address, and one of them uses up
    /// what all of them may try.
    pub(crate) fn sees_one_visitor(&self, listen: SocketAddr) -> bool {
        self.tls.is_none() && listen.ip().is_loopback() && self.trusted_proxies.is_empty()
    }

    /// The host that signatures have to name.
    pub(crate) fn target(&self) -> Result<TargetHost, SettingsError> {
        let url = &self.public_url;
        let bare = url.username().is_empty() && url.password().is_none();
        if !bare || url.query().is_some() || url.fragment().is_some() {
            return Err(SettingsError::PublicUrl);
        }
        TargetHost::of(url).map_err(|_| SettingsError::PublicUrl)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "data = \"d\"\npublic_url = \"https://go.example.org\"\n";

    #[test]
    fn plain_http_is_for_the_loopback_interface_only() {
        assert!(Settings::from_toml(&format!("listen = \"127.0.0.1:8090\"\n{PLAIN}")).is_ok());
        assert!(Settings::from_toml(&format!("listen = \"[::1]:8090\"\n{PLAIN}")).is_ok());
        let outside = format!("listen = \"0.0.0.0:8090\"\n{PLAIN}");
        assert!(matches!(
            Settings::from_toml(&outside),
            Err(SettingsError::PlainOutside(_))
        ));
        let tls = format!("{outside}[tls]\ncertificate = \"c\"\nkey = \"k\"\n");
        assert!(Settings::from_toml(&tls).is_ok());
    }

    #[test]
    fn behind_a_proxy_that_is_not_trusted_all_visitors_are_one() {
        let sees_one = |more: &str| {
            let text = format!("listen = \"127.0.0.1:8090\"\n{PLAIN}{more}\n");
            let settings = Settings::from_toml(&text).unwrap();
            settings.sees_one_visitor(settings.listen)
        };
        assert!(sees_one(""));
        assert!(!sees_one("trusted_proxies = [\"127.0.0.1\"]"));
        assert!(!sees_one("[tls]\ncertificate = \"c\"\nkey = \"k\""));
    }

    #[test]
    fn metrics_are_for_this_machine_and_a_database_s_address_does_not_print_itself() {
        let text = |more: &str| format!("listen = \"127.0.0.1:1\"\n{PLAIN}{more}\n");
        assert!(matches!(
            Settings::from_toml(&text("metrics = \"0.0.0.0:9\"")),
            Err(SettingsError::MetricsOutside(_))
        ));
        let more =
            "database_url = \"postgres://u:secret@db/x\"\ntrusted_proxies = [\"10.0.0.0/8\"]";
        let settings = Settings::from_toml(&text(more)).unwrap();
        assert!(!format!("{settings:?}").contains("secret"));
        assert!(Settings::from_toml(&text("trusted_proxies = [\"everybody\"]")).is_err());
    }

    #[test]
    fn unknown_names_are_refused() {
        let text = format!("listen = \"127.0.0.1:1\"\n{PLAIN}colour = \"red\"\n");
        assert!(matches!(
            Settings::from_toml(&text),
            Err(SettingsError::Unreadable(_))
        ));
    }

    #[test]
    fn a_public_address_nobody_can_be_sent_to_is_refused() {
        for url in [
            "mailto:a@example.org",
            "https://u:p@go.example.org",
            "https://go.example.org?x",
            "https://g/#f",
        ] {
            let text = format!("listen = \"127.0.0.1:1\"\ndata = \"d\"\npublic_url = \"{url}\"\n");
            assert!(
                matches!(Settings::from_toml(&text), Err(SettingsError::PublicUrl)),
                "{url}"
            );
        }
    }
}
