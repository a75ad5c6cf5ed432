//! What a search and a filter ask of a row, as conditions: each as it is tested on a row that is at hand, and as
//! what finds the rows by an index, where there is one.

use model::{
    EntryFilter, JobId, SortColumn, Timestamp, UserFilter,
    entry::marks,
    filter::{Configuration, Drift, Followed, HasProfile, Reached, Registration, Step, Touch},
    text::sort_key,
};
use sea_orm::Value;

use crate::{
    ListQuery,
    dialect::Dialect,
    listing::{Filter, Where},
    sql::Runs,
};

/// A piece of SQL with its values; each `{}` stands for one of them, `{+}` keeps SQLite from using an index.
#[derive(Default)]
struct Piece {
    text: String,
    values: Vec<Value>,
}

impl Piece {
    fn of(text: impl Into<String>, value: impl Into<Value>) -> Self {
        Self {
            text: text.into(),
            values: vec![value.into()],
        }
    }

    fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            values: vec![],
        }
    }

    /// The text with its values bound.
    fn bound(&self, sign: &str, to: &mut Where) -> String {
        let text = self.text.replace("{+}", sign);
        let mut parts = text.split("{}");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.zip(&self.values).fold(first, |text, (part, value)| {
            text + &to.bind(value.clone()) + part
        })
    }
}

/// One condition.
pub(crate) struct Condition {
    /// Tests a row.
    test: Piece,
    /// Finds the ids of the rows that pass, where something does it fast.
    found: Option<Piece>,
    /// The index that a list in one of these orders walks to meet these rows alone.
    walk: Option<(&'static str, &'static [SortColumn])>,
}

impl Condition {
    fn new(test: Piece, found: Piece) -> Self {
        Self {
            test,
            found: Some(found),
            walk: None,
        }
    }

    /// That a column has a value.
    fn equals(table: &str, column: &str, value: impl Into<Value> + Clone) -> Self {
        Self::new(
            Piece::of(format!("{{+}}{column} = {{}}"), value.clone()),
            Piece::of(
                format!("SELECT id FROM {table} WHERE {column} = {{}}"),
                value,
            ),
        )
    }

    /// A bit of an entry's marks. Its number stands in the text: that is how the index of it is known.
    fn bit(bit: i64) -> Self {
        Self::new(
            Piece::plain(format!("({{+}}marks & {bit}) <> 0")),
            Piece::plain(format!("SELECT id FROM entry WHERE (marks & {bit}) <> 0")),
        )
    }

    /// Tests a row that was met by something else.
    pub(crate) fn check(&self, dialect: Dialect, to: &mut Where) {
        let text = self.test.bound(dialect.without_index(), to);
        to.and(text);
    }

    /// Tests a row of the index that is walked for it.
    pub(crate) fn walked(&self, to: &mut Where) {
        let text = self.test.bound("", to);
        to.and(text);
    }

    /// Whether something finds its rows.
    pub(crate) const fn is_found(&self) -> bool {
        self.found.is_some()
    }

    /// What finds the ids of its rows.
    pub(crate) fn finding(&self, to: &mut Where) -> Option<String> {
        self.found.as_ref().map(|found| found.bound("", to))
    }

    /// That a row is among those that are found.
    pub(crate) fn among(&self, to: &mut Where) {
        if let Some(text) = self.finding(to) {
            to.and(format!("id IN ({text})"));
        }
    }

    /// The index that a list in this order walks to meet these rows alone.
    pub(crate) fn walk(&self, column: SortColumn) -> Option<&'static str> {
        let (index, columns) = self.walk?;
        columns.contains(&column).then_some(index)
    }
}

/// All conditions of a query; `index` finds rows by SQLite's search index.
pub(crate) fn conditions(on: &impl Runs, query: &ListQuery, index: &'static str) -> Vec<Condition> {
    let dialect = on.dialect();
    let mut all = match &query.filter {
        Filter::None => vec![],
        Filter::Entries(filter) => of_entries(filter),
        Filter::Users(filter) => of_users(dialect, filter, on.now()),
    };
    let long = |word: &&String| word.chars().count() >= PIECE;
    let (long, short): (Vec<_>, Vec<_>) = query.words.iter().partition(long);
    if !long.is_empty() {
        all.push(Condition {
            test: search(&long),
            found: dialect.phrase(&long).map(|phrase| Piece::of(index, phrase)),
            walk: None,
        });
    }
    if !short.is_empty() {
        all.push(Condition {
            test: search(&short),
            found: None,
            walk: None,
        });
    }
    all
}

