//! The configuration endpoint by device link under load, beside nginx with a static file of the same content.

use std::{fmt::Write, fs, path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use peers::{Load, Measured, Nginx, Program};
use reqwest::Client;
use serde_json::{Value, json};

use super::{Grounds, Size, figure::Figure};
use crate::step;

const READY_LIMIT: Duration = Duration::from_mins(2);
const PEOPLE: &str = "500";

/// Documents fetched again by the phones of a demo, whole and as *not modified*.
pub(crate) async fn by_device_link(grounds: &mut Grounds) -> Result<Vec<Figure>> {
    let size = grounds.size;
    let arguments = [
        "demo",
        "--people",
        PEOPLE,
        "--listen",
        "127.0.0.1:0",
        "--no-open",
        "--json",
        "--data",
        "data",
    ];
    let mut demo = Program::start(step::built("rollcall")?, arguments)?;
    let says = demo.ready_line(READY_LIMIT).await?;
    let http = Client::builder().no_proxy().build()?;
    let phones = phones(&http, &says).await?;
    let admin = says["admin"].as_str().context("a demo says its address")?;
    let pid = says["pids"]["server"]
        .as_u64()
        .and_then(|pid| u32::try_from(pid).ok());
    let server = Side {
        pid: pid.context("a demo says its processes")?,
        url: admin.to_owned(),
        paths: phones
            .iter()
            .map(|phone| (phone.path.clone(), phone.tag.clone()))
            .collect(),
    };
    let nginx = Nginx::serve(&phones[0].document).await?;
    let url = format!("http://{}", nginx.address());
    let tag = tag(&http.get(format!("{url}/")).send().await?)?;
    let beside = Side {
        pid: nginx.pid(),
        url,
        paths: phones
            .iter()
            .map(|phone| (phone.path.clone(), tag.clone()))
            .collect(),
    };
    let mut figures = Vec::new();
    for (name, known) in [
        ("configuration", false),
        ("configuration, not modified", true),
    ] {
        let (ours, theirs) = (
            server.load(size, known).await?,
            beside.load(size, known).await?,
        );
        figures.extend([
            Figure::alone(name, ours.per_cpu_s, "requests/cpu-s")
                .beside("nginx static", theirs.per_cpu_s)
                .at_least(0.3),
            Figure::alone(
                format!("{name}, wall"),
                ours.seen.requests_per_s,
                "requests/s",
            )
            .beside("nginx static", theirs.seen.requests_per_s),
            Figure::alone(format!("{name}, p50"), ours.seen.p50_ms, "ms"),
            Figure::alone(format!("{name}, p99"), ours.seen.p99_ms, "ms")
                .beside("nginx static", theirs.seen.p99_ms),
        ]);
    }
    // In good order, so that it ends its own processes.
    demo.terminate(READY_LIMIT).await?;
    Ok(figures)
}

/// A phone that has its configuration: the path of its own link, what it holds and the tag of that.
struct Phone {
    path: String,
    document: Vec<u8>,
    tag: String,
}

/// Deploys everybody with the profile of direct links and has each person's phone take its configuration.
async fn phones(http: &Client, says: &Value) -> Result<Vec<Phone>> {
    let text = |name: &str| {
        says[name]
            .as_str()
            .with_context(|| format!("a demo says its {name}"))
    };
    let (admin, token, mail) = (text("admin")?, text("token")?, text("mail")?);
    let ask = async |request: reqwest::RequestBuilder| -> Result<Value> {
        let answer = request
            .bearer_auth(token)
            .send()
            .await?
            .error_for_status()?;
        Ok(answer.json().await?)
    };
    let api = |path: &str| format!("{admin}/api/v1{path}");
    let profiles = ask(http.get(api("/profiles"))).await?;
    let direct = profiles
        .as_array()
        .and_then(|all| all.iter().find(|p| p["settings"]["link_mode"] == "direct"));
    let profile = &direct.context("a demo has a profile with direct links")?["id"];
    let wanted = json!({"selection": {"all": true}, "profile": profile, "deploy": true});
    let plan = ask(http.post(api("/import-plans")).json(&wanted)).await?;
    ask(http
        .post(api("/imports"))
        .json(&json!({"plan": plan["id"]})))
    .await?;
    let expected = plan["deploy"]
        .as_u64()
        .context("a plan says how many are deployed")?;
    let letters = async || {
        let page = http
            .get(format!("{mail}/api/messages?limit=1000"))
            .send()
            .await
            .ok()?;
        let page: Value = page.json().await.ok()?;
        let items = page["items"].as_array()?.clone();
        (items.len() as u64 == expected).then_some(items)
    };
    let letters = peers::wait_for("the letters", READY_LIMIT, letters).await?;
    let mut phones = Vec::new();
    for letter in &letters {
        let link = letter["links"][0].as_str().context("a letter has a link")?;
        phones.push(take(http, admin, link).await?);
    }
    Ok(phones)
}

/// Fetches by a letter's link as an app does, and once more by the device link that the document names.
async fn take(http: &Client, admin: &str, link: &str) -> Result<Phone> {
    let taken = http
        .post(link)
        .send()
        .await?
        .error_for_status()?
        .text()
        .await?;
    let start = taken
        .find(&format!("{admin}/x/"))
        .context("a document names its device link")?;
    let own: String = taken[start..]
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || ":/.-_".contains(*c))
        .collect();
    let again = http.get(&own).send().await?.error_for_status()?;
    Ok(Phone {
        path: own[admin.len()..].to_owned(),
        tag: tag(&again)?,
        document: again.bytes().await?.to_vec(),
    })
}

