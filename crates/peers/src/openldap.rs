//! OpenLDAP: a real `slapd` with the entries of one test, over `ldap://` and `ldaps://`.

use std::{path::Path, process::Command, time::Duration};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    Certificate,
    folder::{Account, Folder},
    port::Port,
    process::{End, Process},
    tool,
};

const READY_LIMIT: Duration = Duration::from_secs(20);
const ADMIN_DN: &str = "cn=admin,dc=lab,dc=test";
const ADMIN_PASSWORD: &str = "adminpw";
/// The tree that every directory starts with.
const TREE: &str = "\
dn: dc=lab,dc=test
objectClass: top
objectClass: dcObject
objectClass: organization
o: Lab
dc: lab

dn: ou=people,dc=lab,dc=test
objectClass: organizationalUnit
ou: people

dn: ou=services,dc=lab,dc=test
objectClass: organizationalUnit
ou: services

dn: cn=importer,ou=services,dc=lab,dc=test
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: importer
userPassword: importpw

";

/// How many entries the importer gets from one search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeLimit {
    /// Pages of up to 1,000 entries, in total as many as there are.
    UnlimitedByPaging,
    /// The total of a search, paged or not, after which the directory answers result code 4 (RFC 4511, 4.1.9).
    /// OpenLDAP's own default is 500.
    CutAt(u32),
}

/// A running directory.
#[derive(Debug)]
pub struct OpenLdap {
    _process: Process,
    ports: [Port; 2],
    ca_pem: String,
    _folder: Folder,
}

impl OpenLdap {
    /// The suffix.
    pub const BASE: &str = "dc=lab,dc=test";
    /// Where the test's own entries belong.
    pub const PEOPLE: &str = "ou=people,dc=lab,dc=test";
    /// The account to read with: it sees everything but passwords.
    pub const BIND_DN: &str = "cn=importer,ou=services,dc=lab,dc=test";
    /// Its password.
    pub const PASSWORD: &str = "importpw";

    /// Starts a directory that holds the entries of `ldif` (RFC 2849; below [`OpenLdap::PEOPLE`] or
    /// [`OpenLdap::BASE`], both exist already), loaded before the start.
    pub async fn start(ldif: &str, limit: SizeLimit) -> Result<Self> {
        let slapd = tool::find("slapd", "slapd")?;
        let folder = Folder::new("openldap", Account::below_root("openldap")?)?;
        let certificate = Certificate::for_loopback()?;
        let settings = settings(&folder, &certificate, limit)?;
        load(&folder, &settings, ldif).await?;
        let ports = [Port::free()?, Port::free()?];
        let [plain, tls] = [ports[0].number, ports[1].number];
        let mut command = folder.command(&slapd);
        command.arg("-d").arg("none").arg("-f").arg(&settings);
        command.arg("-h").arg(format!(
            "ldap://127.0.0.1:{plain}/ ldaps://127.0.0.1:{tls}/"
        ));
        let mut process = Process::start(command, folder.path(), End::Kill)?;
        process
            .ready("OpenLDAP's first answer", READY_LIMIT, async || {
                answers(plain).await.is_some()
            })
            .await?;
        Ok(Self {
            _process: process,
            ports,
            ca_pem: certificate.ca_pem,
            _folder: folder,
        })
    }

    /// `ldap://127.0.0.1:PORT`; `StartTLS` is offered.
    pub fn url(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.ports[0].number)
    }

    /// `ldaps://127.0.0.1:PORT`, with a certificate for 127.0.0.1 and `localhost` signed by [`OpenLdap::ca_pem`].
    pub fn ldaps_url(&self) -> String {
        format!("ldaps://127.0.0.1:{}", self.ports[1].number)
    }

    /// The authority that signed the server's certificate, PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Changes entries: `ldif` holds change records (RFC 2849, `changetype: modify` and so on) or whole entries to add.
    pub async fn modify(&self, ldif: &str) -> Result<()> {
        let mut command = self.tool("ldapmodify")?;
        command.arg("-a");
        tool::run(command, ldif).await?;
        Ok(())
    }

    /// Adds the entries of `ldif`.
    pub async fn add(&self, ldif: &str) -> Result<()> {
        tool::run(self.tool("ldapadd")?, ldif).await?;
        Ok(())
    }

    /// Deletes entries by their names.
    pub async fn delete(&self, names: &[&str]) -> Result<()> {
        // The last name needs its line end too: ldapdelete drops the last sign.
        let lines = names.join("\n") + "\n";
        tool::run(self.tool("ldapdelete")?, &lines).await?;
        Ok(())
    }

    fn tool(&self, program: &str) -> Result<Command> {
        let mut command = Command::new(tool::find(program, "ldap-utils")?);
        command.args([
            "-x",
            "-H",
            &self.url(),
            "-D",
            ADMIN_DN,
            "-w",
            ADMIN_PASSWORD,
        ]);
        Ok(command)
    }
}

/// Writes `slapd.conf` and what it names.
fn settings(
    folder: &Folder,
    certificate: &Certificate,
    limit: SizeLimit,
) -> Result<std::path::PathBuf> {
    folder.make("db")?;
    folder.write("cert.pem", &certificate.pem)?;
    folder.write("key.pem", &certificate.key_pem)?;
    let limit = match limit {
        SizeLimit::UnlimitedByPaging => {
            "size.soft=1000 size.hard=1000 size.pr=1000 size.prtotal=unlimited".to_owned()
        }
        SizeLimit::CutAt(entries) => format!("size={entries}"),
    };
    let here = folder.path().display();
    let (base, importer) = (OpenLdap::BASE, OpenLdap::BIND_DN);
    let text = format!(
        r#"include   /etc/ldap/schema/core.schema
include   /etc/ldap/schema/cosine.schema
include   /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload syncprov
pidfile   {here}/slapd.pid
argsfile  {here}/slapd.args
loglevel  none
TLSCertificateFile    {here}/cert.pem
TLSCertificateKeyFile {here}/key.pem
database  mdb
suffix    "{base}"
rootdn    "{ADMIN_DN}"
rootpw    {ADMIN_PASSWORD}
directory {here}/db
maxsize   2147483648
dbnosync
limits dn.exact="{importer}" {limit}
index objectClass eq
index uid,mail,telephoneNumber,employeeNumber eq
index cn,sn,givenName eq,sub
index entryUUID,entryCSN,modifyTimestamp eq
access to attrs=userPassword by self write by anonymous auth by * none
access to * by users read by * none
overlay syncprov
syncprov-sessionlog 10000
"#
    );
    folder.write("slapd.conf", text)
}

/// Loads the entries while no server runs: seconds for 100,000.
async fn load(folder: &Folder, settings: &Path, ldif: &str) -> Result<()> {
    let file = folder.write("entries.ldif", format!("{TREE}{ldif}"))?;
    let mut command = folder.command(&tool::find("slapadd", "slapd")?);
    command
        .arg("-q")
        .arg("-f")
        .arg(settings)
        .arg("-l")
        .arg(&file);
    tool::run(command, "")
        .await
        .context("OpenLDAP does not take these entries")?;
    Ok(())
}

/// An anonymous bind (RFC 4511, 4.2) and the first byte of any answer.
async fn answers(port: u16) -> Option<u8> {
    const BIND: [u8; 14] = [0x30, 0x0c, 2, 1, 1, 0x60, 7, 2, 1, 3, 4, 0, 0x80, 0];
    let mut connection = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    connection.write_all(&BIND).await.ok()?;
    tokio::time::timeout(Duration::from_secs(1), connection.read_u8())
        .await
        .ok()?
        .ok()
}
