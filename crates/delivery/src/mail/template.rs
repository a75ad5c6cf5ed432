//! What an administrator may write into a template: text, placeholders and conditions on them, so that
//! one letter is bounded work and shows nothing from elsewhere.

use model::{Fault, Language, Secret};
use serde::{Deserialize, Serialize};

use super::{Composer, Letter, compose::Rendered, words::Words};

/// The names that a template may use, and what each is.
pub const PLACEHOLDERS: [(&str, &str); 11] = [
    ("first_name", "First name; may be empty"),
    ("last_name", "Last name"),
    ("number", "Directory number; may be empty"),
    ("link", "The link, which every mail has to show"),
    ("code", "The code to type; may be empty"),
    ("code_address", "The address where the code is typed"),
    ("qr", "The link as a picture, in the HTML"),
    ("expires", "The day until which the link works"),
    ("organisation", "The profile’s organisation; may be empty"),
    ("profile", "The profile’s name"),
    ("help", "The profile’s help; may be empty"),
];

/// The largest template of each kind, in bytes: with the picture a mail stays under 100 KB.
const SUBJECT_MAX: usize = 500;
const BODY_MAX: usize = 40 * 1024;

/// What could fetch or run something in the reader's mail program.
const FOREIGN: [&str; 8] = [
    "<img",
    "<script",
    "<link",
    "<iframe",
    "src=",
    "background=",
    "url(",
    "@import",
];

/// Subject and bodies of a mail. Written are text, `{{ placeholder }}`, `{% if placeholder %}`,
/// `{% if not placeholder %}`, `{% else %}`, `{% endif %}` and `{# comment #}`; the text of a placeholder is
/// escaped in `html`. `{{ qr }}` is the picture in `html` and nothing elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// The subject line.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML document.
    pub html: String,
}

impl Template {
    /// The mail as it comes with the program.
    pub fn default_of(language: Language) -> Self {
        let html = concat!(
            include_str!("templates/begin.html"),
            include_str!("templates/deployment.html"),
            include_str!("templates/end.html")
        );
        let text = include_str!("templates/deployment.txt");
        Self::filled(language, Words::of(language), text, html)
    }

    /// The mail with a link that signs a person in, which nobody edits.
    pub(crate) fn sign_in_of(language: Language) -> Self {
        let html = concat!(
            include_str!("templates/begin.html"),
            include_str!("templates/end.html")
        );
        let text = include_str!("templates/sign_in.txt");
        Self::filled(language, &Words::of_sign_in(language), text, html)
    }

    fn filled(language: Language, words: &Words, text: &str, html: &str) -> Self {
        let fill = |part| words.fill(language, part);
        Self {
            subject: fill(include_str!("templates/subject.txt").trim_end()),
            text: fill(text),
            html: fill(html),
        }
    }

    /// The three parts with the name of their field.
    pub(super) fn parts(&self) -> [(&'static str, &str); 3] {
        [
            ("subject", &self.subject),
            ("text", &self.text),
            ("html", &self.html),
        ]
    }
}

/// Everything that is wrong with a template; empty = it can be kept.
pub fn check(template: &Template) -> Vec<Fault> {
    let mut faults = Composer::new(template).err().unwrap_or_default();
    // One that was kept before this was asked for is sent all the same, on one line.
    if template.subject.contains(['\r', '\n']) {
        let message = "has to be one line: take the line break out";
        faults.insert(0, Fault::new("subject", message));
    }
    faults
}

/// What can be seen without rendering: size, tags, foreign content.
pub(super) fn written_faults(template: &Template) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (field, source) in template.parts() {
        let max = if field == "subject" {
            SUBJECT_MAX
        } else {
            BODY_MAX
        };
        if source.len() > max {
            faults.push(Fault::new(field, format!("is longer than {max} bytes")));
            continue;
        }
        faults.extend(
            tag_faults(source)
                .into_iter()
                .map(|message| Fault::new(field, message)),
        );
    }
    let html = template.html.to_ascii_lowercase();
    for foreign in FOREIGN.into_iter().filter(|foreign| html.contains(foreign)) {
        let message =
            format!("holds `{foreign}`: a mail loads nothing; the picture is {{{{ qr }}}}");
        faults.push(Fault::new("html", message));
    }
    faults
}

/// What shows only in a letter: one with everything, and one with nothing but what every letter has.
pub(super) fn rendered_faults(composer: &Composer) -> Vec<Fault> {
    let everything = Letter::sample();
    let least = Letter {
        first_name: String::new(),
        number: String::new(),
        code: None,
        organisation: String::new(),
        help: String::new(),
        link: Secret::new("https://go.example.org/d/BBBBBBBBBBBBBBBBBBBBBB"),
        ..Letter::sample()
    };
    let faults = [everything, least]
        .into_iter()
        .map(|letter| match composer.render(&letter) {
            Ok(rendered) => letter_faults(&letter, &rendered),
            Err(fault) => vec![fault],
        });
    let mut faults: Vec<_> = faults.flatten().collect();
    faults.sort_by(|a, b| (&a.field, &a.message).cmp(&(&b.field, &b.message)));
    faults.dedup();
    faults
}

fn letter_faults(letter: &Letter, rendered: &Rendered) -> Vec<Fault> {
    let mut faults = Vec::new();
    if rendered.subject.is_empty() {
        faults.push(Fault::new("subject", "is empty"));
    }
    for (field, body) in [("text", &rendered.text), ("html", &rendered.html)] {
        if !body.contains(letter.link.expose()) {
            faults.push(Fault::new(
                field,
                "shows no {{ link }}, or not in every letter",
            ));
        }
    }
    faults
}

