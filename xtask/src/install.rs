//! The real programs that the tests need: which are missing, and installing them with Debian's own tools where this
//! account may.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::step;

/// A Debian package and the file by which it is known to be there.
struct Package {
    name: &'static str,
    sign: Sign,
    /// The system service that comes with it and is not wanted: the tests start their own.
    service: Option<&'static str>,
}

enum Sign {
    /// A program on the search path or among the servers.
    Program(&'static str),
    /// A file below a folder of `/usr/lib`: one of an architecture, or a server's own.
    Library(&'static str),
}

const fn program(name: &'static str, program: &'static str) -> Package {
    Package {
        name,
        sign: Sign::Program(program),
        service: None,
    }
}

const fn server(name: &'static str, program: &'static str, service: &'static str) -> Package {
    Package {
        name,
        sign: Sign::Program(program),
        service: Some(service),
    }
}

const fn library(name: &'static str, file: &'static str) -> Package {
    Package {
        name,
        sign: Sign::Library(file),
        service: None,
    }
}

const PEERS: [Package; 15] = [
    server("slapd", "slapd", "slapd"),
    program("ldap-utils", "ldapsearch"),
    server("kamailio", "kamailio", "kamailio"),
    library("kamailio-sqlite-modules", "kamailio/modules/db_sqlite.so"),
    library(
        "kamailio-postgres-modules",
        "kamailio/modules/db_postgres.so",
    ),
    program("sqlite3", "sqlite3"),
    program("linphone-cli", "linphonec"),
    program("baresip-core", "baresip"),
    server("postfix", "smtp-sink", "postfix"),
    Package {
        name: "dovecot-imapd",
        sign: Sign::Library("imap-login"),
        service: Some("dovecot"),
    },
    server("postgresql", "initdb", "postgresql"),
    program("zbar-tools", "zbarimg"),
    program("wrk", "wrk"),
    server("nginx-light", "nginx", "nginx"),
    program("python3-venv", "python3"),
];
const BROWSER: [Package; 3] = [
    program("chromium", "chromium"),
    program("nodejs", "node"),
    program("npm", "npm"),
];
/// Asked by packages before they start what they brought; 101 = no (invoke-rc.d(8)).
const POLICY: &str = "/usr/sbin/policy-rc.d";
const REFUSES_STARTS: &str = "#!/bin/sh\nexit 101\n";

/// Installs what is missing, or says what is.
pub(crate) fn run() -> Result<()> {
    let walks = crate::walks::exist();
    let needed = PEERS.iter().chain(BROWSER.iter().filter(|_| walks));
    let missing: Vec<&Package> = needed.filter(|package| !is_there(package)).collect();
    if !missing.is_empty() {
        install(&missing)?;
    }
    if walks {
        let mut command = step::program("npm", ["ci", "--no-audit", "--no-fund"]);
        command.current_dir(crate::walks::folder());
        step::run(command)?;
    }
    crate::python::install()?;
    components()
}

fn is_there(package: &Package) -> bool {
    match package.sign {
        Sign::Program(program) => peers::find_program(program, package.name).is_ok(),
        Sign::Library(file) => {
            let folders = fs::read_dir("/usr/lib").into_iter().flatten();
            folders
                .filter_map(Result::ok)
                .any(|folder| folder.path().join(file).is_file())
        }
    }
}

/// How this account may install: directly, or by sudo without a password.
fn administrator() -> Option<&'static [&'static str]> {
    let is_root = rustix::process::geteuid().is_root();
    let may_sudo = || step::works(step::program("sudo", ["-n", "true"]));
    if is_root {
        Some(&[])
    } else {
        may_sudo().then_some(&["sudo", "-n"])
    }
}

fn install(missing: &[&Package]) -> Result<()> {
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    let hint = format!(
        "hint: an administrator runs `apt-get install --no-install-recommends {}`",
        names.join(" ")
    );
    let apt = peers::find_program("apt-get", "apt").is_ok();
    let Some(prefix) = administrator().filter(|_| apt) else {
        bail!(
            "the tests need programs that are not installed, and this account may not install them\n  {hint}"
        );
    };
    println!("not installed: {}", names.join(" "));
    let _no_starts = NoStarts::begin(prefix)?;
    let options = ["-o", "DPkg::Lock::Timeout=900"];
    step::run(as_administrator(
        prefix,
        "apt-get",
        &[&options[..], &["update", "-q"]].concat(),
    ))?;
    // Nothing of this machine is taken away for the tests: another mail server stays, and is named.
    let install = [
        "install",
        "-y",
        "-q",
        "--no-install-recommends",
        "--no-remove",
    ];
    let arguments = [&options[..], &install, &names].concat();
    step::run(as_administrator(prefix, "apt-get", &arguments)).context(hint)?;
    switch_off_services(prefix, missing)
}

fn as_administrator(prefix: &[&str], program: &str, arguments: &[&str]) -> Command {
    // `env` because sudo drops variables.
    let words = [
        prefix,
        &["env", "DEBIAN_FRONTEND=noninteractive", program],
        arguments,
    ]
    .concat();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    command
}

/// Where a service manager runs, the fresh services are not started at the next boot either.
fn switch_off_services(prefix: &[&str], installed: &[&Package]) -> Result<()> {
    if !Path::new("/run/systemd/system").is_dir() {
        return Ok(());
    }
    let services: Vec<&str> = installed
        .iter()
        .filter_map(|package| package.service)
        .collect();
    if services.is_empty() {
        return Ok(());
    }
    step::run(as_administrator(
        prefix,
        "systemctl",
        &[&["disable", "--now", "--quiet"][..], &services].concat(),
    ))
}

/// While this lives, no package starts a service; a policy that the machine has already is left alone.
struct NoStarts<'a> {
    ours: Option<&'a [&'a str]>,
}

impl<'a> NoStarts<'a> {
    fn begin(prefix: &'a [&'a str]) -> Result<Self> {
        if Path::new(POLICY).exists() {
            return Ok(Self { ours: None });
        }
        let file = temporary_policy()?;
        let path = file.to_string_lossy().into_owned();
        step::run(as_administrator(
            prefix,
            "install",
            &["-m", "755", &path, POLICY],
        ))?;
        fs::remove_file(file)?;
        Ok(Self { ours: Some(prefix) })
    }
}

impl Drop for NoStarts<'_> {
    fn drop(&mut self) {
        if let Some(prefix) = self.ours
            && let Err(error) = step::run(as_administrator(prefix, "rm", &["-f", POLICY]))
        {
            eprintln!("{POLICY} is still there: {error:#}");
        }
    }
}

fn temporary_policy() -> Result<PathBuf> {
    let (_, path) = tempfile::NamedTempFile::new()?.keep()?;
    fs::write(&path, REFUSES_STARTS)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    Ok(path)
}

/// rustfmt and clippy, which a minimal Rust installation lacks.
fn components() -> Result<()> {
    let missing: Vec<&str> = [("rustfmt", "fmt"), ("clippy", "clippy")]
        .into_iter()
        .filter(|(_, call)| !step::works(step::cargo([call, "--version"])))
        .map(|(component, _)| component)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut command = step::program("rustup", ["component", "add"]);
    command.args(missing);
    step::run(command)
}
