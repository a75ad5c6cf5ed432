//! `rollcall doctor` beside a running demo and without one: nothing fails where everything works, and each thing that does not is
//! named with what to do.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use peers::{Certificate, Dovecot, OpenLdap, Port, Postfix, Program, SizeLimit};
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::office::Office;

const WRONG: &str = "planted-wrong-password";
const DESK: &str = "phones@example.org";

/// What doctor said about an installation.
pub(crate) struct Looked {
    pub(crate) code: i32,
    pub(crate) said: String,
    findings: Vec<Value>,
}

impl Looked {
    /// The only finding of this check: its state, what was seen, what to do.
    pub(crate) fn of(&self, check: &str) -> (&str, &str, &str) {
        let mut found = self.findings.iter().filter(|f| f["check"] == check);
        let (one, more) = (found.next(), found.next());
        assert!(one.is_some() && more.is_none(), "{check}: {}", self.said);
        let text = |name: &str| one.unwrap()[name].as_str().unwrap();
        (text("state"), text("seen"), text("fix"))
    }

    /// Expects a check to fail, with these words in what was seen and in what to do.
    pub(crate) fn fails(&self, check: &str, seen: &str, fix: &str) {
        let (state, saw, says) = self.of(check);
        assert_eq!(state, "fail", "{check}: {saw}");
        assert!(
            saw.contains(seen) && says.contains(fix),
            "{check}: {saw} | {says}"
        );
        assert_eq!(self.code, 1);
    }

    pub(crate) fn is_ok(&self, check: &str) {
        let (state, seen, _) = self.of(check);
        assert_eq!(state, "ok", "{check}: {seen}");
    }
}

/// Runs `rollcall doctor` on an installation.
pub(crate) async fn doctor(settings: &Path) -> Looked {
    run(Command::new(env!("CARGO_BIN_EXE_rollcall")), settings).await
}

async fn run(mut program: Command, settings: &Path) -> Looked {
    program
        .args(["doctor", "--json", "--settings"])
        .arg(settings);
    let output = program.output().await.unwrap();
    assert!(output.stderr.is_empty(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    Looked {
        code: output.status.code().unwrap(),
        findings: serde_json::from_str(&said).unwrap(),
        said,
    }
}

impl Office {
    fn folder(&self) -> PathBuf {
        self.text("data").into()
    }

    /// Doctor's findings where the settings of this demo were changed like this.
    async fn doctor_with(&self, change: impl FnOnce(&mut toml::Table)) -> Looked {
        let text = fs::read_to_string(self.folder().join("server.toml")).unwrap();
        let mut settings: toml::Table = text.parse().unwrap();
        change(&mut settings);
        let file = self.folder().join("changed.toml");
        fs::write(&file, settings.to_string()).unwrap();
        doctor(&file).await
    }
}

fn table<'a>(settings: &'a mut toml::Table, name: &str) -> &'a mut toml::Table {
    settings[name].as_table_mut().unwrap()
}

