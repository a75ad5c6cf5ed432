//! A workbook written row by row: texts only, in cells that a spreadsheet takes for texts too, so that numbers keep their zeros.

use std::{
    fmt::{self, Write as _},
    io,
};

use super::strings::escape_of;
use crate::{guard, zip::Writer};

/// Rows that a sheet can have.
const ROWS_MAX: u64 = 1 << 20;
/// How much is packed at a time, in bytes.
const PIECE: usize = 64 << 10;

const TYPES: &str = "[Content_Types].xml";
const SHEETS: [&str; 2] = ["xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"];
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/// The styles of cells, by their place in `cellXfs`: text (the built-in format 49), and a bold text for headings.
const TEXT: u8 = 1;
const HEADING: u8 = 2;
const STYLES: &str = "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font><font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>\
<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill></fills>\
<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>\
<cellXfs count=\"3\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>\
<xf numFmtId=\"49\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>\
<xf numFmtId=\"49\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\" applyFont=\"1\"/></cellXfs>\
<cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles>";

/// A workbook that is being written.
pub struct Book {
    zip: Writer,
    /// What is not packed yet.
    xml: String,
    rows: u64,
    /// A second sheet that explains the first: its name and rows.
    notes: Option<(&'static str, Vec<Vec<String>>)>,
}

impl Book {
    /// Begins a workbook with the header of its first sheet. `notes` are the rows of a second one that explains it; their first is
    /// a header too.
    pub fn begin<'a>(
        name: &'static str,
        header: impl IntoIterator<Item = &'a str>,
        notes: Option<(&'static str, Vec<Vec<String>>)>,
    ) -> io::Result<Self> {
        let mut book = Self {
            zip: Writer::default(),
            xml: String::new(),
            rows: 0,
            notes,
        };
        book.describe(name)?;
        let header: Vec<&str> = header.into_iter().collect();
        book.begin_sheet(SHEETS[0], &vec![20; header.len()]);
        book.write_row(header, HEADING)?;
        Ok(book)
    }

    /// Adds a row; cells that a spreadsheet would run are guarded, as in CSV files.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> io::Result<()> {
        let guarded: Vec<_> = cells.into_iter().map(guard).collect();
        self.write_row(guarded.iter().map(AsRef::as_ref), TEXT)
    }

    /// What can be sent on.
    pub fn take(&mut self) -> Vec<u8> {
        self.zip.take()
    }

    /// The rest of the workbook.
    pub fn finish(mut self) -> io::Result<Vec<u8>> {
        self.end_sheet()?;
        if let Some((_, rows)) = self.notes.take() {
            self.begin_sheet(SHEETS[1], &[24, 24, 90]);
            for (n, row) in rows.iter().enumerate() {
                let style = if n == 0 { HEADING } else { TEXT };
                self.write_row(row.iter().map(String::as_str), style)?;
            }
            self.end_sheet()?;
        }
        self.zip.finish();
        Ok(self.zip.take())
    }

