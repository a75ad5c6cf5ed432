//! Border gateways: devices, one device by its number, new passwords, cluster. A local one takes its local key, a remote one
//! signed requests. Every path and field name of them stands in this file; the authorization of a remote one is
//! [`crate::authorization`]'s.

use std::collections::HashSet;

use model::{Record, Secret, Timestamp, cluster::Node};
use reqwest::RequestBuilder;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    Access, Answer, CREDENTIALS_MAX, Component, Contact, Contacts, Credential, Error, Familiar,
    Page, Settings,
    http::{Holds, Http},
    listing,
    settings::wrong_credential,
    told::{self, Told},
};

/// A connected border gateway.
#[derive(Debug)]
pub(crate) struct Mbg {
    http: Http,
    /// The local key; a remote one is signed for instead.
    key: Option<Secret>,
    page_size: usize,
}

impl Mbg {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Error> {
        let key = match (&settings.credential, settings.options.access) {
            (Credential::Bearer(key), Access::Local) => Some(key.clone()),
            (Credential::Signed(_), Access::Remote) => None,
            (_, Access::Local) => return Err(wrong_credential("its local key")),
            (_, Access::Remote) => return Err(wrong_credential("an authorization")),
        };
        Ok(Self {
            http: Http::new(settings)?,
            key,
            page_size: settings.options.page_size(),
        })
    }

    fn with_key(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.key {
            Some(key) => request.bearer_auth(key.expose()),
            None => request,
        }
    }

    /// `GET /mbg/v1/sip-devices/by-number/{directoryNumber}?icp=`
    async fn find(&self, known: &Record) -> Result<Option<Record>, Error> {
        let number = &known.directory_number;
        if number.is_empty() {
            return Err(Error::Unsupported {
                what: "it looks records up by their number, and this one has none",
            });
        }
        let mut request = self.http.get_below("mbg/v1/sip-devices/by-number", number);
        if !known.pbx.is_empty() {
            request = request.query(&[("icp", &known.pbx)]);
        }
        let read = listing::one(&self.http, self.with_key(request), record).await;
        let read = read.map_err(|error| match error {
            Error::Status { status: 409, .. } => Error::Ambiguous,
            Error::Status { status: 400, said } if said == "number-not-addressable" => {
                Error::NotAddressable
            }
            other => other,
        })?;
        // The number went to another device since the last scan: this one is not there under it any more.
        Ok(read.filter(|read| read.source_id == known.source_id))
    }

    /// `GET /mbg/v1/cluster`
    async fn nodes(&self) -> Result<Vec<Node>, Error> {
        let request = self.with_key(self.http.get("mbg/v1/cluster"));
        let body = match self.http.send(request, Holds::Records).await {
            Ok(body) => body,
            // One without a cluster need not know the question.
            Err(Error::Status { status: 404, .. }) => return Ok(vec![]),
            Err(other) => return Err(other),
        };
        let text = body.text();
        body.json(&text).map(|cluster: Cluster| cluster.items)
    }

    async fn make_credentials(&self, ids: &[String]) -> Result<Vec<(String, Secret)>, Error> {
        if ids.len() > CREDENTIALS_MAX {
            return Err(Error::Unsupported {
                what: "it makes at most 500 passwords at once",
            });
        }
        let request = self
            .with_key(self.http.post("mbg/v1/credentials"))
            .json(&Wanted { ids });
        let body = self
            .http
            .send(request, Holds::Secrets)
            .await
            .map_err(|error| match error {
                Error::Status { status: 409, .. } => Error::Refused {
                    said: "its key may not make new passwords".to_owned(),
                },
                other => other,
            })?;
        let text = body.text();
        let made: Made = body.json(&text)?;
        let wanted: HashSet<&str> = ids.iter().map(String::as_str).collect();
        let made = made
            .items
            .into_iter()
            .filter(|item| wanted.contains(item.id.as_str()));
        Ok(made.map(|item| (item.id, item.password)).collect())
    }
}

impl Mbg {
    async fn list(&self, cursor: Option<&str>, familiar: Option<&Familiar>) -> Result<Page, Error> {
        let request = self.with_key(self.http.get("mbg/v1/sip-devices"));
        let at = (cursor, self.page_size);
        listing::page(&self.http, request, at, familiar, record).await
    }
}

