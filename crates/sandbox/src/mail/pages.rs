//! The mail catcher's inbox for people: a list with search, and one message as HTML in a sandboxed frame or as text.

use std::fmt::Write as _;

use axum::{
    Router,
    body::Body,
    extract::{Path, Query, State},
    http::{HeaderName, Response, StatusCode, header},
    response::{Html, IntoResponse},
    routing::get,
};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Deserialize;

use super::{Letter, Mail, letter::part, store::Head};
use crate::clock::rfc3339;

const STYLE: &str = include_str!("inbox.css");
/// Messages on one page of the list.
const PAGE: usize = 50;
/// What a query value may not hold as it is.
const QUERY: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b'<')
    .add(b'>');
/// The page itself runs nothing and loads nothing from elsewhere.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// A mail may show its own pictures and open links in a new window; it runs nothing and sends nothing.
const MAIL_POLICY: &str = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'self'";

pub(crate) fn router(mail: &Mail) -> Router {
    Router::new()
        .route("/", get(list))
        .route("/messages/{id}", get(show))
        .route("/messages/{id}/html", get(show_html))
        .route("/messages/{id}/parts/{cid}", get(show_part))
        .route("/inbox.css", get(style))
        .with_state(mail.clone())
}

async fn style() -> impl IntoResponse {
    (
        [
            (header::CONTENT_TYPE, "text/css; charset=utf-8"),
            (header::CACHE_CONTROL, "max-age=3600"),
        ],
        STYLE,
    )
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    q: String,
    before: Option<u64>,
}

/// `GET /?q=&before=`: newest first
async fn list(State(mail): State<Mail>, Query(search): Query<Search>) -> Response<Body> {
    let (mut heads, total) = mail.search(&search.q, search.before, PAGE + 1);
    let more = heads.len() > PAGE;
    heads.truncate(PAGE);
    let rows: String = heads.iter().map(row).collect();
    let list = match (rows.is_empty(), total) {
        (true, 0) => "<p class=empty>No mail yet. Whatever is sent here appears here and goes no further.</p>".to_owned(),
        (true, _) => "<p class=empty>Nothing matches. The search looks at subjects and recipients.</p>".to_owned(),
        (false, _) => format!("<ul class=list>{rows}</ul>"),
    };
    let older = match heads.last().filter(|_| more) {
        Some(oldest) => format!(
            "<p><a class=button href=\"/?q={}&amp;before={}\">Older</a></p>",
            utf8_percent_encode(&search.q, QUERY),
            oldest.id
        ),
        None => String::new(),
    };
    let q = escape(&search.q);
    page(
        "Inbox",
        &format!(
            "<header><h1>Inbox</h1><span class=\"quiet count\">{total} caught</span></header>\
             <form role=search action=/><input type=search name=q value=\"{q}\" aria-label=\"Search subjects and recipients\" \
             placeholder=\"Search subjects and recipients\"><button>Search</button></form>\
             <div class=card>{list}</div>{older}"
        ),
    )
}

fn row(head: &Head) -> String {
    let (subject, to) = (titled(&head.subject), escape(&head.to.join(", ")));
    let time = time(&rfc3339(head.received_ms));
    format!(
        "<li><a href=\"/messages/{}\"><bdi class=subject>{subject}</bdi>{time}<bdi class=to>{to}</bdi></a></li>",
        head.id
    )
}

#[derive(Deserialize)]
struct View {
    view: Option<String>,
}

/// `GET /messages/{id}?view=text`
async fn show(
    State(mail): State<Mail>,
    Path(id): Path<u64>,
    Query(view): Query<View>,
) -> Response<Body> {
    let Some(letter) = mail.find_message(id) else {
        return missing();
    };
    let as_text = letter.html.is_none() || view.view.as_deref() == Some("text");
    let body = if as_text {
        format!(
            "<pre dir=auto>{}</pre>",
            linked(
                letter
                    .text
                    .as_deref()
                    .unwrap_or("This message has no text part.")
            )
        )
    } else {
        format!(
            "<iframe title=\"The message\" src=\"/messages/{id}/html\" \
             sandbox=\"allow-popups allow-popups-to-escape-sandbox\" referrerpolicy=no-referrer></iframe>"
        )
    };
    let subject = titled(&letter.subject);
    page(
        &letter.subject,
        &format!(
            "<header><h1><bdi>{subject}</bdi></h1><a href=/>Inbox</a></header>\
             <div class=card><dl><dt>From</dt><dd>{}</dd><dt>To</dt><dd>{}</dd><dt>Received</dt><dd>{}</dd></dl></div>{}<div class=card>{body}</div>",
            escape(&letter.from),
            escape(&letter.to.join(", ")),
            time(&letter.received_at),
            tabs(&letter, as_text),
        ),
    )
}

