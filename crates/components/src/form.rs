//! What a connection of each kind is asked for: labels, help, options. Page, API errors and the command line's help all speak
//! from here; a new kind adds one entry to [`Form::of`].

use model::{ComponentKind, Fault};
use serde_json::{Map, Value};

use crate::{Access, Options};

/// What a connection of one kind is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// What it leads to, in one sentence.
    pub help: &'static str,
    /// Where it leads, unless the component comes to us.
    pub address: Option<Field>,
    /// The public part of its credential, if the kind has one.
    pub account: Option<Field>,
    /// The secret part of its credential, if the kind has one.
    pub secret: Option<Field>,
    /// The options of this kind; the others are refused.
    pub options: &'static [Choice],
}

/// A text that the form asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// What it is called.
    pub label: &'static str,
    /// What to enter, in one sentence.
    pub help: &'static str,
    /// An example; empty for secrets.
    pub example: &'static str,
    /// Whether it must be given.
    pub needed: bool,
}

/// An option that may be changed from its default ([`Choice::default`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// The name of the field of [`Options`].
    pub name: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// What it does, in one sentence.
    pub help: &'static str,
    /// What can be entered.
    pub takes: Takes,
}

/// What can be entered for an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// One line.
    Text,
    /// Several lines.
    Lines,
    /// Yes or no.
    Switch,
    /// A whole number within limits.
    Number {
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
    },
    /// One of these values, each with its label.
    OneOf(&'static [(&'static str, &'static str)]),
}

const PAGE_SIZE: Choice = Choice {
    name: "page_size",
    label: "Records per page",
    help: "A smaller page helps where the component is slow.",
    takes: Takes::Number { min: 1, max: 1_000 },
};
const TIMEOUT: Choice = Choice {
    name: "timeout_s",
    label: "Seconds per request",
    help: "How long one request may take; a whole scan has no limit.",
    takes: Takes::Number { min: 1, max: 600 },
};
const AUTHORITY: Choice = Choice {
    name: "ca_pem",
    label: "Private certificate authority",
    help: "Certificates (PEM) of the only authorities to trust; without, those of this machine.",
    takes: Takes::Lines,
};
const CONTACTS: Choice = Choice {
    name: "contacts_every_s",
    label: "Seconds between looks at who is registered",
    help: "Registered is stamped by what is seen there; 0 looks never.",
    takes: Takes::Number {
        min: 0,
        max: 86_400,
    },
};
const HTTP: &[Choice] = &[PAGE_SIZE, TIMEOUT, AUTHORITY];

const NUMBER_TAIL: Choice = Choice {
    name: "number_tail",
    label: "Digits of the extension",
    help: "The extension is so many last digits of the telephone number; without, a number that does not begin with +.",
    takes: Takes::Number { min: 1, max: 32 },
};

const ACCESS: Choice = Choice {
    name: "access",
    label: "Connected",
    help: "By its local key, or by an authorization that its administrator gives in a window.",
    takes: Takes::OneOf(&[("local", "Local"), ("remote", "Remote")]),
};
const LOCAL_GATEWAY: &[Choice] = &[ACCESS, CONTACTS, PAGE_SIZE, TIMEOUT, AUTHORITY];
const REMOTE_GATEWAY: &[Choice] = &[
    ACCESS,
    Choice {
        name: "signature",
        label: "Signature",
        help: "How requests are signed; the border gateway's configuration says which it takes.",
        takes: Takes::OneOf(&[("HMAC-SHA1", "HMAC-SHA1"), ("HMAC-SHA256", "HMAC-SHA256")]),
    },
    CONTACTS,
    PAGE_SIZE,
    TIMEOUT,
    AUTHORITY,
];

const MAP: Choice = Choice {
    name: "map",
    label: "Attributes",
    help: "Which attribute tells which field instead of the usual one, one line each, like department = title.",
    takes: Takes::Lines,
};

