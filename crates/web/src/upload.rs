//! A form with a file as its last part: the file is read while it arrives, and never lies in memory as a whole.

use std::{
    collections::HashMap,
    io::{self, Read},
};

use axum::extract::{FromRequest, Multipart, Request};
use bytes::{Buf, Bytes};
use import::csv::{Asked, Mapping, Options, Which};
use tokio::sync::mpsc;

use crate::{App, Problem};

/// Pieces of a file that wait to be read.
const PIECES_AHEAD: usize = 8;
/// The longest value of a field beside the file, in bytes.
const FIELD_MAX: usize = 1 << 10;

/// The most parts of a form: a column of a file may need one each.
const PARTS_MAX: usize = 600;

/// Whether somebody is there who can say what unknown columns mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    Somebody,
    Nobody,
}

/// What became of a file.
pub(crate) enum Uploaded {
    Plan(Box<store::plans::Plan>),
    /// Somebody has to say what its columns mean.
    Unmapped {
        header: Vec<String>,
        fields: Fields,
    },
}

/// What stands in a form before its file: the fields, and what was said about columns.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) one: HashMap<String, String>,
    map: Vec<String>,
}

/// A form that is still arriving.
pub(crate) struct Upload(Multipart);

impl FromRequest<App> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let form = Multipart::from_request(request, app).await;
        form.map(Self).map_err(|refused| {
            Problem::new(refused.status(), "the body is no form with a file")
                .detail(refused.body_text())
                .hint("send multipart/form-data; the part `file` comes last")
        })
    }
}

/// The file, as the thread that reads it sees it.
struct Arriving {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    piece: Bytes,
}

impl Read for Arriving {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.pieces.blocking_recv() {
                Some(piece) => self.piece = piece?,
                None => return Ok(0),
            }
        }
        let count = out.len().min(self.piece.len());
        self.piece.copy_to_slice(&mut out[..count]);
        Ok(count)
    }
}

impl Upload {
    /// Plans the import of the file, with the options that stand before it.
    pub(crate) async fn plan(
        mut self,
        app: &App,
        ask: Ask,
        actor: &model::Actor,
    ) -> Result<Uploaded, Problem> {
        let mut fields = Fields::default();
        let mut parts = 0;
        while let Some(mut field) = self.0.next_field().await.map_err(|e| broken(&e))? {
            let name = field.name().unwrap_or_default().to_owned();
            if name != "file" {
                parts += 1;
                if parts > PARTS_MAX {
                    return Err(Problem::bad_request("the form has too many parts"));
                }
                let text = short(&mut field, &name, FIELD_MAX).await?;
                if name == "map" {
                    fields.map.push(text);
                } else {
                    fields.one.insert(name, text);
                }
                continue;
            }
            let asked = asked(&fields, ask)?;
            let (send, pieces) = mpsc::channel(PIECES_AHEAD);
            let file = Arriving {
                pieces,
                piece: Bytes::new(),
            };
            let feed = async move {
                // Read to its end also where nobody wants it any more: browsers show no answer before that.
                let mut is_wanted = true;
                loop {
                    let piece = match field.chunk().await {
                        Ok(Some(piece)) => Ok(piece),
                        Ok(None) => return,
                        Err(error) => Err(io::Error::other(error)),
                    };
                    let is_broken = piece.is_err();
                    is_wanted = is_wanted && send.send(piece).await.is_ok();
                    if is_broken {
                        return;
                    }
                }
            };
            let plan = import::csv::plan(&app.store, asked, file, actor);
            let ((), plan) = tokio::join!(feed, plan);
            let plan = match plan {
                Err(import::Error::Unmapped(header)) => {
                    return Ok(Uploaded::Unmapped { header, fields });
                }
                plan => plan?,
            };
            return match self.0.next_field().await {
                Ok(None) => Ok(Uploaded::Plan(Box::new(plan))),
                _ => Err(
                    Problem::bad_request("something stands behind the file in the form")
                        .hint("let the part `file` come last"),
                ),
            };
        }
        Err(Problem::bad_request("there is no file in the form").hint("choose a file"))
    }
}

pub(crate) fn broken(error: &axum::extract::multipart::MultipartError) -> Problem {
    Problem::new(error.status(), "the form cannot be read").detail(error.body_text())
}

/// The text of a field, which has so many bytes at most.
pub(crate) async fn short(
    field: &mut axum::extract::multipart::Field<'_>,
    name: &str,
    most: usize,
) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|e| broken(&e))? {
        bytes.extend(piece);
        if bytes.len() > most {
            return Err(Problem::bad_request(format!("{name} is too long")));
        }
    }
    String::from_utf8(bytes).map_err(|_| Problem::bad_request(format!("{name} is no text")))
}

fn asked(fields: &Fields, ask: Ask) -> Result<Asked, Problem> {
    let lines = fields.map.iter().map(String::as_str);
    let mapping = Mapping::parse(lines).map_err(|why| {
        Problem::bad_request(why)
            .hint("write Their column=our_column, or Their column=ignore to leave it out")
    })?;
    Ok(Asked {
        options: options(&fields.one)?,
        mapping,
        ask: ask == Ask::Somebody,
    })
}

/// The options of a form: `profile` (an id, `csv` or nothing said, empty for *Do not deploy*), `partial`, `overwrite` and `empty`.
fn options(fields: &HashMap<String, String>) -> Result<Options, Problem> {
    let flag = |name: &str| match fields.get(name).map_or("", String::as_str) {
        "" | "0" | "false" => Ok(false),
        "1" | "true" => Ok(true),
        _ => Err(Problem::bad_request(format!(
            "{name} is neither true nor false"
        ))),
    };
    let profile = match fields.get("profile").map(String::as_str) {
        None | Some("csv") => Which::FromCsv,
        Some("") => Which::All(None),
        Some(id) => {
            let id = id.parse();
            Which::All(Some(id.map_err(|_| {
                Problem::bad_request("this is no profile's id")
                    .hint("name an id, or csv to take the profile from the file")
            })?))
        }
    };
    let clear = match fields.get("empty").map_or("", String::as_str) {
        "" | "keep" => false,
        "clear" => true,
        _ => return Err(Problem::bad_request("empty is either keep or clear")),
    };
    Ok(Options {
        profile,
        overwrite: flag("overwrite")?,
        clear,
        partial: flag("partial")?,
    })
}
