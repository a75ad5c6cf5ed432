//! One row of a file: what its cells say, checked, and what becomes of the user that it is about.

use model::{Ours, PersonFields, ProfileId, Refusal, Secret, User, UserId, plan::Action};
use sheets::{BLANK, Odd, Row, unguard};
use store::users::OwnSecret;
use users::columns::{Column, DO_NOT_DEPLOY, check_secret};

use super::{
    Cell, Draft, Gives, Options, Which, Wrong,
    alike::{IS_HERE, IS_TAKEN},
    spoiled,
};

/// What is decided about a row.
pub(super) struct Decided {
    pub(super) action: Action,
    pub(super) fields: PersonFields,
    /// The profile that the row gives; none: the user's stays.
    pub(super) gives: Option<Gives>,
    /// Host and port of the client service, where the row says them otherwise.
    pub(super) client_service: Option<[String; 2]>,
}

impl Draft {
    /// `delimiter`: what stands between the cells of the file, where it is no workbook.
    pub(super) fn of(
        row: &Row,
        columns: &[Option<Column>],
        clear: bool,
        delimiter: Option<char>,
    ) -> Self {
        let mut draft = Self {
            line: row.line,
            id: None,
            cells: Vec::with_capacity(columns.len()),
            secrets: vec![],
            clears: vec![],
            short: String::new(),
            wrong: vec![],
        };
        if row.is_foreign() {
            draft.wrong.push(Wrong::with_row(FOREIGN));
        }
        if row.is(columns.len(), Odd::Beyond) {
            draft.wrong.push(Wrong::with_row(BEYOND));
        }
        let left_out = (0..columns.len()).filter(|at| columns[*at].is_none());
        let mut swallowing = left_out
            .filter_map(|at| Some((at, row.lines(at)?)))
            .filter(|(at, _)| holds_rows(&row.cells[*at], columns.len(), delimiter))
            .map(|(_, lines)| lines);
        let swallows = |(from, to)| Wrong {
            more: format!("(from line {from} to line {to})"),
            ..Wrong::with_row(SWALLOWS)
        };
        draft.wrong.extend(swallowing.next().map(swallows));
        if row.told < row.cells.len() {
            let cells = if row.told == 1 { "cell" } else { "cells" };
            draft.short = format!("(the row has {} {cells} of {})", row.told, row.cells.len());
        }
        let is_one = row.told == 1 && columns.len() > 1;
        if is_one && row.cells[0].contains([',', ';', '\t', '|']) {
            let cell = &row.cells[0];
            let lines = row.lines(0).filter(|_| cell.contains('\n'));
            // The end of the file, where such a cell ends mostly, is no line of its own.
            let breaks = cell.matches('\n').count() as u64;
            let lines = lines.map(|(from, to)| (from, to.min(from + breaks)));
            let wrong = lines.map_or_else(|| Wrong::with_row(UNDIVIDED), swallows);
            draft.wrong.push(wrong);
            return draft;
        }
        // Cells that a row does not have are no empty ones: spreadsheets leave them out at its end.
        let told = columns.iter().zip(&row.cells).take(row.told).enumerate();
        for (at, column, cell) in told.filter_map(|(at, (c, cell))| Some((at, (*c)?, cell))) {
            if let Some(message) = spoiled::told(row, at) {
                draft.wrong.push(Wrong::new(column, message));
                continue;
            }
            if let Some((from, to)) = row.lines(at).filter(|_| cell.contains('\n')) {
                draft.wrong.push(Wrong {
                    more: format!("(its cell begins in line {from} and ends in line {to})"),
                    ..Wrong::new(column, spoiled::LINES)
                });
                continue;
            }
            let cell_is_blank = cell == BLANK;
            match (column, meant(cell, clear)) {
                (Column::Id, Cell::Set(id)) => match id.parse() {
                    Ok(id) => draft.id = Some(id),
                    Err(_) => draft
                        .wrong
                        .push(Wrong::new(column, "is no ID of this system")),
                },
                (Column::Id, _) => {}
                (column, cell) => match (column.secret(), cell) {
                    (Some(of), Cell::Set(secret)) => draft.set_secret(column, of, &secret),
                    // An empty cell never does: passwords come out of here empty, and would be lost on their way back.
                    (Some(of), Cell::Clear) if cell_is_blank => draft.clears.push(of),
                    (Some(_), _) => {}
                    (None, cell) => draft.cells.push((column, cell)),
                },
            }
        }
        draft
    }

    fn set_secret(&mut self, column: Column, of: OwnSecret, secret: &str) {
        match check_secret(of, secret) {
            Ok(()) => self.secrets.push((of, Secret::new(secret))),
            Err(message) => self.wrong.push(Wrong::new(column, message)),
        }
    }

