//! XML of elements and texts: written to memory, and read as strictly as the strictest client.

use std::collections::BTreeMap;

use quick_xml::{
    Reader, Writer,
    escape::resolve_predefined_entity,
    events::{BytesDecl, BytesEnd, BytesRef, BytesStart, BytesText, Event},
};
use zeroize::Zeroizing;

use crate::Document;

/// A document in the making.
pub(crate) struct Xml(Writer<Vec<u8>>);

impl Xml {
    /// Begins with the declaration.
    pub(crate) fn new() -> Self {
        // Enough for every document, so that no half of a secret is left behind by growing.
        let memory = Vec::with_capacity(8 * 1024);
        let mut xml = Self(Writer::new_with_indent(memory, b' ', 2));
        xml.write(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        xml
    }

    /// Opens an element.
    pub(crate) fn open(&mut self, element: BytesStart<'_>) {
        self.write(Event::Start(element));
    }

    /// Closes the element of that name.
    pub(crate) fn close(&mut self, name: &str) {
        self.write(Event::End(BytesEnd::new(name)));
    }

    /// An element with a text in it.
    pub(crate) fn text(&mut self, element: BytesStart<'_>, text: &str) {
        let name = element.name().as_ref().to_owned();
        self.open(element);
        self.write(Event::Text(BytesText::new(text)));
        self.close(&name);
    }

    /// An element without attributes and with a text in it.
    pub(crate) fn leaf(&mut self, name: &str, text: &str) {
        self.text(BytesStart::new(name), text);
    }

    fn write(&mut self, event: Event<'_>) {
        let written = self.0.write_event(event);
        written.expect("writing to memory cannot fail");
    }

    /// The document.
    pub(crate) fn finish(self) -> Document {
        let mut body = self.0.into_inner();
        body.push(b'\n');
        Document {
            content_type: "application/xml",
            body: Zeroizing::new(body),
        }
    }
}

/// The texts of a document whose only elements with texts stand right below the elements of `path`.
pub(crate) fn leaves(
    body: &[u8],
    path: &[&str],
) -> Result<BTreeMap<String, Zeroizing<String>>, String> {
    let text = std::str::from_utf8(body).map_err(|_| "it is not UTF-8")?;
    let mut reader = Reader::from_str(text);
    let mut found = BTreeMap::new();
    let mut open: Vec<String> = Vec::new();
    let mut value = Zeroizing::new(String::new());
    let mut done = false;
    loop {
        let event = reader
            .read_event()
            .map_err(|e| format!("it is not well-formed XML: {e}"))?;
        match event {
            Event::Start(element) => {
                let name = element.name().as_ref().to_owned();
                let fine = path.get(open.len()).is_none_or(|wanted| *wanted == name);
                if done || !fine || open.len() > path.len() {
                    return Err(format!("<{name}> stands in the wrong place"));
                }
                open.push(name);
            }
            Event::Text(text) => part(&text.xml10_content(), &mut value, open.len() > path.len())?,
            Event::GeneralRef(name) => {
                part(&resolve(&name)?, &mut value, open.len() > path.len())?;
            }
            Event::End(_) => {
                let name = open.pop().unwrap_or_default();
                if open.len() == path.len() {
                    found.insert(name, std::mem::take(&mut value));
                }
                done = open.is_empty();
            }
            Event::Decl(_) => {}
            Event::Eof => break,
            Event::Empty(_) => return Err("it holds an element without content".to_owned()),
            _ => return Err("it holds a comment, CDATA or an instruction".to_owned()),
        }
    }
    done.then_some(found)
        .ok_or_else(|| "it has no end".to_owned())
}

fn part(text: &str, value: &mut String, in_leaf: bool) -> Result<(), String> {
    if in_leaf {
        if text.chars().any(char::is_control) {
            return Err("a text holds a control character".to_owned());
        }
        value.push_str(text);
    } else if !text.trim().is_empty() {
        return Err("it holds a text in the wrong place".to_owned());
    }
    Ok(())
}

/// What a reference stands for: a character, or one of the five that XML itself knows.
pub(crate) fn resolve(name: &BytesRef<'_>) -> Result<String, String> {
    let unknown = || "it holds an unknown entity".to_owned();
    match name.resolve_char_ref().map_err(|_| unknown())? {
        Some(c) => Ok(c.to_string()),
        None => resolve_predefined_entity(name)
            .map(str::to_owned)
            .ok_or_else(unknown),
    }
}