fn tag(answer: &reqwest::Response) -> Result<String> {
    let tag = answer
        .headers()
        .get("etag")
        .context("an answer has a tag")?;
    Ok(tag.to_str()?.to_owned())
}

/// One of the two servers, and what is asked of it: paths with the tags of what they hold.
struct Side {
    pid: u32,
    url: String,
    paths: Vec<(String, String)>,
}

/// What a server did under load.
struct Loaded {
    per_cpu_s: f64,
    seen: Measured,
}

impl Side {
    /// 64 kept connections ask for every path in turn; with the tags where the content is `known`.
    async fn load(&self, size: Size, known: bool) -> Result<Loaded> {
        let folder = tempfile::tempdir()?;
        let script = folder.path().join("ask.lua");
        self.write_script(&script, known)?;
        let load = Load {
            connections: 64,
            threads: 1,
            duration: size.load(),
            script: Some(script),
        };
        let before = peers::usage(self.pid)?.cpu_s();
        let seen = peers::wrk(&self.url, &load).await?;
        let spent = peers::usage(self.pid)?.cpu_s() - before;
        ensure!(
            seen.errors == 0,
            "{} answered with {} errors",
            self.url,
            seen.errors
        );
        let requests = u32::try_from(seen.requests).context("fewer requests than that")?;
        Ok(Loaded {
            per_cpu_s: f64::from(requests) / spent,
            seen,
        })
    }

    /// The requests are made before the load begins: the generator then only repeats them.
    fn write_script(&self, path: &Path, known: bool) -> Result<()> {
        let mut text = "local asks, n = {}, 0\nfunction init()\n".to_owned();
        for (path, tag) in &self.paths {
            let tag = tag.replace('"', "\\\"");
            let header = if known {
                format!("{{[\"If-None-Match\"] = \"{tag}\"}}")
            } else {
                "nil".to_owned()
            };
            writeln!(
                text,
                "asks[#asks + 1] = wrk.format(\"GET\", \"{path}\", {header})"
            )?;
        }
        text.push_str("end\nfunction request() n = n % #asks + 1; return asks[n] end\n");
        Ok(fs::write(path, text)?)
    }
}
