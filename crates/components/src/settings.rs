//! What a connection needs to know: kind, address, credential and options. Keeping it, and sealing its secret, is left to others.

use model::{ComponentKind, Secret};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Schema,
    oauth::{SignatureMethod, Signer},
};

/// The settings of one connection.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which kind of component it is.
    pub kind: ComponentKind,
    /// `http(s)://host[:port][/path]`, or `ldap(s)://host[:port]` for a directory.
    pub address: String,
    /// What it shows to be let in.
    pub credential: Credential,
    /// Everything else; each has a default.
    pub options: Options,
}

/// What a connection shows to be let in.
#[derive(Debug, Clone)]
pub enum Credential {
    /// Nothing; for a directory that lets anybody read.
    None,
    /// A bearer token (RFC 6750): USP's, a SCIM service's, the local key of a border gateway.
    Bearer(Secret),
    /// OAuth 2 client credentials (RFC 6749, section 4.4): the client service, a SCIM service.
    Client {
        /// `client_id`.
        id: String,
        /// `client_secret`.
        secret: Secret,
    },
    /// Signatures (RFC 5849): a remote border gateway.
    Signed(Signer),
    /// A simple bind (RFC 4513, section 5.1.3): a directory.
    Bind {
        /// The name to bind as.
        dn: String,
        /// Its password.
        password: Secret,
    },
    /// An account of a database: a SIP registrar on PostgreSQL.
    Login {
        /// The name to sign in as.
        name: String,
        /// Its password.
        password: Secret,
    },
}

impl Credential {
    /// The credential of a kind, made of its public part (client id, bind DN; not used by the other kinds) and its secret.
    /// A directory with neither is read without a bind, a SQLite file has neither; a SCIM service without a client id is shown the secret as its token.
    pub fn of(kind: ComponentKind, account: &str, secret: Secret) -> Self {
        match kind {
            ComponentKind::Usp | ComponentKind::Mbg => Self::Bearer(secret),
            ComponentKind::Scim if account.is_empty() => Self::Bearer(secret),
            ComponentKind::ClientService | ComponentKind::Scim => Self::Client {
                id: account.to_owned(),
                secret,
            },
            ComponentKind::Csv | ComponentKind::ScimIn => Self::None,
            ComponentKind::Ldap | ComponentKind::Subscriber | ComponentKind::Asterisk
                if account.is_empty() && secret.expose().is_empty() =>
            {
                Self::None
            }
            ComponentKind::Subscriber | ComponentKind::Asterisk => Self::Login {
                name: account.to_owned(),
                password: secret,
            },
            ComponentKind::Ldap => Self::Bind {
                dn: account.to_owned(),
                password: secret,
            },
        }
    }
}

/// How a border gateway is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// By its local key: it is on this machine, or clustered with one that is.
    #[default]
    Local,
    /// By an authorization that its administrator gives in a window.
    Remote,
}

/// Options of a connection, as they are kept (JSON). Which of them a kind uses is told by its [`crate::Form`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Records per page, 1 to 1,000.
    pub page_size: u32,
    /// Seconds that one request may take, 1 to 600. There is no limit for a whole scan.
    pub timeout_s: u32,
    /// Certificates (PEM) of the only authorities to trust; without, those of the machine.
    pub ca_pem: Option<String>,
    /// Border gateway: how it is connected.
    pub access: Access,
    /// Remote border gateway: how requests are signed.
    pub signature: SignatureMethod,
    /// Directory: where the people are, like `ou=people,dc=example,dc=org`.
    pub base: String,
    /// Directory: who they are (RFC 4515).
    pub filter: String,
    /// Directory: start TLS on an `ldap` address (RFC 4511, section 4.14). Registrar: TLS also where PostgreSQL is on this machine.
    pub start_tls: bool,
    /// Directory, SCIM both ways: the extension is so many last digits of the telephone number; without, a number that does not begin
    /// with `+`.
    pub number_tail: Option<u8>,
    /// SCIM: where client id and secret are exchanged for a token (RFC 6749, section 3.2), a whole address.
    pub token_url: String,
    /// Directory: which attributes tell what, where `map` says nothing.
    pub schema: Schema,
    /// Kamailio, OpenSIPS: where JSON-RPC answers over HTTP, a whole address; without, the table `location` is read.
    pub rpc_url: String,
    /// Registrar, border gateway: seconds between two looks at who is registered, 0 for none.
    pub contacts_every_s: u32,
    /// Which of its attributes or columns tells which field, one line each, `ours = theirs`. Files: a column named like a field
    /// tells that field without.
    pub map: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            page_size: 500,
            timeout_s: 30,
            ca_pem: None,
            access: Access::default(),
            signature: SignatureMethod::default(),
            base: String::new(),
            filter: Schema::default().filter().to_owned(),
            start_tls: false,
            number_tail: None,
            token_url: String::new(),
            schema: Schema::default(),
            rpc_url: String::new(),
            contacts_every_s: 60,
            map: String::new(),
        }
    }
}

impl Options {
    /// Directory: who the people are; one whose filter nobody changed has that of its schema.
    pub(crate) fn people(&self) -> &str {
        if self.filter == Schema::default().filter() {
            self.schema.filter()
        } else {
            &self.filter
        }
    }

    /// Records per page, within its limits.
    pub(crate) fn page_size(&self) -> usize {
        self.page_size.clamp(1, 1_000) as usize
    }

    /// How long one request may take, within its limits.
    pub(crate) fn timeout(&self) -> std::time::Duration {
        std::time::Duration::from_secs(self.timeout_s.clamp(1, 600).into())
    }
}

/// The error of a credential that belongs to another kind.
pub(crate) fn wrong_credential(needed: &str) -> Error {
    Error::Settings {
        field: "secret",
        what: format!("this kind of component is shown {needed}"),
        hint: "enter that credential for this connection",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_options_may_leave_out_everything() {
        let options: Options = serde_json::from_str("{}").unwrap();
        assert_eq!(options, Options::default());
    }

    #[test]
    fn limits_hold_whatever_was_kept() {
        let options = Options {
            page_size: 0,
            timeout_s: 0,
            ..Options::default()
        };
        assert_eq!((options.page_size(), options.timeout().as_secs()), (1, 1));
        let options = Options {
            page_size: u32::MAX,
            ..options
        };
        assert_eq!(options.page_size(), 1_000);
    }

    #[test]
    fn a_credential_does_not_print_its_secret() {
        for kind in ComponentKind::ALL {
            let credential = Credential::of(kind, "importer", Secret::new("hunter2"));
            assert!(!format!("{credential:?}").contains("hunter2"), "{kind:?}");
        }
    }
}
