//! Where links lead and through which server mail goes: what an installation tells this room.

use std::{net::IpAddr, num::NonZeroU32, path::PathBuf};

use model::{Language, LinkMode, PersonFields, Profile, Refusal, Secret};
use store::outbox::Spacing;
use url::Url;

use crate::Mailbox;

/// Settings of delivery.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address at which phones and people reach this server.
    pub public_url: Url,
    /// The redirect server, if there is one.
    pub redirect: Option<RedirectServer>,
    /// What the settings say of how the public pages look: it counts until an administrator says something else ([`crate::brand`]).
    pub brand: publication::Brand,
    /// The mail server.
    pub mail: MailServer,
    /// The mailbox that bounces come to, if it is read.
    pub mailbox: Option<Mailbox>,
}

/// A redirect server and our name there.
#[derive(Debug, Clone)]
pub struct RedirectServer {
    /// The address at which people reach it.
    pub url: Url,
    /// The name under which this server is registered there as an origin.
    pub origin: publication::OriginId,
}

/// How the connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailTls {
    /// Not at all; on loopback only.
    None,
    /// Upgraded before anything else is said (RFC 3207).
    StartTls,
    /// From the first byte (RFC 8314).
    Tls,
}

/// A mail server and what to say there.
#[derive(Debug, Clone)]
pub struct MailServer {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: MailTls,
    /// Name to sign in with; empty = without.
    pub user: String,
    /// Password to sign in with.
    pub password: Secret,
    /// A private authority to trust (PEM).
    pub ca_file: Option<PathBuf>,
    /// The sender, `Name <address>` or an address.
    pub from: String,
    /// Connections at a time, 1 to 32.
    pub connections: u32,
    /// Mails a minute through this server; none: as fast as it goes.
    pub per_minute: Option<NonZeroU32>,
    /// Mails a minute to one recipient domain; none: as fast as it goes.
    pub per_domain_per_minute: Option<NonZeroU32>,
    /// The language of mails to people whose own and whose profile's no mail is shipped in.
    pub language: Language,
    /// Whom to tell what needs an administrator soon: addresses, or `Name <address>`.
    pub administrators: Vec<String>,
}

impl MailServer {
    /// How far apart mails are sent; none: nothing is limited.
    pub(crate) fn spacing(&self) -> Option<Spacing> {
        let apart = |per_minute: NonZeroU32| 60_000 / i64::from(per_minute.get());
        let spacing = Spacing {
            domain_ms: self.per_domain_per_minute.map(apart),
            server_ms: self.per_minute.map(apart),
        };
        (spacing != Spacing::default()).then_some(spacing)
    }

    /// The domain that Message-IDs are made in: the sender's.
    pub(crate) fn message_domain(&self) -> &str {
        let domain = self
            .from
            .rsplit_once('@')
            .map_or("localhost", |(_, domain)| domain);
        domain.trim_end_matches('>').trim()
    }
}

/// Whether a server's name leads to this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let is_loopback = |ip: IpAddr| ip.is_loopback();
    host == "localhost" || host.parse().is_ok_and(is_loopback)
}

impl Settings {
    /// The link of a ticket, as mailed.
    ///
    /// # Panics
    /// Never: a link mode without its server is refused before.
    pub fn ticket_link(&self, mode: LinkMode, ticket: &Secret) -> Secret {
        let base = match (mode, &self.redirect) {
            (LinkMode::Redirect | LinkMode::Relay, Some(redirect)) => &redirect.url,
            _ => &self.public_url,
        };
        Secret::new(format!("{}/d/{}", trimmed(base), ticket.expose()))
    }

    /// The link of a device.
    pub fn device_link(&self, mode: LinkMode, device: &Secret) -> Secret {
        let device = device.expose();
        Secret::new(match (mode, &self.redirect) {
            (LinkMode::Relay, Some(redirect)) => {
                format!("{}/x/{}/{device}", trimmed(&redirect.url), redirect.origin)
            }
            _ => format!("{}/x/{device}", trimmed(&self.public_url)),
        })
    }

    /// The address at which a code of that mode is typed.
    pub fn code_address(&self, mode: LinkMode) -> String {
        match (mode, &self.redirect) {
            (LinkMode::Redirect | LinkMode::Relay, Some(redirect)) => {
                format!("{}/c/{}", trimmed(&redirect.url), redirect.origin)
            }
            _ => format!("{}/c", trimmed(&self.public_url)),
        }
    }

    /// The language of a person's mail and landing page: their own, else their profile's, else this installation's; the first
    /// that mails are shipped in.
    pub fn language(&self, person: &PersonFields, profile: &Profile) -> Language {
        let tags = [person.language.as_str(), &profile.settings.language];
        Language::first_of(&tags).unwrap_or(self.mail.language)
    }