/// The search index is made of pieces of so many letters; a shorter word is in none of them.
const PIECE: usize = 3;

/// Every word stands in a shown column.
fn search(words: &[&String]) -> Piece {
    let test = |_: &&String| "search LIKE {} ESCAPE '\\'";
    Piece {
        text: words.iter().map(test).collect::<Vec<_>>().join(" AND "),
        values: words
            .iter()
            .map(|word| format!("%{}%", escape(word)).into())
            .collect(),
    }
}

fn of_entries(filter: &EntryFilter) -> Vec<Condition> {
    let mut all = Vec::new();
    if let Some(state) = filter.state {
        all.push(Condition {
            walk: Some(("entry_by_state", &[SortColumn::Name, SortColumn::State])),
            ..Condition::equals("entry", "state", state.name())
        });
    }
    if let Some(pbx) = &filter.pbx {
        all.push(Condition {
            walk: Some(("entry_by_pbx", &[SortColumn::Number, SortColumn::Pbx])),
            ..Condition::equals("entry", "pbx_key", sort_key(pbx))
        });
    }
    let bits = [
        filter.note.map(marks::of_remark),
        filter.lacks.map(marks::of_lack),
    ];
    all.extend(bits.into_iter().flatten().map(Condition::bit));
    if let Some(profile) = &filter.profile {
        let key = sort_key(profile);
        all.push(Condition::new(
            Piece::of("{+}proposal = {}", key.clone()),
            Piece::of(
                "SELECT id FROM entry WHERE proposal <> '' AND proposal = {}",
                key,
            ),
        ));
    }
    all.extend(filter.scan.map(touched));
    all.extend(filter.connection.map(|id| {
        Condition::new(
            Piece::of(
                "EXISTS (SELECT 1 FROM record WHERE record.entry_id = entry.id AND record.connection_id = {} \
                 AND NOT record.gone)",
                id.0,
            ),
            Piece::of(
                "SELECT entry_id FROM record WHERE connection_id = {} AND NOT gone AND entry_id IS NOT NULL",
                id.0,
            ),
        )
    }));
    all
}

/// What the last round of scans did.
fn touched(touch: Touch) -> Condition {
    let round = "(SELECT value FROM fact WHERE name = 'round')";
    Condition::new(
        Piece::of(
            format!("{{+}}round = {round} AND {{+}}touch = {{}}"),
            touch.name(),
        ),
        Piece::of(
            format!("SELECT id FROM entry WHERE round = {round} AND touch = {{}}"),
            touch.name(),
        ),
    )
}

