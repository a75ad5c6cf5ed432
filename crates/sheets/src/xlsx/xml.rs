//! The XML of a part, element by element: namespaces do not matter, entities cannot be declared, and no element, text or depth is
//! larger than a table needs.

use quick_xml::{
    XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesStart, Event},
    reader::Reader,
};

use super::Unreadable;
use crate::{
    limits::ROW_BYTES,
    zip::{Archive, Part, Unpacked},
};

/// The deepest element; a cell's text in runs stands seven deep.
const DEPTH_MAX: usize = 64;
/// Attributes of an element that are looked at; none has half as many.
const ATTRIBUTES_MAX: usize = 64;
/// What one event may take from the file.
const EVENT_BYTES: usize = 2 * ROW_BYTES;
/// Sheets of a workbook, and relations of a part.
const ELEMENTS_MAX: usize = 10_000;

/// A part that is being read.
pub(super) struct Xml {
    part: String,
    reader: Reader<Unpacked>,
    buffer: Vec<u8>,
    depth: usize,
    /// An empty element was told to have begun, and has to be told to have ended.
    owed: Option<String>,
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// An element, by its local name, with its attributes by their local names.
    Begin(String, Attributes),
    /// Its end.
    End(String),
    /// Text within an element, or a piece of it.
    Text(String),
}

/// Attributes of an element.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Attributes(Vec<(String, String)>);

impl Attributes {
    /// The value of one.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The value of one as a number.
    pub(super) fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.parse().ok()
    }
}

impl Xml {
    /// Begins to read a part.
    pub(super) fn open(archive: &Archive, part: &Part) -> Result<Self, Unreadable> {
        let unpacked = archive.unpack(part)?;
        Ok(Self {
            part: part.name.clone(),
            reader: Reader::from_reader(unpacked),
            buffer: Vec::new(),
            depth: 0,
            owed: None,
        })
    }

    /// What comes next; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Node>, Unreadable> {
        if let Some(name) = self.owed.take() {
            return Ok(Some(Node::End(name)));
        }
        loop {
            self.buffer.clear();
            self.reader.get_mut().refill(EVENT_BYTES);
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(_) if self.reader.get_ref().is_spent() => {
                    return Err(Unreadable::Bomb {
                        part: self.part.clone(),
                    });
                }
                Err(quick_xml::Error::Io(_)) => return Err(Unreadable::Archive),
                Err(_) => {
                    return Err(Unreadable::NotXml {
                        part: self.part.clone(),
                    });
                }
            };
            let not_xml = || Unreadable::NotXml {
                part: self.part.clone(),
            };
            let node = match event {
                Event::Start(begins) => {
                    self.depth += 1;
                    if self.depth > DEPTH_MAX {
                        return Err(not_xml());
                    }
                    begin(&begins).ok_or_else(not_xml)?
                }
                Event::Empty(begins) => {
                    self.owed = Some(begins.local_name().into_inner().to_owned());
                    begin(&begins).ok_or_else(not_xml)?
                }
                Event::End(ends) => {
                    self.depth -= 1;
                    Node::End(ends.local_name().into_inner().to_owned())
                }
                Event::Text(text) => Node::Text(text.xml10_content().into_owned()),
                Event::CData(text) => Node::Text(text.xml10_content().into_owned()),
                Event::GeneralRef(name) => {
                    let sign = name.resolve_char_ref().map_err(|_| not_xml())?;
                    let text = match sign {
                        Some(sign) => sign.to_string(),
                        None => resolve_predefined_entity(&name)
                            .ok_or_else(not_xml)?
                            .to_owned(),
                    };
                    Node::Text(text)
                }
                Event::DocType(_) => {
                    return Err(Unreadable::Entities {
                        part: self.part.clone(),
                    });
                }
                Event::Eof if self.depth > 0 => return Err(not_xml()),
                Event::Eof => return Ok(None),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => continue,
            };
            return Ok(Some(node));
        }
    }

    /// The attributes of every element of this name.
    pub(super) fn all(mut self, name: &str) -> Result<Vec<Attributes>, Unreadable> {
        let mut found = Vec::new();
        while let Some(node) = self.next()? {
            match node {
                Node::Begin(begun, _) if begun == name && found.len() == ELEMENTS_MAX => {
                    return Err(Unreadable::NotXml { part: self.part });
                }
                Node::Begin(begun, attributes) if begun == name => found.push(attributes),
                _ => {}
            }
        }
        Ok(found)
    }
}

fn begin(begins: &BytesStart<'_>) -> Option<Node> {
    let mut attributes = Vec::new();
    // Unchecked: looking for doubles among the attributes that one element may hold takes minutes.
    for attribute in begins.attributes().with_checks(false).take(ATTRIBUTES_MAX) {
        let attribute = attribute.ok()?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
        let name = attribute.key.local_name().into_inner().to_owned();
        attributes.push((name, value.into_owned()));
    }
    let name = begins.local_name().into_inner().to_owned();
    Some(Node::Begin(name, Attributes(attributes)))
}
