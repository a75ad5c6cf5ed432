//! Many people who set their phone up at the same moment: real Linphones, and clients that ask as one does, all through a relay.
//! Then it is looked who was given whose account.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{Api, Kamailio, Linphone, Program, ha1};

const DOMAIN: &str = "pbx.lab.test";
const READY_LIMIT: Duration = Duration::from_mins(2);
/// From the first start of a phone until the last one is registered.
const REGISTERED_LIMIT: Duration = Duration::from_mins(3);

/// How many come at once.
#[derive(Clone, Copy, Debug)]
pub struct Swarm {
    /// Real Linphones.
    pub phones: usize,
    /// Clients that bear Linphone's mark and register nowhere.
    pub others: usize,
}

/// What came of it; only made where everybody got the own account, once.
#[derive(Clone, Copy, Debug)]
pub struct Swarmed {
    swarm: Swarm,
    registered_s: f64,
}

impl fmt::Display for Swarmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Swarm { phones, others } = self.swarm;
        write!(
            f,
            "{} first-time clients at once, {phones} of them real Linphones, each with its own account and one device; \
             {phones} registered after {:.1} s",
            phones + others,
            self.registered_s
        )
    }
}

/// Somebody who was sent a link.
#[derive(Clone, Debug)]
struct Person {
    id: String,
    link: String,
    account: String,
}

impl Swarm {
    /// Deploys enough people of a demo of the program at this path, and has them come. Fails where somebody gets no account,
    /// that of somebody else, or more than one device.
    pub async fn run(self, program: &Path) -> Result<Swarmed> {
        let registrar = Kamailio::start().await?;
        let count = self.phones + self.others;
        // Not all people of a demo can be deployed, and some share an address.
        let mut office = Office::open(program, 2 * count + 10).await?;
        let mut people = office.deploy(&registrar).await?;
        ensure!(
            people.len() >= count,
            "only {} people were sent a link",
            people.len()
        );
        people.truncate(count);

        let begin = Instant::now();
        let (with_phones, without) = people.split_at(self.phones);
        let mut others = JoinSet::new();
        for person in without.iter().cloned() {
            others.spawn(fetch(office.api.http.clone(), person));
        }
        let phones = with_phones
            .iter()
            .map(|person| Linphone::provision(&person.link, None));
        let mut phones = try_join_all(phones).await?;
        while let Some(fetched) = others.join_next().await {
            fetched??;
        }
        let all_registered = async || {
            for person in with_phones {
                registrar
                    .contacts(&person.account)
                    .await
                    .ok()
                    .filter(|contacts| contacts.len() == 1)?;
            }
            Some(())
        };
        let registered =
            crate::wait_for("every registration", REGISTERED_LIMIT, all_registered).await;
        registered.with_context(|| {
            let phones = phones.iter_mut().zip(with_phones);
            let stand =
                phones.map(|(phone, person)| format!("{}: {}", person.account, phone.stand()));
            stand.collect::<Vec<_>>().join("\n")
        })?;
        let registered_s = begin.elapsed().as_secs_f64();

        for (person, mut phone) in with_phones.iter().zip(phones) {
            phone.quit().await?;
            keeps_its_own(person, &phone.rc()?, &people)?;
        }
        for person in &people {
            let detail = office.api.get(&format!("/users/{}", person.id)).await?;
            let devices = detail["devices"].as_array().context("a user has devices")?;
            ensure!(devices.len() == 1, "{} devices: {detail}", devices.len());
        }
        office.demo.terminate(READY_LIMIT).await?;
        Ok(Swarmed {
            swarm: self,
            registered_s,
        })
    }
}

/// A first-time client that asks as Linphone does, and once more by the link that it was given.
async fn fetch(http: reqwest::Client, person: Person) -> Result<()> {
    let ask = async |link: &str| {
        let request = http.get(link).header("x-linphone-provisioning", "1");
        let answer = request.send().await?;
        let status = answer.status();
        ensure!(status == 200, "an answer with status {status}");
        Ok(answer.text().await?)
    };
    let document = ask(&person.link).await?;
    let entry = |name: &str| {
        let (_, rest) =
            document.split_once(&format!("<entry name=\"{name}\" overwrite=\"true\">"))?;
        rest.split('<').next()
    };
    let account = entry("username").context("a document without an account")?;
    ensure!(
        account == person.account,
        "{account} was given to {}",
        person.account
    );
    let own = entry("config-uri").context("a document without its own link")?;
    ensure!(
        ask(own).await? == document,
        "another document by its own link"
    );
    Ok(())
}

