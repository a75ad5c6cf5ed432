//! `demo`: an installation on this machine, ready to click. Sandbox, redirect server and server run as
//! processes of their own; this one sets them up, scans once, and ends them together.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    time::Duration,
};

use access::Passwords;
use anyhow::{Context, ensure};
use model::{ClientKind, ComponentKind, LinkMode, ProfileSettings, Secret, Transport};
use redirect::origins;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Store;

use crate::{
    args,
    children::Role,
    machine,
    settings::{Settings, private_folder, write_private},
    shutdown::Shutdown,
};

const USER: &str = "admin";
/// How long the first scan is waited for.
const READY_LIMIT: Duration = Duration::from_mins(10);

/// What a demo keeps beside its data so that it can be started again.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    password: String,
    token: String,
    server: SocketAddr,
    redirect: SocketAddr,
    sandbox: SocketAddr,
}

/// What the sandbox tells about itself.
#[derive(Deserialize)]
struct SandboxSays {
    components: Vec<Component>,
    remote_mbg: RemoteMbg,
    mail: String,
    smtp: SocketAddr,
}

/// A border gateway that is offered and not connected: authorizing it is left to the person.
#[derive(Serialize, Deserialize)]
struct RemoteMbg {
    url: String,
    user: String,
    password: String,
}

#[derive(Deserialize)]
struct Component {
    name: String,
    kind: ComponentKind,
    url: String,
    account: String,
    secret: Secret,
}

/// The folders of a demo; nothing of one part lies in another's.
struct Folders {
    root: PathBuf,
    _temporary: Option<tempfile::TempDir>,
}

impl Folders {
    fn make(wanted: Option<PathBuf>) -> anyhow::Result<Self> {
        let (root, temporary) = if let Some(root) = wanted {
            (root, None)
        } else {
            let folder = tempfile::Builder::new()
                .prefix("rollcall-demo-")
                .tempdir()?;
            (folder.path().to_owned(), Some(folder))
        };
        for part in ["server", "keys", "redirect", "sandbox", "mail"] {
            private_folder(&root.join(part))?;
        }
        Ok(Self {
            root: root.canonicalize()?,
            _temporary: temporary,
        })
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }
}

/// Runs a demo until the process is asked to end.
pub(crate) async fn run(wanted: args::Demo) -> anyhow::Result<()> {
    let shutdown = Shutdown::of_signals()?;
    let folders = Folders::make(wanted.data.clone())?;
    let kept = kept(&folders, wanted.listen)?;
    let mut sandbox = start_sandbox(&folders, &kept, &wanted).await?;
    let says: SandboxSays = serde_json::from_str(&sandbox.first_line)
        .context("the sandbox did not say where it listens")?;
    write_settings(&folders, &kept, &says)?;
    let kept = set_up(&folders, kept, &says).await?;
    let redirect_settings = folders.at("redirect.toml");
    let mut redirect = Role::start(
        "redirect server",
        &["redirect", "--settings", text(&redirect_settings)?],
        &folders.at("redirect.log"),
        false,
    )
    .await?;
    let server_settings = folders.at("server.toml");
    let mut server = Role::start(
        "server",
        &["serve", "--settings", text(&server_settings)?],
        &folders.at("server.log"),
        false,
    )
    .await?;
    let ready = tokio::select! {
        ready = scan_once(&kept, &shutdown) => ready,
        error = server.ended() => Err(error),
        error = redirect.ended() => Err(error),
    };
    if ready.is_ok() && !shutdown.is_due() {
        announce(
            &wanted,
            &folders,
            &kept,
            &says,
            [&server, &redirect, &sandbox],
        );
        // Without its redirect server the demo goes on: what people see then belongs to what is tried out.
        let mut is_redirecting = true;
        let asked_to_end = shutdown.wait();
        tokio::pin!(asked_to_end);
        loop {
            tokio::select! {
                () = &mut asked_to_end => break,
                error = server.ended() => {
                    eprintln!("{error}");
                    break;
                }
                error = redirect.ended(), if is_redirecting => {
                    is_redirecting = false;
                    eprintln!("{error}");
                    eprintln!("  hint: the demo goes on without it; start the demo anew to have it again");
                }
                error = sandbox.ended() => {
                    eprintln!("{error}");
                    break;
                }
            }
        }
    }
    server.end().await;
    redirect.end().await;
    sandbox.end().await;
    ready
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("the data folder's name is not text")
}