    /// Refuses a mode whose links lead nowhere, or over a network for everybody to read: the link is the credential.
    ///
    /// # Errors
    /// What is missing, and the settings that would give it.
    pub fn check_mode(&self, mode: LinkMode) -> Result<(), Refusal> {
        let Some(way) = self.way(mode) else {
            let hint = "name a redirect server in the settings, or choose the link mode “direct” in the profile";
            return Err(Refusal::new(
                "no-redirect-server",
                "the profile's links need a redirect server",
                hint,
            ));
        };
        let is_sound = |(_, url): &&(_, &Url)| url.scheme() == "https" || is_here(url);
        let Some((name, url)) = way.iter().find(|at| !is_sound(at)) else {
            return Ok(());
        };
        Err(Refusal::new(
            "link-not-https",
            format!("the profile's links lead over {url}, which is not https"),
            format!("give `{name}` an https address in the settings"),
        ))
    }

    /// Whether links of this mode lead to this machine, where no other one can follow them.
    pub fn stays_here(&self, mode: LinkMode) -> bool {
        let way = self.way(mode);
        way.is_some_and(|way| way.iter().any(|(_, url)| is_here(url)))
    }

    /// The addresses that a phone asks in this mode, each with its name in the settings; none where one of them is not there.
    fn way(&self, mode: LinkMode) -> Option<Vec<(&'static str, &Url)>> {
        let here = ("public_url", &self.public_url);
        let there = self.redirect.as_ref().map(|r| ("redirect.url", &r.url));
        match mode {
            LinkMode::Direct => Some(vec![here]),
            LinkMode::Redirect => Some(vec![there?, here]),
            LinkMode::Relay => Some(vec![there?]),
        }
    }
}

/// Whether an address leads to the machine that asks it.
fn is_here(url: &Url) -> bool {
    // An address of IPv6 stands in brackets there.
    let host = url.host_str().unwrap_or_default();
    is_loopback(host.trim_matches(['[', ']']))
}

fn trimmed(url: &Url) -> &str {
    url.as_str().trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        let mail = MailServer {
            host: "localhost".into(),
            port: 25,
            tls: MailTls::None,
            user: String::new(),
            password: Secret::new(""),
            ca_file: None,
            from: "a@example.org".into(),
            connections: 1,
            per_minute: None,
            per_domain_per_minute: None,
            language: Language::English,
            administrators: vec![],
        };
        Settings {
            public_url: "https://phones.example.org/".parse().unwrap(),
            redirect: Some(RedirectServer {
                url: "https://go.example.org".parse().unwrap(),
                origin: "office".parse().unwrap(),
            }),
            brand: publication::Brand::default(),
            mail,
            mailbox: None,
        }
    }

    #[test]
    fn a_mode_whose_way_is_missing_or_open_to_all_is_refused() {
        let at = |public: &str, redirect: Option<&str>| {
            let mut settings = settings();
            settings.public_url = public.parse().unwrap();
            let url = redirect.map(|url| url.parse().unwrap());
            settings.redirect = url.map(|url| RedirectServer {
                url,
                origin: "office".parse().unwrap(),
            });
            LinkMode::ALL.map(|mode| {
                let refused = settings.check_mode(mode).err();
                (mode, refused.map(|why| why.code), settings.stays_here(mode))
            })
        };
        let expect = |public, redirect, expected: [(Option<&str>, bool); 3]| {
            let said = at(public, redirect).map(|(_, code, here)| (code, here));
            let expected = expected.map(|(code, here)| (code.map(str::to_owned), here));
            assert_eq!(said, expected, "{public} {redirect:?}");
        };
        assert_eq!(
            LinkMode::ALL,
            [LinkMode::Redirect, LinkMode::Direct, LinkMode::Relay]
        );
        let (fine, none, open) = (None, Some("no-redirect-server"), Some("link-not-https"));
        let (there, go) = ("https://phones.example.org", Some("https://go.example.org"));
        expect(there, go, [(fine, false); 3]);
        expect(there, None, [(none, false), (fine, false), (none, false)]);
        let in_the_open = "http://phones.example.org";
        expect(
            in_the_open,
            go,
            [(open, false), (open, false), (fine, false)],
        );
        let open_go = Some("http://go.example.org");
        expect(
            there,
            open_go,
            [(open, false), (fine, false), (open, false)],
        );
        let go_here = Some("http://[::1]:8081");
        expect("http://127.0.0.1:8080", go_here, [(fine, true); 3]);
    }

    #[test]
    fn links_name_the_server_that_their_mode_says() {
        let settings = settings();
        let link = |mode| {
            settings
                .ticket_link(mode, &Secret::new("abc"))
                .expose()
                .to_owned()
        };
        assert_eq!(link(LinkMode::Redirect), "https://go.example.org/d/abc");
        assert_eq!(link(LinkMode::Direct), "https://phones.example.org/d/abc");
        assert_eq!(
            settings
                .device_link(LinkMode::Redirect, &Secret::new("x"))
                .expose(),
            "https://phones.example.org/x/x"
        );
        assert_eq!(link(LinkMode::Relay), "https://go.example.org/d/abc");
        assert_eq!(
            settings
                .device_link(LinkMode::Relay, &Secret::new("x"))
                .expose(),
            "https://go.example.org/x/office/x"
        );
        assert_eq!(
            settings.code_address(LinkMode::Relay),
            "https://go.example.org/c/office"
        );
        assert_eq!(
            settings.code_address(LinkMode::Direct),
            "https://phones.example.org/c"
        );
    }
}
