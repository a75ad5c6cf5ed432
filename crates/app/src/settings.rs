//! The server's settings: a TOML file, with `ROLLCALL_…` variables over it.

use std::{
    fs,
    net::SocketAddr,
    num::NonZeroU32,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use delivery::{MailServer, MailTls, Mailbox, RedirectServer};
use model::{Env, Language, Secret};
use publication::{BrandName, Colour, Colours, HelpText, Logo};
use serde::Deserialize;
use store::WrappingKey;
use url::Url;

/// The settings file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    listen: SocketAddr,
    public_url: Url,
    data: PathBuf,
    key_file: PathBuf,
    #[serde(default)]
    database_url: Option<Secret>,
    tls: Option<Tls>,
    redirect: Option<Redirect>,
    #[serde(default)]
    brand: Brand,
    #[serde(default)]
    trusted_proxies: Vec<landing::Network>,
    /// Whether people may sign in at `/me`.
    #[serde(default = "yes")]
    self_deployment: bool,
    mail: Mail,
    bounces: Option<Bounces>,
}

/// How the public pages look, until an administrator says something else under Configuration > Brand.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Brand {
    name: Option<BrandName>,
    help: Option<HelpText>,
    /// A PNG file.
    logo: Option<PathBuf>,
    /// On a light page.
    light: Option<Colour>,
    /// On a dark page; the same where it is left out.
    dark: Option<Colour>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tls {
    certificate: PathBuf,
    key: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Redirect {
    url: Url,
    origin: publication::OriginId,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mail {
    host: String,
    port: u16,
    #[serde(default = "start_tls")]
    tls: MailTls,
    #[serde(default)]
    user: String,
    password_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    from: String,
    #[serde(default = "four")]
    connections: u32,
    per_minute: Option<NonZeroU32>,
    per_domain_per_minute: Option<NonZeroU32>,
    #[serde(default)]
    language: Language,
    #[serde(default)]
    administrators: Vec<String>,
}

/// The mailbox that bounces come to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bounces {
    host: String,
    /// 993 with TLS from the first byte, 143 otherwise, where it is left out.
    port: Option<u16>,
    #[serde(default = "implicit_tls")]
    tls: MailTls,
    user: String,
    password_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    #[serde(default = "inbox")]
    folder: String,
    move_to: Option<String>,
    #[serde(default = "five")]
    every_minutes: NonZeroU32,
}

const fn implicit_tls() -> MailTls {
    MailTls::Tls
}

fn inbox() -> String {
    "INBOX".to_owned()
}

const fn five() -> NonZeroU32 {
    NonZeroU32::new(5).expect("five is not zero")
}

const fn start_tls() -> MailTls {
    MailTls::StartTls
}

const fn yes() -> bool {
    true
}

const fn four() -> u32 {
    4
}

/// Settings that can be worked with.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    pub(crate) data: PathBuf,
    pub(crate) database_url: Secret,
    pub(crate) key_file: PathBuf,
    pub(crate) tls: Option<web::Tls>,
    pub(crate) delivery: delivery::Settings,
    pub(crate) trusted_proxies: Vec<landing::Network>,
    pub(crate) self_deployment: bool,
}

impl Settings {
    /// Reads the file and the variables; nothing is made.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read the settings file {}", path.display()))?;
        let mut file: Written = toml::from_str(&text)
            .map_err(|error| misread(&text, &error))
            .with_context(|| format!("the settings file {} cannot be used", path.display()))?;
        if let Some(listen) = variable("ROLLCALL_LISTEN")? {
            file.listen = listen
                .expose()
                .parse()
                .context("ROLLCALL_LISTEN is no address and port")?;
        }
        if let Some(url) = variable("ROLLCALL_DATABASE_URL")? {
            file.database_url = Some(url);
        }
        // Paths in the file are seen from the file.
        let base = path.parent().unwrap_or_else(|| Path::new("."));
        ensure!(
            file.tls.is_some() || file.listen.ip().is_loopback(),
            "without a certificate the server listens on this machine only\n  hint: add [tls] with certificate and key, or listen on 127.0.0.1 behind a proxy"
        );
        Ok(Self {
            listen: file.listen,
            data: base.join(&file.data),
            key_file: base.join(&file.key_file),
            database_url: file.database_url.unwrap_or_else(|| Secret::new("")),
            tls: file.tls.map(|tls| web::Tls {
                certificate: base.join(tls.certificate),
                key: base.join(tls.key),
            }),
            delivery: delivery::Settings {
                public_url: file.public_url,
                redirect: file.redirect.map(|r| RedirectServer {
                    url: r.url,
                    origin: r.origin,
                }),
                brand: brand(file.brand, base)?,
                mail: mail(file.mail, base)?,
                mailbox: file.bounces.map(|read| mailbox(read, base)).transpose()?,
            },
            trusted_proxies: file.trusted_proxies,
            self_deployment: file.self_deployment,
        })
    }

    /// Makes the data folder, and a key where there is none yet; the key.
    pub(crate) fn make_ready(&self, env: &Env) -> anyhow::Result<WrappingKey> {
        private_folder(&self.data)?;
        if let Some(file) = self.key_place() {
            let folder = folder_of(&file);
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        ensure!(
            !self.key_lies_in_data(),
            "{KEY_IN_DATA}\n  hint: {MOVE_KEY}"
        );
        if let Some(key) = self.find_key()? {
            return Ok(key);
        }
        let made = WrappingKey::random(env);
        write_private(&self.key_file, &made.to_text())?;
        Ok(made)
    }

    /// The key that wraps the data key: from the environment, or from a file; none where that is not there yet.
    pub(crate) fn find_key(&self) -> anyhow::Result<Option<WrappingKey>> {
        let parse = |text: &Secret, from: &str| {
            WrappingKey::parse(text.expose())
                .map_err(|why| anyhow::anyhow!("the key from {from} cannot be used: {why}"))
        };
        if let Some(text) = variable("ROLLCALL_KEY")? {
            return parse(&text, "ROLLCALL_KEY").map(Some);
        }
        let file = &self.key_file;
        if !file.exists() {
            return Ok(None);
        }
        parse(&secret_file(file)?, &file.display().to_string()).map(Some)
    }

    /// The file that the key is read from; none where the environment holds it.
    pub(crate) fn key_place(&self) -> Option<PathBuf> {
        if std::env::var_os("ROLLCALL_KEY").is_some() {
            return None;
        }
        let named = std::env::var_os("ROLLCALL_KEY_FILE").map(PathBuf::from);
        Some(named.unwrap_or_else(|| self.key_file.clone()))
    }

    /// Whether the key's file lies in the data folder, whichever way it is named.
    pub(crate) fn key_lies_in_data(&self) -> bool {
        let Some(file) = self.key_place() else {
            return false;
        };
        let real = file
            .canonicalize()
            .or_else(|_| folder_of(&file).canonicalize());
        let data = self.data.canonicalize();
        real.is_ok_and(|real| data.is_ok_and(|data| real.starts_with(data)))
    }
}

