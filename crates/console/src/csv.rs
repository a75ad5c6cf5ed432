//! `/users/import-csv` and `/users/exports`: users out of files and into them.

use askama::Template;

use crate::{Place, ProfileChoice, Shell};

/// A file is given. Posts to `/users/import-csv` as a form with a file.
#[derive(Debug, Clone, Template)]
#[template(path = "import_csv.html")]
pub struct ImportCsvPage {
    /// The frame.
    pub shell: Shell,
    /// What people get: `csv`, a profile's id, or empty for *Do not deploy*.
    pub profiles: Vec<ProfileChoice>,
}

impl ImportCsvPage {
    /// One profile.
    pub fn sample() -> Self {
        let choice = |id: &str, name: &str| ProfileChoice {
            id: id.into(),
            name: name.into(),
            chosen: id == "csv",
        };
        Self {
            shell: Shell::sample(Place::Manage),
            profiles: vec![
                choice("csv", "From CSV"),
                choice("p1", "Office softphone"),
                choice("", "Do not deploy"),
            ],
        }
    }
}

/// Which columns the file of a selection has. Posts to `/users/exports/users.csv`.
#[derive(Debug, Clone, Template)]
#[template(path = "export.html")]
pub struct ExportPage {
    /// The frame.
    pub shell: Shell,
    /// The selection.
    pub hidden: Vec<(&'static str, String)>,
    /// Names and titles of the columns.
    pub columns: Vec<(&'static str, &'static str)>,
}

impl ExportPage {
    /// Everybody, four columns.
    pub fn sample() -> Self {
        Self {
            shell: Shell::sample(Place::Manage),
            hidden: vec![("all", "1".into()), ("q", String::new())],
            columns: vec![
                ("id", "ID"),
                ("profile", "Profile"),
                ("last_name", "Last name"),
                ("email", "E-mail"),
            ],
        }
    }
}