/// `[mail]` and `[bounces]` of real servers, with this password.
fn by_way_of(settings: &mut toml::Table, postfix: &Postfix, dovecot: &Dovecot, password: &str) {
    let file = |name: &str, ca: PathBuf| {
        let file = ca.with_file_name(format!("{name}-password"));
        fs::write(&file, password).unwrap();
        (ca.display().to_string(), file.display().to_string())
    };
    let (ca, secret) = file("mail", postfix.ca_file());
    let mail = toml::toml! { host = "localhost" tls = "start-tls" };
    let mail = mail.into_iter().chain([
        ("port".to_owned(), i64::from(postfix.port()).into()),
        ("user".to_owned(), DESK.into()),
        ("password_file".to_owned(), secret.into()),
        ("ca_file".to_owned(), ca.into()),
        ("from".to_owned(), DESK.into()),
    ]);
    settings.insert("mail".to_owned(), toml::Value::Table(mail.collect()));
    let (ca, secret) = file("bounces", dovecot.ca_file());
    let bounces = toml::toml! { host = "localhost" tls = "tls" };
    let bounces = bounces.into_iter().chain([
        ("port".to_owned(), i64::from(dovecot.tls_port()).into()),
        ("user".to_owned(), DESK.into()),
        ("password_file".to_owned(), secret.into()),
        ("ca_file".to_owned(), ca.into()),
    ]);
    settings.insert("bounces".to_owned(), toml::Value::Table(bounces.collect()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_demo_is_looked_at_while_it_runs_and_after_it_ended() {
    let mut office = Office::open(10).await;
    let settings = office.folder().join("server.toml");
    let looked = doctor(&settings).await;
    assert_eq!(looked.code, 0, "{}", looked.said);
    for check in [
        "settings",
        "data folder",
        "wrapping key",
        "database",
        "tables",
        "sealed secrets",
        "integrity",
        "mail server",
        "mailbox of bounces",
        "public address",
        "redirect server",
        "clock of the redirect server",
        "origin at the redirect server",
        "connection usp",
        "scan of usp",
    ] {
        looked.is_ok(check);
    }
    let (state, seen, _) = looked.of("profile Test desk");
    assert!(state == "warn" && seen.contains("this machine"), "{seen}");
    assert!(
        office.get("/summary").await["jobs"].is_number(),
        "the server still serves"
    );

    let mut program = Command::new(env!("CARGO_BIN_EXE_rollcall"));
    program.args(["doctor", "--settings"]).arg(&settings);
    let told = String::from_utf8(program.output().await.unwrap().stdout).unwrap();
    assert!(told.starts_with("ok    settings "), "{told}");
    assert!(told.trim_end().ends_with("0 failed"), "{told}");

    office
        .program
        .terminate(Duration::from_mins(1))
        .await
        .unwrap();
    let looked = doctor(&settings).await;
    for check in ["database", "tables", "sealed secrets", "integrity"] {
        looked.is_ok(check);
    }
    let (state, _, fix) = looked.of("public address");
    assert!(state == "warn" && fix.contains("rollcall serve"), "{fix}");
    looked.fails("redirect server", "cannot be reached", "rollcall redirect");
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_and_bounces_are_signed_in_to_without_a_mail() {
    let dovecot = Dovecot::start().await.unwrap();
    let postfix = Postfix::start(&dovecot, &[DESK]).await.unwrap();
    let office = Office::open(3).await;
    let right = Dovecot::PASSWORD;
    let looked = office
        .doctor_with(|settings| by_way_of(settings, &postfix, &dovecot, right))
        .await;
    assert_eq!(looked.code, 0, "{}", looked.said);
    for check in [
        "mail server",
        "certificate of the mail server",
        "mailbox of bounces",
    ] {
        looked.is_ok(check);
    }
    assert!(
        !looked.said.contains(right.split(' ').next().unwrap()),
        "{}",
        looked.said
    );
    assert!(dovecot.inbox(DESK).unwrap().is_empty(), "no mail was sent");

    let looked = office
        .doctor_with(|settings| by_way_of(settings, &postfix, &dovecot, WRONG))
        .await;
    looked.fails("mail server", "535", "password under [mail]");
    looked.fails(
        "mailbox of bounces",
        "AUTHENTICATIONFAILED",
        "password under [bounces]",
    );
    assert!(!looked.said.contains(WRONG), "{}", looked.said);
    let looked = office
        .doctor_with(|settings| {
            by_way_of(settings, &postfix, &dovecot, right);
            table(settings, "mail").remove("ca_file");
        })
        .await;
    looked.fails("mail server", "certificate", "ca_file");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_broken_about_links_keys_and_certificates_is_named() {
    let office = Office::open(3).await;
    let inside = office.folder().join("server/inside.key");
    fs::copy(office.folder().join("keys/rollcall.key"), &inside).unwrap();
    let key = fs::read_to_string(&inside).unwrap();
    let looked = office
        .doctor_with(|settings| {
            settings.insert("key_file".to_owned(), "server/inside.key".into());
            table(settings, "redirect").insert("origin".to_owned(), "nobody".into());
        })
        .await;
    looked.fails("wrapping key", "lies in the data folder", "outside `data`");
    looked.is_ok("sealed secrets");
    let add = "rollcall redirect origins add nobody --url";
    looked.fails(
        "origin at the redirect server",
        "401: the signature does not fit",
        add,
    );
    assert!(!looked.said.contains(key.trim()), "{}", looked.said);

    let free = Port::free().unwrap();
    let looked = office
        .doctor_with(|settings| {
            settings.remove("redirect");
            // It leads to this machine and does not say so.
            let public = format!("http://[::ffff:127.0.0.1]:{}", free.number);
            settings.insert("public_url".to_owned(), public.into());
            settings.insert("key_file".to_owned(), "keys/lost.key".into());
        })
        .await;
    looked.fails("wrapping key", "there is no key file", "put back the key");
    assert!(
        !office.folder().join("keys/lost.key").exists(),
        "none was made"
    );
    assert_eq!(looked.of("profiles and connections").0, "warn");
    assert_eq!(looked.of("public address").0, "warn");
    let looked = office
        .doctor_with(|settings| {
            settings.remove("redirect");
            let public = format!("http://[::ffff:127.0.0.1]:{}", free.number);
            settings.insert("public_url".to_owned(), public.into());
        })
        .await;
    looked.fails(
        "profile Test desk",
        "not https",
        "`public_url` an https address",
    );
    looked.fails(
        "profile Office softphone",
        "need a redirect server",
        "name a redirect server",
    );
    looked.is_ok("clock");

    let dead = office
        .doctor_with(|settings| {
            let url = format!("http://127.0.0.1:{}", free.number);
            table(settings, "redirect").insert("url".to_owned(), url.into());
        })
        .await;
    dead.fails("redirect server", "cannot be reached", "[redirect]");

    let now = fs::metadata(&inside).unwrap().modified().unwrap();
    let day = Duration::from_hours(24);
    for (until, state, words) in [
        (now + 100 * day, "ok", "it ends in 9"),
        (now + 6 * day, "warn", "it ends in 5 days"),
        (now + day / 2, "fail", "within a day"),
        (now - day, "fail", "it ended on"),
    ] {
        let mut certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        certificate.not_after = until.into();
        let key = KeyPair::generate().unwrap();
        let certificate = certificate.self_signed(&key).unwrap();
        fs::write(office.folder().join("web.pem"), certificate.pem()).unwrap();
        fs::write(office.folder().join("web.key"), key.serialize_pem()).unwrap();
        let looked = office
            .doctor_with(|settings| {
                let tls = toml::toml! { certificate = "web.pem" key = "web.key" };
                settings.insert("tls".to_owned(), toml::Value::Table(tls));
            })
            .await;
        let (is, seen, _) = looked.of("certificate in the settings");
        assert!(is == state && seen.contains(words), "{state}: {is} {seen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_server_is_asked_for_its_certificate_and_who_it_is_signed_by() {
    let office = Office::open(3).await;
    let (free, made) = (Port::free().unwrap(), Certificate::for_loopback().unwrap());
    let at = |name: &str| office.folder().join(name);
    for (name, pem) in [
        ("ca.pem", &made.ca_pem),
        ("go.pem", &made.pem),
        ("go.key", &made.key_pem),
    ] {
        fs::write(at(name), pem).unwrap();
    }
    let url = format!("https://localhost:{}", free.number);
    let settings = format!(
        "listen = \"127.0.0.1:{}\"\npublic_url = \"{url}\"\ndata = \"go\"\n\
         [tls]\ncertificate = \"{}\"\nkey = \"{}\"\n",
        free.number,
        at("go.pem").display(),
        at("go.key").display(),
    );
    fs::write(at("go.toml"), settings).unwrap();
    let args = [
        "redirect".into(),
        "--settings".into(),
        at("go.toml").into_os_string(),
    ];
    let server = Program::start(env!("CARGO_BIN_EXE_rollcall"), args).unwrap();
    let said = async || server.stderr().contains("listens on").then_some(());
    peers::wait_for("the redirect server", Duration::from_mins(1), said)
        .await
        .unwrap();
    let unknown = office
        .doctor_with(|settings| {
            table(settings, "redirect").insert("url".to_owned(), url.into());
        })
        .await;
    unknown.fails("redirect server", "certificate", "certificate");
    let mut program = Command::new(env!("CARGO_BIN_EXE_rollcall"));
    program.env("SSL_CERT_FILE", at("ca.pem"));
    let known = run(program, &at("changed.toml")).await;
    known.is_ok("redirect server");
    known.is_ok("certificate of the redirect server");
    known.fails("origin at the redirect server", "401", "origins add demo");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_refuses_us_is_named_without_the_password() {
    let ldap = OpenLdap::start("", SizeLimit::UnlimitedByPaging)
        .await
        .unwrap();
    let office = Office::open(3).await;
    let connection = |name: &str, secret: &str| {
        json!({
            "name": name, "kind": "ldap", "address": ldap.url(), "account": OpenLdap::BIND_DN,
            "secret": secret, "options": {"base": OpenLdap::PEOPLE},
        })
    };
    for (name, secret) in [("right", OpenLdap::PASSWORD), ("wrong", WRONG)] {
        office.post("/connections", connection(name, secret)).await;
    }
    let looked = doctor(&office.folder().join("server.toml")).await;
    looked.is_ok("connection right");
    looked.fails(
        "connection wrong",
        "refuses the credentials",
        "valid credentials",
    );
    let (state, seen, fix) = looked.of("scan of right");
    assert!(
        state == "warn" && seen.contains("none was complete"),
        "{seen}"
    );
    assert!(fix.starts_with("rollcall scan --connection "), "{fix}");
    let kept = office.get("/connections").await;
    let right = kept
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["name"] == "right");
    assert!(
        right.unwrap()["verified_at"].is_null(),
        "nothing is noted: {right:?}"
    );
    for secret in [
        WRONG,
        OpenLdap::PASSWORD,
        office.text("token"),
        office.text("password"),
    ] {
        assert!(!looked.said.contains(secret), "{}", looked.said);
    }
}

#[tokio::test]
async fn settings_that_cannot_be_read_are_the_only_finding_and_show_no_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rollcall.toml");
    fs::write(
        &file,
        format!("listen = \"127.0.0.1:0\"\ndatabase_url = \"{WRONG}\" 7\n"),
    )
    .unwrap();
    let looked = doctor(&file).await;
    looked.fails("settings", "line 2", "--settings");
    assert!(!looked.said.contains(WRONG), "{}", looked.said);
    assert_eq!(looked.findings.len(), 1);
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing was made"
    );
}
