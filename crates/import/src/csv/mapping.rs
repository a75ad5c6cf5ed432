//! Which of our columns the headings of a file mean where their names do not say it: as a person said, kept for the next file with the
//! same header.

use ::store::{Store, Tx, mappings};
use model::Actor;
use sha2::{Digest, Sha256};
use users::columns::Column;

use super::headings::one_line;
use crate::Error;

/// What stands for *no column* in a mapping.
pub const IGNORE: &str = "ignore";
/// How alike a heading and a column's word have to be to be suggested (Jaro-Winkler).
const ALIKE: f64 = 0.85;

/// What headings mean, in the order that it was said in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping(Vec<(String, Option<Column>)>);

impl Mapping {
    /// Reads lines such as `Nachname=last_name` or `Shoe size=ignore`. Columns are told by name or by title.
    ///
    /// # Errors
    /// What is wrong with the first line that is not understood.
    pub fn parse<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let pairs = lines.into_iter().map(|line| {
            let (heading, column) = line
                .rsplit_once('=')
                .ok_or_else(|| format!("“{line}” has no = between heading and column"))?;
            let column = match column.trim() {
                IGNORE => None,
                named => {
                    let found = Column::of_heading(named);
                    Some(found.ok_or_else(|| format!("there is no column {named} to map to"))?)
                }
            };
            Ok((one_line(heading), column))
        });
        Ok(Self(pairs.collect::<Result<_, String>>()?))
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a heading means: as it was said, or by its name.
    pub(super) fn meaning(&self, heading: &str) -> Option<Column> {
        let said = self.0.iter().find(|(known, _)| known == heading);
        said.map_or_else(|| Column::of_heading(heading), |(_, column)| *column)
    }

    /// A heading that the file does not have.
    pub(super) fn missing<'a>(&'a self, header: &[String]) -> Option<&'a str> {
        let mut headings = self.0.iter().map(|(heading, _)| heading);
        headings
            .find(|heading| !header.contains(heading))
            .map(String::as_str)
    }

    fn to_text(&self) -> String {
        let named = |column: Option<Column>| column.map_or(IGNORE, Column::name);
        let pairs: Vec<_> = self
            .0
            .iter()
            .map(|(heading, column)| (heading, named(*column)))
            .collect();
        serde_json::to_string(&pairs).expect("texts always serialise")
    }

    fn of_text(text: &str) -> Self {
        let pairs: Vec<(String, String)> = serde_json::from_str(text).unwrap_or_default();
        let columns = pairs
            .into_iter()
            .map(|(heading, name)| (heading, Column::parse(&name)));
        Self(columns.collect())
    }
}

/// What was said about the same header before, with who said it.
pub(super) async fn remembered(
    store: &Store,
    header: &[String],
) -> Result<Option<(Mapping, String)>, Error> {
    let found = mappings::find(store, hash(header)).await?;
    Ok(found.map(|found| (Mapping::of_text(&found.columns), found.actor)))
}

/// Keeps what was said about a header.
pub(super) async fn remember(
    tx: &Tx,
    header: &[String],
    mapping: &Mapping,
    actor: &Actor,
) -> Result<(), Error> {
    Ok(mappings::keep(tx, hash(header), &mapping.to_text(), actor).await?)
}

fn hash(header: &[String]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for heading in header {
        hash.update((heading.len() as u64).to_le_bytes());
        hash.update(heading.as_bytes());
    }
    let digest = hash.finalize();
    digest[..16].try_into().expect("a SHA-256 has 32 bytes")
}

/// One heading of a file, with the column that it probably means: by its name, or by a name like it that no other heading has.
pub fn suggestions(header: &[String]) -> Vec<(String, Option<Column>)> {
    let mut taken: Vec<Column> = header
        .iter()
        .filter_map(|heading| Column::of_heading(heading))
        .collect();
    let mut suggested = Vec::new();
    for heading in header {
        let column = Column::of_heading(heading).or_else(|| {
            let likely = likely(heading).filter(|column| !taken.contains(column));
            taken.extend(likely);
            likely
        });
        suggested.push((heading.clone(), column));
    }
    suggested
}

/// The column whose words are most like a heading.
fn likely(heading: &str) -> Option<Column> {
    let told = bare(heading);
    let all = Column::ALL.into_iter().flat_map(|column| {
        let words = column.words().chain(column.foreign_words());
        words.map(move |word| (column, word))
    });
    let scored = all.map(|(column, word)| (column, strsim::jaro_winkler(&bare(word), &told)));
    let best = scored.max_by(|(_, one), (_, other)| one.total_cmp(other));
    best.filter(|(_, score)| *score >= ALIKE)
        .map(|(column, _)| column)
}

/// A heading without what files write differently.
fn bare(heading: &str) -> String {
    model::text::fold(heading)
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggested(header: &[&str]) -> Vec<Option<Column>> {
        let header: Vec<_> = header.iter().map(|h| (*h).to_owned()).collect();
        suggestions(&header)
            .into_iter()
            .map(|(_, column)| column)
            .collect()
    }

    #[test]
    fn words_like_those_of_a_column_and_of_other_languages_suggest_it_once() {
        assert_eq!(
            suggested(&[
                "Nachname",
                "Vorname",
                "Durchwahl",
                "E-Mail-Adresse",
                "Shoe size"
            ]),
            [
                Some(Column::LastName),
                Some(Column::FirstName),
                Some(Column::DirectoryNumber),
                Some(Column::Email),
                None
            ]
        );
        assert_eq!(
            suggested(&["Lastname2", "Last name"]),
            [None, Some(Column::LastName)]
        );
        assert_eq!(suggested(&["Last nane"]), [Some(Column::LastName)]);
        assert_eq!(suggested(&["", "a"]), [None, None]);
    }

    #[test]
    fn lines_name_a_heading_and_a_column() {
        let mapping = Mapping::parse(["a=b=last_name", "Mail = E-mail", "x=ignore"]).unwrap();
        assert_eq!(mapping.meaning("a=b"), Some(Column::LastName));
        assert_eq!(mapping.meaning("Mail"), Some(Column::Email));
        assert_eq!(mapping.meaning("x"), None);
        assert_eq!(mapping.meaning("Surname"), Some(Column::LastName));
        assert_eq!(Mapping::of_text(&mapping.to_text()), mapping);
        assert!(Mapping::parse(["Nachname"]).is_err());
        assert!(
            Mapping::parse(["Nachname=surname of"])
                .unwrap_err()
                .contains("no column")
        );
    }
}
