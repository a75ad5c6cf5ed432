//! Contacts: what is registered at a component at the moment, as far as a person's softphone can be told by it.

use model::Timestamp;

/// The longest address or user agent that is read, in bytes: more is none.
const TEXT_MAX: usize = 1_024;

/// One page of contacts, in the component's order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contacts {
    /// Those that could be read.
    pub items: Vec<Contact>,
    /// How many could not be read.
    pub skipped: usize,
    /// Cursor of the next page; none after the last.
    pub next: Option<String>,
}

/// One contact (RFC 3261, section 10.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Which of the component's records it belongs to; empty where no record is named.
    pub source_id: String,
    /// User part of the account; empty where only the record is told.
    pub user: String,
    /// Where it is, whole: it tells one contact from another, and is neither kept nor logged.
    pub address: String,
    /// What the client calls itself; empty when it does not say.
    pub agent: String,
    /// Since when, where that is told.
    pub since: Option<Timestamp>,
}

impl Contact {
    /// A contact of a record or of an account, either of which may be empty; none where both are, or what is told is no plain
    /// text.
    pub(crate) fn read(source_id: &str, user: &str, address: &str, agent: &str) -> Option<Self> {
        let fine = |text: &str| text.len() <= TEXT_MAX && !text.contains(char::is_control);
        let is_known = !(source_id.is_empty() && user.is_empty());
        let is_read = is_known && [source_id, user, address, agent].into_iter().all(fine);
        is_read.then(|| Self {
            source_id: source_id.to_owned(),
            user: user.to_owned(),
            address: address.to_owned(),
            agent: agent.trim().to_owned(),
            since: None,
        })
    }

    /// The host alone of its address: `192.0.2.7` of `sip:4711@192.0.2.7:5062;transport=tls`; empty where there is none.
    pub fn host(&self) -> &str {
        let uri = self.address.trim_start_matches('<');
        let rest = uri
            .split_once(':')
            .map_or(uri, |(scheme, rest)| match scheme {
                "sip" | "sips" => rest,
                _ => uri,
            });
        let rest = rest.split([';', '?', '>']).next().unwrap_or_default();
        let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
        match place.strip_prefix('[').and_then(|v6| v6.split_once(']')) {
            Some((v6, _)) => v6,
            None => place.split(':').next().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_the_host_alone_is_told() {
        for (address, host) in [
            ("sip:4711@192.0.2.7:5062;transport=tls", "192.0.2.7"),
            (
                "<sips:4711@phones.example.org>;expires=60",
                "phones.example.org",
            ),
            ("sip:1%23001@[2001:db8::7]:5060", "2001:db8::7"),
            ("192.0.2.7", "192.0.2.7"),
            ("", ""),
        ] {
            let contact = Contact::read("", "4711", address, "x").unwrap();
            assert_eq!(contact.host(), host, "{address}");
        }
    }

    #[test]
    fn a_contact_without_an_account_or_with_endless_text_is_none() {
        assert!(Contact::read("", "", "sip:x", "").is_none());
        assert!(Contact::read("", "4711", "sip:x", &"x".repeat(2_000)).is_none());
        assert!(Contact::read("", "4711", "sip:x\r\n", "x").is_none());
    }
}