const SCIM: &[Choice] = &[
    Choice {
        name: "token_url",
        label: "Token address",
        help: "Where a client id and its secret are exchanged for a token; leave it empty where the secret is the token.",
        takes: Takes::Text,
    },
    Choice {
        help: "Which attribute tells which field instead of the usual one, one line each, like e164 = phoneNumbers[type eq \"mobile\"].",
        ..MAP
    },
    NUMBER_TAIL,
    PAGE_SIZE,
    TIMEOUT,
    AUTHORITY,
];

const PUSHED: &[Choice] = &[Choice {
    help: "The extension is so many last digits of the telephone number; without, a number that does not begin with +. A change counts for what is pushed from then on.",
    ..NUMBER_TAIL
}];

const FILES: &[Choice] = &[
    Choice {
        label: "Columns",
        help: "Which column tells which field, one line each, like source_id = Staff number; a column named like a field needs no line.",
        ..MAP
    },
    PAGE_SIZE,
    TIMEOUT,
];

const COLUMNS: Choice = Choice {
    label: "Columns",
    help: "Which column of the table tells which field besides the usual ones, one line each, like department = rpid.",
    ..MAP
};
const TLS_HERE: Choice = Choice {
    name: "start_tls",
    label: "TLS on this machine",
    help: "Speak TLS also with a PostgreSQL on this machine; with all others it is always spoken.",
    takes: Takes::Switch,
};
const ASTERISK: &[Choice] = &[COLUMNS, CONTACTS, TLS_HERE, PAGE_SIZE, TIMEOUT, AUTHORITY];
const SUBSCRIBER: &[Choice] = &[
    COLUMNS,
    Choice {
        name: "rpc_url",
        label: "JSON-RPC address",
        help: "Where it tells who is registered (ul.dump over HTTP), like https://sip.example.org/RPC; without, its table location is read.",
        takes: Takes::Text,
    },
    CONTACTS,
    TLS_HERE,
    PAGE_SIZE,
    TIMEOUT,
    AUTHORITY,
];

const DIRECTORY: &[Choice] = &[
    Choice {
        name: "base",
        label: "Search base",
        help: "Where the people are, like ou=people,dc=example,dc=org.",
        takes: Takes::Text,
    },
    Choice {
        name: "filter",
        label: "Filter",
        help: "Who the people are (RFC 4515).",
        takes: Takes::Text,
    },
    Choice {
        name: "start_tls",
        label: "StartTLS",
        help: "Start TLS on an ldap address.",
        takes: Takes::Switch,
    },
    Choice {
        name: "schema",
        label: "Preset",
        help: "Whose attributes are read, and who the people are where the filter is left as it is.",
        takes: Takes::OneOf(&[
            ("inet-org-person", "inetOrgPerson"),
            ("active-directory", "Active Directory"),
        ]),
    },
    Choice {
        help: "Which attribute tells which field instead of the preset's, one line each, like directory_number = pager.",
        ..MAP
    },
    NUMBER_TAIL,
    PAGE_SIZE,
    TIMEOUT,
    AUTHORITY,
];

impl Form {
    /// Every form, with the kind and the access that it is for.
    pub fn all() -> Vec<(ComponentKind, Access)> {
        let forms = |kind| match kind {
            ComponentKind::Mbg => vec![(kind, Access::Local), (kind, Access::Remote)],
            _ => vec![(kind, Access::Local)],
        };
        ComponentKind::ALL.into_iter().flat_map(forms).collect()
    }

    /// The form of a kind and an access.
    pub const fn with(kind: ComponentKind, access: Access) -> Self {
        match (kind, access) {
            (ComponentKind::Mbg, Access::Remote) => Self {
                help: "A border gateway elsewhere, or a cluster of them: its administrator authorizes this server in a window \
                       (OAuth 1.0a).",
                address: Some(address("https://mbg.example.org")),
                account: None,
                secret: None,
                options: REMOTE_GATEWAY,
            },
            (kind, _) => Self::of(kind),
        }
    }

    /// The form that these values are for.
    pub fn wanted(kind: ComponentKind, values: &Map<String, Value>) -> Self {
        match values.get(ACCESS.name).and_then(Value::as_str) {
            Some("remote") => Self::with(kind, Access::Remote),
            _ => Self::of(kind),
        }
    }