    /// Where a row cannot be meant: what its ID says of the user whom it names.
    pub(super) fn check_id(&mut self, options: Options, user: Option<&User>) {
        if self.id.is_none() {
            return;
        }
        if !options.overwrite {
            let message = "stands here, and overwriting is not allowed";
            self.wrong.push(Wrong::new(Column::Id, message));
        } else if user.is_none() {
            self.wrong
                .push(Wrong::new(Column::Id, "is no ID of this system"));
        }
    }

    /// What becomes of the user; everything that is wrong is noted.
    pub(super) fn decide(
        &mut self,
        options: Options,
        user: Option<&User>,
        find_profile: impl Fn(&str) -> Option<ProfileId>,
    ) -> Decided {
        self.check_id(options, user);
        let mut fields = user.map_or_else(fresh, |user| user.fields.clone());
        let before = user.map_or_else(Ours::default, |user| user.ours.clone());
        let mut ours = before.clone();
        let sourced = user.is_some_and(User::is_sourced);
        let mut gives = match (options.profile, user) {
            (Which::All(all), _) => Some(Gives { profile: all }),
            (Which::FromCsv, Some(_)) => None,
            (Which::FromCsv, None) => Some(Gives { profile: None }),
        };
        for (column, cell) in std::mem::take(&mut self.cells) {
            match column {
                Column::Profile if options.profile == Which::FromCsv => {
                    match choose(&cell, &find_profile) {
                        Ok(chosen) => gives = chosen.or(gives),
                        Err(wrong) => self.wrong.push(wrong),
                    }
                }
                Column::Profile => {}
                _ => {
                    if let Some(place) = column.place(&mut fields, &mut ours) {
                        self.set(column, cell, place, sourced);
                    }
                }
            }
        }
        if sourced {
            let all = Column::ALL.into_iter().filter(|column| {
                let held = |of| {
                    self.secrets.iter().any(|(given, _)| *given == of) || self.clears.contains(&of)
                };
                column.secret().is_some_and(held)
            });
            let wrong: Vec<_> = all.map(|column| Wrong::new(column, SOURCED)).collect();
            self.wrong.extend(wrong);
        }
        for (column, value) in [
            (Column::LastName, &fields.last_name),
            (Column::Email, &fields.email),
        ] {
            if value.is_empty() && !sourced && self.wrong.iter().all(|w| w.column != Some(column)) {
                self.wrong.push(Wrong {
                    more: self.short.clone(),
                    ..Wrong::new(column, MISSING)
                });
            }
        }
        self.blame_the_row();
        let client_service =
            (ours != before).then_some([ours.client_service_host, ours.client_service_port]);
        let stays = |user: &User| {
            user.fields == fields
                && gives.is_none_or(|gives| gives.profile == user.profile)
                && client_service.is_none()
                && self.secrets.is_empty()
                && self.clears.is_empty()
        };
        let action = match user {
            _ if !self.wrong.is_empty() => Action::Skip,
            None => Action::Create,
            Some(user) if stays(user) => Action::Keep,
            Some(_) => Action::Update,
        };
        Decided {
            action,
            fields,
            gives,
            client_service,
        }
    }

    /// Where the row as a whole is wrong its cells stand for nothing: what is wrong with them would lead astray. What a quotation mark
    /// swallowed is missing behind it.
    fn blame_the_row(&mut self) {
        let is_cause = |wrong: &Wrong| wrong.column.is_none();
        if self.wrong.iter().any(is_cause) {
            self.wrong.retain(is_cause);
        } else if self.wrong.iter().any(|w| w.message == spoiled::LINES) {
            self.wrong.retain(|wrong| wrong.message != MISSING);
        }
    }

    fn set(&mut self, column: Column, cell: Cell, field: &mut String, sourced: bool) {
        let wanted = match cell {
            Cell::Keep => return,
            Cell::Clear => String::new(),
            Cell::Set(value) => value,
        };
        // What stands there already is no change, however odd it is.
        if *field == wanted {
            return;
        }
        if sourced && column.is_sourced() {
            self.wrong.push(Wrong::new(column, SOURCED));
            return;
        }
        if let Some(message) = spoiled::seen(column, &wanted) {
            self.wrong.push(Wrong::new(column, message));
            return;
        }
        match column.check(&wanted) {
            Ok(value) => *field = value,
            Err(message) => self.wrong.push(Wrong::new(column, message)),
        }
    }
}

const SWALLOWS: &str = "holds other rows in one cell: a quotation mark is left open";
const MISSING: &str = "is missing";
const FOREIGN: &str = "is written in another encoding than the rest of the file";
const UNDIVIDED: &str =
    "is one cell: its cells are separated by something else than those of the header";
const BEYOND: &str =
    "has more cells than the header: put quotation marks around cells that hold the delimiter";
