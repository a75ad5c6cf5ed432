//! What phones and people ask of the server under load, beside nginx with a static file of the same content: configurations by
//! device link and landing pages, over TLS and kept connections.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use peers::{Certificate, Load, Measured, Nginx, Program};
use reqwest::Client;
use serde_json::{Value, json};

use super::{Grounds, Size, figure::Figure};
use crate::step;

const READY_LIMIT: Duration = Duration::from_mins(2);
const PEOPLE: &str = "500";
/// Links that nobody fetches by: their landing pages are asked for.
const UNUSED: usize = 50;
/// Both sides are loaded in turn so often, and the median of each counts: a machine of two cores is not the same for long.
const ROUNDS: usize = 5;

/// Documents fetched again by the phones of a demo, whole and as *not modified*; and the pages behind links.
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
    let admin = says["admin"].as_str().context("a demo says its address")?;
    let http = Client::builder().no_proxy().build()?;
    let mut links = links(&http, &says).await?;
    ensure!(links.len() > UNUSED, "a demo deploys more people");
    let unused = links.split_off(links.len() - UNUSED);
    let mut phones = Vec::new();
    for link in &links {
        phones.push(take(&http, admin, link).await?);
    }
    // In good order, so that it ends its own processes.
    demo.terminate(READY_LIMIT).await?;

    let certificate = Certificate::for_loopback()?;
    let settings = with_tls(&demo.folder().join("data"), &certificate)?;
    let mut server = Program::start(
        step::built("rollcall")?,
        [
            "serve".as_ref(),
            "--settings".as_ref(),
            settings.as_os_str(),
        ],
    )?;
    let url = admin.replacen("http:", "https:", 1);
    let authority = reqwest::Certificate::from_pem(certificate.ca_pem.as_bytes())?;
    let trusting = Client::builder().no_proxy().add_root_certificate(authority);
    let trusting = trusting.build()?;
    let answers = async || {
        let answer = trusting.get(format!("{url}/readyz")).send().await;
        answer.ok().filter(|a| a.status().is_success()).map(drop)
    };
    peers::wait_for("the server with TLS", READY_LIMIT, answers)
        .await
        .with_context(|| server.stderr())?;
    let ours = Side {
        pid: server.pid().context("the server runs")?,
        url,
    };
    let page_of = |link: &String| {
        Ok(link
            .strip_prefix(admin)
            .context("a link leads here")?
            .to_owned())
    };
    let pages: Vec<String> = unused.iter().map(page_of).collect::<Result<_>>()?;
    let page = trusting
        .get(format!("{}{}", ours.url, pages[0]))
        .send()
        .await?;
    let page = page.error_for_status()?.bytes().await?;

    let asks = |known: bool| -> Vec<Ask> {
        let ask = |phone: &Phone| Ask {
            path: phone.path.clone(),
            known: known.then(|| phone.tag.clone()),
        };
        phones.iter().map(ask).collect()
    };
    let pages = pages.into_iter().map(|path| Ask { path, known: None });
    let mut figures = Vec::new();
    for (name, content, asks) in [
        ("configuration", &phones[0].document[..], asks(false)),
        (
            "configuration, not modified",
            &phones[0].document,
            asks(true),
        ),
        ("landing page", &page, pages.collect()),
    ] {
        figures.extend(
            beside_nginx(name, &ours, content, asks, (&trusting, &certificate, size)).await?,
        );
    }
    server.terminate(READY_LIMIT).await?;
    Ok(figures)
}

/// The same is asked of our server and of nginx, which has `content` at every path.
async fn beside_nginx(
    name: &str,
    ours: &Side,
    content: &[u8],
    asks: Vec<Ask>,
    (http, certificate, size): (&Client, &Certificate, Size),
) -> Result<[Figure; 4]> {
    let nginx = Nginx::serve(content, Some(certificate)).await?;
    let theirs = Side {
        pid: nginx.pid(),
        url: format!("https://{}", nginx.address()),
    };
    let tag = tag(&http.get(format!("{}/", theirs.url)).send().await?)?;
    let same = asks.iter().map(|ask| Ask {
        path: ask.path.clone(),
        known: ask.known.as_ref().map(|_| tag.clone()),
    });
    let same: Vec<Ask> = same.collect();
    let (mut of_ours, mut of_theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        of_ours.push(ours.load(size, &asks).await?);
        of_theirs.push(theirs.load(size, &same).await?);
    }
    let (ours, theirs) = (median(of_ours), median(of_theirs));
    Ok([
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
    ])
}

/// The one that did neither better nor worse than the others.
fn median(mut all: Vec<Loaded>) -> Loaded {
    all.sort_by(|a, b| a.per_cpu_s.total_cmp(&b.per_cpu_s));
    all.swap_remove(all.len() / 2)
}

/// The settings of the demo's server with this certificate; where they are.
fn with_tls(data: &Path, certificate: &Certificate) -> Result<PathBuf> {
    fs::write(data.join("server.pem"), &certificate.pem)?;
    fs::write(data.join("server.key"), &certificate.key_pem)?;
    let settings = data.join("server.toml");
    let text = fs::read_to_string(&settings)?;
    let tls = "[tls]\ncertificate = \"server.pem\"\nkey = \"server.key\"\n";
    fs::write(&settings, format!("{text}\n{tls}"))?;
    Ok(settings)
}

/// A phone that has its configuration: the path of its own link, what it holds and the tag of that.
struct Phone {
    path: String,
    document: Vec<u8>,
    tag: String,
}

/// Deploys everybody with the profile of direct links; the links that were mailed.
async fn links(http: &Client, says: &Value) -> Result<Vec<String>> {
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
    let link = |letter: &Value| {
        let link = letter["links"][0].as_str().context("a letter has a link")?;
        Ok(link.to_owned())
    };
    letters.iter().map(link).collect()
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

/// A request: its path, and the tag of what is `known` of it.
struct Ask {
    path: String,
    known: Option<String>,
}

/// One of the two servers.
struct Side {
    pid: u32,
    url: String,
}

/// What a server did under load.
struct Loaded {
    per_cpu_s: f64,
    seen: Measured,
}

impl Side {
    /// 64 kept connections ask for all of it in turn.
    async fn load(&self, size: Size, asks: &[Ask]) -> Result<Loaded> {
        let folder = tempfile::tempdir()?;
        let script = folder.path().join("ask.lua");
        write_script(&script, asks)?;
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
}

/// The requests are made before the load begins: the generator then only repeats them.
fn write_script(script: &Path, asks: &[Ask]) -> Result<()> {
    let mut text = "local asks, n = {}, 0\nfunction init()\n".to_owned();
    for Ask { path, known } in asks {
        let header = known.as_ref().map_or_else(
            || "nil".to_owned(),
            |tag| format!("{{[\"If-None-Match\"] = \"{}\"}}", tag.replace('"', "\\\"")),
        );
        writeln!(
            text,
            "asks[#asks + 1] = wrk.format(\"GET\", \"{path}\", {header})"
        )?;
    }
    text.push_str("end\nfunction request() n = n % #asks + 1; return asks[n] end\n");
    Ok(fs::write(script, text)?)
}
