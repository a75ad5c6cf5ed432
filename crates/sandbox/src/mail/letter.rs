//! A caught message, read: addresses, texts, links and the typed code in it. Reading MIME is left to `mail-parser`.

use std::collections::BTreeSet;

use mail_parser::{Message, MessageParser, MimeHeaders as _};
use serde::Serialize;

use super::store::Head;
use crate::clock::rfc3339;

/// A message as the API shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Letter {
    /// Counts from 1 in the order of arrival.
    pub id: u64,
    /// Envelope recipients.
    pub to: Vec<String>,
    /// Envelope sender.
    pub from: String,
    /// The subject, decoded.
    pub subject: String,
    /// RFC 3339, UTC.
    pub received_at: String,
    /// The text part, decoded.
    pub text: Option<String>,
    /// The HTML part, decoded.
    pub html: Option<String>,
    /// Every link of both parts, each once, in the order of appearance (text first).
    pub links: Vec<String>,
    /// The code for typing: three groups of four symbols of Crockford's base 32, as it is written in the mail.
    pub code: Option<String>,
    /// Without angle brackets.
    pub message_id: Option<String>,
}

/// Subject and Message-ID.
pub(crate) fn head_of(raw: &[u8]) -> (String, Option<String>) {
    let message = MessageParser::default().parse_headers(raw);
    let subject = message
        .as_ref()
        .and_then(|m| m.subject())
        .unwrap_or_default()
        .to_owned();
    (
        subject,
        message
            .as_ref()
            .and_then(|m| m.message_id())
            .map(str::to_owned),
    )
}

/// Reads a message.
pub(crate) fn read(raw: &[u8], head: Head) -> Letter {
    let message = MessageParser::default().parse(raw);
    let text = message.as_ref().and_then(own_text);
    let html = message.as_ref().and_then(own_html);
    let links = links(
        text.as_deref().unwrap_or_default(),
        html.as_deref().unwrap_or_default(),
    );
    let code = text
        .as_deref()
        .and_then(find_code)
        .or_else(|| find_code(&without_tags(html.as_deref()?)));
    Letter {
        id: head.id,
        to: head.to,
        from: head.from,
        subject: head.subject,
        received_at: rfc3339(head.received_ms),
        text,
        html,
        links,
        code,
        message_id: head.message_id,
    }
}

/// The part of a Content-ID: its type and its bytes.
pub(crate) fn part(raw: &[u8], content_id: &str) -> Option<(String, Vec<u8>)> {
    let message = MessageParser::default().parse(raw)?;
    let part = message.parts.iter().find(|part| {
        part.content_id()
            .is_some_and(|id| id.trim_matches(['<', '>']) == content_id)
    })?;
    let kind = part.content_type()?;
    let name = format!(
        "{}/{}",
        kind.ctype(),
        kind.subtype().unwrap_or("octet-stream")
    );
    Some((name, part.contents().to_vec()))
}

/// The text part that is really there; the parser would make one of the HTML.
fn own_text(message: &Message<'_>) -> Option<String> {
    let part = message.part(*message.text_body.first()?)?;
    (!part.is_text_html())
        .then(|| part.text_contents().map(str::to_owned))
        .flatten()
}

fn own_html(message: &Message<'_>) -> Option<String> {
    let part = message.part(*message.html_body.first()?)?;
    part.is_text_html()
        .then(|| part.text_contents().map(str::to_owned))
        .flatten()
}

fn links(text: &str, html: &str) -> Vec<String> {
    let written = text
        .split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '(' | ')'))
        .filter(|word| is_link(word));
    let hidden = html.split("href=").skip(1).filter_map(attribute_value);
    let trimmed = written.map(|link| {
        link.trim_end_matches(['.', ',', ';', ':', '!', '?'])
            .to_owned()
    });
    let mut seen = BTreeSet::new();
    trimmed
        .chain(hidden.map(unescape).filter(|link| is_link(link)))
        .filter(|link| seen.insert(link.clone()))
        .collect()
}

fn is_link(word: &str) -> bool {
    word.split_once(':').is_some_and(|(scheme, rest)| {
        matches!(
            scheme.to_ascii_lowercase().as_str(),
            "http" | "https" | "linphone-config" | "csc"
        ) && !rest.is_empty()
    })
}

fn attribute_value(after: &str) -> Option<&str> {
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    after[1..].split(quote).next()
}

fn unescape(text: &str) -> String {
    text.replace("&#38;", "&")
        .replace("&#x2F;", "/")
        .replace("&#x2f;", "/")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

fn without_tags(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    for piece in html.split('<') {
        text.push(' ');
        text.push_str(piece.split_once('>').map_or(piece, |(_, after)| after));
    }
    text
}

/// Three groups of four symbols with hyphens (`7K3M-9QXW-2HTP`), standing alone; at least one symbol is a digit or all are capitals,
/// so that three short words are no code.
fn find_code(text: &str) -> Option<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words
        .map(|word| word.trim_matches('-'))
        .find(|word| is_code(word))
        .map(str::to_owned)
}

fn is_code(word: &str) -> bool {
    let symbol = |b: u8| {
        b.is_ascii_digit() || (b.is_ascii_uppercase() && !matches!(b, b'I' | b'L' | b'O' | b'U'))
    };
    let mut groups = word.split('-');
    word.len() == 14
        && groups.clone().count() == 3
        && groups.all(|group| group.len() == 4 && group.bytes().all(symbol))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_and_a_link_is_not_taken_for_one() {
        assert_eq!(
            find_code("Your code: 7K3M-9QXW-2HTP."),
            Some("7K3M-9QXW-2HTP".into())
        );
        assert_eq!(
            find_code("some-four-word https://x.test/abcd-efgh-ijkl"),
            None
        );
    }

    #[test]
    fn links_of_both_parts_come_once() {
        let html = r##"<a href="https://a.test/d/1?x=1&amp;y=2">go</a><a href='linphone-config://a.test/d/1'>app</a><a href="#top">up</a>"##;
        let found = links("Open https://a.test/d/1?x=1&y=2.\n<https://b.test/c>", html);
        assert_eq!(
            found,
            [
                "https://a.test/d/1?x=1&y=2",
                "https://b.test/c",
                "linphone-config://a.test/d/1"
            ]
        );
    }
}
