//! An independent reading of a Linphone document: is it what the client applies, and does it hold an account?

use std::collections::BTreeMap;

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};
use zeroize::Zeroizing;

use super::NAMESPACE;
use crate::xml::resolve;

/// Entries by section and name; the values may be secret.
pub(crate) type Entries = BTreeMap<(String, String), Zeroizing<String>>;

/// Well formed, and holding at least one complete account.
pub(crate) fn validate(body: &[u8]) -> Result<(), String> {
    let entries = read(body)?;
    let numbers = entries
        .keys()
        .filter_map(|(section, _)| section.strip_prefix("proxy_"));
    if numbers
        .into_iter()
        .any(|number| has_account(&entries, number))
    {
        Ok(())
    } else {
        Err("it holds no complete account".to_owned())
    }
}

/// Whether `proxy_N` can register and `auth_info_N` can sign in.
fn has_account(entries: &Entries, number: &str) -> bool {
    let value = |section: &str, name: &str| {
        let key = (format!("{section}_{number}"), name.to_owned());
        entries.get(&key).map_or("", |value| value.as_str())
    };
    value("proxy", "reg_identity").contains("<sip:")
        && value("proxy", "reg_proxy").starts_with("<sip:")
        && value("proxy", "reg_sendregister") == "1"
        && !value("auth_info", "username").is_empty()
        && !value("auth_info", "realm").is_empty()
        && (value("auth_info", "ha1").len() == 32 || !value("auth_info", "passwd").is_empty())
}

/// Reads a document as strictly as the strictest client.
pub(crate) fn read(body: &[u8]) -> Result<Entries, String> {
    let text = std::str::from_utf8(body).map_err(|_| "it is not UTF-8")?;
    let mut reader = Reader::from_str(text);
    let mut entries = Entries::new();
    let mut place = Place::default();
    loop {
        match reader
            .read_event()
            .map_err(|e| format!("it is not well-formed XML: {e}"))?
        {
            Event::Start(element) => place.enter(&element)?,
            Event::Text(text) => place.text(&text.xml10_content())?,
            Event::GeneralRef(name) => place.text(&resolve(&name)?)?,
            Event::End(_) => place.leave(&mut entries),
            Event::Decl(_) => {}
            Event::Eof => break,
            Event::Empty(_) => return Err("it holds an element without content".to_owned()),
            _ => return Err("it holds a comment, CDATA or an instruction".to_owned()),
        }
    }
    place
        .done
        .then_some(entries)
        .ok_or_else(|| "it has no end".to_owned())
}

/// Where the reader stands: outside, in the root, in a section, or in an entry.
#[derive(Default)]
struct Place {
    depth: usize,
    section: String,
    entry: String,
    value: Zeroizing<String>,
    done: bool,
}

impl Place {
    fn enter(&mut self, element: &BytesStart<'_>) -> Result<(), String> {
        let attributes = attributes(element)?;
        let attribute = |name: &str| attributes.get(name).cloned().unwrap_or_default();
        let fine = match (self.depth, element.name().as_ref()) {
            (0, "config") => !self.done && attribute("xmlns") == NAMESPACE,
            (1, "section") => {
                self.section = attribute("name");
                !self.section.is_empty()
            }
            (2, "entry") => {
                self.entry = attribute("name");
                self.value = Zeroizing::default();
                !self.entry.is_empty() && attribute("overwrite") == "true"
            }
            _ => false,
        };
        self.depth += 1;
        fine.then_some(()).ok_or_else(|| {
            format!(
                "<{}> stands in the wrong place or lacks an attribute",
                element.name().as_ref()
            )
        })
    }

    fn text(&mut self, text: &str) -> Result<(), String> {
        if self.depth == 3 {
            if text.chars().any(char::is_control) {
                return Err(format!(
                    "the entry {} holds a control character",
                    self.entry
                ));
            }
            self.value.push_str(text);
        } else if !text.trim().is_empty() {
            return Err("it holds text outside of an entry".to_owned());
        }
        Ok(())
    }

    /// The reader has checked that the end fits the start.
    fn leave(&mut self, entries: &mut Entries) {
        if self.depth == 3 {
            let key = (self.section.clone(), std::mem::take(&mut self.entry));
            entries.insert(key, std::mem::take(&mut self.value));
        }
        self.depth = self.depth.saturating_sub(1);
        self.done |= self.depth == 0;
    }
}

fn attributes(element: &BytesStart<'_>) -> Result<BTreeMap<String, String>, String> {
    let mut found = BTreeMap::new();
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|e| format!("an attribute is broken: {e}"))?;
        let value = attribute
            .normalized_value(XmlVersion::Explicit1_0)
            .map_err(|e| format!("an attribute is broken: {e}"))?;
        if value.is_empty() {
            return Err("it holds an empty attribute".to_owned());
        }
        found.insert(attribute.key.as_ref().to_owned(), value.into_owned());
    }
    Ok(found)
}