fn of_users(dialect: Dialect, filter: &UserFilter, now: Timestamp) -> Vec<Condition> {
    let mut all = Vec::new();
    if let Some(state) = filter.state {
        all.push(Condition {
            walk: Some(("users_by_state", &[SortColumn::Name])),
            ..Condition::equals("users", "state", state.name())
        });
    }
    all.extend(filter.profile.map(|profile| match profile {
        HasProfile::Is(id) => Condition::equals("users", "profile_id", id.0),
        HasProfile::None => Condition::new(
            Piece::plain("{+}profile_id IS NULL"),
            Piece::plain("SELECT id FROM users WHERE profile_id IS NULL"),
        ),
    }));
    all.extend(filter.source.map(|drift| {
        let drifted = match drift {
            Drift::Changed => format!("(source.marks & {}) <> 0", marks::DRIFTED),
            Drift::Gone => "source.state = 'gone'".to_owned(),
        };
        Condition::new(
            Piece::plain(format!(
                "EXISTS (SELECT 1 FROM entry AS source WHERE source.id = users.entry_id AND {drifted})"
            )),
            Piece::plain(format!(
                "SELECT person.id FROM entry AS source JOIN users AS person ON person.entry_id = source.id WHERE {drifted}"
            )),
        )
    }));
    all.extend(filter.reached.map(|reached| match reached {
        Reached::Deployed => found_by("", "deployed_at IS NOT NULL"),
        Reached::Downloaded => found_by("", "downloaded_at IS NOT NULL"),
    }));
    all.extend(filter.registered.map(|registered| match registered {
        Registration::Once => found_by("", "registered_at IS NOT NULL"),
        // Not by the index of all who downloaded.
        Registration::Never => found_by(
            &dialect.by_index("users_never_registered"),
            "downloaded_at IS NOT NULL AND registered_at IS NULL AND state <> 'suspended'",
        ),
    }));
    all.extend(filter.silent_days.map(|days| {
        let before = now.plus_days(-i64::from(days)).0;
        let test = "registered_at IS NOT NULL AND {+}registered_last_at < {}";
        Condition::new(
            Piece::of(test, before),
            Piece::of(format!("SELECT id FROM users WHERE {test}"), before),
        )
    }));
    all.extend(filter.link.map(|followed| {
        let link = match followed {
            Followed::Unseen => "seen_at IS NULL AND opened_at IS NULL",
            Followed::Unopened => "seen_at IS NOT NULL AND opened_at IS NULL",
            Followed::Opened => "opened_at IS NOT NULL",
        };
        Condition::new(
            Piece::plain(format!(
                "downloaded_at IS NULL AND EXISTS (SELECT 1 FROM deployment WHERE deployment.user_id = users.id AND deployment.state = 'sent' AND {link})"
            )),
            Piece::plain(format!(
                "SELECT DISTINCT deployment.user_id FROM deployment CROSS JOIN users AS person \
                 WHERE person.id = deployment.user_id AND deployment.state = 'sent' AND {link} AND person.downloaded_at IS NULL"
            )),
        )
    }));
    all.extend(filter.configuration.map(|Configuration::OutOfDate| {
        let late = crate::devices::LATE;
        Condition::new(
            Piece::plain(format!("id IN (SELECT user_id FROM device WHERE {late})")),
            Piece::plain(format!("SELECT DISTINCT user_id FROM device WHERE {late}")),
        )
    }));
    all.extend(filter.connection.map(|id| {
        Condition::new(
            Piece::of(
                "EXISTS (SELECT 1 FROM record WHERE record.entry_id = users.entry_id AND record.connection_id = {} \
                 AND NOT record.gone)",
                id.0,
            ),
            Piece::of(
                "SELECT person.id FROM record CROSS JOIN users AS person ON person.entry_id = record.entry_id \
                 WHERE record.connection_id = {} AND NOT record.gone",
                id.0,
            ),
        )
    }));
    all.extend(filter.age_days.map(|days| {
        let until = now.plus_days(-i64::from(days)).0;
        Condition::new(
            Piece::of("{+}imported_at <= {}", until),
            Piece::of("SELECT id FROM users WHERE imported_at <= {}", until),
        )
    }));
    all.extend(filter.job.map(|job| of_job(job, filter.step)));
    all
}

/// That a job made a deployment for somebody, and that this one stands there.
fn of_job(job: JobId, step: Option<Step>) -> Condition {
    let rings = "EXISTS (SELECT 1 FROM device WHERE device.deployment_id = deployment.id AND device.registered_at IS NOT NULL)";
    let sent = |link: &str| format!(" AND state = 'sent' AND {link} AND NOT {rings}");
    let step = match step {
        None => String::new(),
        Some(Step::Queued) => " AND state = 'queued'".to_owned(),
        Some(Step::Refused) => " AND state = 'bounced'".to_owned(),
        Some(Step::Unseen) => sent("seen_at IS NULL AND opened_at IS NULL"),
        Some(Step::Unopened) => sent("seen_at IS NOT NULL AND opened_at IS NULL"),
        Some(Step::Opened) => sent("opened_at IS NOT NULL"),
        Some(Step::Unregistered) => format!(" AND state = 'downloaded' AND NOT {rings}"),
        Some(Step::Registered) => format!(" AND {rings}"),
    };
    let of_its = format!("FROM deployment WHERE job_id = {{}}{step}");
    Condition::new(
        Piece::of(
            format!("EXISTS (SELECT 1 {of_its} AND user_id = users.id)"),
            job.0,
        ),
        Piece::of(format!("SELECT DISTINCT user_id {of_its}"), job.0),
    )
}

/// What an index of these rows alone finds.
fn found_by(index: &str, test: &str) -> Condition {
    Condition::new(
        Piece::plain(test),
        Piece::plain(format!("SELECT id FROM users {index} WHERE {test}")),
    )
}

pub(crate) fn escape(word: &str) -> String {
    word.replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_a_search_are_only_characters() {
        assert_eq!(escape("a%_\\"), "a\\%\\_\\\\");
    }
}
