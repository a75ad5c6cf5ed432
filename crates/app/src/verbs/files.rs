//! `users …`: above all `import-csv` and `export`, users out of files and into them.

use std::{
    fs,
    io::{Write, stdout},
    path::Path,
    process::ExitCode,
};

use anyhow::Context;
use reqwest::Method;
use serde_json::json;

use super::{People, call::Server, entered, follow, ordered, print, selection, show, things};

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
        People::SetProfile {
            profile,
            rows,
            dry_run,
            to,
        } => {
            let profile = (profile != "none").then_some(profile);
            let wanted = json!({ "selection": selection(&rows, false)?, "profile": profile, "dry_run": dry_run });
            ordered(&to, "/profile-changes", wanted, dry_run).await
        }
        People::SetLanguage {
            language,
            rows,
            dry_run,
            to,
        } => {
            let wanted = json!({ "selection": selection(&rows, false)?, "language": language, "dry_run": dry_run });
            ordered(&to, "/language-changes", wanted, dry_run).await
        }
        People::Delete {
            rows,
            deployed,
            dry_run,
            to,
        } => {
            let wanted = json!({ "selection": selection(&rows, false)?, "deployed": deployed, "dry_run": dry_run });
            ordered(&to, "/deletions", wanted, dry_run).await
        }
        People::Export {
            xlsx,
            search,
            filter,
            columns,
            to,
        } => {
            let mut address = url::Url::parse("http://any")?;
            address.query_pairs_mut().extend_pairs([
                ("q", &search),
                ("filter", &filter),
                ("columns", &columns),
            ]);
            let query = address.query().unwrap_or_default();
            let path = format!("/users.{}?{query}", ending(xlsx));
            pour(&Server::of(&to)?, &path, &mut stdout()).await?;
            Ok(ExitCode::SUCCESS)
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
            if dry_run {
                return Ok(print::one(&plan, to.json));
            }
            let agreed = json!({ "plan": plan["id"] });
            let job = server.call(Method::POST, "/imports", Some(agreed)).await?;
            follow::all(&server, &[job["job"].clone()], to.json).await
        }
    }
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
        out.write_all(&piece)?;
    }
    Ok(())
}

const fn ending(xlsx: bool) -> &'static str {
    if xlsx { "xlsx" } else { "csv" }
}
