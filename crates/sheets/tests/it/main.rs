//! Tables as strangers write them: whatever the bytes are, reading ends, stays within limits, and what was read can be written and
//! read again. The same functions are the targets of `fuzz/`.
#![expect(clippy::unwrap_used, reason = "a fact that cannot go on has failed")]

mod entry;

use proptest::prelude::*;
use sheets::Book;

/// A sheet as spreadsheets write it, to be changed here and there.
const SHEET: &str = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>Last name</t></is></c><c r=\"B1\" t=\"s\"><v>0</v></c></row>\
<row r=\"2\"><c r=\"A2\" t=\"str\"><f>A1</f><v>By&amp;ron</v></c><c r=\"B2\" s=\"1\"><v>46143</v></c></row></sheetData></worksheet>";

/// Bytes that matter to one format or the other, or any.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let odd: Vec<&[u8]> = vec![
        b"\"",
        b",",
        b";",
        b"\r\n",
        b"\r",
        b"\0",
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xef\xbb\xbf",
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"\xc3",
        b"'",
        b"<blank>",
        b"a,b\n",
        b"1;2;3\n",
        b"=1+1",
        b"\xf0\x9f\x98\x80",
        b"\t",
    ];
    let piece = prop_oneof![
        prop::sample::select(odd).prop_map(<[u8]>::to_vec),
        prop::collection::vec(any::<u8>(), 0..12),
        "[a-z ,;\"]{0,12}".prop_map(String::into_bytes),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// A file with bytes of it replaced, doubled or taken out.
fn mutated(file: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let changes =
        prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..24);
    changes.prop_map(move |changes| {
        let mut file = file.clone();
        for (at, byte, how) in changes {
            if file.is_empty() {
                break;
            }
            let at = at.index(file.len());
            match how {
                0 => drop(file.remove(at)),
                1 => file.insert(at, byte),
                2 => file.truncate(at),
                _ => file[at] = byte,
            }
        }
        file
    })
}

fn workbook() -> Vec<u8> {
    let mut book = Book::begin("People", ["Last name", "E-mail"], None).unwrap();
    for n in 0..20 {
        let name = format!("Byron & {n}");
        book.row([name.as_str(), "=b@example.org"]).unwrap();
    }
    book.finish().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_as_a_table_to_an_end(bytes in bytes()) {
        entry::csv(&bytes);
    }

    #[test]
    fn a_workbook_with_changed_bytes_is_read_to_an_end(bytes in mutated(workbook())) {
        entry::archive(&bytes);
    }

    #[test]
    fn a_sheet_with_changed_bytes_is_read_to_an_end(bytes in mutated(SHEET.as_bytes().to_vec())) {
        entry::sheet(&bytes);
    }
}

#[test]
fn the_sheet_that_is_changed_can_be_read_as_it_is() {
    assert_eq!(entry::sheet(SHEET.as_bytes()), Some(1));
    assert_eq!(entry::archive(&workbook()), Some(20));
    assert_eq!(entry::csv(b"a,b\n1,2\n\n3,4"), Some(2));
}
