//! `users …`: above all `import-csv` and `export`, users out of files and into them.

use std::{
    fs,
    io::{Write, stdout},
    path::Path,
    process::ExitCode,
};

use anyhow::Context;
use reqwest::Method;
use serde_json::{Value, json};

use crate::say::kept;

use super::{People, To, call::Server, entered, follow, many, print, show, things};

pub(super) async fn run(verb: People) -> anyhow::Result<ExitCode> {
    match verb {
        People::Things(verb) => things("/users", verb).await,
        People::Add { fields, deploy, to } => entered::add(*fields, deploy, &to).await,
        People::Change { id, fields, to } => entered::change(&id, *fields, &to).await,
        People::Template { xlsx, to } => {
            let path = format!("/csv-imports/template.{}", ending(xlsx));
            pour(&Server::of(&to)?, &path, &mut stdout()).await?;
            Ok(ExitCode::SUCCESS)
        }
        People::Preview { id, to } => show(&to, &format!("/users/{id}/preview")).await,
        People::Many(verb) => many::run(verb).await,
        People::Export {
            xlsx,
            search,
            filter,
            columns,
            to,
        } => {
            let asked = [("q", search), ("filter", filter), ("columns", columns)];
            export(&asked, xlsx, &to).await
        }
        People::ImportCsv {
            file,
            profile,
            partial,
            overwrite,
            clear,
            map,
            faulty,
            dry_run,
            to,
        } => {
            let server = Server::of(&to)?;
            let profile = match profile.as_deref() {
                None => "csv",
                Some("none") => "",
                Some(id) => id,
            };
            let mut fields = vec![
                ("profile", profile.to_owned()),
                ("partial", partial.to_string()),
                ("overwrite", overwrite.to_string()),
                ("empty", if clear { "clear" } else { "keep" }.to_owned()),
            ];
            fields.extend(map.into_iter().map(|line| ("map", line)));
            let plan = server.give("/csv-imports", &fields, &file).await?;
            if let Some(path) = &faulty {
                let id = plan["id"].as_str().unwrap_or_default();
                save(&server, &format!("/csv-imports/{id}/faulty.csv"), path).await?;
            }
            let faulty = warn(&server, &plan).await?;
            if dry_run {
                let shown = print::one(&plan, to.json)?;
                if faulty == 0 || partial {
                    return Ok(shown);
                }
                eprintln!(
                    "nothing would be imported: rows have faults, and --partial does not allow to leave them out"
                );
                return Ok(ExitCode::FAILURE);
            }
            let agreed = json!({ "plan": plan["id"] });
            let job = server.call(Method::POST, "/imports", Some(agreed)).await?;
            follow::all(&server, &[job["job"].clone()], to.json).await
        }
    }
}

/// So many rows with faults are told one by one.
const FAULTY_MAX: usize = 20;

/// Tells what is odd about a file, and which of its rows are left out: how many these are.
async fn warn(server: &Server, plan: &Value) -> anyhow::Result<u64> {
    for warning in plan["warnings"].as_array().into_iter().flatten() {
        eprintln!("warning: {}", warning.as_str().unwrap_or_default());
    }
    let reasons = plan["skip"].as_array().into_iter().flatten();
    let faulty: u64 = reasons.filter_map(|reason| reason["count"].as_u64()).sum();
    if faulty == 0 {
        return Ok(0);
    }
    let id = plan["id"].as_str().unwrap_or_default();
    let path = format!("/import-plans/{id}/items?action=skip&limit={FAULTY_MAX}");
    let rows = server.call(Method::GET, &path, None).await?;
    for row in rows["items"].as_array().into_iter().flatten() {
        let remarks = row["remarks"].as_array().into_iter().flatten();
        let remarks: Vec<_> = remarks.filter_map(Value::as_str).collect();
        eprintln!("left out: {}", remarks.join("; "));
    }
    if faulty > FAULTY_MAX as u64 {
        eprintln!(
            "left out: {} rows more; --faulty FILE writes all of them",
            faulty - FAULTY_MAX as u64
        );
    }
    Ok(faulty)
}

/// Writes the users that are asked for to standard output.
async fn export(asked: &[(&str, String); 3], xlsx: bool, to: &To) -> anyhow::Result<ExitCode> {
    let mut address = url::Url::parse("http://any")?;
    address.query_pairs_mut().extend_pairs(asked);
    let query = address.query().unwrap_or_default();
    let path = format!("/users.{}?{query}", ending(xlsx));
    pour(&Server::of(to)?, &path, &mut stdout()).await?;
    Ok(ExitCode::SUCCESS)
}

async fn save(server: &Server, from: &str, path: &Path) -> anyhow::Result<()> {
    let mut out =
        fs::File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    pour(server, from, &mut out).await
}

/// Writes a file of the server piece by piece.
async fn pour(server: &Server, from: &str, out: &mut impl Write) -> anyhow::Result<()> {
    let mut file = server.file(from).await?;
    while let Some(piece) = file.chunk().await? {
        kept(out.write_all(&piece))?;
    }
    Ok(())
}

const fn ending(xlsx: bool) -> &'static str {
    if xlsx { "xlsx" } else { "csv" }
}
