//! `/users/import-csv`, `/user-plans/{id}/columns` and `/users/exports`: users out of files and into them.

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

/// What the columns of a file mean is said, and the file given. Posts to `/users/import-csv` as a form with a file.
#[derive(Debug, Clone, Template)]
#[template(path = "mapping.html")]
pub struct MappingPage {
    /// The frame.
    pub shell: Shell,
    /// How the file is imported.
    pub hidden: Vec<(&'static str, String)>,
    /// Names and titles of our columns.
    pub columns: Vec<(&'static str, &'static str)>,
    /// What each heading means.
    pub meanings: Vec<Meaning>,
}

/// What one heading means.
#[derive(Debug, Clone)]
pub struct Meaning {
    /// The heading as it stands in the file.
    pub heading: String,
    /// The name of our column that is chosen, or `ignore`.
    pub column: &'static str,
    /// Whether its name says so; otherwise it is a suggestion, or was said.
    pub is_known: bool,
}

impl MappingPage {
    /// Four headings: one known, two suggested, one left out.
    pub fn sample() -> Self {
        let meaning = |heading: &str, column, is_known| Meaning {
            heading: heading.into(),
            column,
            is_known,
        };
        Self {
            shell: Shell::sample(Place::Manage),
            hidden: vec![("profile", "csv".into()), ("partial", String::new())],
            columns: vec![
                ("first_name", "First name"),
                ("last_name", "Last name"),
                ("email", "E-mail"),
            ],
            meanings: vec![
                meaning("E-mail", "email", true),
                meaning("Nachname", "last_name", false),
                meaning("Vorname", "first_name", false),
                meaning("Shoe size", "ignore", false),
            ],
        }
    }
}

/// Which columns the file of a selection has. Posts to `/users/exports/users.csv` or `….xlsx`.
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
