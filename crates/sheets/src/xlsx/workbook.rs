//! Where the parts of a workbook are: its first visible sheet, its texts and its styles.

use super::{
    Unreadable,
    xml::{Attributes, Xml},
};
use crate::zip::{Archive, Part};

/// The parts that rows are read of.
pub(super) struct Workbook {
    /// The sheet's name.
    pub(super) name: String,
    /// How many sheets are not read.
    pub(super) others: usize,
    pub(super) sheet: Part,
    pub(super) strings: Option<Part>,
    pub(super) styles: Option<Part>,
}

/// What one part says about another (ECMA-376, part 2, 6.5).
struct Relation {
    id: String,
    /// The last word of its type, which is the same in the strict and the transitional form.
    kind: String,
    target: String,
}

impl Workbook {
    /// Finds them.
    pub(super) fn find(archive: &Archive) -> Result<Self, Unreadable> {
        let root = relations(archive, "")?;
        let main = root
            .iter()
            .find(|relation| relation.kind == "officeDocument");
        let main = main.ok_or(Unreadable::NoWorkbook)?.target.clone();
        let part = archive.part(&main).ok_or(Unreadable::NoWorkbook)?;
        let sheets = Xml::open(archive, &part)?.all("sheet")?;
        let relations = relations(archive, &main)?;
        let visible: Vec<&Attributes> = sheets
            .iter()
            .filter(|sheet| matches!(sheet.get("state"), None | Some("visible")))
            .collect();
        let of = |kind: &str| {
            let found = relations.iter().find(|relation| relation.kind == kind);
            found.and_then(|relation| archive.part(&relation.target))
        };
        // Sheets of charts and macros are sheets too, without cells.
        let sheet = visible.iter().find_map(|sheet| {
            let id = sheet.get("id")?;
            let relation = relations.iter().find(|relation| relation.id == id)?;
            let is_cells = relation.kind == "worksheet";
            Some((sheet, archive.part(&relation.target).filter(|_| is_cells)?))
        });
        let (said, sheet) = sheet.ok_or(Unreadable::NoSheet)?;
        Ok(Self {
            name: said
                .get("name")
                .unwrap_or_default()
                .chars()
                .take(31)
                .collect(),
            others: visible.len() - 1,
            sheet,
            strings: of("sharedStrings"),
            styles: of("styles"),
        })
    }
}

/// The relations of a part; those of the whole archive for the part without a name.
fn relations(archive: &Archive, of: &str) -> Result<Vec<Relation>, Unreadable> {
    let (folder, name) = of.rsplit_once('/').unwrap_or(("", of));
    let prefix = if folder.is_empty() {
        String::new()
    } else {
        format!("{folder}/")
    };
    let part = archive
        .part(&format!("{prefix}_rels/{name}.rels"))
        .ok_or(Unreadable::NoWorkbook)?;
    let all = Xml::open(archive, &part)?.all("Relationship")?;
    let relations = all.into_iter().filter_map(|said| {
        let kind = said.get("Type")?.rsplit('/').next()?.to_owned();
        let target = said.get("Target")?;
        Some(Relation {
            id: said.get("Id")?.to_owned(),
            kind,
            target: resolved(&prefix, target),
        })
    });
    Ok(relations.collect())
}

/// The name in the archive that a target stands for, seen from a folder.
fn resolved(folder: &str, target: &str) -> String {
    let whole = match target.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => format!("{folder}{target}"),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            other => parts.push(other),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_seen_from_their_folder() {
        assert_eq!(
            resolved("xl/", "worksheets/sheet1.xml"),
            "xl/worksheets/sheet1.xml"
        );
        assert_eq!(resolved("xl/", "/xl/styles.xml"), "xl/styles.xml");
        assert_eq!(resolved("xl/", "../a/./b.xml"), "a/b.xml");
        assert_eq!(resolved("", "../../xl/workbook.xml"), "xl/workbook.xml");
    }
}