pub(super) const SOURCED: &str = "belongs to the component that this user came from";

fn fresh() -> PersonFields {
    PersonFields {
        enabled: true,
        ..PersonFields::default()
    }
}

/// Whether a cell that is left out looks like rows of the file that a quotation mark swallowed: notes run over lines too, but those
/// have not just as many delimiters each as the header.
fn holds_rows(cell: &str, width: usize, delimiter: Option<char>) -> bool {
    let Some(delimiter) = delimiter.filter(|_| width > 1) else {
        return false;
    };
    let lines: Vec<_> = cell.lines().collect();
    // The first and the last are pieces of rows.
    let whole = lines
        .get(1..lines.len().saturating_sub(1))
        .unwrap_or_default();
    let is_row = |line: &&str| line.matches(delimiter).count() + 1 == width;
    !whole.is_empty() && whole.iter().all(is_row)
}

/// What a cell means. An apostrophe before the word that clears makes it a value.
fn meant(cell: &str, clear: bool) -> Cell {
    match cell {
        "" if clear => Cell::Clear,
        "" => Cell::Keep,
        BLANK => Cell::Clear,
        value => Cell::Set(unguard(value).to_owned()),
    }
}

/// The profile that a cell gives; none where it says nothing.
fn choose(cell: &Cell, find: impl Fn(&str) -> Option<ProfileId>) -> Result<Option<Gives>, Wrong> {
    let profile = match cell {
        Cell::Keep => return Ok(None),
        Cell::Clear => None,
        Cell::Set(name) if name.eq_ignore_ascii_case(DO_NOT_DEPLOY) => None,
        Cell::Set(name) => {
            let found = find(name);
            let wrong = Wrong::new(Column::Profile, "names no profile of this system");
            Some(found.ok_or(wrong)?)
        }
    };
    Ok(Some(Gives { profile }))
}

impl Wrong {
    /// The reason that rows are left out by, with what to do.
    pub(super) fn refusal(&self) -> Refusal {
        self.reason("fault")
    }

    /// The same where it is only odd.
    pub(super) fn warning(&self) -> Refusal {
        self.reason("warning")
    }

    fn reason(&self, of: &str) -> Refusal {
        let place = self.column.map_or("row", Column::name);
        let code = format!("{of}-{place}-{}", kind(self.message));
        let reason = format!("{}: {}", self.title(), self.message);
        Refusal::new(&code, reason, self.hint())
    }

    fn hint(&self) -> &'static str {
        match (self.column, self.message) {
            (_, SOURCED) => {
                "change it at that component and use Sync data, or leave the cell empty"
            }
            (_, BEYOND) => "see that each cell that holds the delimiter stands in quotation marks",
            (_, UNDIVIDED) => {
                "separate all rows by the same sign, in the program that wrote the file"
            }
            (_, FOREIGN) => {
                "put the rows together in a spreadsheet instead, and save the file as CSV in UTF-8"
            }
            (_, spoiled::LINES | SWALLOWS) => {
                "close the quotation mark with which that cell begins; the rows up to the next quotation mark stand in this cell"
            }
            (Some(Column::Email | Column::DirectoryNumber), TWICE) => {
                "see whether both rows are meant; people may share a mailbox or a desk"
            }
            (_, IS_HERE) => {
                "to change that user, write the ID of an export into the row and allow overwriting; otherwise there will be two"
            }
            (_, IS_TAKEN) => {
                "see whether it is the same person, and write the ID of an export into the row to change that user"
            }
            (_, TWICE) => "leave one of the rows",
            (_, CIRCLE) => {
                "see whether a column was sorted without the others; to exchange addresses on purpose, do it in two imports"
            }
            (Some(Column::Id), "is no ID of this system") => {
                "export the users of this system to get their IDs, or leave the cell empty to make a new user"
            }
            (Some(Column::Id), _) => {
                "allow overwriting to change users of this system, or leave the ID empty to make new ones"
            }
            (Some(Column::Profile), _) => {
                "write the profile's name as under Deployment profiles, or Do not deploy"
            }
            _ => "mend the cell in the file and import it again",
        }
    }
}

/// What is wrong with a row that was met before, or odd about a cell.
pub(super) const TWICE: &str = "stands in this file before";
/// What is wrong with the addresses of rows that go round.
pub(super) const CIRCLE: &str =
    "goes round: it is another user's, who gets another address in this file";

/// A few letters of a message, so that each has a code of its own.
fn kind(message: &str) -> String {
    let words = message.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).take(6).collect();
    words.join("-").to_lowercase()
}

/// The ids that rows name.
pub(super) fn ids(drafts: &[Draft]) -> Vec<UserId> {
    drafts.iter().filter_map(|draft| draft.id).collect()
}
