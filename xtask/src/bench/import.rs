//! Importing everybody, and importing and deploying them up to the outbox.

use anyhow::{Result, ensure};
use rusqlite::{Connection, OpenFlags};

use super::{
    Grounds, bare,
    figure::{Figure, number},
    office::{Office, Spent},
};

/// Select all, plan, import.
pub(crate) async fn alone(grounds: &mut Grounds) -> Result<Vec<Figure>> {
    let copy = grounds.main().await?.copy().await?;
    let (planning, doing) = copy.office.import(false).await?;
    let users = counted(&copy.office, "users")?;
    let limit_mb = grounds.size.memory_mb();
    let spent = (planning, doing);
    figures("import", &copy.office, users, spent, limit_mb)
}

/// Select all, plan, import and deploy; no mail leaves, because no redirect server knows its links.
pub(crate) async fn and_deploy(grounds: &mut Grounds) -> Result<Vec<Figure>> {
    let copy = grounds.main().await?.copy().await?;
    let importing = copy.office.looked_at(copy.office.import(true));
    let ((planning, doing), slowest) = importing.await?;
    let (users, mails) = (
        counted(&copy.office, "users")?,
        counted(&copy.office, "outbox")?,
    );
    ensure!(mails > 0, "nobody was deployed");
    let limit_mb = grounds.size.memory_mb();
    let spent = (planning, doing);
    let mut found = figures("import and deploy", &copy.office, users, spent, limit_mb)?;
    found.extend([
        Figure::alone("import and deploy, mails waiting", number(mails), "mails"),
        Figure::alone(
            "import and deploy, slowest answer meanwhile",
            slowest.as_secs_f64(),
            "s",
        )
        .within(1.0),
    ]);
    Ok(found)
}

fn figures(
    name: &str,
    office: &Office,
    users: i64,
    (planning, doing): (Spent, Spent),
    limit_mb: f64,
) -> Result<Vec<Figure>> {
    let people = number(users);
    let both = planning.and(doing);
    Ok(vec![
        Figure::alone(
            format!("{name} of {people}"),
            people / both.cpu_s,
            "people/cpu-s",
        )
        .beside(
            "bare insert of the users",
            bare::insert(office.database(), "users")?,
        )
        .at_least(0.1),
        Figure::alone(format!("{name}, planning"), planning.cpu_s, "cpu-s"),
        Figure::alone(format!("{name}, planning, wall"), planning.wall_s, "s").within(15.0),
        Figure::alone(format!("{name}, doing"), doing.cpu_s, "cpu-s"),
        Figure::alone(format!("{name}, doing, wall"), doing.wall_s, "s"),
        Figure::alone(format!("{name}, memory"), both.peak_mb, "MB").within(limit_mb),
    ])
}

fn counted(office: &Office, table: &str) -> Result<i64> {
    let database =
        Connection::open_with_flags(office.database(), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let text = format!("SELECT COUNT(*) FROM {table}");
    Ok(database.query_row(&text, [], |row| row.get(0))?)
}
