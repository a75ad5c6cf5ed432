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

use super::{People, call::Server, entered, follow, print, things};

pub(super) async fn run(verb: People) -> anyhow::Result<ExitCode> {
    match verb {
        People::Things(verb) => things("/users", verb).await,
        People::Add { fields, deploy, to } => entered::add(*fields, deploy, &to).await,
        People::Change { id, fields, to } => entered::change(&id, *fields, &to).await,
        People::Export {
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
            let path = format!("/users.csv?{}", address.query().unwrap_or_default());
            let mut file = Server::of(&to)?.file(&path).await?;
            while let Some(piece) = file.chunk().await? {
                stdout().write_all(&piece)?;
            }
            Ok(ExitCode::SUCCESS)
        }
        People::ImportCsv {
            file,
            profile,
            partial,
            overwrite,
            clear,
            faulty,
            dry_run,
            to,
        } => {
            let server = Server::of(&to)?;
            let fields = [
                ("profile", profile.unwrap_or_default()),
                ("partial", partial.to_string()),
                ("overwrite", overwrite.to_string()),
                ("empty", if clear { "clear" } else { "keep" }.to_owned()),
            ];
            let content =
                fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            let plan = server.give("/csv-imports", &fields, &content).await?;
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
    let mut file = server.file(from).await?;
    while let Some(piece) = file.chunk().await? {
        out.write_all(&piece)?;
    }
    Ok(())
}
