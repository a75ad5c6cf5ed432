//! Just enough reading of our own HTML for the tests: tags with their attributes, in order.

/// An opening tag (`p`) or a closing one (`/p`).
#[derive(Debug)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
}

impl Tag {
    /// The value of an attribute.
    pub(crate) fn get(&self, attribute: &str) -> Option<String> {
        self.attributes
            .iter()
            .find(|(name, _)| name == attribute)
            .map(|(_, value)| value.clone())
    }
}

/// All tags of a page; text and the doctype are left out.
pub(crate) fn tags(html: &str) -> impl Iterator<Item = Tag> {
    html.split('<').skip(1).filter_map(|piece| {
        let tag = piece.split('>').next()?;
        (!tag.starts_with('!')).then(|| read(tag))
    })
}

fn read(tag: &str) -> Tag {
    let (name, mut rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let mut attributes = Vec::new();
    while let Some((attribute, left)) = attribute(rest) {
        attributes.push(attribute);
        rest = left;
    }
    Tag {
        name: name.trim_end_matches('/').to_owned(),
        attributes,
    }
}

/// The first attribute and what follows it.
fn attribute(text: &str) -> Option<((String, String), &str)> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
    let end = text
        .find(|c: char| c.is_whitespace() || c == '=')
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return None;
    }
    let Some(quoted) = rest.strip_prefix("=\"") else {
        return Some(((name.to_owned(), String::new()), rest));
    };
    let (value, rest) = quoted.split_once('"')?;
    Some(((name.to_owned(), value.to_owned()), rest))
}
