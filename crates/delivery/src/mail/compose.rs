//! From letter and template to the bytes that a mail server takes.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use lettre::{
    Address, Message,
    address::Envelope,
    message::{
        Attachment, Mailbox, MultiPart, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use model::{Email, Fault, Timestamp, text::clean};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{
    Letter, Template,
    template::{rendered_faults, written_faults},
    words::Words,
};
use crate::qr;

/// Steps that one part of one letter may take: a hundred times what the default needs.
const FUEL: u64 = 20_000;

/// Characters of a rendered subject; more is cut off.
const SUBJECT_MAX: usize = 200;

/// Characters of a name beside the address; a line of a mail's head holds 998 bytes (RFC 5322, section 2.1.1).
const NAME_SHOWN_MAX: usize = 241;

/// The largest mail in bytes.
const MAIL_MAX: usize = 100 * 1024;

/// Width and height at which the picture is shown.
const QR_SIDE: usize = 200;

/// Why a letter could not be written. Never holds a link, a code, a name or an address.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The sender is not a mailbox.
    #[error("the sender is not an e-mail address")]
    Sender,
    /// The recipient's address cannot stand in a mail.
    #[error("the recipient's address cannot be written into a mail")]
    Recipient,
    /// The Message-ID is not `local@domain`.
    #[error("the message id is not of the form local@domain")]
    MessageId,
    /// The link is not an absolute http or https URL.
    #[error("the link is not a web address")]
    Link,
    /// The template failed; what it says names field and kind of failure.
    #[error("the template's {0}")]
    Template(String),
    /// The mail is larger than 100 KB.
    #[error("the mail is larger than {} KB", MAIL_MAX / 1024)]
    TooLarge,
    /// The QR code could not be drawn.
    #[error("cannot draw the QR code")]
    Qr(#[from] qr::Error),
    /// The parts could not be put together.
    #[error("cannot put the mail together")]
    Message(#[from] lettre::error::Error),
}

/// A finished mail: what to say in SMTP, and the bytes to send.
pub struct Mail {
    /// Sender and recipient.
    pub envelope: Envelope,
    /// The message (RFC 5322) with CRLF line ends; wiped when dropped.
    pub bytes: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mail({} bytes)", self.bytes.len())
    }
}

/// A template that was checked and compiled once, for any number of letters.
pub struct Composer {
    templates: Environment<'static>,
}

impl fmt::Debug for Composer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Composer")
    }
}

/// The three parts of one letter.
pub struct Rendered {
    /// The subject.
    pub subject: String,
    /// The plain text; wiped when dropped.
    pub text: Zeroizing<String>,
    /// The HTML; wiped when dropped.
    pub html: Zeroizing<String>,
}

impl fmt::Debug for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rendered(…)")
    }
}