    /// The form of a kind that is connected without a window.
    pub const fn of(kind: ComponentKind) -> Self {
        match kind {
            ComponentKind::Usp => Self {
                help: "The users of a telephone system, with their phones and services.",
                address: Some(address("https://usp.example.org")),
                account: None,
                secret: Some(secret(
                    "Token",
                    "The bearer token that it issued for reading users.",
                )),
                options: HTTP,
            },
            ComponentKind::Mbg => Self {
                help: "A border gateway on this machine, or one that is clustered with it: connected by its local key.",
                address: Some(address("http://127.0.0.1:8443")),
                account: None,
                secret: Some(secret(
                    "Local key",
                    "The key that it keeps for programs on its own machine.",
                )),
                options: LOCAL_GATEWAY,
            },
            ComponentKind::ClientService => Self {
                help: "The accounts of a client service (OAuth 2 client credentials).",
                address: Some(address("https://clients.example.org")),
                account: Some(Field {
                    label: "Client id",
                    help: "The id that it gave to this program.",
                    example: "rollcall",
                    needed: true,
                }),
                secret: Some(secret(
                    "Client secret",
                    "The secret that belongs to the client id.",
                )),
                options: HTTP,
            },
            ComponentKind::Ldap => Self {
                help: "The people of an LDAP directory.",
                address: Some(address("ldaps://ldap.example.org")),
                account: Some(Field {
                    label: "Bind DN",
                    help: "The name to sign in as; leave it empty where anybody may read.",
                    example: "cn=reader,dc=example,dc=org",
                    needed: false,
                }),
                secret: Some(Field {
                    needed: false,
                    ..secret("Password", "The password of the bind DN.")
                }),
                options: DIRECTORY,
            },
            ComponentKind::Csv => Self {
                help: "CSV files that are dropped into a folder of the server; the newest one tells everybody. Workbooks (XLSX) are not read: save them as CSV.",
                address: Some(Field {
                    label: "Folder",
                    help: "A folder as the machine or container that Rollcall runs on sees it, not the one you sit at: file:// and the whole path. Of its files that end in .csv the one that was changed last is read; any encoding and delimiter, column names in the first row.",
                    ..address("file:///srv/rollcall/people")
                }),
                account: None,
                secret: None,
                options: FILES,
            },
            ComponentKind::Subscriber => Self {
                help: "The accounts of a Kamailio or OpenSIPS: its table subscriber in PostgreSQL or SQLite.",
                ..database("postgres://sip.example.org/kamailio", SUBSCRIBER)
            },
            ComponentKind::Asterisk => Self {
                help: "The endpoints of an Asterisk: its realtime tables ps_endpoints and ps_auths in PostgreSQL or SQLite.",
                ..database("postgres://pbx.example.org/asterisk", ASTERISK)
            },
            ComponentKind::ScimIn => Self {
                help: "An identity provider pushes its people here (SCIM 2.0, RFC 7644), by a token that is made for it.",
                address: None,
                account: None,
                secret: None,
                options: PUSHED,
            },
            ComponentKind::Scim => Self {
                help: "The users of a service that speaks SCIM 2.0 (RFC 7644).",
                address: Some(address("https://id.example.org/scim/v2")),
                account: Some(Field {
                    label: "Client id",
                    help: "The id for OAuth 2 client credentials; leave it empty where there is a token alone.",
                    example: "rollcall",
                    needed: false,
                }),
                secret: Some(secret(
                    "Token or client secret",
                    "The bearer token, or the secret that belongs to the client id.",
                )),
                options: SCIM,
            },
        }
    }

