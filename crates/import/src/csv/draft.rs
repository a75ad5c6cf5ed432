//! One row of a file: what its cells say, checked, and what becomes of the user that it is about.

use model::{PersonFields, ProfileId, Refusal, Secret, User, UserId, plan::Action};
use sheets::{BLANK, Odd, Row, unguard};
use users::columns::{Column, DO_NOT_DEPLOY, check_password};

use super::{Cell, Draft, Options, Which, Wrong, spoiled};

/// What is decided about a row.
pub(super) struct Decided {
    pub(super) action: Action,
    pub(super) fields: PersonFields,
    pub(super) profile: Option<ProfileId>,
}

impl Draft {
    pub(super) fn of(row: &Row, columns: &[Option<Column>], clear: bool) -> Self {
        let mut draft = Self {
            line: row.line,
            id: None,
            cells: Vec::with_capacity(columns.len()),
            password: None,
            wrong: vec![],
        };
        if row.is(columns.len(), Odd::Beyond) {
            draft.wrong.push(Wrong::with_row(BEYOND));
        }
        let is_one = row.told == 1 && columns.len() > 1;
        if is_one && row.cells[0].contains([',', ';', '\t', '|']) {
            draft.wrong.push(Wrong::with_row(UNDIVIDED));
            return draft;
        }
        // Cells that a row does not have are no empty ones: spreadsheets leave them out at its end.
        let told = columns.iter().zip(&row.cells).take(row.told).enumerate();
        for (at, column, cell) in told.filter_map(|(at, (c, cell))| Some((at, (*c)?, cell))) {
            if let Some(message) = spoiled::told(row, at) {
                draft.wrong.push(Wrong::new(column, message));
                continue;
            }
            match (column, meant(cell, clear)) {
                (Column::Id, Cell::Set(id)) => match id.parse() {
                    Ok(id) => draft.id = Some(id),
                    Err(_) => draft
                        .wrong
                        .push(Wrong::new(column, "is no ID of this system")),
                },
                (Column::SipPassword, Cell::Set(password)) => draft.set_password(&password),
                (Column::Id | Column::SipPassword, _) => {}
                (column, cell) => draft.cells.push((column, cell)),
            }
        }
        draft
    }

    fn set_password(&mut self, password: &str) {
        match check_password(password) {
            Ok(()) => self.password = Some(Secret::new(password)),
            Err(message) => self.wrong.push(Wrong::new(Column::SipPassword, message)),
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
        let sourced = user.is_some_and(|user| user.entry.is_some());
        let mut profile = match (options.profile, user) {
            (Which::All(all), _) => all,
            (Which::FromCsv, Some(user)) => user.profile,
            (Which::FromCsv, None) => None,
        };
        for (column, cell) in std::mem::take(&mut self.cells) {
            match column {
                Column::Profile if options.profile == Which::FromCsv => {
                    if let Err(wrong) = choose(&mut profile, &cell, &find_profile) {
                        self.wrong.push(wrong);
                    }
                }
                Column::Profile => {}
                _ => self.set(column, cell, &mut fields, sourced),
            }
        }
        if sourced && self.password.is_some() {
            self.wrong.push(Wrong::new(Column::SipPassword, SOURCED));
        }
        for (column, value) in [
            (Column::LastName, &fields.last_name),
            (Column::Email, &fields.email),
        ] {
            let is_told = self.wrong.iter().all(|w| w.message != UNDIVIDED);
            if is_told
                && value.is_empty()
                && !sourced
                && self.wrong.iter().all(|w| w.column != Some(column))
            {
                self.wrong.push(Wrong::new(column, "is missing"));
            }
        }
        let action = self.action(user, &fields, profile);
        Decided {
            action,
            fields,
            profile,
        }
    }

    fn action(
        &self,
        user: Option<&User>,
        fields: &PersonFields,
        profile: Option<ProfileId>,
    ) -> Action {
        if !self.wrong.is_empty() {
            return Action::Skip;
        }
        match user {
            None => Action::Create,
            Some(user)
                if user.fields == *fields && user.profile == profile && self.password.is_none() =>
            {
                Action::Keep
            }
            Some(_) => Action::Update,
        }
    }

    fn set(&mut self, column: Column, cell: Cell, fields: &mut PersonFields, sourced: bool) {
        let Some(field) = column.field(fields) else {
            return;
        };
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

const UNDIVIDED: &str =
    "is one cell: its cells are separated by something else than those of the header";
const BEYOND: &str =
    "has more cells than the header: put quotation marks around cells that hold the delimiter";
const SOURCED: &str = "belongs to the component that this user came from";

fn fresh() -> PersonFields {
    PersonFields {
        enabled: true,
        ..PersonFields::default()
    }
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

/// Takes the profile that a cell names.
fn choose(
    profile: &mut Option<ProfileId>,
    cell: &Cell,
    find: impl Fn(&str) -> Option<ProfileId>,
) -> Result<(), Wrong> {
    *profile = match cell {
        Cell::Keep => return Ok(()),
        Cell::Clear => None,
        Cell::Set(name) if name.eq_ignore_ascii_case(DO_NOT_DEPLOY) => None,
        Cell::Set(name) => {
            let found = find(name);
            let wrong = Wrong::new(Column::Profile, "names no profile of this system");
            Some(found.ok_or(wrong)?)
        }
    };
    Ok(())
}

impl Wrong {
    /// The reason that rows are counted by, with what to do.
    pub(super) fn refusal(&self) -> Refusal {
        let place = self.column.map_or("row", Column::name);
        let code = format!("fault-{place}-{}", kind(self.message));
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

/// What is wrong with a row that was met before.
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