    /// The parts that say what the others are.
    fn describe(&mut self, name: &'static str) -> io::Result<()> {
        let names: Vec<&str> = [Some(name), self.notes.as_ref().map(|notes| notes.0)]
            .into_iter()
            .flatten()
            .collect();
        let (mut types, mut sheets, mut relations) = (String::new(), String::new(), String::new());
        for ((n, name), part) in (1..).zip(&names).zip(SHEETS) {
            let file = part.trim_start_matches("xl/");
            push(
                &mut types,
                format_args!(
                    "<Override PartName=\"/{part}\" ContentType=\"{KIND}.worksheet+xml\"/>"
                ),
            );
            push(
                &mut sheets,
                format_args!("<sheet name=\"{name}\" sheetId=\"{n}\" r:id=\"rId{n}\"/>"),
            );
            relations.push_str(&relation(n, "worksheet", file));
        }
        let styles = relation(9, "styles", "styles.xml");
        let workbook = relation(1, "officeDocument", "xl/workbook.xml");
        let parts = [
            (
                TYPES,
                format!(
                    "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
                     <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
                     <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
                     <Override PartName=\"/xl/workbook.xml\" ContentType=\"{KIND}.sheet.main+xml\"/>\
                     <Override PartName=\"/xl/styles.xml\" ContentType=\"{KIND}.styles+xml\"/>{types}</Types>"
                ),
            ),
            (
                "_rels/.rels",
                format!("<Relationships xmlns=\"{RELATIONS}\">{workbook}</Relationships>"),
            ),
            (
                "xl/workbook.xml",
                format!(
                    "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets>{sheets}</sheets></workbook>"
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!("<Relationships xmlns=\"{RELATIONS}\">{relations}{styles}</Relationships>"),
            ),
            (
                "xl/styles.xml",
                format!("<styleSheet xmlns=\"{MAIN}\">{STYLES}</styleSheet>"),
            ),
        ];
        for (name, xml) in parts {
            self.zip.begin(name);
            self.zip.add(HEAD.as_bytes())?;
            self.zip.add(xml.as_bytes())?;
        }
        Ok(())
    }

    /// Begins a sheet whose columns are so many signs wide and hold texts, and whose first row stays in sight.
    fn begin_sheet(&mut self, part: &'static str, widths: &[u8]) {
        self.zip.begin(part);
        self.rows = 0;
        let mut xml = format!(
            "{HEAD}<worksheet xmlns=\"{MAIN}\"><sheetViews><sheetView workbookViewId=\"0\">\
             <pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews><cols>"
        );
        for (n, width) in (1..).zip(widths) {
            push(
                &mut xml,
                format_args!(
                    "<col min=\"{n}\" max=\"{n}\" width=\"{width}\" style=\"{TEXT}\" customWidth=\"1\"/>"
                ),
            );
        }
        xml.push_str("</cols><sheetData>");
        self.xml = xml;
    }

    fn end_sheet(&mut self) -> io::Result<()> {
        self.xml.push_str("</sheetData></worksheet>");
        self.zip.add(self.xml.as_bytes())?;
        self.xml.clear();
        Ok(())
    }

    fn write_row<'a>(
        &mut self,
        cells: impl IntoIterator<Item = &'a str>,
        style: u8,
    ) -> io::Result<()> {
        self.rows += 1;
        if self.rows > ROWS_MAX {
            return Err(io::Error::other("a sheet has no more than 1,048,576 rows"));
        }
        self.xml.push_str("<row>");
        for cell in cells {
            if cell.is_empty() {
                self.xml.push_str("<c/>");
                continue;
            }
            push(
                &mut self.xml,
                format_args!("<c s=\"{style}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">"),
            );
            escape(&mut self.xml, cell);
            self.xml.push_str("</t></is></c>");
        }
        self.xml.push_str("</row>");
        if self.xml.len() > PIECE {
            self.zip.add(self.xml.as_bytes())?;
            self.xml.clear();
        }
        Ok(())
    }
}

fn push(xml: &mut String, text: fmt::Arguments<'_>) {
    xml.write_fmt(text).expect("writing to memory cannot fail");
}

fn relation(n: usize, kind: &str, target: &str) -> String {
    format!("<Relationship Id=\"rId{n}\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/>")
}

/// Text as XML; signs that it cannot hold, and what would read like one of them, as `ST_Xstring` (ECMA-376, part 1, 22.9.2.19).
fn escape(xml: &mut String, text: &str) {
    for (at, sign) in text.char_indices() {
        match sign {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '_' if escape_of(&text[at..]).is_some() => xml.push_str("_x005F_"),
            '\t' | '\n' => xml.push(sign),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                push(xml, format_args!("_x{:04X}_", u32::from(sign)));
            }
            other => xml.push(other),
        }
    }
}