fn tabs(letter: &Letter, as_text: bool) -> String {
    let id = letter.id;
    let tab = |address: String, word: &str, current: bool| {
        let mark = if current { " aria-current=page" } else { "" };
        format!("<a class=button href=\"{address}\"{mark}>{word}</a>")
    };
    let html = letter
        .html
        .as_ref()
        .map(|_| tab(format!("/messages/{id}"), "Message", !as_text))
        .unwrap_or_default();
    let text = tab(format!("/messages/{id}?view=text"), "Text", as_text);
    let raw = tab(format!("/api/messages/{id}/raw"), "Source", false);
    format!("<nav class=tabs aria-label=Views>{html}{text}{raw}</nav>")
}

/// `GET /messages/{id}/html`: the HTML part, for the frame
async fn show_html(State(mail): State<Mail>, Path(id): Path<u64>) -> Response<Body> {
    let Some(html) = mail.find_message(id).and_then(|letter| letter.html) else {
        return missing();
    };
    // What loads a picture by `cid:` writes it in quotes or in `url()`; both keep working behind the new address.
    let html = html.replace("cid:", &format!("/messages/{id}/parts/"));
    guarded(MAIL_POLICY, Html(opening_elsewhere(&html)))
}

/// Makes links open in a new window, for a person who clicks them inside the frame.
fn opening_elsewhere(html: &str) -> String {
    const BASE: &str = "<base target=\"_blank\">";
    let head = html
        .to_ascii_lowercase()
        .find("<head")
        .and_then(|start| Some(start + html[start..].find('>')? + 1));
    let doctype = || {
        html.trim_start()
            .get(..9)
            .filter(|d| d.eq_ignore_ascii_case("<!doctype"))
            .and_then(|_| Some(html.find('>')? + 1))
    };
    let (before, after) = html.split_at(head.or_else(doctype).unwrap_or(0));
    format!("{before}{BASE}{after}")
}

/// `GET /messages/{id}/parts/{cid}`: pictures only, as they came
async fn show_part(
    State(mail): State<Mail>,
    Path((id, cid)): Path<(u64, String)>,
) -> Response<Body> {
    let Some((kind, bytes)) = mail.raw(id).and_then(|raw| part(&raw, &cid)) else {
        return missing();
    };
    if !kind.starts_with("image/") {
        return missing();
    }
    guarded(MAIL_POLICY, ([(header::CONTENT_TYPE, kind)], bytes))
}

fn page(title: &str, main: &str) -> Response<Body> {
    let title = titled(title);
    guarded(
        PAGE_POLICY,
        Html(format!(
            "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width, initial-scale=1\">\
             <title>{title} · mail catcher</title><link rel=stylesheet href=/inbox.css><link rel=icon href=\"data:,\"></head>\
             <body><main>{main}</main></body></html>"
        )),
    )
}

fn missing() -> Response<Body> {
    let inner = "<header><h1>Not here</h1><a href=/>Inbox</a></header><div class=card><p class=empty>There is no such message.</p></div>";
    (StatusCode::NOT_FOUND, page("Not here", inner)).into_response()
}

fn guarded(policy: &'static str, content: impl IntoResponse) -> Response<Body> {
    let guards: [(HeaderName, &str); 3] = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (guards, content).into_response()
}

fn titled(subject: &str) -> String {
    if subject.trim().is_empty() {
        "(no subject)".to_owned()
    } else {
        escape(subject)
    }
}

fn time(rfc3339: &str) -> String {
    let shown = rfc3339.get(..16).unwrap_or(rfc3339).replace('T', " ");
    format!("<time class=quiet datetime=\"{rfc3339}\">{shown}</time>")
}

/// Text with its links made clickable.
fn linked(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for word in text.split_inclusive(char::is_whitespace) {
        let start = word.find("http://").or_else(|| word.find("https://"));
        let Some((before, rest)) = start.map(|start| word.split_at(start)) else {
            out.push_str(&escape(word));
            continue;
        };
        let link = rest
            .split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'))
            .next()
            .unwrap_or(rest)
            .trim_end_matches(['.', ',', ')']);
        let (before, shown, after) = (escape(before), escape(link), escape(&rest[link.len()..]));
        write!(out, "{before}<a href=\"{shown}\" target=_blank rel=\"noopener noreferrer\">{shown}</a>{after}")
            .expect("writing to a string cannot fail");
    }
    out
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_open_in_a_new_window_wherever_the_head_is() {
        let base = "<base target=\"_blank\">";
        assert_eq!(
            opening_elsewhere("<!DOCTYPE html><p>x"),
            format!("<!DOCTYPE html>{base}<p>x")
        );
        assert_eq!(
            opening_elsewhere("<html><head lang=en><p>x"),
            format!("<html><head lang=en>{base}<p>x")
        );
        assert_eq!(opening_elsewhere("x"), format!("{base}x"));
    }

    #[test]
    fn text_is_escaped_and_its_links_are_not_swallowed() {
        assert_eq!(
            linked("see <https://a.test/?a=1&b=2>."),
            "see &lt;<a href=\"https://a.test/?a=1&amp;b=2\" target=_blank rel=\"noopener noreferrer\">https://a.test/?a=1&amp;b=2</a>&gt;."
        );
    }
}
