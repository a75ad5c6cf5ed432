//! What is done with any bytes: they are read as a table, and what was read is held against what is promised.

use flate2::Crc;
use sheets::{Error, Kind, Pieces, Row, Sheet, guard, limits, unguard};

/// Reads bytes as a file of any form; how many rows it has, where it can be read to its end.
pub(crate) fn csv(bytes: &[u8]) -> Option<usize> {
    let rows = read(bytes).ok()?;
    for kind in [Kind::Csv, Kind::Xlsx] {
        written_rows_read_back(&rows, kind);
    }
    Some(rows.1.len())
}

/// Reads bytes as a workbook.
pub(crate) fn archive(bytes: &[u8]) -> Option<usize> {
    Some(read(bytes).ok()?.1.len())
}

/// Reads bytes as the sheet of a workbook that is well otherwise.
pub(crate) fn sheet(xml: &[u8]) -> Option<usize> {
    archive(&workbook(xml))
}

type Table = (Vec<String>, Vec<Row>);

fn read(bytes: &[u8]) -> Result<Table, Error> {
    let mut sheet = Sheet::open(bytes)?;
    let header = sheet.header().to_vec();
    assert!(header.len() <= limits::COLUMNS);
    let (mut rows, mut line) = (Vec::new(), 0);
    while let Some(row) = sheet.next_row()? {
        assert!(row.line > line, "rows come in order");
        assert_eq!(row.cells.len(), header.len());
        assert!(row.told <= header.len());
        let size: usize = row.cells.iter().map(String::len).sum();
        assert!(
            size <= limits::ROW_BYTES + bytes.len().min(64 << 10),
            "a row is bounded"
        );
        line = row.line;
        rows.push(row);
    }
    Ok((header, rows))
}

/// What was read is the same when it was written and is read again.
fn written_rows_read_back((header, rows): &Table, kind: Kind) {
    let as_written = |cell: &String| guard(cell).into_owned();
    // A delimiter in a heading may be taken for the one of the file.
    let is_clear = header
        .iter()
        .all(|heading| !heading.contains([',', ';', '\t', '|', '"']));
    if !is_clear || header.iter().all(String::is_empty) {
        return;
    }
    let mut pieces =
        Pieces::begin(kind, "Rows", header.iter().map(String::as_str)).expect("few columns");
    for row in rows {
        pieces
            .row(row.cells.iter().map(String::as_str))
            .expect("few rows");
    }
    let mut file = pieces.take();
    file.extend(pieces.finish().expect("few rows"));
    let mut sheet = Sheet::open(&file[..]).expect("it was written here");
    let width = sheet.header().len();
    for row in rows {
        let meant: Vec<_> = row.cells.iter().take(width).map(as_written).collect();
        if row.cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let again = sheet
            .next_row()
            .expect("it was written here")
            .expect("as many rows");
        // What stands at an edge of a cell is trimmed, also behind an apostrophe.
        let cells = again.cells.iter().zip(&meant);
        for (cell, meant) in cells {
            assert_eq!(unguard(cell).trim(), unguard(meant.trim()).trim());
        }
    }
    assert_eq!(sheet.next_row().expect("it was written here"), None);
}

/// A workbook around a sheet, its parts stored as they are.
fn workbook(sheet: &[u8]) -> Vec<u8> {
    let relation = |n: u8, kind: &str, target: &str| {
        format!("<Relationship Id=\"r{n}\" Type=\"x/{kind}\" Target=\"{target}\"/>")
    };
    let root = relation(1, "officeDocument", "xl/workbook.xml");
    let of_book = relation(1, "worksheet", "sheet1.xml")
        + &relation(2, "sharedStrings", "strings.xml")
        + &relation(3, "styles", "styles.xml");
    let parts: [(&str, &[u8]); 6] = [
        ("_rels/.rels", &format!("<x>{root}</x>").into_bytes()),
        (
            "xl/_rels/workbook.xml.rels",
            &format!("<x>{of_book}</x>").into_bytes(),
        ),
        (
            "xl/workbook.xml",
            b"<workbook><sheets><sheet name=\"S\" r:id=\"r1\"/></sheets></workbook>",
        ),
        ("xl/strings.xml", b"<sst><si><t>E-mail</t></si></sst>"),
        (
            "xl/styles.xml",
            b"<x><cellXfs><xf/><xf numFmtId=\"14\"/></cellXfs></x>",
        ),
        ("xl/sheet1.xml", sheet),
    ];
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, body) in parts {
        let at = u32::try_from(file.len()).expect("a small file");
        let described = described(name, body);
        file.extend(b"PK\x03\x04");
        file.extend(&described);
        file.extend(name.bytes());
        file.extend(body);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&described);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.bytes());
    }
    let sizes = [directory.len(), file.len()].map(|n| u32::try_from(n).expect("a small file"));
    file.extend(directory);
    file.extend(b"PK\x05\x06\0\0\0\0\x06\0\x06\0");
    file.extend(sizes.into_iter().flat_map(u32::to_le_bytes));
    file.extend([0, 0]);
    file
}

/// What stands about a part before it and in the directory.
fn described(name: &str, body: &[u8]) -> Vec<u8> {
    let mut sum = Crc::new();
    sum.update(body);
    let size = u32::try_from(body.len()).expect("a small part");
    let mut bytes = b"\x14\0\0\0\0\0\0\0\0\0".to_vec();
    bytes.extend(
        [sum.sum(), size, size]
            .into_iter()
            .flat_map(u32::to_le_bytes),
    );
    bytes.extend(
        u16::try_from(name.len())
            .expect("a short name")
            .to_le_bytes(),
    );
    bytes.extend([0, 0]);
    bytes
}