impl Composer {
    /// Checks and compiles a template.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn new(template: &Template) -> Result<Self, Vec<Fault>> {
        let faults = written_faults(template);
        if !faults.is_empty() {
            return Err(faults);
        }
        // No filters, functions or tests: a template has placeholders and conditions.
        let mut templates = Environment::empty();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        templates.set_fuel(Some(FUEL));
        templates.set_auto_escape_callback(|name| match name {
            "html" => AutoEscape::Html,
            _ => AutoEscape::None,
        });
        for (field, source) in template.parts() {
            templates
                .add_template_owned(field, source.to_owned())
                .map_err(|e| vec![template_fault(field, &e)])?;
        }
        let composer = Self { templates };
        let faults = rendered_faults(&composer);
        if faults.is_empty() {
            Ok(composer)
        } else {
            Err(faults)
        }
    }

    /// Writes one letter. The same letter gives the same bytes.
    pub fn compose(&self, letter: &Letter) -> Result<Mail, Error> {
        let id = sound_message_id(&letter.message_id)?;
        check_link(letter.link.expose())?;
        let rendered = self.preview(letter)?;
        let boundary = boundary(id);
        let html = part("text/html; charset=utf-8", &rendered.html);
        let body = MultiPart::alternative()
            .boundary(format!("alt-{boundary}"))
            .singlepart(part("text/plain; charset=utf-8", &rendered.text));
        // A picture that the HTML does not show would be an attachment that nobody asked for.
        let is_shown = rendered
            .html
            .contains(&format!("cid:{}", escaped(&content_id(id))));
        let body = if is_shown {
            let picture = Attachment::new_inline(content_id(id))
                .body(qr::png(letter.link.expose())?, content_type("image/png"));
            let related = MultiPart::related()
                .boundary(format!("rel-{boundary}"))
                .singlepart(html)
                .singlepart(picture);
            body.multipart(related)
        } else {
            body.singlepart(html)
        };
        let message = head(letter, id, rendered.subject)?.multipart(body)?;
        let bytes = Zeroizing::new(message.formatted());
        if bytes.len() > MAIL_MAX {
            return Err(Error::TooLarge);
        }
        Ok(Mail {
            envelope: message.envelope().clone(),
            bytes,
        })
    }

    /// Subject and bodies of one letter, as they would be sent.
    pub fn preview(&self, letter: &Letter) -> Result<Rendered, Error> {
        self.render(letter)
            .map_err(|fault| Error::Template(format!("{} {}", fault.field, fault.message)))
    }

    /// The same, with the picture in the HTML itself: a page has no other part to find it in.
    pub fn preview_in_page(&self, letter: &Letter) -> Result<Rendered, Error> {
        let mut rendered = self.preview(letter)?;
        let picture = STANDARD.encode(qr::png(letter.link.expose())?);
        let found_by = format!("cid:{}", escaped(&content_id(&letter.message_id)));
        let shown = rendered
            .html
            .replace(&found_by, &format!("data:image/png;base64,{picture}"));
        rendered.html = Zeroizing::new(shown);
        Ok(rendered)
    }

    /// Subject and bodies of one letter; the fault names the part that failed.
    pub(super) fn render(&self, letter: &Letter) -> Result<Rendered, Fault> {
        let plain = values(letter, Value::from(letter.link.expose()), Value::from(""));
        let link = Value::from_safe_string(escaped(letter.link.expose()));
        let rich = values(letter, link, Value::from_safe_string(picture(letter)));
        let written = |field: &str, values: &Value| {
            let template = self.templates.get_template(field);
            template
                .and_then(|template| template.render(values))
                .map_err(|e| template_fault(field, &e))
        };
        let subject = on_one_line(&written("subject", &in_subject(letter, &plain))?);
        Ok(Rendered {
            subject: subject.chars().take(SUBJECT_MAX).collect(),
            text: Zeroizing::new(written("text", &plain)?),
            html: Zeroizing::new(written("html", &rich)?),
        })
    }
}

/// Begins and ends a text with a direction of its own (Unicode FSI and PDI).
const ISOLATE: [char; 2] = ['\u{2068}', '\u{2069}'];

/// The values as a subject shows them: beside words from right to left, the organisation's name has a direction of its own.
fn in_subject(letter: &Letter, plain: &Value) -> Value {
    let name = clean(&letter.organisation).0;
    if name.is_empty() || !letter.language.is_right_to_left() {
        return plain.clone();
    }
    let [begin, end] = ISOLATE;
    context! { organisation => format!("{begin}{name}{end}"), ..plain.clone() }
}

/// A subject, which keeps the marks that isolate a name; no value brings such marks along.
fn on_one_line(subject: &str) -> String {
    if !subject.contains(ISOLATE) {
        return clean(subject).0;
    }
    let pieces = subject.split_inclusive(ISOLATE);
    let kept = pieces.map(|piece| {
        let text = piece.trim_end_matches(ISOLATE);
        let harmless = text.chars().map(|c| {
            let is_fine = !clean(c.encode_utf8(&mut [0; 4])).1;
            if is_fine { c } else { ' ' }
        });
        harmless
            .chain(piece[text.len()..].chars())
            .collect::<String>()
    });
    kept.collect::<String>().trim().to_owned()
}

