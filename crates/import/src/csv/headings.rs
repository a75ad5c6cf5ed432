//! Which column of a file means what.

use users::columns::Column;

use super::Mapping;
use crate::Error;

/// The meaning of each heading: as it was said, or by its name; none: left out.
pub(super) fn read(header: &[String], mapping: &Mapping) -> Result<Vec<Option<Column>>, Error> {
    let begins = header.first().map_or("", String::as_str);
    let lower = begins.to_lowercase();
    if lower.starts_with("<!doctype") || lower.starts_with("<html") {
        return Err(Error::NoTable("a web page"));
    }
    if lower.starts_with("<?xml") {
        return Err(Error::NoTable("XML"));
    }
    if let Some(missing) = mapping.missing(header) {
        return Err(Error::NoHeading(missing.to_owned()));
    }
    let found: Vec<_> = header
        .iter()
        .map(|heading| mapping.meaning(heading))
        .collect();
    for column in found.iter().flatten() {
        if found.iter().filter(|one| **one == Some(*column)).count() > 1 {
            return Err(Error::ColumnTwice(column.title()));
        }
    }
    Ok(found)
}

/// A heading in one line, with single spaces: forms and command lines do not keep others.
pub(super) fn one_line(heading: &str) -> String {
    heading.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Refuses columns of which none tells who is meant. What the file has in their place is not told: where there is no header, it is a
/// person's data.
pub(super) fn check(columns: &[Option<Column>]) -> Result<(), Error> {
    let has = |column| columns.contains(&Some(column));
    if has(Column::LastName) || has(Column::Id) {
        return Ok(());
    }
    Err(Error::NoColumns(columns.len()))
}

/// Whether somebody has to say what some headings mean.
pub(super) fn is_open(header: &[String], columns: &[Option<Column>]) -> bool {
    let unknown = header.iter().zip(columns);
    let mut unknown = unknown.filter(|(heading, column)| column.is_none() && !heading.is_empty());
    check(columns).is_err() || unknown.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(header: &[&str]) -> Result<Vec<Option<Column>>, Error> {
        let header: Vec<_> = header.iter().map(|h| (*h).to_owned()).collect();
        let columns = read(&header, &Mapping::default())?;
        check(&columns)?;
        Ok(columns)
    }

    #[test]
    fn columns_stand_in_any_order_and_unknown_ones_are_left_out() {
        let found = of(&["e-mail", "Shoe size", "LAST NAME"]).unwrap();
        assert_eq!(found, [Some(Column::Email), None, Some(Column::LastName)]);
    }

    #[test]
    fn what_is_no_table_of_users_is_told_by_name() {
        assert!(matches!(of(&["<!DOCTYPE html>"]), Err(Error::NoTable(_))));
        assert!(matches!(of(&["a", "b"]), Err(Error::NoColumns(2))));
        assert!(matches!(
            of(&["Surname", "Last name"]),
            Err(Error::ColumnTwice("Last name"))
        ));
    }

    #[test]
    fn what_was_said_goes_before_names_and_a_heading_that_is_not_there_is_told() {
        let header = ["Last name", "Mail 2"].map(str::to_owned);
        let said = Mapping::parse(["Last name=ignore", "Mail 2=email"]).unwrap();
        assert_eq!(read(&header, &said).unwrap(), [None, Some(Column::Email)]);
        let other = Mapping::parse(["Nachname=last_name"]).unwrap();
        let refused = read(&header, &other).unwrap_err();
        assert!(refused.to_string().contains("Nachname"), "{refused}");
        let both = Mapping::parse(["Mail 2=last_name"]).unwrap();
        assert!(matches!(read(&header, &both), Err(Error::ColumnTwice(_))));
    }
}
