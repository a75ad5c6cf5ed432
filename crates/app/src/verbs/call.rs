//! One call to a server's API, its problems as errors with their hint.

use std::{io, path::Path, time::Duration};

use anyhow::{Context, bail};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use model::Secret;
use reqwest::{Body, Client, Method};
use serde_json::Value;
use tokio::{fs::File, io::AsyncReadExt};

use super::To;

/// How much of a file is in memory at a time, in bytes.
const PIECE: usize = 64 << 10;

/// A server with the token to use there.
#[derive(Debug)]
pub(crate) struct Server {
    address: String,
    token: Secret,
    http: Client,
}

impl Server {
    /// The server that the flags and variables name.
    pub(crate) fn of(to: &To) -> anyhow::Result<Self> {
        let token = match (&to.token_file, std::env::var("ROLLCALL_TOKEN")) {
            (Some(file), _) => std::fs::read_to_string(file)
                .with_context(|| format!("cannot read the token file {}", file.display()))?,
            (None, Ok(token)) => token,
            (None, Err(_)) => bail!(
                "there is no API token\n  hint: set ROLLCALL_TOKEN, or name a file with --token-file"
            ),
        };
        // Making a plan of a million rows is one call.
        let http = Client::builder()
            .timeout(Duration::from_mins(10))
            .no_proxy()
            .build()?;
        let address = to.server.trim_end_matches('/').to_owned();
        if !address.starts_with("http://") && !address.starts_with("https://") {
            bail!("“{address}” is no address of a server\n  hint: write it with https:// in front");
        }
        Ok(Self {
            address,
            token: Secret::new(token.trim()),
            http,
        })
    }

    /// Calls a route below `/api/v1`; an empty answer is `null`.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> anyhow::Result<Value> {
        let mut request = self
            .http
            .request(method, format!("{}/api/v1{path}", self.address))
            .bearer_auth(self.token.expose());
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.answer(request).await
    }

    /// Hands in something that is no JSON.
    pub(crate) async fn hand_in(
        &self,
        path: &str,
        kind: &str,
        body: Vec<u8>,
    ) -> anyhow::Result<Value> {
        let request = self
            .http
            .post(format!("{}/api/v1{path}", self.address))
            .bearer_auth(self.token.expose())
            .header(reqwest::header::CONTENT_TYPE, kind)
            .body(body);
        self.answer(request).await
    }

    /// Gives a file with fields before it (`multipart/form-data`, RFC 7578). The file is read while it is sent.
    pub(crate) async fn give(
        &self,
        path: &str,
        fields: &[(&str, String)],
        file: &Path,
    ) -> anyhow::Result<Value> {
        let opened = File::open(file).await;
        let opened = opened.with_context(|| format!("cannot read {}", file.display()))?;
        // Nothing that a file holds reads like a new random id.
        let boundary = format!("rollcall-{}", model::JobId::new(&crate::machine::env()));
        let mut head = String::new();
        for (name, value) in fields {
            let part = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            head.push_str(&part);
        }
        let part = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"users\"\r\n\r\n"
        );
        head.push_str(&part);
        let end = format!("\r\n--{boundary}--\r\n");
        let body = stream::iter([Ok(Bytes::from(head))])
            .chain(pieces(opened))
            .chain(stream::iter([Ok(Bytes::from(end))]));
        let kind = format!("multipart/form-data; boundary={boundary}");
        let request = self
            .http
            .post(format!("{}/api/v1{path}", self.address))
            .bearer_auth(self.token.expose())
            .header(reqwest::header::CONTENT_TYPE, kind)
            .body(Body::wrap_stream(body));
        self.answer(request).await
    }

    /// A file below `/api/v1`, to be read piece by piece.
    pub(crate) async fn file(&self, path: &str) -> anyhow::Result<reqwest::Response> {
        let request = self
            .http
            .get(format!("{}/api/v1{path}", self.address))
            .bearer_auth(self.token.expose());
        let answer = self.send(request).await?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let value = serde_json::from_str(&answer.text().await?).unwrap_or_default();
        bail!(problem(status.as_u16(), &value))
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> anyhow::Result<reqwest::Response> {
        let answer = request.send().await;
        answer.with_context(|| format!("cannot reach the server at {}", self.address))
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Value> {
        let answer = self.send(request).await?;
        let status = answer.status();
        let text = answer.text().await?;
        let value: Value = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        };
        if status.is_success() {
            Ok(value)
        } else {
            bail!(problem(status.as_u16(), &value))
        }
    }
}

/// A file piece by piece.
fn pieces(file: File) -> impl Stream<Item = io::Result<Bytes>> {
    stream::try_unfold(file, |mut file| async move {
        let mut piece = vec![0; PIECE];
        let count = file.read(&mut piece).await?;
        piece.truncate(count);
        Ok((count > 0).then(|| (Bytes::from(piece), file)))
    })
}

/// A problem document (RFC 9457) as a person reads it.
fn problem(status: u16, value: &Value) -> String {
    let part = |name: &str| value[name].as_str().filter(|text| !text.is_empty());
    let mut text = part("title").map_or_else(
        || format!("the server answered with status {status}"),
        str::to_owned,
    );
    for row in value["rows"].as_array().into_iter().flatten() {
        text = format!(
            "{text}\n  {}: {}",
            row["field"].as_str().unwrap_or_default(),
            row["message"].as_str().unwrap_or_default()
        );
    }
    for (word, name) in [("because", "detail"), ("hint", "hint")] {
        if let Some(said) = part(name) {
            text = format!("{text}\n  {word}: {said}");
        }
    }
    text
}