/// Ports and passwords: those of an earlier start of the same folder, or new ones.
fn kept(folders: &Folders, listen: SocketAddr) -> anyhow::Result<Kept> {
    let file = folders.at("keys/demo.json");
    if file.exists() {
        return Ok(serde_json::from_str(&fs::read_to_string(&file)?)?);
    }
    let listen = if listen.port() == 0 {
        somewhere(listen)?
    } else {
        listen
    };
    let server = free(listen).with_context(|| {
        format!("cannot listen on {listen}\n  hint: another program uses this port; try --listen 127.0.0.1:0")
    })?;
    let beside = SocketAddr::new(listen.ip(), listen.port() + 1);
    let redirect = free(beside).or_else(|_| free(SocketAddr::new(listen.ip(), 0)))?;
    let env = machine::env();
    let readable = |bytes: [u8; 9]| {
        bytes
            .iter()
            .map(|b| char::from(b"abcdefghjkmnpqrstuvwxyz23456789"[usize::from(b % 31)]))
            .collect::<String>()
    };
    Ok(Kept {
        password: format!("{}-{}", readable(env.random()), readable(env.random())),
        token: String::new(),
        server,
        redirect,
        sandbox: free_in_a_row(
            SocketAddr::new(listen.ip(), listen.port() + 2),
            SANDBOX_PORTS,
        )?,
    })
}

/// An address that is free at this moment.
fn free(wanted: SocketAddr) -> std::io::Result<SocketAddr> {
    TcpListener::bind(wanted)?.local_addr()
}

/// How many ports in a row the sandbox takes.
const SANDBOX_PORTS: u16 = 7;

/// An address with free ports behind it for everything. It is below the range that the kernel takes ports from for connections: what
/// is free there is so still when it is listened at, beside other demos as well.
fn somewhere(wanted: SocketAddr) -> anyhow::Result<SocketAddr> {
    let port = 3_000 + u16::try_from(std::process::id() % 800).unwrap_or(0) * 10;
    free_in_a_row(SocketAddr::new(wanted.ip(), port), 2 + SANDBOX_PORTS)
}

/// Ports above 3,000 that browsers open no page at (Fetch standard, section 2.10, port blocking).
const BLOCKED: [u16; 15] = [
    3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10_080,
];

/// The first of so many free ports in a row, from an address on, at which browsers open pages.
fn free_in_a_row(from: SocketAddr, count: u16) -> anyhow::Result<SocketAddr> {
    let starts = (from.port()..u16::MAX - count).step_by(usize::from(count));
    for start in starts.take(200) {
        let at = |port| SocketAddr::new(from.ip(), port);
        let fits = |port| !BLOCKED.contains(&port) && free(at(port)).is_ok();
        if (start..start + count).all(fits) {
            return Ok(at(start));
        }
    }
    anyhow::bail!("there are no {count} free ports in a row\n  hint: try --listen 127.0.0.1:0")
}

async fn start_sandbox(
    folders: &Folders,
    kept: &Kept,
    wanted: &args::Demo,
) -> anyhow::Result<Role> {
    let (people, seed) = (wanted.people.to_string(), wanted.seed.to_string());
    let (listen, mail) = (kept.sandbox.to_string(), folders.at("mail"));
    let args = [
        "sandbox",
        "--people",
        &people,
        "--seed",
        &seed,
        "--listen",
        &listen,
        "--data",
        text(&mail)?,
    ];
    Role::start("sandbox", &args, &folders.at("sandbox.log"), true).await
}