impl Component for Mbg {
    fn page<'a>(&'a mut self, cursor: Option<&'a str>) -> Answer<'a, Page> {
        Box::pin(self.list(cursor, None))
    }

    fn page_beside<'a>(
        &'a mut self,
        cursor: Option<&'a str>,
        familiar: &'a Familiar,
    ) -> Answer<'a, Page> {
        Box::pin(self.list(cursor, Some(familiar)))
    }

    fn one<'a>(&'a mut self, known: &'a Record) -> Answer<'a, Option<Record>> {
        Box::pin(self.find(known))
    }

    fn contacts<'a>(&'a mut self, cursor: Option<&'a str>) -> Answer<'a, Contacts> {
        let request = self.with_key(self.http.get("mbg/v1/registrations"));
        Box::pin(listing::contacts(
            &self.http,
            request,
            (cursor, self.page_size),
            contact,
        ))
    }

    fn cluster(&mut self) -> Answer<'_, Vec<Node>> {
        Box::pin(self.nodes())
    }

    fn credentials<'a>(
        &'a mut self,
        source_ids: &'a [String],
    ) -> Answer<'a, Vec<(String, Secret)>> {
        Box::pin(self.make_credentials(source_ids))
    }
}

#[derive(Deserialize)]
struct Cluster {
    items: Vec<Node>,
}

#[derive(Serialize)]
struct Wanted<'a> {
    ids: &'a [String],
}

#[derive(Deserialize)]
struct Made {
    items: Vec<MadeItem>,
}

#[derive(Deserialize)]
struct MadeItem {
    id: String,
    password: Secret,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Device<'a> {
    id: Told<'a>,
    enabled: Told<'a>,
    description: Told<'a>,
    set_user_name: Told<'a>,
    #[serde(borrow)]
    icp: Option<&'a RawValue>,
    directory_number: Told<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Icp<'a> {
    name: Told<'a>,
}

fn record(raw: &str) -> Result<Record, String> {
    let device: Device<'_> = listing::item(raw)?;
    let mut record = Record::new(told::source_id(device.id.as_str())?);
    let r = &mut record;
    r.enabled = device.enabled.enabled(r);
    r.display_name = device.description.text(r, "display_name");
    r.mbg_user_name = device.set_user_name.text(r, "mbg_user_name");
    r.sip_user.clone_from(&r.mbg_user_name);
    device.directory_number.directory_number(r);
    let icp: Icp<'_> = listing::part(r, "pbx", device.icp);
    r.pbx = icp.name.text(r, "pbx");
    Ok(record)
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Registration<'a> {
    device_id: Told<'a>,
    since: Told<'a>,
    user_agent: Told<'a>,
    contact_host: Told<'a>,
}

fn contact(raw: &str) -> Option<Contact> {
    let told: Registration<'_> = listing::item(raw).ok()?;
    let (host, agent) = (told.contact_host.as_str(), told.user_agent.as_str());
    let mut contact = Contact::read(told.device_id.as_str(), "", host, agent)?;
    let since: Option<jiff::Timestamp> = told.since.as_str().parse().ok();
    contact.since = since.map(|at| Timestamp(at.as_millisecond()));
    Some(contact)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_read_field_by_field() {
        let told = r#"{"id":"d1","enabled":false,"description":"Ada Lovelace","setUserName":"ada-1*001","icpUserName":"1*001",
            "icp":{"name":"HQ-1","host":"hq-1.example.org"},"directoryNumber":"1*001","availability":"everywhere"}"#;
        let expected = Record {
            display_name: "Ada Lovelace".into(),
            mbg_user_name: "ada-1*001".into(),
            sip_user: "ada-1*001".into(),
            directory_number: "1*001".into(),
            pbx: "HQ-1".into(),
            enabled: false,
            ..Record::new("d1")
        };
        assert_eq!(record(told).unwrap(), expected);
    }

    #[test]
    fn a_device_without_a_pbx_is_kept() {
        let r = record(r#"{"id":"d1","icp":null}"#).unwrap();
        assert!(r.enabled && r.faults.is_empty() && r.pbx.is_empty());
        assert_eq!(record(r#"{"id":"d1","icp":"HQ"}"#).unwrap().faults.len(), 1);
    }
}
