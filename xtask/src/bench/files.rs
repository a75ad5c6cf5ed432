//! People out of a CSV file, planned and carried out, and out into one: by the command line, as an administrator does it.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{BufRead as _, BufReader, BufWriter, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{
    Grounds, bare,
    figure::{Figure, number},
    ground::Ground,
    office::Office,
    page,
};
use crate::step;

/// How much memory the server may need at most, in megabytes (issue: 300 MB for a million rows).
const MEMORY_MB: f64 = 300.0;
/// The columns of an export, as the database keeps them: the id, the profile's name, and fields of the data.
const FIELDS: [&str; 13] = [
    "first_name",
    "last_name",
    "directory_number",
    "pbx",
    "email",
    "language",
    "department",
    "login",
    "sip_host",
    "sip_user",
    "mbg_user_name",
    "client_service_account",
    "voicemail_number",
];

/// A file with so many people imported, then exported again.
pub(crate) async fn in_and_out(grounds: &mut Grounds) -> Result<Vec<Figure>> {
    let size = grounds.size;
    let rows = size.rows();
    // As few people as a sandbox has: they take no part in this.
    let ground = Ground::lay(1, 0).await?;
    let copy = ground.copy().await?;
    let office = &copy.office;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("people.csv");
    write(&file, rows)?;

    let (plan, planning) = office.measured(plan(office, &file)).await?;
    let planned = &plan["create"];
    ensure!(
        *planned == rows,
        "{planned} of {rows} would be made: {plan}"
    );
    let agreed = async {
        let agreed = json!({"plan": plan["id"]});
        office.post("/imports", &agreed).await?;
        office.settled().await
    };
    let ((), doing) = office.measured(agreed).await?;
    let both = planning.and(doing);
    let people = number(i64::try_from(rows)?);
    let out = folder.path().join("out.csv");
    let (exported, exporting) = office.measured(export(office, &out)).await?;
    ensure!(exported > rows, "{exported} lines for {rows} people");
    let shell_s = shell(office.database(), &folder.path().join("shell.csv"))?;
    let pages = page::USERS.pages(office, size).await?;
    let mut figures = vec![
        Figure::alone(
            format!("CSV import of {people}"),
            people / both.cpu_s,
            "people/cpu-s",
        )
        .beside(
            "bare insert of the users",
            bare::insert(office.database(), "users")?,
        )
        .at_least(0.08),
        Figure::alone("CSV import, planning", planning.cpu_s, "cpu-s"),
        Figure::alone("CSV import, planning, wall", planning.wall_s, "s"),
        Figure::alone("CSV import, doing", doing.cpu_s, "cpu-s"),
        Figure::alone("CSV import, doing, wall", doing.wall_s, "s"),
        Figure::alone("CSV import, memory", both.peak_mb, "MB").within(MEMORY_MB),
        Figure::alone(
            format!("CSV export of {people}"),
            people / exporting.wall_s,
            "people/s",
        )
        .beside("the sqlite3 shell", people / shell_s)
        .at_least(0.2),
        Figure::alone("CSV export, memory", exporting.peak_mb, "MB").within(MEMORY_MB),
    ];
    figures.extend(pages);
    Ok(figures)
}

/// A file of people as directories export them; every one is new.
fn write(file: &Path, rows: u64) -> Result<()> {
    let mut file = BufWriter::new(File::create(file)?);
    writeln!(
        file,
        "Last name,First name,E-mail,Directory number,Department,Login"
    )?;
    for n in 0..rows {
        let department = n % 97;
        writeln!(
            file,
            "Lovelace{n},\"Ada, {n}\",ada.{n}@example.org,{n:07},Department {department},ada{n}"
        )?;
    }
    Ok(file.flush()?)
}

/// Has the command line do something at the server; what it says goes into a file.
async fn says(office: &Office, words: Vec<String>, into: PathBuf) -> Result<()> {
    let mut command = Command::new(step::built("rollcall")?);
    command
        .args(words)
        .args(["--server", office.url()])
        .env("ROLLCALL_TOKEN", office.token())
        .stdout(Stdio::from(File::create(into)?));
    let ended = tokio::task::spawn_blocking(move || command.status()).await??;
    ensure!(ended.success(), "the command ended with {ended}");
    Ok(())
}

async fn plan(office: &Office, file: &Path) -> Result<Value> {
    let path = file.to_str().context("a temporary folder's name is text")?;
    let words = ["users", "import-csv", path, "--dry-run", "--json"].map(str::to_owned);
    let said = file.with_extension("json");
    says(office, words.to_vec(), said.clone()).await?;
    Ok(serde_json::from_str(&fs::read_to_string(said)?)?)
}

/// Exports everybody; how many lines that are.
async fn export(office: &Office, file: &Path) -> Result<u64> {
    let words = ["users", "export"].map(str::to_owned);
    says(office, words.to_vec(), file.to_owned()).await?;
    let lines = BufReader::new(File::open(file)?).split(b'\n').count();
    Ok(lines as u64)
}

/// Has the `sqlite3` shell write the same columns of everybody as CSV; the seconds that it takes.
fn shell(database: &Path, into: &Path) -> Result<f64> {
    let mut columns = String::from("lower(hex(u.id)), coalesce(p.name, 'Do not deploy')");
    for field in FIELDS {
        write!(columns, ", json_extract(u.data, '$.{field}')")
            .expect("writing to memory cannot fail");
    }
    let text = format!(
        "SELECT {columns} FROM users AS u LEFT JOIN profile AS p ON p.id = u.profile_id ORDER BY u.id"
    );
    let start = Instant::now();
    let ended = Command::new("sqlite3")
        .args(["-readonly", "-csv", "-header"])
        .arg(database)
        .arg(text)
        .stdout(Stdio::from(File::create(into)?))
        .status()
        .context("the sqlite3 shell is needed")?;
    ensure!(ended.success(), "the sqlite3 shell ended with {ended}");
    Ok(start.elapsed().as_secs_f64())
}