fn write_settings(folders: &Folders, kept: &Kept, says: &SandboxSays) -> anyhow::Result<()> {
    let (server, redirect, smtp) = (kept.server, kept.redirect, says.smtp);
    let settings = format!(
        "listen = \"{server}\"\npublic_url = \"http://{server}\"\ndata = \"server\"\nkey_file = \"keys/rollcall.key\"\n\n\
         [redirect]\nurl = \"http://{redirect}\"\norigin = \"demo\"\n\n\
         [mail]\nhost = \"{}\"\nport = {}\ntls = \"none\"\nfrom = \"Telephone desk <phones@example.org>\"\n",
        smtp.ip(),
        smtp.port()
    );
    fs::write(folders.at("server.toml"), settings)?;
    let settings = format!(
        "listen = \"{redirect}\"\npublic_url = \"http://{redirect}\"\ndata = \"redirect\"\n"
    );
    fs::write(folders.at("redirect.toml"), settings)?;
    Ok(())
}

/// Makes the administrator, the connections, two profiles and the origin, once per data folder.
async fn set_up(folders: &Folders, kept: Kept, says: &SandboxSays) -> anyhow::Result<Kept> {
    let env = machine::env();
    let settings = Settings::read(&folders.at("server.toml"))?;
    let key = settings.make_ready(&env)?;
    let store = crate::serve::open(&settings, key, env).await?;
    let Some(setup) = access::ensure_setup_token(&store).await? else {
        return Ok(kept);
    };
    let password = Secret::new(kept.password.as_str());
    let admin = access::set_up(&store, &Passwords::default(), &setup, USER, &password).await?;
    let token = access::add_token(&store, &admin, "demo").await?;
    for component in &says.components {
        add_connection(&store, component, &admin.actor()).await?;
    }
    add_profiles(&store, &admin.actor()).await?;
    register(folders, &kept, &store).await?;
    let kept = Kept {
        token: token.expose().to_owned(),
        ..kept
    };
    write_private(
        &folders.at("keys/demo.json"),
        &serde_json::to_string(&kept)?,
    )?;
    Ok(kept)
}

async fn add_connection(
    store: &Store,
    component: &Component,
    actor: &model::Actor,
) -> anyhow::Result<()> {
    let new = roster::connections::New {
        name: component.name.clone(),
        kind: component.kind,
        address: component.url.clone(),
        account: component.account.clone(),
        secret: component.secret.clone(),
        default_pbx: String::new(),
        options: serde_json::Map::new(),
        schedule: String::new(),
    };
    roster::connections::add(store, &new, actor).await?;
    Ok(())
}

async fn add_profiles(store: &Store, actor: &model::Actor) -> anyhow::Result<()> {
    let office = ProfileSettings {
        sip_domain: "pbx.example.org".to_owned(),
        transport: Transport::Tls,
        organisation: "Example Ltd".to_owned(),
        help: "Telephone desk, extension 100".to_owned(),
        ..ProfileSettings::default()
    };
    let desk = ProfileSettings {
        client: ClientKind::Baresip,
        link_mode: LinkMode::Direct,
        ..office.clone()
    };
    for (name, settings) in [("Office softphone", office), ("Test desk", desk)] {
        let wanted = users::profiles::Wanted {
            name: name.to_owned(),
            settings,
        };
        users::profiles::add(store, &wanted, actor).await?;
    }
    Ok(())
}

/// Tells the redirect server about the server, as an operator would with `redirect origins add`.
async fn register(folders: &Folders, kept: &Kept, store: &Store) -> anyhow::Result<()> {
    let key = delivery::signing_key(store).await?.public();
    let redirect = redirect::Store::open(&folders.at("redirect")).await?;
    let origin = origins::Origin {
        id: "demo".parse()?,
        url: format!("http://{}", kept.server).parse()?,
        key,
    };
    origins::add(&redirect, &origin).await?;
    redirect.close().await?;
    Ok(())
}

