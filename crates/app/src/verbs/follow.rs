//! Following jobs to their end, with a progress bar on a terminal.

use std::{process::ExitCode, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};
use reqwest::Method;
use serde_json::Value;

use super::{call::Server, print};

/// Follows jobs one after the other; 3 where rows failed, 1 where a job did.
pub(crate) async fn all(server: &Server, jobs: &[Value], json: bool) -> anyhow::Result<ExitCode> {
    let mut worst = 0;
    for job in jobs {
        let path = format!("/jobs/{}", job.as_str().unwrap_or_default());
        let ended = one(server, &path).await?;
        print::one(&ended, json)?;
        let code = match ended["state"].as_str() {
            Some("done") => 0,
            Some("partly") => {
                let failed = server
                    .call(Method::GET, &format!("{path}/items"), None)
                    .await?;
                print::many(&failed, &["label", "reason", "hint"], json)?;
                3
            }
            _ => 1,
        };
        worst = if worst == 1 || code == 1 {
            1
        } else {
            worst.max(code)
        };
    }
    Ok(ExitCode::from(worst))
}

async fn one(server: &Server, path: &str) -> anyhow::Result<Value> {
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template(
        "{msg:12} {bar:40} {pos}/{len} {per_sec} {eta}",
    )?);
    loop {
        let job = server.call(Method::GET, path, None).await?;
        bar.set_message(job["kind"].as_str().unwrap_or_default().to_owned());
        bar.set_length(job["total"].as_u64().unwrap_or(0));
        bar.set_position(job["done"].as_u64().unwrap_or(0));
        if !matches!(job["state"].as_str(), Some("queued" | "running")) {
            bar.finish_and_clear();
            return Ok(job);
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}
