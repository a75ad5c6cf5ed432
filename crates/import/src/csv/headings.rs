//! Which column of a file means what.

use users::columns::Column;

use crate::Error;

/// The meaning of each heading; none: not known, left out.
pub(super) fn read(header: &[String]) -> Result<Vec<Option<Column>>, Error> {
    let begins = header.first().map_or("", String::as_str);
    let lower = begins.to_lowercase();
    if lower.starts_with("<!doctype") || lower.starts_with("<html") || lower.starts_with("<?xml") {
        return Err(Error::NoTable("a web page"));
    }
    if begins.starts_with("PK\u{3}\u{4}") {
        return Err(Error::NoTable("a spreadsheet or an archive"));
    }
    let found: Vec<_> = header
        .iter()
        .map(|heading| Column::of_heading(heading))
        .collect();
    for column in found.iter().flatten() {
        if found.iter().filter(|one| **one == Some(*column)).count() > 1 {
            return Err(Error::ColumnTwice(column.title()));
        }
    }
    let has = |column| found.contains(&Some(column));
    if !has(Column::LastName) && !has(Column::Id) {
        let shown: Vec<_> = header
            .iter()
            .take(8)
            .map(|h| h.chars().take(30).collect::<String>())
            .collect();
        return Err(Error::NoColumns(shown.join(", ")));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(header: &[&str]) -> Result<Vec<Option<Column>>, Error> {
        read(&header.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn columns_stand_in_any_order_and_unknown_ones_are_left_out() {
        let found = of(&["e-mail", "Shoe size", "LAST NAME"]).unwrap();
        assert_eq!(found, [Some(Column::Email), None, Some(Column::LastName)]);
    }

    #[test]
    fn what_is_no_table_of_users_is_told_by_name() {
        assert!(matches!(of(&["<!DOCTYPE html>"]), Err(Error::NoTable(_))));
        assert!(matches!(
            of(&["PK\u{3}\u{4}\u{14}"]),
            Err(Error::NoTable(_))
        ));
        assert!(matches!(of(&["a", "b"]), Err(Error::NoColumns(_))));
        assert!(matches!(
            of(&["Surname", "Last name"]),
            Err(Error::ColumnTwice("Last name"))
        ));
    }
}
