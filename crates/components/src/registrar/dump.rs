//! Who is registered, as Kamailio tells it over JSON-RPC (`ul.dump`): one answer with everybody, so that its size is limited.

use serde::Deserialize;
use serde_json::{json, value::RawValue};

use super::subscriber::of_account;
use crate::{
    Contact, Contacts, Credential, Error, Settings, address,
    http::{Holds, Http},
    told::Told,
};

/// A registrar's JSON-RPC.
#[derive(Debug)]
pub(super) struct Dump {
    http: Http,
    url: String,
}

impl Dump {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        let url = address::rpc(&settings.options.rpc_url)?.to_string();
        let settings = Settings {
            address: url.clone(),
            credential: Credential::None,
            ..settings.clone()
        };
        Ok(Self {
            http: Http::new(&settings)?,
            url,
        })
    }

    pub(super) async fn contacts(&self) -> Result<Contacts, Error> {
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": "ul.dump", "params": []});
        let request = self.http.post(&self.url).json(&call);
        let body = self.http.send(request, Holds::Records).await?;
        let text = body.text();
        let answer: Answer<'_> = body.json(&text)?;
        let mut all = Contacts::default();
        for domain in answer.result.domains {
            // Others may be kept beside it, as for presence.
            if domain.domain.name.as_str() != "location" {
                continue;
            }
            for of in domain.domain.aors {
                all.take(&of.info);
            }
        }
        Ok(all)
    }
}

impl Contacts {
    /// Takes the contacts of one address of record.
    fn take(&mut self, info: &Info<'_>) {
        let aor = info.aor.as_str();
        let (user, domain) = aor.rsplit_once('@').unwrap_or((aor, ""));
        for item in &info.contacts {
            match read(user, domain, item) {
                Some(contact) => self.items.push(contact),
                None => self.skipped += 1,
            }
        }
    }
}

fn read(user: &str, domain: &str, item: &RawValue) -> Option<Contact> {
    let item: Item<'_> = serde_json::from_str(item.get()).ok()?;
    let told = item.contact;
    of_account(user, domain, told.address.as_str(), told.agent.as_str())
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    result: Domains<'a>,
}

#[derive(Deserialize)]
struct Domains<'a> {
    #[serde(borrow, rename = "Domains")]
    domains: Vec<Domain<'a>>,
}

#[derive(Deserialize)]
struct Domain<'a> {
    #[serde(borrow, rename = "Domain")]
    domain: Table<'a>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Table<'a> {
    #[serde(rename = "Domain")]
    name: Told<'a>,
    #[serde(rename = "AoRs", default)]
    aors: Vec<Aor<'a>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Aor<'a> {
    #[serde(rename = "Info")]
    info: Info<'a>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Info<'a> {
    #[serde(rename = "AoR")]
    aor: Told<'a>,
    #[serde(borrow, rename = "Contacts", default)]
    contacts: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Item<'a> {
    #[serde(rename = "Contact")]
    contact: ItemOf<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct ItemOf<'a> {
    #[serde(rename = "Address")]
    address: Told<'a>,
    #[serde(rename = "User-Agent")]
    agent: Told<'a>,
}
