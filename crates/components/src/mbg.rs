//! Border gateways connected locally, behind their local key: `GET /mbg/v1/sip-devices` and `POST /mbg/v1/credentials`. Every
//! path and field name of them stands in this file. The authorization of a remote one is left for later.

use std::collections::HashSet;

use model::{Record, Secret};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    Answer, CREDENTIALS_MAX, Component, Credential, Error, Page, Settings,
    http::{Holds, Http},
    listing,
    settings::wrong_credential,
    told::{self, Told},
};

/// A connected border gateway.
#[derive(Debug)]
pub(crate) struct Mbg {
    http: Http,
    key: Secret,
    page_size: usize,
}

impl Mbg {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Error> {
        let Credential::Bearer(key) = &settings.credential else {
            return Err(wrong_credential("its local key"));
        };
        Ok(Self {
            http: Http::new(settings)?,
            key: key.clone(),
            page_size: settings.options.page_size(),
        })
    }

    async fn make_credentials(&self, ids: &[String]) -> Result<Vec<(String, Secret)>, Error> {
        if ids.len() > CREDENTIALS_MAX {
            return Err(Error::Unsupported {
                what: "it makes at most 500 passwords at once",
            });
        }
        let request = self
            .http
            .post("mbg/v1/credentials")
            .bearer_auth(self.key.expose())
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

impl Component for Mbg {
    fn page<'a>(&'a mut self, cursor: Option<&'a str>) -> Answer<'a, Page> {
        let request = self
            .http
            .get("mbg/v1/sip-devices")
            .bearer_auth(self.key.expose());
        Box::pin(listing::page(
            &self.http,
            request,
            (cursor, self.page_size),
            record,
        ))
    }

    fn credentials<'a>(
        &'a mut self,
        source_ids: &'a [String],
    ) -> Answer<'a, Vec<(String, Secret)>> {
        Box::pin(self.make_credentials(source_ids))
    }
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
