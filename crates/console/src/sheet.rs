//! `/users/{id}/sheet`: a link, its QR code and a code to type on paper, shown once, and the question before it.

use askama::Template;

/// What is asked before a sheet is made, then the sheet. Its form posts to its own address.
#[derive(Debug, Clone, Template)]
#[template(path = "sheet.html")]
pub struct SheetPage {
    /// The user's id.
    pub id: String,
    /// Who it is for.
    pub name: String,
    /// The sheet, once it is made.
    pub sheet: Option<PrintedSheet>,
}

/// What is printed, in the person's language.
#[derive(Debug, Clone)]
pub struct PrintedSheet {
    /// The language of the words.
    pub lang: String,
    /// `ltr` or `rtl`.
    pub direction: String,
    /// The organisation; may be empty.
    pub organisation: String,
    /// The heading.
    pub title: String,
    /// What it is about.
    pub lead: String,
    /// The steps, in their order.
    pub steps: Vec<String>,
    /// The link.
    pub link: String,
    /// Its QR code, an `<svg>` element.
    pub qr: String,
    /// Stands before the address at which the code is typed.
    pub type_at: String,
    /// That address.
    pub code_address: String,
    /// The code.
    pub code: String,
    /// Stands before the day of its end.
    pub until: String,
    /// That day, `2026-12-04`.
    pub day: String,
    /// The same as its language writes it.
    pub day_name: String,
    /// That it is for one person.
    pub keep: String,
}

impl SheetPage {
    /// A sheet that was made.
    pub fn sample() -> Self {
        Self {
            id: "u4711".into(),
            name: "Abe Nakamura 4711".into(),
            sheet: Some(PrintedSheet {
                lang: "en".into(),
                direction: "ltr".into(),
                organisation: "Example Ltd".into(),
                title: "Set up your softphone".into(),
                lead: "This link brings your phone number into an app. It takes a minute.".into(),
                steps: vec![
                    "Install Linphone on the phone.".into(),
                    "Start the app and choose to scan a QR code.".into(),
                ],
                link: "https://go.example.org/d/AAAAAAAAAAAAAAAAAAAAAA".into(),
                qr:
                    "<svg viewBox=\"0 0 9 9\" aria-hidden=\"true\"><path d=\"M4 4h1v1h-1z\"/></svg>"
                        .into(),
                type_at: "No camera? Open this address and type the code:".into(),
                code_address: "https://go.example.org/c/office".into(),
                code: "ABCD-EFGH-JKMN".into(),
                until: "Works until".into(),
                day: "2026-12-04".into(),
                day_name: "4 December 2026".into(),
                keep: "This link is meant for you.".into(),
            }),
        }
    }

    /// The question.
    pub fn sample_asked() -> Self {
        Self {
            sheet: None,
            ..Self::sample()
        }
    }
}