/// The faults of every tag in `source`, in order.
fn tag_faults(source: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut rest = source;
    while let Some(at) = rest
        .find("{{")
        .into_iter()
        .chain(rest.find("{%"))
        .chain(rest.find("{#"))
        .min()
    {
        let close = match &rest[at..at + 2] {
            "{{" => "}}",
            "{%" => "%}",
            _ => "#}",
        };
        let Some(len) = rest[at + 2..].find(close) else {
            faults.push(format!("a tag is not closed by {close}"));
            break;
        };
        let inner = &rest[at + 2..at + 2 + len];
        faults.extend(match close {
            "}}" => placeholder_fault(inner),
            "%}" => statement_fault(inner),
            _ => None,
        });
        rest = &rest[at + 2 + len + 2..];
    }
    faults
}

/// A tag's words, without the signs that take spaces away around it.
fn words(inner: &str) -> Vec<&str> {
    inner
        .trim_start_matches('-')
        .trim_end_matches('-')
        .split_whitespace()
        .collect()
}

fn is_known(name: &str) -> bool {
    PLACEHOLDERS.iter().any(|(known, _)| *known == name)
}

fn placeholder_fault(inner: &str) -> Option<String> {
    match words(inner)[..] {
        [name] if is_known(name) => None,
        _ => Some(format!(
            "{{{{{inner}}}}} is not a placeholder; there are {}",
            PLACEHOLDERS.map(|(name, _)| name).join(", ")
        )),
    }
}

fn statement_fault(inner: &str) -> Option<String> {
    match words(inner)[..] {
        ["else" | "endif"] => None,
        ["if" | "elif", name] | ["if" | "elif", "not", name] if is_known(name) => None,
        _ => Some(format!(
            "{{%{inner}%}} is not known; there are if, elif, else and endif with a placeholder"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_text(text: &str) -> Template {
        Template {
            text: text.to_owned(),
            ..Template::default_of(Language::English)
        }
    }

    fn messages(template: &Template) -> String {
        let faults = check(template)
            .into_iter()
            .map(|f| format!("{}: {}\n", f.field, f.message));
        faults.collect()
    }

    #[test]
    fn the_default_is_sound_in_every_language() {
        for language in Language::ALL {
            assert_eq!(check(&Template::default_of(language)), [], "{language}");
        }
    }

    #[test]
    fn unknown_placeholders_and_statements_are_named() {
        for (text, said) in [
            ("{{ link }} {{ password }}", "{{ password }}"),
            ("{{ link }} {{ link.len }}", "{{ link.len }}"),
            (
                "{{ link }} {{ \"a\" * 1000000000 }}",
                "is not a placeholder",
            ),
            ("{{ link }} {{ \"}}\" }}", "is not a placeholder"),
            (
                "{{ link }} {% for x in link %}{% endfor %}",
                "{% for x in link %}",
            ),
            ("{{ link }} {% include \"html\" %}", "is not known"),
            ("{{ link }} {% if colour %}{% endif %}", "{% if colour %}"),
            ("{{ link }} {{ first_name", "not closed by }}"),
            ("{{ link }} {% if code %}", "text: "),
            ("{{ link }} {% endif %}", "text: "),
        ] {
            assert!(
                messages(&with_text(text)).contains(said),
                "{text}: {}",
                messages(&with_text(text))
            );
        }
    }

    #[test]
    fn a_template_without_a_link_in_every_letter_is_refused() {
        for text in [
            "Hello",
            "{# {{ link }} #}",
            "{% if code %}{{ link }}{% endif %}",
            "{% if not number %}{{ link }}{% endif %}",
            "{{ qr }}",
        ] {
            assert!(
                messages(&with_text(text)).contains("shows no {{ link }}"),
                "{text}"
            );
        }
        let html = Template {
            html: "<p>{{ qr }}".to_owned(),
            ..Template::default_of(Language::English)
        };
        assert!(messages(&html).contains("html: shows no {{ link }}"));
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        for bad in [
            "<IMG alt=x>",
            "<td background='//x'>",
            "<p style='background:URL(//x)'>",
            "<style>@import '//x'</style>",
            "<script>1</script>",
        ] {
            let html = Template {
                html: format!("{{{{ link }}}}{bad}"),
                ..Template::default_of(Language::English)
            };
            assert!(messages(&html).contains("a mail loads nothing"), "{bad}");
        }
    }

    #[test]
    fn oversized_and_empty_parts_are_refused() {
        let long = format!("{{{{ link }}}}{}", "x".repeat(BODY_MAX));
        assert!(messages(&with_text(&long)).contains("text: is longer"));
        let template = Template {
            subject: " ".to_owned(),
            ..Template::default_of(Language::English)
        };
        assert_eq!(messages(&template), "subject: is empty\n");
    }

    #[test]
    fn a_subject_of_more_than_one_line_is_refused() {
        for broken in ["Hello\r\nBcc: all@example.org", "Hello\nyou", "Hello\ryou"] {
            let template = Template {
                subject: broken.to_owned(),
                ..Template::default_of(Language::English)
            };
            let told = messages(&template);
            assert!(told.contains("subject: has to be one line"), "{told}");
        }
    }
}