/// What a phone keeps names its own account and nobody else's.
fn keeps_its_own(person: &Person, kept: &str, all: &[Person]) -> Result<()> {
    let is_kept = |account: &&str| kept.contains(&format!("username={account}\n"));
    let accounts: BTreeSet<_> = all
        .iter()
        .map(|other| other.account.as_str())
        .filter(is_kept)
        .collect();
    ensure!(
        accounts == BTreeSet::from([person.account.as_str()]),
        "the phone of {} has {accounts:?}",
        person.account
    );
    Ok(())
}

/// A demo, whose people are deployed through its redirect server as a relay.
struct Office {
    demo: Program,
    says: Value,
    api: Api,
}

impl Office {
    async fn open(program: &Path, people: usize) -> Result<Self> {
        let count = people.to_string();
        let arguments = [
            "demo",
            "--people",
            &count,
            "--listen",
            "127.0.0.1:0",
            "--no-open",
            "--json",
        ];
        let mut demo = Program::start(program, arguments)?;
        let says = demo.ready_line(READY_LIMIT).await?;
        let api = Api::new(text(&says["admin"])?, text(&says["token"])?)?;
        Ok(Self { demo, says, api })
    }

    /// Sends everybody a link and teaches the registrar their accounts; those whose mail and account cannot be another's.
    async fn deploy(&self, registrar: &Kamailio) -> Result<Vec<Person>> {
        let address = registrar.address();
        let (host, port) = address.rsplit_once(':').context("an address has a port")?;
        let profile = json!({"name": "Swarm", "settings": {
            "client": "linphone", "link_mode": "relay", "sip_domain": DOMAIN, "sip_host": host,
            "sip_port": port.parse::<u16>()?, "transport": "udp", "srtp": "off",
        }});
        let profile = self.api.post("/profiles", profile).await?;
        let wanted = json!({"selection": {"all": true}, "profile": profile["id"], "deploy": true});
        let plan = self.api.post("/import-plans", wanted).await?;
        self.api
            .post("/imports", json!({"plan": plan["id"]}))
            .await?;
        self.api.settled().await?;
        self.hand_over(registrar).await?;

        let mut links: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let url = format!("{}/api/messages?limit=1000", text(&self.says["mail"])?);
        for letter in items(&self.fetch(&url).await?) {
            let to = match &letter["to"] {
                Value::Array(all) => text(all.first().context("a letter to somebody")?)?,
                one => text(one)?,
            };
            links
                .entry(to.to_lowercase())
                .or_default()
                .push(text(&letter["links"][0])?);
        }
        let mut people = Vec::new();
        for user in self.api.all("/users").await? {
            let email = text(&user["email"])?.to_lowercase();
            let Some([link]) = links.get(&email).map(Vec::as_slice) else {
                continue;
            };
            let entry = self.api.get(&format!("/entries/{}", user["entry"])).await?;
            let records = entry["records"].as_array().into_iter().flatten();
            let mut accounts = records
                .filter(|record| record["kind"] == "mbg")
                .filter_map(|record| record["sip_user"].as_str().filter(|name| !name.is_empty()));
            if let (Some(account), None) = (accounts.next(), accounts.next()) {
                people.push(Person {
                    id: text(&user["id"])?,
                    link: link.clone(),
                    account: account.to_owned(),
                });
            }
        }
        Ok(people)
    }

    /// What the pretend gateway made.
    async fn hand_over(&self, registrar: &Kamailio) -> Result<()> {
        let components = self.says["components"].as_array().into_iter().flatten();
        let mut gateways = components.filter(|component| component["kind"] == "mbg");
        let gateway = gateways.next().context("a demo has a border gateway")?;
        let url = format!("{}/sandbox/credentials", text(&gateway["url"])?);
        let mut made = Vec::new();
        for item in items(&self.fetch(&url).await?) {
            let (user, password) = (text(&item["setUserName"])?, text(&item["password"])?);
            let hash = ha1(&user, DOMAIN, &password);
            made.push((user, hash));
        }
        let rows = made
            .iter()
            .map(|(user, hash)| (user.as_str(), DOMAIN, hash.as_str()));
        registrar.set_subscribers(rows).await
    }

    async fn fetch(&self, url: &str) -> Result<Value> {
        Ok(self.api.http.get(url).send().await?.json().await?)
    }
}

fn items(page: &Value) -> Vec<Value> {
    page["items"].as_array().cloned().unwrap_or_default()
}

fn text(value: &Value) -> Result<String> {
    let text = value
        .as_str()
        .with_context(|| format!("{value} is no text"))?;
    Ok(text.to_owned())
}