/// The values of the placeholders; every one but the help stays in its line.
fn values(letter: &Letter, link: Value, qr: Value) -> Value {
    let one_line = |text: &str| clean(text).0;
    let help: Vec<_> = letter.help.lines().map(one_line).collect();
    context! {
        first_name => one_line(&letter.first_name),
        last_name => one_line(&letter.last_name),
        number => one_line(&letter.number),
        link,
        code => letter.code.as_ref().map_or("", |code| code.expose()),
        code_address => one_line(&letter.code_address),
        qr,
        expires => one_line(&letter.expires),
        organisation => one_line(&letter.organisation),
        profile => one_line(&letter.profile),
        help => help.join("\n").trim(),
    }
}

/// What went wrong in a template, without the values it was rendered with.
fn template_fault(field: &str, error: &minijinja::Error) -> Fault {
    let line = error
        .line()
        .map_or_else(String::new, |line| format!(" in line {line}"));
    Fault::new(field, format!("cannot be used: {}{line}", error.kind()))
}

/// Everything above the body.
fn head(
    letter: &Letter,
    id: &str,
    subject: String,
) -> Result<lettre::message::MessageBuilder, Error> {
    let from: Mailbox = letter.from.parse().map_err(|_| Error::Sender)?;
    let name = clean(&format!("{} {}", letter.first_name, letter.last_name)).0;
    let name: String = name.chars().take(NAME_SHOWN_MAX).collect();
    let to = Mailbox::new((!name.is_empty()).then_some(name), address(&letter.to)?);
    // Given, not read back from the head: there a quoted address would not be understood.
    let envelope = Envelope::new(Some(from.email.clone()), vec![to.email.clone()])?;
    let head = Message::builder()
        .envelope(envelope)
        .from(from)
        .to(to)
        .subject(subject)
        .date(moment(letter.date))
        .message_id(Some(format!("<{id}>")))
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("Content-Language", letter.language.code()));
    Ok(head)
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// The address as mail servers take it: the domain in its ASCII form (RFC 5891).
fn address(email: &Email) -> Result<Address, Error> {
    let (local, domain) = email.as_str().rsplit_once('@').ok_or(Error::Recipient)?;
    let domain = url::Host::parse(domain).map_err(|_| Error::Recipient)?;
    Address::new(local, domain.to_string()).map_err(|_| Error::Recipient)
}

fn moment(at: Timestamp) -> SystemTime {
    let millis = u64::try_from(at.0).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
}

/// `local@domain` of plain characters, so that it can stand in a header and in a content id.
fn sound_message_id(id: &str) -> Result<&str, Error> {
    let plain = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-._+=".contains(c))
    };
    let sound = id.len() <= 200
        && id
            .split_once('@')
            .is_some_and(|(local, domain)| plain(local) && plain(domain));
    sound.then_some(id).ok_or(Error::MessageId)
}

fn check_link(link: &str) -> Result<(), Error> {
    let url = url::Url::parse(link).map_err(|_| Error::Link)?;
    let plain = link
        .chars()
        .all(|c| c.is_ascii_graphic() && !"\"'<>`".contains(c));
    let sound = plain && matches!(url.scheme(), "http" | "https");
    sound.then_some(()).ok_or(Error::Link)
}

/// Separates the parts; the same for the same mail (RFC 2046, section 5.1.1).
fn boundary(id: &str) -> String {
    let digest = Sha256::digest(id.as_bytes());
    URL_SAFE_NO_PAD.encode(&digest[..16])
}

/// The name under which the HTML finds its picture (RFC 2392).
fn content_id(message_id: &str) -> String {
    format!("qr.{message_id}")
}

fn picture(letter: &Letter) -> String {
    format!(
        "<img src=\"cid:{}\" width=\"{QR_SIDE}\" height=\"{QR_SIDE}\" alt=\"{}\" \
         style=\"display:block;border:0;width:{QR_SIDE}px;height:{QR_SIDE}px;background:#ffffff\">",
        escaped(&content_id(&letter.message_id)),
        Words::of(letter.language).picture
    )
}

/// Text that can stand in HTML, slashes left as they are: mail programs that look for links see them.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn part(kind: &str, body: &str) -> SinglePart {
    SinglePart::builder()
        .header(content_type(kind))
        .body(body.to_owned())
}

fn content_type(kind: &str) -> ContentType {
    ContentType::parse(kind).expect("the types named here are well formed")
}