    /// What is wrong with an address or a credential of this kind: what it does not use, or what is missing. A needed address
    /// that is empty is refused where it is read.
    pub fn faults(&self, address: &str, account: &str, has_secret: bool) -> Vec<Fault> {
        let address_field = self.address.map(|field| Field {
            needed: false,
            ..field
        });
        let given = [
            ("address", address_field, !address.is_empty()),
            ("account", self.account, !account.is_empty()),
            ("secret", self.secret, has_secret),
        ];
        let fault = |(name, field, given): (&str, Option<Field>, bool)| match field {
            None if given => Some(Fault::new(name, "is not used by this kind: leave it empty")),
            Some(field) if field.needed && !given => {
                let message = format!("enter the {}", field.label.to_lowercase());
                Some(Fault::new(name, message))
            }
            _ => None,
        };
        given.into_iter().filter_map(fault).collect()
    }

    /// The options that a page's fields hold: an empty field means the default. A switch is on when it is sent at all.
    ///
    /// # Errors
    /// A fault per option that cannot be read.
    pub fn entered<'a>(
        &self,
        sent: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Options, Vec<Fault>> {
        let value = |choice: &Choice| match (choice.takes, sent(choice.name).map(str::trim)) {
            (Takes::Switch, sent) => Some(Value::Bool(sent.is_some_and(|text| !text.is_empty()))),
            (_, None | Some("")) => None,
            (Takes::Number { .. }, Some(text)) => Some(
                text.parse::<u64>()
                    .map_or_else(|_| Value::from(text), Value::from),
            ),
            (_, Some(text)) => Some(Value::from(text)),
        };
        let values = self
            .options
            .iter()
            .filter_map(|choice| Some((choice.name.to_owned(), value(choice)?)));
        self.options(&values.collect())
    }

    /// The options of these values; what is left out has its default.
    ///
    /// # Errors
    /// A fault per value that this kind does not take.
    pub fn options(&self, values: &Map<String, Value>) -> Result<Options, Vec<Fault>> {
        let faults: Vec<_> = values
            .iter()
            .filter_map(|(name, value)| Some(Fault::new(name, self.refusal(name, value)?)))
            .collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let options = serde_json::from_value(Value::Object(values.clone()));
        Ok(options.expect("every choice is a field of the options that takes what was checked"))
    }

    fn refusal(&self, name: &str, value: &Value) -> Option<String> {
        let Some(choice) = self.options.iter().find(|choice| choice.name == name) else {
            let kept = serde_json::to_value(Options::default()).ok()?;
            let names: Vec<_> = self.options.iter().map(|choice| choice.name).collect();
            // As kept options hold those of every kind.
            return (kept.get(name) != Some(value))
                .then(|| format!("is no option of this kind, which has {}", names.join(", ")));
        };
        match (choice.takes, value) {
            // As an option without a value is kept.
            (_, Value::Null) if choice.default().is_empty() && !choice.is_text() => None,
            (Takes::Text, Value::String(text)) if !text.contains(char::is_control) => None,
            (Takes::Lines, Value::String(_)) | (Takes::Switch, Value::Bool(_)) => None,
            (Takes::Number { min, max }, value) => match value.as_u64() {
                Some(number) if (min..=max).contains(&number) => None,
                _ => Some(format!("must be a whole number from {min} to {max}")),
            },
            (Takes::OneOf(values), value) => {
                let known = values.iter().any(|(name, _)| value.as_str() == Some(name));
                let names: Vec<_> = values.iter().map(|(name, _)| *name).collect();
                (!known).then(|| format!("must be one of {}", names.join(", ")))
            }
            (Takes::Text, _) => Some("must be a text of one line".to_owned()),
            (Takes::Lines, _) => Some("must be a text".to_owned()),
            (Takes::Switch, _) => Some("must be true or false".to_owned()),
        }
    }
}

impl Choice {
    /// The default as a form shows it; empty where there is none.
    pub fn default(&self) -> String {
        self.shown(&Options::default())
    }