/// What is wrong with a key that lies in the data folder.
pub(crate) const KEY_IN_DATA: &str =
    "the key file lies in the data folder: whoever copies one has both";
/// What to do about it.
pub(crate) const MOVE_KEY: &str = "set `key_file` to a path outside `data`";

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Makes a folder that only its owner can look into, where there is none.
pub(crate) fn private_folder(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let made = fs::create_dir_all(folder_of(folder)).and_then(|()| {
        let made = fs::DirBuilder::new().mode(0o700).create(folder);
        made.or_else(|error| if folder.is_dir() { Ok(()) } else { Err(error) })
    });
    made.with_context(|| format!("cannot make the folder {}", folder.display()))
}

/// What is wrong with the file and where; the line itself may hold a password and is not shown.
fn misread(text: &str, error: &toml::de::Error) -> anyhow::Error {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map_or(1, |before| before.matches('\n').count() + 1);
    anyhow::anyhow!("line {line}: {}", error.message())
}

fn brand(brand: Brand, base: &Path) -> anyhow::Result<publication::Brand> {
    ensure!(
        brand.logo.is_none() || brand.name.is_some(),
        "a brand with a logo needs a name\n  hint: set `name` under [brand]"
    );
    let logo = match brand.logo {
        Some(file) => {
            let file = base.join(file);
            let bytes =
                fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            let logo = Logo::from_png(&bytes);
            Some(logo.with_context(|| format!("{} cannot be used", file.display()))?)
        }
        None => None,
    };
    let colours = brand.light.or(brand.dark).map(|one| Colours {
        light: brand.light.unwrap_or(one),
        dark: brand.dark.unwrap_or(one),
    });
    Ok(publication::Brand {
        name: brand.name,
        help: brand.help,
        logo,
        colours,
        ..publication::Brand::default()
    })
}

fn mail(mail: Mail, base: &Path) -> anyhow::Result<MailServer> {
    let password = password(
        "ROLLCALL_MAIL_PASSWORD",
        mail.password_file.as_deref(),
        base,
    )?;
    Ok(MailServer {
        host: mail.host,
        port: mail.port,
        tls: mail.tls,
        user: mail.user,
        password,
        ca_file: mail.ca_file.map(|file| base.join(file)),
        from: mail.from,
        connections: mail.connections,
        per_minute: mail.per_minute,
        per_domain_per_minute: mail.per_domain_per_minute,
        language: mail.language,
        administrators: mail.administrators,
    })
}

fn mailbox(read: Bounces, base: &Path) -> anyhow::Result<Mailbox> {
    let usual = if read.tls == MailTls::Tls { 993 } else { 143 };
    let password = password(
        "ROLLCALL_BOUNCES_PASSWORD",
        read.password_file.as_deref(),
        base,
    )?;
    Ok(Mailbox {
        host: read.host,
        port: read.port.unwrap_or(usual),
        tls: read.tls,
        user: read.user,
        password,
        ca_file: read.ca_file.map(|file| base.join(file)),
        folder: read.folder,
        move_to: read.move_to,
        every_min: read.every_minutes,
    })
}

/// A password from its variable or its file; empty without either.
fn password(name: &str, file: Option<&Path>, base: &Path) -> anyhow::Result<Secret> {
    match (variable(name)?, file) {
        (Some(password), _) => Ok(password),
        (None, Some(file)) => secret_file(&base.join(file)),
        (None, None) => Ok(Secret::new("")),
    }
}

/// A variable, or the content of the file that `NAME_FILE` names.
pub(crate) fn variable(name: &str) -> anyhow::Result<Option<Secret>> {
    if let Ok(value) = std::env::var(name) {
        return Ok(Some(Secret::new(value)));
    }
    match std::env::var(format!("{name}_FILE")) {
        Ok(path) => secret_file(Path::new(&path)).map(Some),
        Err(_) => Ok(None),
    }
}

fn secret_file(path: &Path) -> anyhow::Result<Secret> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Secret::new(text.trim()))
}

/// Writes a file that only its owner can read.
pub(crate) fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(())
}
