//! What was typed into the editor, with the file that was chosen: `multipart/form-data`.

use axum::extract::{FromRequest, Multipart, Request, multipart::Field};
use delivery::brand::{Wanted, WantedLogo};
use publication::Logo;

use super::look::Looking;
use crate::{
    App, Problem,
    pages::frame::PageError,
    upload::{broken, short},
};

/// The longest text of a field, in bytes: a help text of 600 characters has less.
const TEXT_MAX: usize = 16 << 10;
/// So much of a file is kept: more than a logo may have.
const FILE_KEPT: usize = 64 << 10;

/// What was typed.
#[derive(Debug, Default)]
pub(crate) struct Typed {
    version: String,
    pub(super) name: String,
    pub(super) help: String,
    pub(super) own_colours: bool,
    pub(super) light: String,
    pub(super) dark: String,
    pub(super) remove_logo: bool,
    /// The beginning of a file and how many bytes it has.
    file: Option<(Vec<u8>, usize)>,
    pub(super) looking: Looking,
}

impl FromRequest<App> for Typed {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageError> {
        let form = Multipart::from_request(request, app).await;
        let mut form = form.map_err(|refused| {
            Problem::new(refused.status(), "the body is no form with a file")
                .detail(refused.body_text())
                .hint("send multipart/form-data")
        })?;
        let mut typed = Self::default();
        while let Some(mut field) = form.next_field().await.map_err(|e| broken(&e))? {
            let name = field.name().unwrap_or_default().to_owned();
            if name == "logo" {
                // Browsers send an empty part where no file was chosen.
                typed.file = Some(file(&mut field).await?).filter(|(_, length)| *length > 0);
                continue;
            }
            let text = short(&mut field, &name, TEXT_MAX).await?;
            match name.as_str() {
                "version" => typed.version = text,
                "name" => typed.name = text,
                // Forms send every end of a line as CR LF.
                "help" => typed.help = text.replace("\r\n", "\n"),
                "own_colours" => typed.own_colours = text == "1",
                "light" => typed.light = text,
                "dark" => typed.dark = text,
                "remove_logo" => typed.remove_logo = text == "1",
                "shape" => typed.looking.shape = text,
                "shade" => typed.looking.shade = text,
                _ => {}
            }
        }
        Ok(typed)
    }
}

/// The beginning of a file, and how long it is: it is read to its end, since browsers show no answer before that.
async fn file(field: &mut Field<'_>) -> Result<(Vec<u8>, usize), Problem> {
    let (mut kept, mut length) = (Vec::new(), 0);
    while let Some(piece) = field.chunk().await.map_err(|e| broken(&e))? {
        length += piece.len();
        let room = FILE_KEPT.saturating_sub(kept.len());
        kept.extend_from_slice(&piece[..room.min(piece.len())]);
    }
    Ok((kept, length))
}

impl Typed {
    /// The version that it was made of.
    pub(super) fn seen(&self) -> Option<i64> {
        self.version.parse().ok()
    }

    /// Whether a file was chosen.
    pub(super) fn has_file(&self) -> bool {
        self.file.is_some()
    }

    /// The brand that is meant, where this logo is there.
    pub(super) fn wanted(self, logo: Option<Logo>) -> Wanted {
        let (light, dark) = if self.own_colours {
            (self.light, self.dark)
        } else {
            (String::new(), String::new())
        };
        let logo = match (self.file, logo) {
            (Some((beginning, length)), _) => WantedLogo::File(beginning, length),
            (None, Some(logo)) if !self.remove_logo => WantedLogo::Kept(logo),
            (None, _) => WantedLogo::None,
        };
        Wanted {
            name: self.name,
            help: self.help,
            light,
            dark,
            logo,
        }
    }
}