    /// The value that these options hold, as a form shows it: `true` or nothing for a switch.
    pub fn shown(&self, options: &Options) -> String {
        let all = serde_json::to_value(options).expect("options always serialise");
        match &all[self.name] {
            Value::Null | Value::Bool(false) => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    const fn is_text(&self) -> bool {
        matches!(self.takes, Takes::Text | Takes::Switch)
    }
}

const fn address(example: &'static str) -> Field {
    Field {
        label: "Address",
        help: "Where it is; plain http and ldap are for this machine only.",
        example,
        needed: true,
    }
}

const fn database(example: &'static str, options: &'static [Choice]) -> Form {
    Form {
        help: "",
        address: Some(Field {
            help: "The database on its server, or its file: sqlite:///etc/kamailio/kamailio.sqlite.",
            ..address(example)
        }),
        account: Some(Field {
            label: "Database account",
            help: "An account that may read those tables; leave it empty for a file.",
            example: "rollcall",
            needed: false,
        }),
        secret: Some(Field {
            needed: false,
            ..secret("Password", "The password of the database account.")
        }),
        options,
    }
}

const fn secret(label: &'static str, help: &'static str) -> Field {
    Field {
        label,
        help,
        example: "",
        needed: true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn forms() -> impl Iterator<Item = Form> {
        Form::all()
            .into_iter()
            .map(|(kind, access)| Form::with(kind, access))
    }

    fn refused(form: &Form, values: &Value) -> Vec<String> {
        let faults = form.options(values.as_object().unwrap()).unwrap_err();
        faults.into_iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn every_option_is_in_a_form_and_every_choice_is_an_option() {
        let kept = serde_json::to_value(Options::default()).unwrap();
        let mut named: Vec<_> = forms().flat_map(|f| f.options).map(|c| c.name).collect();
        named.sort_unstable();
        named.dedup();
        let all: Vec<_> = kept.as_object().unwrap().keys().collect();
        assert_eq!(named, all);
    }

    #[test]
    fn what_a_form_shows_reads_back() {
        for form in forms() {
            let mut entered = Map::new();
            for choice in form.options {
                let value = match choice.takes {
                    Takes::Text | Takes::Lines => json!("x"),
                    Takes::Switch => json!(true),
                    Takes::Number { max, .. } => json!(max),
                    Takes::OneOf(values) => json!(values[0].0),
                };
                entered.insert(choice.name.to_owned(), value);
            }
            let options = form.options(&entered).unwrap();
            let shown: Vec<_> = form
                .options
                .iter()
                .map(|c| (c.name, c.shown(&options)))
                .collect();
            let sent = |name: &str| {
                let found = shown.iter().find(|(known, _)| *known == name);
                found.map(|(_, text)| text.as_str())
            };
            assert_eq!(form.entered(sent).unwrap(), options);
            assert_eq!(form.entered(|_| None).unwrap(), Options::default());
        }
    }

    #[test]
    fn kept_options_are_taken_again() {
        let kept = serde_json::to_value(Options::default()).unwrap();
        let form = Form::of(ComponentKind::Ldap);
        assert_eq!(
            form.options(kept.as_object().unwrap()).unwrap(),
            Options::default()
        );
    }

    #[test]
    fn an_option_of_another_kind_or_out_of_its_limits_is_named() {
        let usp = Form::of(ComponentKind::Usp);
        assert_eq!(refused(&usp, &json!({ "base": "dc=x" })), ["base"]);
        assert_eq!(
            refused(&usp, &json!({ "page_size": 0, "timeout_s": "soon" })),
            ["page_size", "timeout_s"]
        );
        let sent = |name: &str| (name == "page_size").then_some("many");
        assert_eq!(usp.entered(sent).unwrap_err()[0].field, "page_size");
    }

    #[test]
    fn a_credential_is_asked_for_where_it_is_needed_and_refused_where_it_is_not_used() {
        let fields = |kind, account, has_secret| {
            let faults = Form::of(kind).faults("", account, has_secret);
            faults
                .into_iter()
                .map(|fault| fault.field)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            fields(ComponentKind::Usp, "ada", false),
            ["account", "secret"]
        );
        assert_eq!(fields(ComponentKind::ClientService, "", true), ["account"]);
        assert!(fields(ComponentKind::Ldap, "", false).is_empty());
        let pushed = Form::of(ComponentKind::ScimIn).faults("https://x.org", "", false);
        assert_eq!(pushed[0].field, "address");
    }
}