/// Waits for the server and has everything scanned and joined once.
async fn scan_once(kept: &Kept, shutdown: &Shutdown) -> anyhow::Result<()> {
    let http = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build()?;
    let url = |path: &str| format!("http://{}{path}", kept.server);
    wait_until(shutdown, async || {
        http.get(url("/readyz"))
            .send()
            .await
            .is_ok_and(|a| a.status().is_success())
    })
    .await?;
    let ordered = http
        .post(url("/api/v1/scans"))
        .bearer_auth(&kept.token)
        .json(&json!({}))
        .send()
        .await?;
    ensure!(
        ordered.status().is_success(),
        "the first scan could not be ordered ({})",
        ordered.status()
    );
    wait_until(shutdown, async || {
        open_jobs(&http, &url("/api/v1/summary"), &kept.token).await == Some(0)
    })
    .await
}

async fn open_jobs(http: &reqwest::Client, url: &str, token: &str) -> Option<i64> {
    let summary: serde_json::Value = http
        .get(url)
        .bearer_auth(token)
        .send()
        .await
        .ok()?
        .json()
        .await
        .ok()?;
    summary["jobs"].as_i64()
}

/// Looks until something is so, the process is asked to end, or it takes too long to be waited for.
async fn wait_until(shutdown: &Shutdown, is_so: impl AsyncFn() -> bool) -> anyhow::Result<()> {
    let look = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::select! {
        () = look => Ok(()),
        () = shutdown.clone().wait() => Ok(()),
        () = tokio::time::sleep(READY_LIMIT) => anyhow::bail!("the server did not become ready"),
    }
}

fn announce(
    wanted: &args::Demo,
    folders: &Folders,
    kept: &Kept,
    says: &SandboxSays,
    [server, redirect, sandbox]: [&Role; 3],
) {
    let admin = format!("http://{}", kept.server);
    if wanted.json {
        let components: Vec<_> = says
            .components
            .iter()
            .map(|c| json!({"name": c.name, "kind": c.kind, "url": c.url}))
            .collect();
        let line = json!({
            "admin": admin,
            "redirect": format!("http://{}", kept.redirect),
            "mail": says.mail,
            "user": USER,
            "password": kept.password,
            "token": kept.token,
            "components": components,
            "remote_mbg": says.remote_mbg,
            "data": folders.root,
            "pids": {"server": server.pid(), "redirect": redirect.pid(), "sandbox": sandbox.pid()},
        });
        println!("{line}");
        return;
    }
    println!(
        "rollcall is ready, with {} people on three pretend components",
        wanted.people
    );
    println!();
    println!("  open       {admin}");
    println!("  sign in    {USER} / {}", kept.password);
    println!("  mail       {}  (every mail ends up here)", says.mail);
    println!(
        "  own page   {admin}/me  (for people: ask for a link with the address of somebody who was imported)"
    );
    println!("  redirect   http://{}", kept.redirect);
    println!(
        "  remote MBG {}  (to add and authorize under Configuration > Connections; there: {} / {})",
        says.remote_mbg.url, says.remote_mbg.user, says.remote_mbg.password
    );
    println!("  data       {}", folders.root.display());
    println!();
    println!("  then: Users > Import users, tick the box in the header, Import and deploy");
    println!("  end it with Ctrl-C");
    if !wanted.no_open {
        open_browser(&admin);
    }
}

/// Opens the person's browser where there is one; nothing depends on it.
fn open_browser(url: &str) {
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let _ = std::process::Command::new(opener)
        .arg(url)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_open_pages_at_all_ports_of_a_demo() {
        for blocked in BLOCKED {
            let near = SocketAddr::from(([127, 0, 0, 1], blocked - 3));
            let from = free_in_a_row(near, 9).unwrap().port();
            assert!(
                BLOCKED.iter().all(|port| !(from..from + 9).contains(port)),
                "{from}"
            );
        }
    }
}
